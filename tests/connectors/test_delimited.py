"""What the delimited connector makes of files as people really write them."""

import gzip
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Consent, Event, SourceMisconfigured, Stream, Unreadable
from connectors.delimited import REASONS, Delimited
from tests.connectors.builders import broken, config, last_state, lines, read, rows, touch_later

CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from('",\r\n'), max_size=8
)
TABLES = st.lists(st.tuples(CELLS, CELLS), max_size=8).map(
    lambda cells: [[str(number), *row] for number, row in enumerate(cells)]
)
HEADER = ["customer_no", "email", "note"]


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "customers.csv"
    path.write_bytes(text.encode(encoding))
    return path


@given(
    TABLES,
    st.integers(0, 8),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    st.booleans(),
)
def test_a_log_written_in_two_appends_reads_as_one_whole(
    table: Sequence[Sequence[str]], cut: int, encoding: str, last_line_open: bool
) -> None:
    plain = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), lines([HEADER, *table[:cut]]), encoding)
        options = config(path, encoding=encoding, append_only=True)
        if last_line_open:
            path.write_bytes(path.read_bytes().removesuffix("\r\n".encode(plain)))
        first = read(options)
        more = ("\r\n" if last_line_open else "") + lines(table[cut:])
        if more:
            with path.open("ab") as file:
                file.write(more.encode(plain))
            touch_later(path)

        second = read(options, last_state(first))

        assert rows(first) + rows(second) == table
        assert broken([*first, *second]) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
def test_encodings_are_read_as_told(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "customer_no,note\n1,Zoë\n", encoding)

    assert rows(read(config(path, encoding=encoding))) == [["1", "Zoë"]]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = written(tmp_path, "customer_no,note\n1,Zoë\n", "utf-8-sig")

    assert rows(read(config(path, encoding="utf-8"))) == [["1", "Zoë"]]


def test_utf_16_without_its_mark_must_say_its_byte_order(tmp_path: Path) -> None:
    path = written(tmp_path, "customer_no,note\n1,Zoë\n", "utf-16-be")

    with pytest.raises(SourceMisconfigured, match="utf-16-le or utf-16-be"):
        read(config(path, encoding="utf-16"))
    assert rows(read(config(path, encoding="utf-16-be"))) == [["1", "Zoë"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_empty_file_has_no_rows_and_is_read_once_it_has_some(
    tmp_path: Path, encoding: str
) -> None:
    path = written(tmp_path, "")
    options = config(path, encoding=encoding)
    state = last_state(read(options))
    written(tmp_path, "customer_no\n1\n", encoding)

    assert rows(read(options, state)) == [["1"]]


@pytest.mark.parametrize("encoding", ["utf-32", "cp037", "rot13", "nothing"])
def test_encodings_without_findable_line_ends_are_refused(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(SourceMisconfigured, match="encoding"):
        Delimited().streams(config(tmp_path / "any", encoding=encoding))


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_from_the_first_row(tmp_path: Path, sign: str) -> None:
    path = written(tmp_path, lines([["note", "customer_no"], ["a,b;c", "1"]], delimiter=sign))

    assert rows(read(config(path, delimiter="auto"))) == [["a,b;c", "1"]]
    named = config(path, delimiter="auto", columns=["note", "customer_no"], header=False)
    assert rows(read(named)) == [["note", "customer_no"], ["a,b;c", "1"]]


def test_a_single_column_needs_no_delimiter(tmp_path: Path) -> None:
    assert rows(read(config(written(tmp_path, "customer_no\n1\n"), delimiter="auto"))) == [["1"]]
    assert rows(read(config(written(tmp_path, ""), delimiter="auto"))) == []


@pytest.mark.parametrize("text", ["a;b\n1;2\n", '"customer_no,a\n1,2\n'])
def test_a_delimiter_that_cannot_be_told_is_asked_for(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceMisconfigured, match="delimiter: cannot be told"):
        read(config(written(tmp_path, text), delimiter="auto"))


def test_lines_before_the_header_are_skipped_and_counted(tmp_path: Path) -> None:
    path = written(tmp_path, 'Export "of\n\ncustomer_no\n1\n""\n')

    found = read(config(path, skip_lines=2))

    assert rows(found) == [["1"]]
    assert [m.position for m in found if isinstance(m, Unreadable)] == ["line 5"]


def test_columns_may_be_named_in_place_of_the_header(tmp_path: Path) -> None:
    path = written(tmp_path, "Nr.,Nr.\n1,2\n")

    assert rows(read(config(path, columns=["customer_no", "other"]))) == [["1", "2"]]


@pytest.mark.parametrize("header", ["customer_no,customer_no", "customer_no,", '"a"b,c'])
def test_a_header_that_cannot_name_columns_is_refused_and_not_shown(
    tmp_path: Path, header: str
) -> None:
    with pytest.raises(SourceMisconfigured, match="header") as refusal:
        read(config(written(tmp_path, header + "\n1,2\n")))

    assert header not in str(refusal.value)


def test_a_vanished_key_column_is_named_and_nothing_is_read(tmp_path: Path) -> None:
    options = config(written(tmp_path, "customer_no,note\n1,a\n"))
    state = last_state(read(options))
    written(tmp_path, "number,note\n2,longer\n")

    with pytest.raises(SourceMisconfigured, match="customer_no") as refusal:
        read(options, state)

    assert refusal.value.reason == "missing_column"


def test_rows_without_key_or_with_a_wrong_number_of_cells_are_kept_as_they_came(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, "customer_no,note\n ,a\n1\n2,b,c\n3,d\n")

    found = read(config(path))

    assert rows(found) == [["3", "d"]]
    assert broken(found) == [
        ("missing_key", b" ,a\n"),
        ("wrong_column_count", b"1\n"),
        ("wrong_column_count", b"2,b,c\n"),
    ]
    assert {reason for reason, _ in broken(found)} <= set(REASONS)


def test_null_values_become_null_and_make_no_key(tmp_path: Path) -> None:
    path = written(tmp_path, "customer_no,note\n1,NULL\nNULL,a\n2,null\n")

    found = read(config(path, null_values=["NULL"]))

    assert rows(found) == [["1", None], ["2", "null"]]
    assert broken(found) == [("missing_key", b"NULL,a\n")]


def test_several_key_columns_make_one_canonical_text(tmp_path: Path) -> None:
    path = written(tmp_path, 'shop,customer_no\nÉ,"a"",b"\n')
    options = config(path, key=["shop", "customer_no"])

    [record, _, _] = read(options)

    assert getattr(record, "key", None) == '["É","a\\",b"]'


def test_gzip_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(gzip.compress(b"customer_no\n1\n"))
    options = config(path, append_only=True, state_every=1)
    first = read(options)
    with path.open("ab") as file:
        file.write(gzip.compress(b"2\n"))
    touch_later(path)

    assert rows(first) == [["1"]]
    assert rows(read(options, last_state(first))) == [["2"]]


EVENTS = {"id": ["ticket", "status"], "type_column": "status", "at": "at"}


def test_rows_of_a_log_become_events(tmp_path: Path) -> None:
    path = written(tmp_path, "customer_no,ticket,status,at\n1,7,opened,2026-03-01T10:00:00+01:00\n")

    [event, *_] = read(config(path, message="event", event=EVENTS))

    data = {"customer_no": "1", "ticket": "7", "status": "opened"}
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert event == Event(
        "customers",
        "1",
        '["7","opened"]',
        "opened",
        at,
        {**data, "at": "2026-03-01T10:00:00+01:00"},
        "line 2",
    )
    assert Delimited().streams(config(path, message="event", event=EVENTS)) == [
        Stream("customers", "event", ("customer_no",))
    ]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"offset": "-05:30"}, "2026-03-01 03:30:00.0009"),
        ({"offset": "-05:30", "format": "%d.%m.%Y %H:%M"}, "01.03.2026 03:30"),
        ({"format": "%d.%m.%Y %H:%M%z"}, " 01.03.2026 09:00+0000 "),
    ],
)
def test_instants_are_read_in_the_format_and_offset_told(
    tmp_path: Path, more: dict[str, str], text: str
) -> None:
    path = written(tmp_path, f"customer_no,at\n1,{text}\n")
    event = {"id": ["customer_no"], "type": "case.opened", "at": "at", **more}

    [found, *_] = read(config(path, message="event", event=event))

    assert isinstance(found, Event)
    assert (found.type, found.at) == ("case.opened", datetime(2026, 3, 1, 9, tzinfo=UTC))


def test_events_that_miss_something_are_unreadable(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "customer_no,ticket,status,at\n"
        "1,7,opened,2026-03-01T10:00:00\n"
        "1,7,opened,0001-01-01T00:00:00+10:00\n"
        "1,7,,2026-03-01T10:00:00Z\n"
        "1,,opened,2026-03-01T10:00:00Z\n",
    )

    found = read(config(path, message="event", event=EVENTS))

    reasons = [reason for reason, _ in broken(found)]
    assert reasons == ["bad_timestamp", "bad_timestamp", "missing_type", "missing_id"]


def test_rows_of_a_consent_log_become_consents(tmp_path: Path) -> None:
    path = written(tmp_path, "customer_no,line,answer\n1,c1,yes\n1,,no\n")

    found = read(config(path, message="consent", consent={"id": ["line"]}))

    data = {"customer_no": "1", "line": "c1", "answer": "yes"}
    assert found[0] == Consent("customers", "1", "c1", data, "line 2")
    assert broken(found) == [("missing_id", b"1,,no\n")]


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"format": 2, "files": {}},
        {"format": 1, "files": {"customers.csv": None}},
        {"format": 1, "files": {"customers.csv": {"size": 1}}},
        {
            "format": 1,
            "files": {
                "customers.csv": dict.fromkeys(
                    ("size", "mtime_ns", "inode", "position", "lines", "tail", "done"), 1
                )
            },
        },
    ],
)
def test_a_state_of_another_making_is_refused(tmp_path: Path, state: dict[str, Any]) -> None:
    path = written(tmp_path, "customer_no\n1\n")

    with pytest.raises(SourceMisconfigured, match="state"):
        read(config(path), state)


def test_a_state_holds_nothing_of_what_the_file_holds(tmp_path: Path) -> None:
    path = written(tmp_path, "customer_no,note\n1,jane\n")
    status = path.stat()

    state = last_state(read(config(path)))

    mark = {"size": 24, "mtime_ns": status.st_mtime_ns, "inode": status.st_ino}
    where = {"position": 24, "lines": 2, "tail": 0, "done": True}
    assert state == {"format": 1, "files": {"customers.csv": {**mark, **where}}}
