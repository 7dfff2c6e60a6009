"""Dates as people write them; the order of day and month is that of most of a source."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.engines.columns import Column
from identity.engines.dates import read_dates
from identity.engines.features import source_dates

DAY_FIRST, MONTH_FIRST = ("28/02/1990", "17/11/1961"), ("02/28/1990", "11/17/1961")
MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]


def read(*dates: str) -> list[str]:
    """What a source with these dates is taken to say; nothing is an empty text."""
    column = read_dates(Column.of(dates))
    return [column.values[code] if code >= 0 else "" for code in column.codes.tolist()]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1990-04-03", "1990-04-03"),
        ("1990-4-3", "1990-04-03"),
        (" 1990-04-03T00:00:00Z ", "1990-04-03"),
        ("1990-04-03 12:30:00", "1990-04-03"),
        ("1990/04/03", "1990-04-03"),
        ("1990.4.3", "1990-04-03"),
        ("19900403", "1990-04-03"),
        ("03.04.1990", "1990-04-03"),
        ("04/03/1990", "1990-04-03"),
        ("4-3-1990", "1990-04-03"),
        ("04 03 1990", "1990-04-03"),
        ("04031990", "1990-04-03"),
        ("4/3/1990 12:00:00 AM", "1990-04-03"),
        ("3 April 1990", "1990-04-03"),
        ("3rd Apr. 1990", "1990-04-03"),
        ("03-APR-1990", "1990-04-03"),
        ("April 3, 1990", "1990-04-03"),
        ("apr 3rd 1990", "1990-04-03"),
        ("17/11/1961", "1961-11-17"),
        ("11/17/1961", "1961-11-17"),
        ("20111984", "1984-11-20"),
        ("1990", "1990"),
        ("1990-04", "1990-04"),
    ],
)
def test_a_date_that_stands_alone_is_read(text: str, date: str) -> None:
    assert read(text) == [date]


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "0/0/0",
        "1990-13-40",
        "1990-13",
        "1990-00",
        "13/13/1990",
        "00/00/1990",
        "32.01.1990",
        "3 Foo 1990",
        "Anb 3 1990",
        "03/04-1990",
        "99999999",
        "1990-04-03-02",
        "12",
        "-",
        "\N{ARABIC-INDIC DIGIT ONE}",
    ],
)
def test_what_is_no_date_says_nothing(text: str) -> None:
    assert read(text) == [""]


def test_day_and_month_are_in_the_order_of_most_of_the_source() -> None:
    assert read("03/04/1990", *DAY_FIRST)[0] == "1990-04-03"
    assert read("03/04/1990", *MONTH_FIRST)[0] == "1990-03-04"
    assert read("03041990", "28021990", "17111961")[0] == "1990-04-03"
    assert read("03/04/1990", *DAY_FIRST, MONTH_FIRST[0])[0] == "1990-04-03"


def test_without_a_telling_date_dots_put_the_day_first_and_all_else_the_month() -> None:
    assert read("03.04.1990", "05.06.1991") == ["1990-04-03", "1991-06-05"]
    assert read("03/04/1990", "05/06/1991") == ["1990-03-04", "1991-05-06"]
    assert read("03-04-1990", *DAY_FIRST[:1], *MONTH_FIRST[:1])[0] == "1990-03-04"


def test_dates_with_the_year_first_have_no_vote() -> None:
    compact = ("19900228", "19611117", "19840531")

    assert read("03/04/1990", *compact)[0] == "1990-03-04"
    assert read("1990-05-28", "03/04/1990", DAY_FIRST[0])[1] == "1990-04-03"


@given(st.lists(st.dates(datetime.date(1901, 2, 1), datetime.date(2020, 1, 1)), min_size=1))
def test_every_way_to_write_the_dates_of_a_source_reads_the_same(
    dates: list[datetime.date],
) -> None:
    iso = [date.isoformat() for date in dates]

    assert read(*iso) == iso
    assert read(*(f"{date:%Y%m%d}" for date in dates)) == iso
    assert read(*(f"{date:%d.%m.%Y}" for date in dates)) == iso
    for pattern, telling in (("%d/%m/%Y", "28/02/1990"), ("%m/%d/%Y", "02/28/1990")):
        assert read(*(date.strftime(pattern) for date in dates), telling)[:-1] == iso
    assert read(*(f"{date.day} {MONTHS[date.month - 1]} {date.year}" for date in dates)) == iso
    assert read(*(f"{MONTHS[date.month - 1][:3]} {date.day}, {date.year}" for date in dates)) == iso


def test_placeholders_and_impossible_years_are_no_birth_dates() -> None:
    column = source_dates(Column.of(["1900-01-01", "01/01/1901", "0999-01-01", "2999", "2/1/1984"]))

    assert list(column.values) == ["1984-02-01"]


@given(st.lists(st.text(max_size=14)))
def test_any_text_at_all_is_a_date_or_nothing(texts: list[str]) -> None:
    for found in read(*texts):
        assert found == "" or found.replace("-", "").isdecimal()
