"""What one record says: read by type, the same one by one and by the million; shown masked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import readings
from identity.addresses import Address, parse_address
from identity.births import parse_birth
from identity.defaults import BLOCKING
from identity.engines.columns import Column
from identity.engines.features import features, source_dates
from identity.features import ATTRIBUTES, NOBODY, Told, read
from identity.library import library
from identity.masking import mask, mask_told
from tests.identity.near import SAID, rows


@pytest.mark.parametrize(
    "text", ["", "soon", "1900-01-01", "0001-01-01", "9999-12-31", "\uff11\uff19\uff17\uff18"]
)
def test_what_is_no_birth_date_is_not_one(text: str) -> None:
    assert parse_birth(text) == ""


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"street": "123 Main Street"}, Address("123", "main st")),
        ({"street": "Hauptstr. 12 a"}, Address("12a", "haupt st")),
        ({"street": "Hauptstraße 12a"}, Address("12a", "haupt st")),
        ({"street": "12 Main St Apt 4"}, Address("12", "main st", "4")),
        ({"street": "12 Main St #4"}, Address("12", "main st", "4")),
        ({"street": "12 Main St Floor"}, Address("12", "main st floor")),
        ({"street": "North Road"}, Address("", "n rd")),
        (
            {"full": "123 Main Street, Las Vegas NV 89132"},
            Address("123", "main st", "", "89132", "las vegas nv"),
        ),
        (
            {"full": "1 Fleet St, Apt 2, 12, London EC4Y 1AA, 99999"},
            Address("1", "fleet st", "", "ec4y1aa", "london"),
        ),
        (
            {"full": "Marienplatz 8\n80331 München"},
            Address("8", "marien pl", "", "80331", "munchen"),
        ),
        (
            {"full": "24 Sussex Dr, Ottawa ON K1M 1M4", "country": "CA"},
            Address("24", "sussex dr", "", "k1m1m4", "ottawa on", "ca"),
        ),
        ({"postcode": "80331", "full": ""}, Address(postcode="80331")),
    ],
)
def test_an_address_is_read_from_its_parts_or_its_whole(
    parts: dict[str, str], expected: Address
) -> None:
    assert parse_address(**parts) == expected


def test_an_address_without_a_place_is_none() -> None:
    assert parse_address() is None
    assert parse_address(country="DE") is None


HOME = {"street": "12 Main St", "postcode": "89132", "city": "Las Vegas"}
ROBERT = read(
    {"full_name": "Robert Smith", "birth_date": "1978-11-12", **HOME, "company": "Acme Inc"}
)
ACME = read({"company": "Acme Inc", **HOME})


def test_whoever_has_a_name_of_their_own_only_works_for_the_company() -> None:
    assert (ROBERT.get("company"), ACME.get("company")) == (None, "acme")
    assert (ROBERT["kind"], ACME["kind"]) == ("person", "organisation")
    assert ROBERT.is_named
    assert ACME.is_named
    assert not read({"city": "Kiel"}).is_named


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"full_name": "Smith, Dr. John F."}, ("john", "f", "", "smith", "")),
        ({"full_name": "John van der Smith Jr."}, ("john", "", "jr", "vandersmith", "smith")),
        ({"given_name": "Ada Maria", "family_name": "Quell"}, ("ada", "m", "", "quell", "quell")),
        ({"full_name": "Ada Quell", "given_name": "Zoe"}, ("ada", "", "", "quell", "quell")),
        ({"full_name": "Ada Quell Sr", "name_suffix": "Jr"}, ("ada", "", "jr", "quell", "quell")),
        ({"given_name": "n/a", "family_name": "Quell"}, ("", "", "", "quell", "quell")),
        ({"full_name": "Test Customer"}, ("", "", "", "", "")),
    ],
)
def test_a_name_is_read_in_either_order_and_placeholders_are_none(
    said: dict[str, str], names: tuple[str, ...]
) -> None:
    told = read(said)

    parts = (readings.GIVEN, readings.MIDDLE, readings.GENERATION, readings.FAMILY)
    assert tuple(told.get(part, "") for part in parts) == names[:4]
    assert told.get(readings.FAMILY_WORDS, "") in {names[4], names[3]}


def test_what_states_one_thing_counts_more_than_a_longer_text() -> None:
    told = read({"address": "1 Main St, 10115 Berlin", "city": "Potsdam", "postcode": "n/a"})

    assert (told["postcode"], told["city"]) == ("10115", "potsdam")


def test_what_is_not_understood_is_not_said() -> None:
    assert read({"phone": "none", "city": "-", "birth_date": "soon", "email": ""}) is NOBODY
    assert read({}) is NOBODY


def test_what_a_record_says_is_a_value_that_shows_nothing() -> None:
    assert hash(ROBERT) == hash(Told(dict(reversed(ROBERT.items()))))
    assert "smith" not in repr(ROBERT)
    assert "family_name" in repr(ROBERT)


def test_identifiers_are_no_attributes() -> None:
    assert {"full_name", "birth_date", "company"} <= {*ATTRIBUTES}
    assert {"email", "phone", "device_id", "passport", "customer_id"}.isdisjoint(ATTRIBUTES)


@given(st.lists(rows(), min_size=1, max_size=6))
def test_many_records_are_read_as_each_is(said: list[dict[str, str]]) -> None:
    names = sorted({name for row in said for name in row})

    raw = {name: Column.of([row.get(name) for row in said]) for name in names}
    if "birth_date" in raw:
        raw["birth_date"] = source_dates(raw["birth_date"])
    found = features(raw)

    for number, row in enumerate(said):
        codes = {name: int(column.codes[number]) for name, column in found.items()}
        assert read(row) == {n: found[n].values[code] for n, code in codes.items() if code >= 0}


def test_what_is_shown_of_a_person_is_masked() -> None:
    assert mask_told(ROBERT) == {
        "given_name": "R…",
        "family_name": "S…",
        "birth_date": "1978",
        "address": "M… 89… L…",
    }
    assert mask_told(ACME)["company"] == "A…"
    assert mask_told(read({"city": "Kiel"})) == {"address": "K…"}
    assert mask_told(NOBODY) == {}


@pytest.mark.parametrize(
    ("type_", "value", "shown"),
    [
        ("email", "ada@example.org", "a…@e….org"),
        ("phone", "+4917112345", "+4…45"),
        ("phone", "+4917", "…"),
        ("customer_id", "K-100002", "K…2"),
        ("customer_id", "K-1", "…"),
    ],
)
def test_what_is_shown_of_an_identifier_is_masked(type_: str, value: str, shown: str) -> None:
    assert mask(type_, value) == shown


@given(st.dictionaries(st.sampled_from([*SAID, "birth_year"]), st.text(max_size=60)))
def test_no_text_breaks_the_reading_of_a_record(said: dict[str, str]) -> None:
    told = read(said)

    assert all(told.values())
    assert all(len(rule.key(told).split("|")) <= len(rule.parts) for rule in BLOCKING[-2:])
    for item in library(told):
        assert item.level(told, told) is None or item.levels[-1].name != item.name
