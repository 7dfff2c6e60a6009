"""Comparisons: symmetric, silent where one side is, and equal to a plain oracle on single pairs."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA, JaroWinkler

from identity.engines.agreement import Comparison, comparisons
from identity.engines.columns import Column
from identity.fields import NUMBERS, PAPERS
from identity.names import name_meanings
from tests.identity.engines.people import Row, columns, every_pair

GIVEN = ["ada", "a", "b", "bob", "robert", "roberta", "adam", "adma", "aada", "zoe", "quell", "rob"]
FAMILY = ["quell", "quelle", "quel", "ofen", "ada", "kuell", "o", "ofenmeister", "qeull"]
BIRTH = [
    "1984-05-17", "1984-17-05", "1984-05-12", "1984-12-05", "1984-05-71", "1984-05", "1984",
    "1985-05-17", "1948-05-17", "1984-06-18", "1990-01-01", "1990", "2084-05-17", "1983-05-18",
]  # fmt: skip
EMAIL = ["ada@example.org", "ada@example.com", "adda@example.org", "ben.ofen@else.net", "x@y.zz"]
NUMBER = ["123456789", "123456798", "12345678", "987654321", "123456780"]
PLAIN = ["m", "f", "k17"]
STREET = ["main st", "maine st", "mian st", "side st", "quarry ln"]
HOUSE, CODE, CITY = ["1", "2", "12a"], ["10115", "10117"], ["berlin", "potsdam"]


def levels(name: str, *rows: Row) -> list[str]:
    """The levels of the first row and each of the others, by name; "-" where one is silent."""
    found = columns(rows)
    (item,) = (item for item in comparisons(found) if item.name == name)
    a = np.zeros(len(rows) - 1, np.int64)
    got = item.compare(found, a, np.arange(1, len(rows)))
    return [(*item.levels, "-")[level] for level in got.tolist()]


def both(name: str, ours: Row, theirs: Row) -> str:
    """The level of a pair, which is the same the other way round."""
    (there,), (back,) = levels(name, ours, theirs), levels(name, theirs, ours)
    assert there == back
    return there


def likeness(a: str, b: str) -> np.float32:
    return np.float32(JaroWinkler.similarity(a, b))


def of_given(ours: Row, theirs: Row) -> str:
    a, b = ours["given_name"], theirs["given_name"]
    mine, other = ours.get("family_name"), theirs.get("family_name")
    if mine and other and a != mine and (a, mine) == (other, b):
        return "-"
    generations = {row.get("generation") for row in (ours, theirs)} - {None, ""}
    if len(generations) > 1:
        return "different"
    if a == b:
        return "exact"
    if 1 in {len(a), len(b)}:
        return "initial" if a[0] == b[0] else "different"
    if name_meanings(a) & name_meanings(b):
        return "nickname"
    return (
        "similar" if likeness(a, b) >= 0.92 else "close" if likeness(a, b) >= 0.8 else "different"
    )


def of_family(ours: Row, theirs: Row) -> str:
    a, b = ours["family_name"], theirs["family_name"]
    mine, other = ours.get("given_name"), theirs.get("given_name")
    if mine and other and a != mine and (a, mine) == (other, b):
        return "swapped"
    if a == b:
        return "exact"
    return (
        "similar" if likeness(a, b) >= 0.92 else "close" if likeness(a, b) >= 0.8 else "different"
    )


def of_birth(ours: Row, theirs: Row) -> str:
    a, b = ours["birth_date"], theirs["birth_date"]
    if a == b:
        return "exact"
    if len(a) == len(b) == 10:
        turned = f"{b[:4]}-{b[8:]}-{b[5:7]}"
        if OSA.distance(a, b) <= 1 or a == turned:
            return "near"
        same = [x == y for x, y in zip(a.split("-"), b.split("-"), strict=True)]
        if sum(same) == 2:
            return "two_parts"
    return "year" if a[:4] == b[:4] else "different"


def of_likeness(name: str, least: float) -> Callable[[Row, Row], str]:
    def level(ours: Row, theirs: Row) -> str:
        a, b = ours[name], theirs[name]
        return "exact" if a == b else "similar" if likeness(a, b) >= least else "different"

    return level


def of_number(name: str) -> Callable[[Row, Row], str]:
    def level(ours: Row, theirs: Row) -> str:
        edits = OSA.distance(ours[name], theirs[name])
        return "exact" if not edits else "near" if edits == 1 else "different"

    return level


def of_plain(name: str) -> Callable[[Row, Row], str]:
    return lambda ours, theirs: "exact" if ours[name] == theirs[name] else "different"


def of_address(ours: Row, theirs: Row) -> str:
    """The first of these that holds, strongest first."""

    def told(part: str) -> bool:
        return bool(ours.get(part) and theirs.get(part))

    def same(part: str) -> bool:
        return told(part) and ours[part] == theirs[part]

    if not (told("street") or told("postcode") or told("city")):
        return "-"
    other_house = told("house_number") and not same("house_number")
    place = same("postcode") or same("city")
    if same("street") and not other_house:
        return "exact" if place or not (told("postcode") or told("city")) else "house"
    if same("street") and place:
        return "similar"
    alike = (
        told("street") and not same("street") and likeness(ours["street"], theirs["street"]) >= 0.88
    )
    if alike and ((place and not other_house) or same("house_number")):
        return "similar"
    return "postcode" if same("postcode") else "city" if same("city") else "different"


ORACLES: dict[str, tuple[dict[str, list[str]], Callable[[Row, Row], str]]] = {
    "given_name": (
        {"given_name": GIVEN, "family_name": FAMILY, "generation": ["jr", "sr"]},
        of_given,
    ),
    "family_name": ({"family_name": FAMILY, "given_name": GIVEN}, of_family),
    "birth_date": ({"birth_date": BIRTH}, of_birth),
    "email": ({"email": EMAIL}, of_likeness("email", 0.9)),
    "company": ({"company": FAMILY}, of_likeness("company", 0.92)),
    "address": (
        {"street": STREET, "house_number": HOUSE, "postcode": CODE, "city": CITY},
        of_address,
    ),
    **{name: ({name: NUMBER}, of_number(name)) for name in ("phone", *PAPERS)},
    **{
        name: ({name: PLAIN}, of_plain(name))
        for name in (
            "middle_initial", "sex", *NUMBERS, "device_id", "birth_place", "category", "region",
            "country",
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("name", ORACLES)
@given(st.data())
def test_levels_are_those_of_a_plain_reading(name: str, data: st.DataObject) -> None:
    values, oracle = ORACLES[name]
    row = st.fixed_dictionaries(
        {part: st.none() | st.sampled_from(texts) for part, texts in values.items()}
    ).map(lambda row: {part: text for part, text in row.items() if text})
    whole = {part: texts[0] for part, texts in values.items()}
    rows: list[Row] = [*data.draw(st.lists(row, min_size=2, max_size=8)), whole]
    found = columns(rows)
    (item,) = (item for item in comparisons(found) if item.name == name)
    a, b = every_pair(len(rows))

    there, back = item.compare(found, a, b), item.compare(found, b, a)

    assert there.tolist() == back.tolist()
    for level, ours, theirs in zip(there.tolist(), a.tolist(), b.tolist(), strict=True):
        told = name == "address" or (name in rows[ours] and name in rows[theirs])
        expected = oracle(rows[ours], rows[theirs]) if told else "-"
        assert (*item.levels, "-")[level] == expected, (rows[ours], rows[theirs])


def test_every_comparison_has_an_oracle() -> None:
    every = {
        part: Column.of(texts) for values, _ in ORACLES.values() for part, texts in values.items()
    }
    alone = [comparisons({name: every[name]}) for name in ("region", "country")]

    names = {item.name for item in (*comparisons(every), *alone[0], *alone[1])}

    assert names == set(ORACLES)


def test_a_region_is_compared_only_where_no_part_of_an_address_is_known() -> None:
    region = Column.of(["bayern"])

    assert [item.name for item in comparisons({"region": region})] == ["region"]
    assert [item.name for item in comparisons({"region": region, "city": region})] == ["address"]
    assert [item.name for item in comparisons({"country": region, "unit": region})] == ["country"]
    assert comparisons({}) == ()


@pytest.mark.parametrize(
    ("ours", "theirs", "given_level", "family_level"),
    [
        (("bob", "ofen"), ("robert", "ofen"), "nickname", "exact"),
        (("ada", "quell"), ("quell", "ada"), "-", "swapped"),
        (("ada", "ada"), ("ada", "ada"), "exact", "exact"),
        (("a", "quell"), ("ada", "quel"), "initial", "similar"),
        (("ada", "quell"), ("ada", "ofen"), "exact", "different"),
    ],
)
def test_names_agree_as_people_use_them(
    ours: tuple[str, str], theirs: tuple[str, str], given_level: str, family_level: str
) -> None:
    rows = [{"given_name": given, "family_name": family} for given, family in (ours, theirs)]

    assert both("given_name", *rows) == given_level
    assert both("family_name", *rows) == family_level


def test_father_and_son_of_one_name_are_two() -> None:
    father, son, either = (
        {"given_name": "ben", "generation": generation} for generation in ("sr", "jr", "")
    )

    assert both("given_name", father, son) == "different"
    assert both("given_name", father, either) == "exact"
    assert both("given_name", son, son) == "exact"


@pytest.mark.parametrize(
    ("ours", "theirs", "level"),
    [
        ("1984-05-17", "1984-05-71", "near"),
        ("1984-05-12", "1984-12-05", "near"),
        ("1984-05-17", "1984-09-23", "year"),
        ("1984-05-17", "1984", "year"),
        ("1984-05", "1984-05", "exact"),
        ("1984-05-17", "1985-05", "different"),
        ("1984-05-17", "1961-05-17", "two_parts"),
    ],
)
def test_birth_dates_agree_as_people_misspell_them(ours: str, theirs: str, level: str) -> None:
    assert both("birth_date", {"birth_date": ours}, {"birth_date": theirs}) == level


@pytest.mark.parametrize("name", ORACLES)
def test_no_pairs_have_no_levels(name: str) -> None:
    values, _ = ORACLES[name]
    found = {part: Column.of(texts) for part, texts in values.items()}
    nothing = np.zeros(0, np.int64)

    (item,) = (item for item in comparisons(found) if item.name == name)

    assert len(item.compare(found, nothing, nothing)) == 0


def test_the_first_level_of_a_comparison_is_equality_and_is_named_so() -> None:
    every = {
        part: Column.of(texts) for values, _ in ORACLES.values() for part, texts in values.items()
    }
    items: tuple[Comparison, ...] = comparisons(every)

    assert {item.levels[0] for item in items} == {"exact"}
    assert all(item.exact in item.reads for item in items if item.name != "address")
