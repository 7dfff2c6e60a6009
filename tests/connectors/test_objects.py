"""JSON Lines and Parquet: every way a line or file can be broken, values that are not JSON."""

import contextlib
import gzip
import io
import itertools
import json
import tempfile
import tracemalloc
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from connectors.base import (
    JsonObject,
    Message,
    Record,
    SourceError,
    SourceMisconfigured,
    SourceUnavailable,
    State,
    Unreadable,
)
from connectors.jsonl import JsonLines
from connectors.making import plain
from connectors.parquet import Parquet


def lines(path: Path, data: bytes, state: JsonObject | None = None, **more: Any) -> list[Message]:
    path.write_bytes(data)
    config = {"path": str(path), "stream": "people", "key": ["no"], **more}
    return list(JsonLines().read(config, "people", state))


def table(path: Path, cells: dict[str, Any], **more: Any) -> list[Message]:
    parquet.write_table(pa.table(cells), path, row_group_size=2)
    config = {"path": str(path), "stream": "people", "key": ["no"], **more}
    return list(Parquet().read(config, "people", None))


def data(messages: list[Message]) -> list[Any]:
    return [message.data for message in messages if isinstance(message, Record)]


def reasons(messages: list[Message]) -> list[str]:
    return [message.reason for message in messages if isinstance(message, Unreadable)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"no": 1', "not_json"),
        (b"no", "not_json"),
        (b'{"no": 1}}', "not_json"),
        (b'{"no": 1, "a": \xff}', "bad_encoding"),
        (b'{"no": "\xc3\x28"}', "bad_encoding"),
        (b'{"no": 1, "a": "\\ud800"}', "bad_encoding"),
        (b'{"no": 1, "a": NaN}', "not_a_number"),
        (b'{"no": 1, "a": [-Infinity]}', "not_a_number"),
        (b'{"no": 1, "a": 1e999}', "not_a_number"),
        (b'{"no": ' + b"9" * 5000 + b"}", "not_a_number"),
        (b'{"no": 1, "a": {"b": 1, "b": 2}}', "duplicate_field"),
        (b"[1]", "not_an_object"),
        (b"null", "not_an_object"),
        (b'{"other": 1}', "missing_key"),
        (b'{"no": null}', "missing_key"),
        (b'{"no": " "}', "missing_key"),
        (b'{"no": {"a": 1}}', "key_not_text"),
        (b'{"no": true}', "key_not_text"),
        (b'{"no": ' + b"[" * 100 + b"]" * 100 + b"}", "too_deep"),
        (b'{"no": "' + b"x" * 9000 + b'"}', "row_too_long"),
    ],
)
def test_a_broken_line_costs_that_line_alone(tmp_path: Path, line: bytes, reason: str) -> None:
    whole = b'{"no": 1}\n' + line + b'\r\n\n{"no": 2}'

    found = lines(tmp_path / "a.jsonl", whole, max_row_bytes=8000)

    assert [m.key for m in found if isinstance(m, Record)] == ["1", "2"]
    (broken,) = [message for message in found if isinstance(message, Unreadable)]
    assert (broken.reason, broken.position) == (reason, "line 2")
    assert line.startswith(broken.raw)
    assert JsonLines().reread(
        {"path": "x", "stream": "people", "key": ["no"], "max_row_bytes": 8000}, broken
    ) in (broken, Unreadable("people", "line 2", reason, broken.raw, broken.key))


def test_ten_megabytes_of_nested_json_neither_crash_nor_fill_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    deep = b'{"no": ' + b'{"a": [' * 1_400_000 + b"\n"
    path.write_bytes(deep + b'{"no": 1}\n')
    config: Any = {"path": str(path), "stream": "people", "key": ["no"]}
    for limit, reason in ((1 << 20, "row_too_long"), (1 << 24, "too_deep")):
        tracemalloc.start()
        found = list(JsonLines().read({**config, "max_row_bytes": limit}, "people", None))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert reasons(found) == [reason]
        assert data(found) == [{"no": 1}]
        assert peak < 4 * limit


def test_brackets_inside_text_are_no_nesting(tmp_path: Path) -> None:
    row = {"no": "1", "text": '[{"' * 500 + "\\"}

    assert data(lines(tmp_path / "a.jsonl", json.dumps(row).encode(), max_depth=2)) == [row]


def test_numbers_stay_what_they_are_as_far_as_json_can_say_it(tmp_path: Path) -> None:
    found = lines(tmp_path / "a.jsonl", b'{"no": 7.0, "big": 123456789012345678901, "f": 1.5}')

    assert data(found) == [{"no": 7.0, "big": "123456789012345678901", "f": 1.5}]
    assert [m.key for m in found if isinstance(m, Record)] == ["7"]


def test_a_byte_order_mark_and_gzip_are_no_part_of_the_first_line(tmp_path: Path) -> None:
    whole = b'\xef\xbb\xbf{"no": 1}'
    path = tmp_path / "a.jsonl"

    first = lines(path, whole, append_only=True)
    assert isinstance(first[-1], State)
    with path.open("ab") as file:
        file.write(b'\n{"no": 2}\n')
    config: Any = {"path": str(path), "stream": "people", "key": ["no"], "append_only": True}
    again = list(JsonLines().read(config, "people", first[-1].value))

    assert (data(first), data(again)) == ([{"no": 1}], [{"no": 2}])
    assert data(lines(tmp_path / "a.jsonl.gz", gzip.compress(whole))) == [{"no": 1}]
    with pytest.raises(SourceMisconfigured, match="not gzip"):
        lines(tmp_path / "b.jsonl.gz", whole)


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert {type(m) for m in lines(tmp_path / "a.jsonl", b"")} == {State}
    assert {type(m) for m in table(tmp_path / "a.parquet", {"no": pa.array([], "int8")})} == {State}


def test_events_of_nested_objects_take_instants_in_many_forms(tmp_path: Path) -> None:
    event: dict[str, Any] = {"id": ["meta.id"], "at": "meta.at", "type_column": "meta.kind"}
    row = b'{"no": 1, "meta": {"id": 9, "at": %b, "kind": "page.viewed"}}'
    for at, more in (
        (b'"2026-03-01T11:00:00+01:00"', {}),
        (b'"2026-03-01 10:00:00"', {"offset": "+00:00"}),
        (b"1772359200", {"format": "unix"}),
        (b"1772359200000", {"format": "unix_ms"}),
        (b'"01.03.2026 04:30"', {"format": "%d.%m.%Y %H:%M", "offset": "-05:30"}),
    ):
        how: Any = {"message": "event", "event": {**event, **more}}
        found: Any = lines(tmp_path / "a.jsonl", row % at, **how)
        assert found[0].at == datetime(2026, 3, 1, 10, tzinfo=UTC)
        assert found[0].id == "9"
    for at in (b'"2026-03-01"', b"7", b'"soon"', b"null", b"1e300"):
        assert reasons(lines(tmp_path / "a.jsonl", row % at, message="event", event={**event})) == [
            "bad_timestamp"
        ]


def test_parquet_values_become_plain_json(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 1, 10, 0, 0, 5, tzinfo=UTC)
    found = table(
        tmp_path / "a.parquet",
        {
            "no": pa.array([Decimal("1.10")]),
            "at": pa.array([1772359200000000007], pa.timestamp("ns", "Europe/Berlin")),
            "day": pa.array([date(2026, 3, 1)]),
            "naive": pa.array([1772359200], pa.timestamp("s")),
            "raw": pa.array([b"ab"]),
            "took": pa.array([timedelta(seconds=90)]),
            "nested": pa.array([{"a": [{"b": moment}]}]),
            "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
            "nan": pa.array([float("nan")]),
            "dictionary": pa.array(["x"]).dictionary_encode(),
        },
    )

    assert data(found) == [
        {
            "no": "1.10",
            "at": "2026-03-01T10:00:00+00:00",
            "day": "2026-03-01",
            "naive": "2026-03-01T10:00:00",
            "raw": "YWI=",
            "took": "PT90S",
            "nested": {"a": [{"b": "2026-03-01T10:00:00.000005+00:00"}]},
            "map": [["k", 1]],
            "nan": None,
            "dictionary": "x",
        }
    ]


def test_a_value_that_no_instant_can_be_costs_its_row_alone(tmp_path: Path) -> None:
    far = pa.array([1, 1 << 60, 2], pa.timestamp("us"))

    found = table(tmp_path / "a.parquet", {"no": ["a", "b", "c"], "at": far})

    assert [m.key for m in found if isinstance(m, Record)] == ["a", "c"]
    (broken,) = [m for m in found if isinstance(m, Unreadable)]
    assert (broken.reason, broken.key, broken.raw) == ("bad_value", "b", b'{"no":"b"}')


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (lambda _: b"no,name\n1,Ada\n" * 50, SourceMisconfigured, "not_parquet"),
        (lambda _: b"PAR1", SourceUnavailable, "cut_off"),
        (lambda _: b"", SourceUnavailable, "cut_off"),
        (lambda whole: whole[:-9], SourceUnavailable, "cut_off"),
        (lambda whole: whole[: len(whole) // 2], SourceUnavailable, "cut_off"),
        (gzip.compress, SourceMisconfigured, "not_parquet"),
        (lambda whole: b"PARE" + whole[4:-4] + b"PARE", SourceMisconfigured, "encrypted"),
        (lambda whole: whole[:-40] + b"\xff" * 32 + whole[-8:], SourceMisconfigured, "damaged"),
        (lambda whole: whole.replace(b"name", b"n\xe4me"), SourceMisconfigured, "bad_encoding"),
    ],
)
def test_a_file_that_is_not_all_parquet_is_told(
    tmp_path: Path, content: Callable[[bytes], bytes], kind: type[SourceError], reason: str
) -> None:
    path = tmp_path / "a.parquet"
    table(path, {"no": ["1", "2", "3"], "name": ["Ada", "Bert", "Cleo"]})
    path.write_bytes(content(path.read_bytes()))
    config = {"path": str(path), "stream": "people", "key": ["no"]}

    with pytest.raises(kind) as refusal:
        list(Parquet().read(config, "people", None))

    assert refusal.value.reason == reason
    assert "Ada" not in str(refusal.value)


@given(st.data())
def test_no_byte_of_a_parquet_file_stops_more_than_its_reading(data: st.DataObject) -> None:
    buffer = io.BytesIO()
    cells = {"no": [str(number) for number in range(40)], "name": ["Ada", "Zoë"] * 20}
    parquet.write_table(pa.table(cells), buffer, row_group_size=10)
    whole = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(4, len(whole) - 5))
        whole[place] = data.draw(st.integers(0, 255))

    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        Path(file.name).write_bytes(whole)
        config = {"path": file.name, "stream": "people", "key": ["no"]}
        with contextlib.suppress(SourceMisconfigured, SourceUnavailable):
            list(Parquet().read(config, "people", None))


@pytest.mark.parametrize("shared", [True, False])
def test_a_small_file_that_holds_much_does_not_fill_memory(tmp_path: Path, shared: bool) -> None:
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 300, pa.int32()), ["x" * 2_000_000])
    path = tmp_path / "a.parquet"
    parquet.write_table(
        pa.table({"no": range(300), "text": long}), path, store_schema=shared, compression="zstd"
    )
    assert path.stat().st_size < 100_000
    config: Any = {"path": str(path), "stream": "people", "key": ["no"]}

    tracemalloc.start()
    found = list(Parquet().read(config, "people", None))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    flawed = [m for m in found if isinstance(m, Unreadable)]
    assert {(m.reason, m.raw) for m in flawed[7:8]} == {("row_too_long", b'{"no":7}')}
    assert [m.key for m in flawed] == [str(number) for number in range(300)]
    assert Parquet().reread(config, flawed[0]) == flawed[0]
    assert peak < 20_000_000
    whole = Parquet().read({**config, "max_row_bytes": 1 << 22}, "people", None)
    held = list(itertools.takewhile(lambda m: not isinstance(m, State), whole))
    assert len(held) <= 4


def test_a_huge_row_group_is_read_in_parts_and_gone_on_from_inside(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"no": range(20_000), "text": ["y" * 500] * 20_000}), path)
    config: Any = {"path": str(path), "stream": "people", "key": ["no"]}

    whole = list(Parquet().read(config, "people", None))
    states = [place for place, m in enumerate(whole) if isinstance(m, State)]
    middle = states[len(states) // 2]
    there = whole[middle]
    assert isinstance(there, State)
    rest = list(Parquet().read(config, "people", there.value))

    assert len(states) > 10
    assert rest == whole[middle + 1 :]


def test_columns_that_are_not_there_or_twice_are_told(tmp_path: Path) -> None:
    wrong: list[dict[str, Any]] = [{"key": ["nothing"]}, {"columns": ["nothing"]}]
    for more in wrong:
        with pytest.raises(SourceMisconfigured, match="nothing"):
            table(tmp_path / "a.parquet", {"no": ["1"]}, **more)
    twice = pa.table([pa.array(["1"]), pa.array(["2"])], names=["no", "no"])
    parquet.write_table(twice, tmp_path / "b.parquet")
    config = {"path": str(tmp_path / "b.parquet"), "stream": "people", "key": ["no"]}
    with pytest.raises(SourceMisconfigured, match="one name"):
        list(Parquet().read(config, "people", None))
    kept = table(tmp_path / "a.parquet", {"no": ["1"], "more": ["x"]}, columns=["no"])
    assert data(kept) == [{"no": "1"}]


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.decimals()
        | st.datetimes()
        | st.dates()
        | st.times()
        | st.timedeltas()
        | st.binary()
        | st.uuids(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_whatever_a_database_holds_becomes_plain_json(value: Any) -> None:
    made = plain(value)

    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert plain(made) == made


def test_long_lines_are_kept_together_with_a_state_before_there_are_many(tmp_path: Path) -> None:
    line = json.dumps({"no": 1, "text": "x" * (1 << 19)}).encode() + b"\n"

    read = lines(tmp_path / "people.jsonl", line * 20)

    held = [index for index, message in enumerate(read) if isinstance(message, State)]
    assert max(b - a for a, b in itertools.pairwise([-1, *held])) <= 9
    assert len(data(read)) == 20
