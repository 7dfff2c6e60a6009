"""A column read at once says what the definition says of each of its values."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import fields
from identity.engines.columns import Column
from identity.engines.reading import read_field
from identity.readings import READINGS

PIECES = (
    *"aAbz019 .-_#@+'/,()&",
    *("apt", "unit", "st", "street", "weg", "mr", "jr", "van", "floor", "north"),
    *("unknown", "na", "none", "test", "guest", "n/a"),
    *("gmail.com", "googlemail.com", "@gmail.com", "example.org", "+shop"),
    *("0", "12", "5a", ".0", "0000", "12345678", "9876543", "#4", " ", "  "),
    *("é", "ß", "Ł", "\x1c", "\x00", "x" * 301),
)
USUAL = {
    fields.EMAIL: [
        "a.b@gmail.com",
        "A.B+x@gmail.com",
        "a@googlemail.com",
        ".@gmail.com",
        "a@b@c.d",
    ],
    fields.PHONE: ["+49 (30) 1234-5678", "1111111", "123456789", "987654321", "079460011.0", "12"],
    fields.STREET: [
        "12 Main Street",
        "12 Main St Apt 4",
        "12 Main St #4",
        "12 main # 4",
        "12 a",
        "12 Apt 4",
        "12 Floor Apt 4",
        "5 5 Street",
        "7 unknown",
        "12 Main",
        "Main 12",
        "#12 main",
        "12",
    ],
    fields.PAPERS[0]: ["079-46", "0000", "12.0", "none", "12.0 "],
    fields.DEVICE_ID: ["d-1", "0000", "00-00", " d1", "none"],
    fields.POSTCODE: ["89111-1234", "89111.0", "SW1A 1AA", "none", "D-10115"],
    fields.GIVEN_NAME: ["Ada", "ADA", "Mr Ada", "Ada M", "unknown", "Zoë", "n/a"],
}


def said(type_: str, values: list[str]) -> list[list[str]]:
    """The parts of every value, as they are found for all at once."""
    columns = read_field(type_, Column(values, Column.of(values).codes))
    return [
        [column.values[column.codes[n]] if column.codes[n] >= 0 else "" for column in columns]
        for n in range(len(values))
    ]


@pytest.mark.parametrize("type_", sorted(READINGS))
def test_usual_values_are_read_as_they_are_one_by_one(type_: str) -> None:
    random = Random(7)  # noqa: S311 - words, not secrets
    made = {"".join(random.choices(PIECES, k=random.randint(1, 7))) for _ in range(2_000)}
    values = sorted({*made, *(text for texts in USUAL.values() for text in texts)})

    assert said(type_, values) == [list(READINGS[type_][0](text)) for text in values]


@given(st.sampled_from(sorted(READINGS)), st.lists(st.text(min_size=1, max_size=30), unique=True))
def test_any_values_are_read_as_they_are_one_by_one(type_: str, values: list[str]) -> None:
    assert said(type_, values) == [list(READINGS[type_][0](text)) for text in values]
