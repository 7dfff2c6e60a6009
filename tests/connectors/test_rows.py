"""The row splitter against csv.writer, and against every way a row can be broken."""

import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.rows import Broken, Dialect, Rows, after_lines
from tests.connectors.builders import lines

CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from('",;\r\n\\ab'),
    max_size=12,
)
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=8)


def split(data: bytes, dialect: Dialect | None = None, offset: int = 0) -> list[object]:
    """Cells, or (reason, bytes) of what is broken."""
    found = Rows(io.BytesIO(data), dialect or Dialect(), offset=offset)
    return [(row.reason, row.raw) if isinstance(row, Broken) else row for row in found]


def small(limit: int) -> Dialect:
    return Dialect(max_row_bytes=limit)


@given(TABLES, st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]), st.sampled_from(",;\t|"))
def test_what_csv_writer_wrote_is_read_back_equal(
    table: Sequence[Sequence[str]], encoding: str, delimiter: str
) -> None:
    data = lines(table, delimiter=delimiter).encode(encoding)

    assert split(data, Dialect(encoding=encoding, delimiter=delimiter)) == table


@given(TABLES, st.sampled_from(["utf-8", "utf-16-le"]))
def test_every_row_can_be_gone_on_from(table: Sequence[Sequence[str]], encoding: str) -> None:
    data = lines(table).encode(encoding)
    dialect = Dialect(encoding=encoding)
    found = Rows(io.BytesIO(data), dialect, offset=0)

    for number, row in enumerate(found, 1):
        assert row == table[number - 1]
        assert found.raw() == data[found.start : found.end]
        assert split(data, dialect, offset=found.end) == table[number:]


@given(TABLES)
def test_escaped_text_is_read_back_equal(table: Sequence[Sequence[str]]) -> None:
    how = {"escapechar": "\\", "doublequote": False}

    assert split(lines(table, **how).encode(), Dialect(escapechar="\\", doublequote=False)) == table


@given(st.binary(max_size=80), st.sampled_from(["utf-8", "cp1252", "utf-16-le"]))
def test_no_bytes_stop_the_splitter_and_all_are_accounted_for(data: bytes, encoding: str) -> None:
    found = Rows(io.BytesIO(data), Dialect(encoding=encoding, max_row_bytes=16), offset=0)

    ends = [0]
    for row in found:
        assert found.start >= ends[-1]
        assert found.end > found.start
        ends.append(found.end)
        if isinstance(row, Broken):
            assert data[found.start :].startswith(row.raw)
    assert data[ends[-1] :].decode(encoding, "ignore").strip("\r\n") == ""


def test_blank_lines_are_skipped_and_line_numbers_count_them() -> None:
    found = Rows(io.BytesIO(b'a,b\n\n\r\n"c\nc",d\ne,f'), Dialect(), offset=0)

    seen = [(row, found.line, found.terminated) for row in found]

    assert seen == [(["a", "b"], 1, True), (["c\nc", "d"], 4, True), (["e", "f"], 6, False)]
    assert found.lines == 6


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'a,"b"c\n1,2\n', "bad_quote"),
        (b'a,"b\n1,2\n', "unclosed_quote"),
        (b"a,\xff\n1,2\n", "bad_encoding"),
        (b"a,\0\n1,2\n", "nul_byte"),
        (b"a\rb,c\n1,2\n", "stray_return"),
        (b"a" * 40 + b",b\n1,2\n", "row_too_long"),
    ],
)
def test_a_broken_line_costs_that_line_alone(data: bytes, reason: str) -> None:
    first = data.index(b"\n") + 1

    assert split(data, small(16)) == [(reason, data[: min(first, 16)]), ["1", "2"]]


def test_a_stray_quote_does_not_swallow_the_good_rows_after_it() -> None:
    data = b'1,"stray\n2,"fine"\n3,also\n'

    assert split(data) == [("bad_quote", b'1,"stray\n'), ["2", "fine"], ["3", "also"]]


def test_a_stray_quote_far_from_the_end_of_the_file_costs_its_line_alone() -> None:
    good = [[str(number), "row"] for number in range(50)]
    data = b'x,"stray\n' + lines(good).encode()

    assert split(data, small(32)) == [("unclosed_quote", b'x,"stray\n'), *good]


def test_text_in_quotes_is_never_read_as_rows_however_long_it_is() -> None:
    forged = b'1,"' + b"7,mallory\n" * 40 + b'"\n2,b\n'

    assert split(forged, small(32)) == [("row_too_long", forged[:32]), ["2", "b"]]


def test_an_escaped_quote_does_not_end_a_row_that_is_too_long() -> None:
    dialect = Dialect(escapechar="\\", doublequote=False, max_row_bytes=16)
    data = b'1,"' + b'x\\"y\n' * 20 + b'"\n2,b\n'

    assert split(data, dialect) == [("row_too_long", data[:16]), ["2", "b"]]


def test_without_quotes_a_long_line_ends_at_its_line_end() -> None:
    dialect = Dialect(quotechar=None, max_row_bytes=16)

    data = b'1,"' + b"x" * 90 + b'\n2,"b\n'

    assert split(data, dialect) == [("row_too_long", data[:16]), ["2", '"b']]


def test_a_long_line_at_the_end_of_the_file_is_one_broken_row() -> None:
    assert split(b"1,2\n" + b"x" * 100, small(16)) == [["1", "2"], ("row_too_long", b"x" * 16)]
    assert split(b'1,2\n"' + b"x" * 100, small(16)) == [
        ["1", "2"],
        ("unclosed_quote", b'"' + b"x" * 15),
    ]


def test_a_long_quoted_row_whose_first_line_is_long_goes_on_at_its_second_line() -> None:
    data = b'"' + b"x" * 100 + b"\n1,2\n3,4\n"

    assert split(data, small(16)) == [
        ("unclosed_quote", b'"' + b"x" * 15),
        ["1", "2"],
        ["3", "4"],
    ]


def test_a_line_feed_byte_inside_a_wide_character_is_no_line_end() -> None:
    table = [["\u0a0a\u0a00", "Ċ"], ["x" * 9000, "y"]]

    for encoding in ("utf-16-le", "utf-16-be"):
        assert split(lines(table).encode(encoding), Dialect(encoding=encoding)) == table


def test_half_a_wide_character_at_the_end_is_a_bad_encoding() -> None:
    data = "a,b\n".encode("utf-16-le") + b"x"

    assert split(data, Dialect(encoding="utf-16-le")) == [["a", "b"], ("bad_encoding", b"x")]


def test_lines_are_skipped_whatever_stands_in_them() -> None:
    file = io.BytesIO(b'Report "of\n' + b"x" * 99 + b"\na,b\n")

    assert after_lines(file, small(16), offset=0, count=2) == 111
    assert after_lines(file, small(16), offset=0, count=9) == 115
