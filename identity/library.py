"""The comparisons this house starts with, and what is believed of them before any data is seen.

What is compared follows from what records say alone: a comparison is used where its features are.
The shares are set by hand. Training weighs them against what it counts, so a handful of records is
judged by these, and a thousand by themselves.
"""

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Final

from identity import readings
from identity.comparisons import Bond, Comparison, Level, Rarity
from identity.conditions import (
    Alike,
    All,
    Among,
    Any,
    Condition,
    Crossed,
    DateParts,
    DateSwapped,
    Differ,
    Initial,
    Lacks,
    Near,
    Nickname,
    Otherwise,
    PartOf,
    Same,
)
from identity.fields import DEVICE_ID, NUMBERS, PAPERS

GIVEN_NAME, FAMILY_NAME, BIRTH_DATE = readings.GIVEN, readings.FAMILY, readings.BIRTH
EMAIL, PHONE, COMPANY, ADDRESS = readings.EMAIL, readings.PHONE, readings.COMPANY, "address"
EXACT, DIFFERENT, GENERATION = "exact", "different", "generation"

IDENTIFIERS: Final = (EMAIL, PHONE, *PAPERS, *NUMBERS, DEVICE_ID)
"""Features of which one shared value is enough to look at two records."""

_TELLS_APART: Final = frozenset({GIVEN_NAME, BIRTH_DATE, readings.MIDDLE})
"""Comparisons whose rare values tell one person from another of the same household."""

_CONFLICTS: Final = frozenset({(GIVEN_NAME, DIFFERENT), (GIVEN_NAME, GENERATION)})

PLACE: Final = frozenset(
    {readings.STREET, readings.HOUSE, readings.UNIT, readings.POSTCODE, readings.CITY}
)
SIMILAR, CLOSE, ALIKE_STREET, ALIKE_EMAIL = 0.92, 0.8, 0.88, 0.9
_JW: Final = "jaro_winkler"


def library(features: Collection[str]) -> tuple[Comparison, ...]:
    """The comparisons for records that say so much."""
    return tuple(make() for name, make in _MAKERS.items() if _is_told(name, features))


def _is_told(name: str, features: Collection[str]) -> bool:
    if name in {readings.REGION, readings.COUNTRY}:
        return name in features and PLACE.isdisjoint(features)
    return not PLACE.isdisjoint(features) if name == ADDRESS else name in features


def _made(
    name: str, silent: Condition, *rows: tuple[str, Condition, str], rare: str | None = None
) -> Comparison:
    """`rows`: a level's name, its condition, and its shares m, u and household."""
    levels = []
    for level, when, shares in rows:
        m, u, household = map(Decimal, shares.split())
        exact = level == EXACT
        rarity = Rarity(rare, household=name in _TELLS_APART) if rare and exact else None
        bond = Bond.TIES if exact and name in IDENTIFIERS else None
        if (name, level) in _CONFLICTS:
            bond = Bond.PARTS
        levels.append(Level(level, when, m, u, household, rarity, bond))
    return Comparison(name, silent, tuple(levels))


def _given_name() -> Comparison:
    name = GIVEN_NAME
    return _made(
        name,
        Any((Lacks(name), Crossed(name, FAMILY_NAME))),
        # Father and son.
        (GENERATION, Differ(readings.GENERATION), "0.002 0.010 0.060"),
        (EXACT, Same(name), "0.730 0.010 0.040"),
        ("nickname", Nickname(name), "0.100 0.004 0.010"),
        ("initial", Initial(name), "0.050 0.012 0.020"),
        ("similar", Alike(name, _JW, SIMILAR), "0.065 0.004 0.010"),
        ("second_name", Among(name, readings.MIDDLE_NAMES), "0.013 0.004 0.010"),
        ("close", Alike(name, _JW, CLOSE), "0.030 0.020 0.020"),
        (DIFFERENT, Otherwise(), "0.010 0.936 0.830"),
        rare=name,
    )


def _family_name() -> Comparison:
    name = FAMILY_NAME
    return _made(
        name,
        Lacks(name),
        (EXACT, Same(name), "0.820 0.004 0.800"),
        ("swapped", Crossed(GIVEN_NAME, name), "0.010 0.00001 0.0001"),
        ("similar", Alike(name, _JW, SIMILAR), "0.055 0.002 0.040"),
        ("part_of", PartOf(readings.FAMILY_WORDS), "0.010 0.002 0.010"),
        ("close", Alike(name, _JW, CLOSE), "0.025 0.010 0.015"),
        (DIFFERENT, Otherwise(), "0.080 0.98199 0.1349"),
        rare=name,
    )


def _birth_date() -> Comparison:
    name = BIRTH_DATE
    return _made(
        name,
        Lacks(name),
        (EXACT, DateParts(name, 3), "0.890 0.0001 0.010"),
        ("near", Any((DateSwapped(name), All((DateParts(name, 0), Near(name, "osa", 1))))),
         "0.060 0.0015 0.002"),
        ("two_parts", DateParts(name, 2), "0.015 0.003 0.004"),
        ("year", DateParts(name, 1), "0.015 0.0154 0.030"),
        (DIFFERENT, Otherwise(), "0.020 0.980 0.954"),
        rare=name,
    )  # fmt: skip


def _address() -> Comparison:
    street, house, unit = readings.STREET, readings.HOUSE, readings.UNIT
    code, city = readings.POSTCODE, readings.CITY
    one_place = Any((Same(code), Same(city)))
    maybe_one_place = Any((Same(code), Same(city), All((Lacks(code), Lacks(city)))))
    maybe_one_house = Any((Same(house), Lacks(house)))
    alike = Alike(street, _JW, ALIKE_STREET)
    near = Any((Same(house), All((Lacks(house), one_place))))
    return _made(
        ADDRESS,
        All((Lacks(street), Lacks(code), Lacks(city))),
        (
            "building",
            All((Same(street), Same(house), Differ(unit), maybe_one_place)),
            "0.020 0.0001 0.020",
        ),
        (EXACT, All((Same(street), maybe_one_house, maybe_one_place)), "0.590 0.0001 0.730"),
        ("house", All((Same(street), maybe_one_house)), "0.050 0.0001 0.030"),
        (
            "similar",
            Any((All((Same(street), Differ(house), one_place)), All((near, alike)))),
            "0.110 0.0002 0.100",
        ),
        ("postcode", Same(code), "0.100 0.010 0.050"),
        ("city", Same(city), "0.040 0.020 0.010"),
        (DIFFERENT, Otherwise(), "0.090 0.9695 0.060"),
    )


def _email() -> Comparison:
    """The whole address: mailboxes are made of names, and would count those twice."""
    return _made(
        EMAIL,
        Lacks(EMAIL),
        (EXACT, Same(EMAIL), "0.750 0.00001 0.120"),
        ("similar", Alike(EMAIL, _JW, ALIKE_EMAIL), "0.080 0.00002 0.010"),
        (DIFFERENT, Otherwise(), "0.170 0.99997 0.870"),
        rare=EMAIL,
    )


def _company() -> Comparison:
    return _made(
        COMPANY,
        Any((Lacks(readings.KIND), All((Same(readings.KIND), Lacks(COMPANY))))),
        # A person is not an organisation.
        ("person", Differ(readings.KIND), "0.010 0.100 0.100"),
        (EXACT, Same(COMPANY), "0.840 0.0005 0.300"),
        ("similar", Alike(COMPANY, _JW, SIMILAR), "0.090 0.0015 0.050"),
        (DIFFERENT, Otherwise(), "0.060 0.898 0.550"),
        rare=COMPANY,
    )


def _typed(name: str, exact: str, near: str, different: str) -> Callable[[], Comparison]:
    """A number that is typed: one slip is near."""
    return lambda: _made(
        name,
        Lacks(name),
        (EXACT, Same(name), exact),
        ("near", Near(name, "osa", 1), near),
        (DIFFERENT, Otherwise(), different),
        rare=name,
    )


def _plain(name: str, exact: str) -> Callable[[], Comparison]:
    shares = [Decimal(share) for share in exact.split()]
    rest = " ".join(str(1 - share) for share in shares)
    return lambda: _made(
        name,
        Lacks(name),
        (EXACT, Same(name), exact),
        (DIFFERENT, Otherwise(), rest),
        rare=name,
    )


_MAKERS: Final[dict[str, Callable[[], Comparison]]] = {
    GIVEN_NAME: _given_name,
    FAMILY_NAME: _family_name,
    BIRTH_DATE: _birth_date,
    EMAIL: _email,
    ADDRESS: _address,
    COMPANY: _company,
    PHONE: _typed(PHONE, "0.80 0.00001 0.30", "0.02 0.00001 0.01", "0.18 0.99998 0.69"),
    **{
        name: _typed(name, "0.85 0.000001 0.01", "0.05 0.000009 0.001", "0.10 0.99999 0.989")
        for name in PAPERS
    },
    readings.MIDDLE: _plain(readings.MIDDLE, "0.90 0.06 0.06"),
    readings.SEX: _plain(readings.SEX, "0.97 0.50 0.45"),
    **dict(
        zip(
            NUMBERS,
            (
                _plain(NUMBERS[0], "0.60 0.000001 0.01"),
                _plain(NUMBERS[1], "0.80 0.000001 0.02"),
                _plain(NUMBERS[2], "0.60 0.00001 0.05"),
            ),
            strict=True,
        )
    ),
    DEVICE_ID: _plain(DEVICE_ID, "0.60 0.00001 0.10"),
    readings.BIRTH_PLACE: _plain(readings.BIRTH_PLACE, "0.85 0.01 0.40"),
    readings.CATEGORY: _plain(readings.CATEGORY, "0.90 0.05 0.30"),
    readings.REGION: _plain(readings.REGION, "0.90 0.10 0.90"),
    readings.COUNTRY: _plain(readings.COUNTRY, "0.97 0.30 0.97"),
}
