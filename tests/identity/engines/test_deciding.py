"""Levels: of many pairs those of each, symmetric, and as people would have them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.comparisons import Bond, Comparison
from identity.engines import deciding
from identity.engines.deciding import SILENT, levels
from identity.features import Told, read
from identity.library import IDENTIFIERS, library
from tests.identity.near import VALUES, both_ways, columns, crowds, told

EVERY = {item.name: item for item in (*library(VALUES), *library(["region", "country"]))}


def level(name: str, ours: dict[str, str], theirs: dict[str, str]) -> str:
    """The level of two records, which is the same the other way round; "-" if it is silent."""
    item = EVERY[name]
    there, back = item.level(ours, theirs), item.level(theirs, ours)
    assert there == back
    return "-" if there is None else item.levels[there].name


@pytest.mark.parametrize("name", EVERY)
@given(st.data())
def test_levels_of_many_pairs_are_those_of_each(name: str, data: st.DataObject) -> None:
    item = EVERY[name]
    reads = sorted(item.features & VALUES.keys())
    records = data.draw(st.lists(told(reads), min_size=2, max_size=8) | crowds())
    a, b = both_ways(len(records))

    found = levels(item, columns(records), a, b)

    expected = [item.level(records[i], records[j]) for i, j in zip(a, b, strict=True)]
    assert [None if place == SILENT else place for place in found.tolist()] == expected
    assert [item.level(records[j], records[i]) for i, j in zip(a, b, strict=True)] == expected


@given(crowds())
def test_two_of_whom_no_level_holds_are_not_compared(records: list[Told]) -> None:
    email = EVERY["email"]
    item = replace(email, levels=email.levels[:2])
    a, b = both_ways(len(records))

    found = levels(item, columns(records), a, b).tolist()

    expected = [item.level(records[i], records[j]) for i, j in zip(a, b, strict=True)]
    assert [None if place == SILENT else place for place in found] == expected


@pytest.mark.parametrize("name", EVERY)
def test_no_pairs_have_no_levels(name: str) -> None:
    nothing = np.zeros(0, np.int64)
    everything = columns([{feature: texts[0] for feature, texts in VALUES.items()}])

    assert len(levels(EVERY[name], everything, nothing, nothing)) == 0


def exchanged(told: dict[str, str]) -> dict[str, str]:
    """Given and family name, mixed up."""
    other = {"given_name": "family_name", "family_name": "given_name"}
    return {other.get(name, name): text for name, text in told.items()}


@pytest.mark.parametrize("name", EVERY)
def test_every_level_can_be_met(name: str) -> None:
    item = EVERY[name]
    met = set()
    texts = {feature: VALUES[feature] for feature in item.features & VALUES.keys()}
    random = np.random.default_rng(1)
    for _ in range(6000):
        a, b = (
            {f: str(random.choice(found)) for f, found in texts.items() if random.random() < 0.8}
            for _ in range(2)
        )
        met |= {item.level(a, b), item.level(a, exchanged(a))}

    assert met == {None, *range(len(item.levels))}


@pytest.mark.parametrize(
    ("ours", "theirs", "given_level", "family_level"),
    [
        ("Bob Ofen", "Robert Ofen", "nickname", "exact"),
        ("Ada Quell", "Quell Ada", "-", "swapped"),
        ("Ada Ada", "Ada Ada", "exact", "exact"),
        ("A. Quell", "Ada Quel", "initial", "similar"),
        ("Q. Quell", "Ada Quell", "different", "exact"),
        ("Ada Quell", "Ada Ofen", "exact", "different"),
        ("Alessandro Ofen", "Alesandro Ofen", "similar", "exact"),
        ("Marta Schmidt", "Martin Schmitt", "close", "similar"),
        ("Edward Robert Smith", "Robert Smith", "second_name", "exact"),
        ("Anna Smith-Jones", "Anna Smith", "exact", "part_of"),
        ("Ada Maria de la Cruz", "ada DELACRUZ", "exact", "exact"),
        ("Robert Smith Sr", "Robert Smith Jr", "generation", "exact"),
        ("Robert Smith Sr", "Robert Smith", "exact", "exact"),
        ("Smith", "John Smith", "-", "exact"),
    ],
)
def test_names_agree_as_people_use_them(
    ours: str, theirs: str, given_level: str, family_level: str
) -> None:
    a, b = read({"full_name": ours}), read({"full_name": theirs})

    assert level("given_name", a, b) == given_level
    assert level("family_name", a, b) == family_level


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("1984-05-17", "1984-05-17", "exact"),
        ("1984-05-17", "1984-05-71", "near"),
        ("1984-05-12", "1984-12-05", "near"),
        ("1984-05-17", "1985-05-17", "near"),
        ("1984-05-17", "1961-05-17", "two_parts"),
        ("1984-05-17", "1984-09-23", "year"),
        ("1984-05-17", "1984", "year"),
        ("1984-05", "1984-05", "year"),
        ("1984-05-17", "1985-05", "different"),
    ],
)
def test_birth_dates_agree_by_the_slips_that_people_make(
    ours: str, theirs: str, expected: str
) -> None:
    assert level("birth_date", {"birth_date": ours}, {"birth_date": theirs}) == expected


HOME = {"street": "12 Main St", "postcode": "89132", "city": "Las Vegas"}


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (HOME, {**HOME, "street": "12 Main Street"}, "exact"),
        (HOME, {"street": "12 Main St"}, "exact"),
        (HOME, {**HOME, "postcode": "89133"}, "exact"),
        (HOME, {**HOME, "street": "12 Main St Apt 2"}, "exact"),
        (
            {**HOME, "street": "12 Main St Apt 1"},
            {**HOME, "street": "12 Main St Apt 2"},
            "building",
        ),
        (HOME, {**HOME, "postcode": "10115", "city": "Berlin"}, "house"),
        (HOME, {**HOME, "street": "12 Mian St"}, "similar"),
        (HOME, {**HOME, "street": "14 Main St"}, "similar"),
        (HOME, {**HOME, "street": "99 Elm Rd"}, "postcode"),
        (HOME, {"postcode": "89132"}, "postcode"),
        (HOME, {"street": "99 Elm Rd", "city": "Las Vegas"}, "city"),
        (HOME, {"city": "Reno"}, "different"),
        ({"street": "1 Elm Rd"}, {"street": "2 Oak Rd"}, "different"),
        ({"street": "1 Elm Rd"}, {"city": "Kiel"}, "-"),
    ],
)
def test_addresses_agree_as_a_whole(
    ours: dict[str, str], theirs: dict[str, str], expected: str
) -> None:
    assert level("address", read(ours), read(theirs)) == expected


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ({"company": "Acme GmbH"}, {"company": "ACME Ltd."}, "exact"),
        ({"company": "Hillview Bakery"}, {"company": "Hilview Bakery"}, "similar"),
        ({"company": "Acme"}, {"company": "Universal Exports"}, "different"),
        ({"company": "Acme"}, {"full_name": "Ada Quell", "company": "Acme"}, "person"),
        ({"full_name": "Ada Quell"}, {"full_name": "Ben Ofen"}, "-"),
        ({"company": "Acme"}, {"city": "Kiel"}, "-"),
    ],
)
def test_a_person_is_not_an_organisation(
    ours: dict[str, str], theirs: dict[str, str], expected: str
) -> None:
    assert level("company", read(ours), read(theirs)) == expected


def test_a_region_is_compared_only_where_no_part_of_an_address_is_known() -> None:
    assert [item.name for item in library(["region"])] == ["region"]
    assert [item.name for item in library(["region", "city"])] == ["address"]
    assert [item.name for item in library(["country", "unit"])] == ["address"]
    assert library([]) == ()


def test_one_value_of_an_identifier_ties_unless_first_names_part() -> None:
    def bonds(item: Comparison) -> dict[str, Bond]:
        return {level.name: level.bond for level in item.levels if level.bond}

    assert {name for name, item in EVERY.items() if Bond.TIES in bonds(item).values()} == {
        *IDENTIFIERS
    }
    assert {name: bonds(item) for name, item in EVERY.items() if name not in IDENTIFIERS} == {
        **{name: {} for name in EVERY if name not in IDENTIFIERS},
        "given_name": {"generation": Bond.PARTS, "different": Bond.PARTS},
    }


@pytest.mark.parametrize("name", EVERY)
def test_what_a_comparison_is_about_is_among_what_it_reads(name: str) -> None:
    item = EVERY[name]

    assert item.subject
    assert item.subject <= item.features


@given(crowds())
def test_of_very_many_values_only_those_asked_for_are_looked_at(records: list[Told]) -> None:
    a, b = both_ways(len(records))
    usual = [levels(item, columns(records), a, b).tolist() for item in EVERY.values()]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deciding, "_MANY", 0)
        found = [levels(item, columns(records), a, b).tolist() for item in EVERY.values()]

    assert found == usual
