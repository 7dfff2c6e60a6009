"""Conditions on values, asked of many distinct pairs: what `between` says of two, in arrays.

What a condition needs to know of a value is found once per distinct value of a column.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from identity.conditions import DateParts, DateSwapped, Initial, Nickname, PartOf
from identity.conditions.atoms import WHOLE_DATE
from identity.engines.columns import Column, Flags, Keys
from identity.names import name_meanings

OnValues = Nickname | Initial | PartOf | DateParts | DateSwapped


def between(condition: OnValues, column: Column, x: Keys, y: Keys) -> Flags:
    """Whether it holds between pairs of values, given by their places in the column."""
    match condition:
        case Nickname():
            return _nickname(column, x, y)
        case Initial():
            return _initial(column, x, y)
        case PartOf():
            several = column.known("several", _several)
            return _each(condition, column, x, y, several[x] | several[y])
        case DateSwapped():
            return _swapped(column, x, y)
    return _parts(condition, column, x, y)


def _nickname(column: Column, x: Keys, y: Keys) -> Flags:
    meanings = column.known("meanings", _meanings)
    # Names that stand for themselves alone share no meaning with any other.
    short = column.known("short", lambda _: np.array([len(held) > 1 for held in meanings], bool))
    asked = np.flatnonzero((short[x] | short[y]) | (x == y))
    held = np.zeros(len(x), bool)
    pairs = zip(x[asked].tolist(), y[asked].tolist(), strict=True)
    held[asked] = [not meanings[i].isdisjoint(meanings[j]) for i, j in pairs]
    return held


def _initial(column: Column, x: Keys, y: Keys) -> Flags:
    first, single = column.known("letters", _letters)
    held: Flags = (first[x] == first[y]) & (single[x] | single[y])
    return held


def _each(condition: PartOf, column: Column, x: Keys, y: Keys, maybe: Flags) -> Flags:
    values = column.values
    asked = np.flatnonzero(maybe | (x == y))
    held = np.zeros(len(x), bool)
    pairs = zip(x[asked].tolist(), y[asked].tolist(), strict=True)
    held[asked] = [condition.between(values[i], values[j]) for i, j in pairs]
    return held


def _swapped(column: Column, x: Keys, y: Keys) -> Flags:
    year, month, day, whole = column.known("dates", _dates)
    held: Flags = (
        (year[x] == year[y]) & (month[x] == day[y]) & (day[x] == month[y]) & whole[x] & whole[y]
    )
    return held


def _parts(condition: DateParts, column: Column, x: Keys, y: Keys) -> Flags:
    year, month, day, whole = column.known("dates", _dates)
    years: Flags = year[x] == year[y]
    if condition.least == 1:
        return years
    equal = years.astype(np.int8) + (month[x] == month[y]) + (day[x] == day[y])
    held: Flags = (equal >= condition.least) & whole[x] & whole[y]
    return held


def _meanings(values: Sequence[str]) -> list[frozenset[str]]:
    return [name_meanings(value) for value in values]


def _letters(values: Sequence[str]) -> tuple[NDArray[np.int32], Flags]:
    size = len(values)
    first = np.fromiter((ord(value[0]) for value in values), np.int32, size)
    return first, np.fromiter((len(value) == 1 for value in values), bool, size)


def _several(values: Sequence[str]) -> Flags:
    return np.fromiter((" " in value for value in values), bool, len(values))


def _dates(
    values: Sequence[str],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], Flags]:
    """Year, month and day, 0 where a date does not say; and whether it is whole."""
    size = len(values)
    year = np.fromiter((int(value[:4]) for value in values), np.int32, size)
    month = np.fromiter((int(value[5:7] or 0) for value in values), np.int32, size)
    day = np.fromiter((int(value[8:] or 0) for value in values), np.int32, size)
    return year, month, day, np.fromiter((len(v) == WHOLE_DATE for v in values), bool, size)
