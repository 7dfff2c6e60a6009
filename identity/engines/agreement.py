"""Comparisons: how well pairs of records agree, field by field, in a few named levels.

A comparison is a function of its features. Each distinct pair of values is compared once, and only
if equality has not decided already. Level -1: one side says nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from identity.engines import readings
from identity.engines.columns import Column, Flags, Keys, Levels, shared_codes
from identity.fields import DEVICE_ID, NUMBERS, PAPERS
from identity.names import name_meanings

Columns = Mapping[str, Column]
Compare = Callable[[Columns, Keys, Keys], Levels]
Texts = NDArray[np.object_]

SIMILAR, CLOSE, ALIKE_STREET, ALIKE_EMAIL = 0.92, 0.8, 0.88, 0.9
_WORKERS: Final = 2


@dataclass(frozen=True)
class Comparison:
    """One comparison: its levels, strongest first, and the features that it reads.

    `exact`: the feature whose equality is the first level, so that rare values weigh more.
    """

    name: str
    levels: tuple[str, ...]
    reads: frozenset[str]
    compare: Compare
    exact: str | None = None


def comparisons(found: Columns) -> tuple[Comparison, ...]:
    """The comparisons that features allow; places count once, as one address."""
    return tuple(item for item in _ALL if _is_told(item, found))


def _is_told(item: Comparison, found: Columns) -> bool:
    if item.name in {readings.REGION, readings.COUNTRY}:
        return item.name in found and not (_PLACE & found.keys())
    return bool(item.reads & found.keys()) if item.name == "address" else item.name in found


def _given(found: Columns, a: Keys, b: Keys) -> Levels:
    column = found[readings.GIVEN]
    meanings = [name_meanings(value) for value in column.values]
    short = np.fromiter((len(value) == 1 for value in column.values), bool, len(column.values))
    first = np.fromiter((ord(value[0]) for value in column.values), np.int32, len(column.values))

    def between(x: Keys, y: Keys) -> Levels:
        levels = _by_likeness(column, x, y, (2, SIMILAR), (4, CLOSE), other=5)
        known = zip(x.tolist(), y.tolist(), strict=True)
        nick = [bool(meanings[i] & meanings[j]) for i, j in known]
        levels[np.array(nick, bool)] = 1
        initial = short[x] | short[y]
        levels[initial] = np.where(first[x[initial]] == first[y[initial]], 3, 5)
        return levels

    levels = _levels(column, a, b, between)
    if generation := found.get(readings.GENERATION):
        ours, theirs = generation.codes[a], generation.codes[b]
        levels[(levels >= 0) & (ours >= 0) & (theirs >= 0) & (ours != theirs)] = 5
    if readings.FAMILY in found:
        levels[_swapped(found, a, b)] = -1
    return levels


def _family(found: Columns, a: Keys, b: Keys) -> Levels:
    column = found[readings.FAMILY]

    def between(x: Keys, y: Keys) -> Levels:
        return _by_likeness(column, x, y, (1, SIMILAR), (3, CLOSE), other=4)

    levels = _levels(column, a, b, between)
    if readings.GIVEN in found:
        levels[_swapped(found, a, b)] = 2
    return levels


def _swapped(found: Columns, a: Keys, b: Keys) -> Flags:
    """Pairs of which each holds the other's given name as its family name."""
    given, family = shared_codes(found[readings.GIVEN], found[readings.FAMILY])
    crossed: Flags = (
        (given[a] >= 0)
        & (family[a] >= 0)
        & (given[a] != family[a])
        & (given[a] == family[b])
        & (given[b] == family[a])
    )
    return crossed


def _birth(found: Columns, a: Keys, b: Keys) -> Levels:
    column = found[readings.BIRTH]
    padded = [value.ljust(10, "0") for value in column.values]
    year = np.array([int(value[:4]) for value in padded])
    month = np.array([int(value[5:7]) for value in padded])
    day = np.array([int(value[8:]) for value in padded])
    whole = month.astype(bool) & day.astype(bool)

    def between(x: Keys, y: Keys) -> Levels:
        years, months, days = year[x] == year[y], month[x] == month[y], day[x] == day[y]
        levels = np.full(len(x), 4, np.int8)
        levels[years] = 3
        both = whole[x] & whole[y]
        levels[both & (years.astype(np.int8) + months + days >= 2)] = 2  # noqa: PLR2004 - of three
        levels[both & (_edits(column, x, y, 1) <= 1)] = 1
        levels[years & (month[x] == day[y]) & (day[x] == month[y]) & both] = 1
        return levels

    return _levels(column, a, b, between)


def _email(found: Columns, a: Keys, b: Keys) -> Levels:
    """The whole address: mailboxes are made of names, and would count those twice."""
    column = found[readings.EMAIL]
    return _levels(column, a, b, lambda x, y: _by_likeness(column, x, y, (1, ALIKE_EMAIL), other=2))


def _company(found: Columns, a: Keys, b: Keys) -> Levels:
    column = found[readings.COMPANY]
    return _levels(column, a, b, lambda x, y: _by_likeness(column, x, y, (1, SIMILAR), other=2))


def _number(name: str) -> Compare:
    def compare(found: Columns, a: Keys, b: Keys) -> Levels:
        column = found[name]

        def between(x: Keys, y: Keys) -> Levels:
            return np.where(_edits(column, x, y, 1) <= 1, 1, 2).astype(np.int8)

        return _levels(column, a, b, between)

    return compare


def _same(name: str) -> Compare:
    def compare(found: Columns, a: Keys, b: Keys) -> Levels:
        column = found[name]
        return _levels(column, a, b, lambda x, _: np.ones(len(x), np.int8))

    return compare


def _address(found: Columns, a: Keys, b: Keys) -> Levels:
    """House and place, house, street, postcode, city: the parts agree together or not at all."""
    street, house = (_agree(found.get(name), a, b) for name in (readings.STREET, readings.HOUSE))
    code, city = (_agree(found.get(name), a, b) for name in (readings.POSTCODE, readings.CITY))
    same_place = code.same | city.same
    levels = np.where(street.known | code.known | city.known, 5, -1).astype(np.int8)
    levels[city.same] = 4
    levels[code.same] = 3
    other_house = house.known & ~house.same
    if readings.STREET in found:
        near = np.flatnonzero(street.known & ~street.same & (same_place | house.same))
        alike = np.zeros(len(a), bool)
        alike[near] = _alike(found[readings.STREET], a[near], b[near], ALIKE_STREET)
        levels[(alike & ~other_house & same_place) | (alike & house.same)] = 2
    levels[street.same & other_house & same_place] = 2
    levels[street.same & ~other_house] = 1
    levels[street.same & ~other_house & (same_place | ~(code.known | city.known))] = 0
    return levels


@dataclass(frozen=True)
class _Agreement:
    known: Flags
    same: Flags


def _agree(column: Column | None, a: Keys, b: Keys) -> _Agreement:
    if column is None:
        nothing = np.zeros(len(a), bool)
        return _Agreement(nothing, nothing)
    ours, theirs = column.codes[a], column.codes[b]
    known: Flags = (ours >= 0) & (theirs >= 0)
    return _Agreement(known, known & (ours == theirs))


def _levels(column: Column, a: Keys, b: Keys, between: Callable[[Keys, Keys], Levels]) -> Levels:
    """Level 0 where values are equal, -1 where one is missing, else what `between` says of both."""
    found = _agree(column, a, b)
    levels = np.where(found.same, 0, -1).astype(np.int8)
    other = np.flatnonzero(found.known & ~found.same)
    if len(other):
        levels[other] = _once(column, a[other], b[other], between)
    return levels


def _alike(column: Column, a: Keys, b: Keys, least: float) -> Flags:
    def between(x: Keys, y: Keys) -> Levels:
        return (_likeness(column, x, y, least) >= least).astype(np.int8)

    return _once(column, a, b, between).astype(bool)


def _once(column: Column, a: Keys, b: Keys, between: Callable[[Keys, Keys], Levels]) -> Levels:
    """What is said of each distinct pair of values, for every pair of records that has it."""
    ours, theirs = column.codes[a].astype(np.int64), column.codes[b].astype(np.int64)
    key = np.minimum(ours, theirs) * len(column.values) + np.maximum(ours, theirs)
    distinct, places = np.unique(key, return_inverse=True)
    return between(distinct // len(column.values), distinct % len(column.values))[places]


def _by_likeness(
    column: Column, x: Keys, y: Keys, *bounds: tuple[int, float], other: int
) -> Levels:
    """The level of the highest bound that the likeness reaches; bounds are descending."""
    likeness = _likeness(column, x, y, bounds[-1][1])
    levels = np.full(len(x), other, np.int8)
    for level, least in reversed(bounds):
        levels[likeness >= least] = level
    return levels


def _likeness(column: Column, x: Keys, y: Keys, least: float) -> NDArray[np.float32]:
    """Jaro-Winkler similarity of pairs of values; 0 below `least`."""
    found: NDArray[np.float32] = process.cpdist(
        column.texts[x],
        column.texts[y],
        scorer=JaroWinkler.similarity,
        score_cutoff=least,
        dtype=np.float32,
        workers=_WORKERS,
    )
    return found


def _edits(column: Column, x: Keys, y: Keys, most: int) -> NDArray[np.uint8]:
    """Edits between pairs of values, a swap of neighbours being one; `most` + 1 for more."""
    found: NDArray[np.uint8] = process.cpdist(
        column.texts[x],
        column.texts[y],
        scorer=OSA.distance,
        score_cutoff=most,
        dtype=np.uint8,
        workers=_WORKERS,
    )
    return found


def _plain(names: Sequence[str]) -> tuple[Comparison, ...]:
    return tuple(
        Comparison(name, ("exact", "different"), frozenset({name}), _same(name), name)
        for name in names
    )


def _typed(names: Sequence[str]) -> tuple[Comparison, ...]:
    levels = ("exact", "near", "different")
    return tuple(Comparison(name, levels, frozenset({name}), _number(name), name) for name in names)


_PLACE: Final = frozenset({readings.STREET, readings.HOUSE, readings.POSTCODE, readings.CITY})
_ALL: Final[tuple[Comparison, ...]] = (
    Comparison(
        readings.GIVEN,
        ("exact", "nickname", "similar", "initial", "close", "different"),
        frozenset({readings.GIVEN, readings.GENERATION}),
        _given,
        readings.GIVEN,
    ),
    Comparison(
        readings.FAMILY,
        ("exact", "similar", "swapped", "close", "different"),
        frozenset({readings.FAMILY}),
        _family,
        readings.FAMILY,
    ),
    Comparison(
        readings.BIRTH,
        ("exact", "near", "two_parts", "year", "different"),
        frozenset({readings.BIRTH}),
        _birth,
        readings.BIRTH,
    ),
    Comparison(
        readings.EMAIL,
        ("exact", "similar", "different"),
        frozenset({readings.EMAIL}),
        _email,
        readings.EMAIL,
    ),
    Comparison(
        "address",
        ("exact", "house", "similar", "postcode", "city", "different"),
        _PLACE,
        _address,
    ),
    Comparison(
        readings.COMPANY,
        ("exact", "similar", "different"),
        frozenset({readings.COMPANY}),
        _company,
        readings.COMPANY,
    ),
    *_typed((readings.PHONE, *PAPERS)),
    *_plain(
        (
            readings.MIDDLE,
            readings.SEX,
            *NUMBERS,
            DEVICE_ID,
            readings.BIRTH_PLACE,
            readings.CATEGORY,
            readings.REGION,
            readings.COUNTRY,
        )
    ),
)
