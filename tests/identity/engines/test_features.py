"""What columns of every type are read as; the readings stand in tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import fields, readings
from identity.engines.columns import Column
from identity.engines.features import features
from tests.identity.engines.people import columns


def read(**row: str) -> dict[str, str]:
    """The features of one record, by name; what says nothing is left out."""
    found = features(columns([row]))
    return {name: column.values[column.codes[0]] for name, column in found.items()}


def one(type_: str, text: str) -> str:
    """What one column of one record is read as; nothing is an empty text."""
    return read(**{type_: text}).get(type_, "")


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("Ada.Quell@Example.ORG", "ada.quell@example.org"),
        (" ada@example.org ", "ada@example.org"),
        ("a.d.a+shop@gmail.com", "ada@gmail.com"),
        ("ada@googlemail.com", "ada@gmail.com"),
        ("ada+shop@example.org", "ada+shop@example.org"),
        ("+shop@gmail.com", ""),
        ("ada@example", ""),
        ("@example.org", ""),
        ("nobody", ""),
        ("n/a", ""),
    ],
)
def test_an_email_is_read_as_gmail_and_others_deliver_it(text: str, email: str) -> None:
    assert one("email", text) == email


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("020 7946 0011", "079460011"),
        ("+44 20 7946 0011", "079460011"),
        ("(555) 010-4477", "550104477"),
        ("+1 555-010-4477", "550104477"),
        ("5550104477.0", "550104477"),
        ("794 6011", "7946011"),
        ("12345", ""),
        ("0000000000", ""),
        ("5551115555", ""),
        ("1234567890", ""),
        ("9876543210", ""),
        ("unknown", ""),
    ],
)
def test_a_phone_number_is_one_with_and_without_the_code_of_its_country(
    text: str, phone: str
) -> None:
    assert one("phone", text) == phone


@pytest.mark.parametrize(
    ("type_", "text", "feature"),
    [
        ("national_id", "123-45-6789", "123456789"),
        ("national_id", "000-00-0000", ""),
        ("passport", "ab 12 cd", "AB12CD"),
        ("customer_id", "n/a", ""),
        ("customer_id", "K-17", "K17"),
        ("login_id", "unknown", ""),
        ("device_id", " 6f-A1 ", "6f-A1"),
        ("device_id", "0000-0000", ""),
        ("device_id", "null", ""),
        ("sex", "Female", "f"),
        ("sex", "M", "m"),
        ("sex", "unknown", ""),
        ("company", "Quell & Sons, Ltd.", "quell sons"),
        ("company", "none", ""),
        ("region", "Baden-W\u00fcrttemberg", "baden wurttemberg"),
        ("country", "N/A", ""),
        ("birth_place", "\u0141\u00f3d\u017a", "lodz"),
        ("category", "Civil engineer", "civil engineer"),
        ("postcode", "89111-1234", "89111"),
        ("postcode", "89111.0", "89111"),
        ("postcode", "sw1a 1aa", "sw1a1aa"),
        ("postcode", "n/a", ""),
        ("house_number", "12 A", "12a"),
        ("house_number", "unknown", ""),
        ("unit", "Flat 3", "flat3"),
        ("unit", "none", ""),
        ("city", "San Jos\u00e9", "san jose"),
        ("city", "unknown", ""),
        ("street", "unknown", ""),
        ("street", "n/a", ""),
        ("birth_date", "1984-05-17", "1984-05-17"),
    ],
)
def test_a_value_is_read_by_its_type(type_: str, text: str, feature: str) -> None:
    assert one(type_, text) == feature


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"full_name": "Dr. Ada M. Quell"}, ("ada", "m", "quell", "")),
        ({"full_name": "QUELL, Ada"}, ("ada", "", "quell", "")),
        ({"full_name": "Ada Quell"}, ("ada", "", "quell", "")),
        ({"full_name": "Ben Ofen Jr."}, ("ben", "", "ofen", "jr")),
        ({"full_name": "Ada de la Cruz"}, ("ada", "", "delacruz", "")),
        ({"full_name": "Unknown"}, ("", "", "", "")),
        (
            {"given_name": "Mrs. Ada Maria", "family_name": "De la Cruz"},
            ("ada", "m", "delacruz", ""),
        ),
        ({"given_name": "Ben", "family_name": "Ofen III"}, ("ben", "", "ofen", "iii")),
        ({"given_name": "Ben Jr", "family_name": "Ofen"}, ("ben", "", "ofen", "jr")),
        ({"given_name": "Ben", "name_suffix": "Junior"}, ("ben", "", "", "jr")),
        ({"given_name": "Ben", "name_suffix": "PhD"}, ("ben", "", "", "")),
        ({"given_name": "Ada", "middle_name": "Maria"}, ("ada", "m", "", "")),
        ({"given_name": "n/a", "family_name": "unknown"}, ("", "", "", "")),
    ],
)
def test_a_name_is_taken_apart(row: dict[str, str], name: tuple[str, ...]) -> None:
    found = read(**row)

    assert (
        tuple(
            found.get(part, "")
            for part in (readings.GIVEN, readings.MIDDLE, readings.FAMILY, readings.GENERATION)
        )
        == name
    )


@pytest.mark.parametrize(
    ("row", "place"),
    [
        (
            {"address": "12a Main Street, Apt 4, 89111 Las Vegas"},
            ("main st", "12a", "", "89111", "las vegas"),
        ),
        (
            {"address": "Hauptstra\u00dfe 7, 80331 M\u00fcnchen"},
            ("haupt st", "7", "", "80331", "munchen"),
        ),
        ({"street": "12 Main St Apt 4"}, ("main st", "12", "4", "", "")),
        ({"street": "12 Main Street", "house_number": "14"}, ("main st", "14", "", "", "")),
        (
            {"address": "1 Main St, 10115 Berlin", "city": "Potsdam", "postcode": "n/a"},
            ("main st", "1", "", "10115", "potsdam"),
        ),
        ({"postcode": "10115", "city": "Berlin"}, ("", "", "", "10115", "berlin")),
    ],
)
def test_an_address_is_taken_apart_and_what_is_stated_counts_more(
    row: dict[str, str], place: tuple[str, ...]
) -> None:
    found = read(**row)

    parts = (readings.STREET, readings.HOUSE, readings.UNIT, readings.POSTCODE, readings.CITY)
    assert tuple(found.get(part, "") for part in parts) == place


@pytest.mark.parametrize(
    ("year", "month", "day", "date"),
    [
        ("1984", "5", "17", "1984-05-17"),
        ("1984.0", "5.0", "7.0", "1984-05-07"),
        ("1984", "", "17", "1984"),
        ("1984", "5", "", "1984-05"),
        ("", "5", "17", ""),
        ("84", "5", "17", ""),
        ("1984", "13", "1", "1984"),
        ("1984", "12", "32", "1984-12"),
        ("1984", "0", "0", "1984"),
        ("1900", "1", "1", ""),
    ],
)
def test_a_birth_date_is_put_together_from_its_parts(
    year: str, month: str, day: str, date: str
) -> None:
    assert read(birth_year=year, birth_month=month, birth_day=day).get(readings.BIRTH, "") == date


def test_a_whole_birth_date_counts_more_than_its_parts_and_a_month_alone_is_none() -> None:
    rows = [
        {"birth_date": "1984-05-17", "birth_year": "1985"},
        {"birth_year": "1985"},
    ]

    born = features(columns(rows))[readings.BIRTH]

    assert [born.values[code] for code in born.codes] == ["1984-05-17", "1985"]
    assert read(birth_month="5", birth_day="7") == {}


def test_columns_that_say_the_same_in_other_forms_fill_each_other() -> None:
    rows = [
        {"full_name": "Ada Quell"},
        {"given_name": "Ben", "family_name": "Ofen", "middle_name": "K"},
        {"full_name": "Ada Quell", "given_name": "Zoe"},
        {"family_name": "Ofen"},
    ]

    found = features(columns(rows))

    assert [
        found[readings.GIVEN].values[code] if code >= 0 else ""
        for code in found[readings.GIVEN].codes
    ] == [
        "ada",
        "ben",
        "ada",
        "",
    ]
    assert [found[readings.FAMILY].values[code] for code in found[readings.FAMILY].codes] == [
        "quell",
        "ofen",
        "quell",
        "ofen",
    ]


def test_a_column_of_which_nothing_was_understood_is_no_feature() -> None:
    assert features(columns([{"phone": "none", "email": "nobody", "city": "-"}])) == {}
    assert features({}) == {}


@given(st.sampled_from(sorted({*fields.FIELDS} - {fields.BIRTH_DATE})), st.text(max_size=40))
def test_any_text_at_all_can_be_read(type_: str, text: str) -> None:
    for column in features({type_: Column.of([text, None])}).values():
        assert column.codes[1] == -1
        assert all(column.values)
