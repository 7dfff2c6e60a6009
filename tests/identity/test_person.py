"""Birth dates, addresses, and what a record says of a person as a whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.addresses import Address, address_level, house_key, parse_address
from identity.births import birth_key, birth_level, parse_birth
from identity.comparison import compare
from identity.masking import mask, mask_person
from identity.person import BLOCKING_KEYS, Person


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("1978-11-12", "1978-11-12", "exact"),
        ("1978-11-12", "1978-12-11", "swapped"),
        ("1978-11-12", "1979-11-12", "near"),
        ("1978-11-12", "1978-11-21", "near"),
        ("1978-11-12", "1978-03-04", "year"),
        ("1978-11-12", "1987-03-04", "different"),
        ("1978-11-12", "1978", "year"),
        ("1978", "1978", "year"),
        ("1978-11", "1978-12-11", "different"),
    ],
)
def test_birth_dates_agree_by_levels(a: str, b: str, level: str) -> None:
    assert birth_level(a, b) == level
    assert birth_level(b, a) == level


@pytest.mark.parametrize(
    "text", ["", "soon", "1900-01-01", "0001-01-01", "9999-12-31", "\uff11\uff19\uff17\uff18"]
)
def test_what_is_no_birth_date_is_not_one(text: str) -> None:
    assert parse_birth(text) == ""


def test_a_birth_key_does_not_know_day_from_month() -> None:
    assert birth_key("1978-11-12") == birth_key("1978-12-11") != ""
    assert birth_key("1978") == ""


def address(**parts: str) -> Address:
    found = parse_address(**parts)
    assert found is not None
    return found


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


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        (HOME, {**HOME, "street": "12 Main Street"}, "exact"),
        (HOME, {"street": "12 Main St"}, "exact"),
        (HOME, {**HOME, "street": "12 Mian St"}, "similar"),
        (HOME, {**HOME, "postcode": "89133"}, "exact"),
        (HOME, {**HOME, "street": "12 Main St Apt 2"}, "exact"),
        (
            {**HOME, "street": "12 Main St Apt 1"},
            {**HOME, "street": "12 Main St Apt 2"},
            "building",
        ),
        ({"street": "Main St", "city": "Kiel"}, {"street": "Main St", "city": "Kiel"}, "similar"),
        (HOME, {**HOME, "street": "99 Elm Rd"}, "postcode"),
        (HOME, {"postcode": "89132"}, "postcode"),
        (HOME, {"street": "99 Elm Rd", "city": "Las Vegas"}, "city"),
        (HOME, {"city": "Las Vegas NV"}, "city"),
        (HOME, {"city": "Las Vgeas"}, "city"),
        (HOME, {"city": "Reno"}, "different"),
        (HOME, {**HOME, "postcode": "10115", "city": "Berlin"}, "different"),
        ({**HOME, "country": "US"}, {**HOME, "country": "DE", "postcode": "1"}, "different"),
        ({"street": "1 Elm Rd"}, {"street": "2 Elm Rd"}, "different"),
        ({"street": "1 Elm Rd"}, {"city": "Kiel"}, None),
    ],
)
def test_addresses_agree_by_levels(a: dict[str, str], b: dict[str, str], level: str | None) -> None:
    assert address_level(address(**a), address(**b)) == level
    assert address_level(address(**b), address(**a)) == level


def test_a_house_key_needs_a_number_and_a_street() -> None:
    assert house_key(address(street="12 Main St")) == house_key(address(street="12 Main Road"))
    assert house_key(address(street="12 Street")) == "12 st"
    assert house_key(address(city="Kiel")) == house_key(None) == ""


ROBERT = Person.parse(
    {"full_name": "Robert Smith", "birth_date": "1978-11-12", **HOME, "company": "Acme Inc"}
)
ACME = Person.parse({"company": "Acme Inc", **HOME})


def test_who_has_a_name_is_no_organisation() -> None:
    assert (ROBERT.company, ACME.company) == ("", "acme")
    assert ROBERT.is_named
    assert ACME.is_named
    assert not Person.parse({"city": "Kiel"}).is_named


def test_two_records_are_compared_where_both_say_something() -> None:
    assert compare(ROBERT, Person.parse({"full_name": "Bob Smith", "birth_date": "1978"})) == (
        ("given_name", "nickname"),
        ("family_name", "exact"),
        ("birth_date", "year"),
    )
    assert compare(ROBERT, ACME) == (("company", "different"), ("address", "exact"))
    assert compare(ACME, ACME)[0] == ("company", "exact")
    assert compare(Person.parse({}), ROBERT) == ()
    assert compare(Person.parse({"street": "1 Elm Rd"}), Person.parse({"city": "Kiel"})) == ()


def test_spellings_of_one_person_share_a_blocking_key() -> None:
    others: list[dict[str, str]] = [
        {"full_name": "Smith, Bob", "street": "12 Main Street", "postcode": "89132"},
        {"given_name": "R.", "family_name": "Smyth", "postcode": "89132"},
        {"full_name": "Robert Jones", "birth_date": "1978-12-11"},
        {"full_name": "Q Smith", "birth_date": "1978-12-11"},
    ]

    for other in others:
        keys = set(Person.parse(other).blocking_keys())
        assert keys & set(ROBERT.blocking_keys()), other
    assert all(len(type_) <= 32 for type_ in BLOCKING_KEYS)


def test_who_says_too_little_has_no_blocking_key() -> None:
    assert Person.parse({"full_name": "Madonna"}).blocking_keys() == ()
    assert Person.parse({"given_name": "Bob", "postcode": "1"}).blocking_keys() == ()
    assert Person.parse({"given_name": "Bob", "city": "Kiel"}).blocking_keys() == ()
    assert Person.parse({"full_name": "Bob Smith", "city": "Kiel"}).blocking_keys()
    assert ACME.blocking_keys() == (("block.company_name", "acme"),)


def test_what_is_shown_of_a_person_is_masked() -> None:
    assert mask_person(ROBERT) == {
        "given_name": "R…",
        "family_name": "S…",
        "birth_date": "1978",
        "address": "M… 89… L…",
    }
    assert mask_person(ACME)["company"] == "A…"
    assert mask_person(Person.parse({"city": "Kiel"})) == {"address": "K…"}
    assert mask_person(Person.parse({})) == {}
    assert repr(ROBERT) == "Person()"


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


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "full_name",
                "address",
                "street",
                "city",
                "postcode",
                "company",
                "birth_date",
                "country",
            ]
        ),
        st.text(max_size=60),
    )
)
def test_no_text_breaks_the_reading_of_a_person(attributes: dict[str, str]) -> None:
    person = Person.parse(attributes)

    assert all(text for _, text in person.blocking_keys())
    assert all(level != "different" for _, level in compare(person, person))
