"""Conditions on values, asked of many distinct pairs: what `between` says of two, in arrays.

What a condition needs to know of a value is found once per distinct value of a column.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from identity.conditions import (
    DateParts,
    DateSwapped,
    DaysApart,
    Initial,
    Nickname,
    NumbersApart,
    PartOf,
    Says,
)
from identity.conditions.measures import number
from identity.days import ordinal
from identity.engines.columns import Column, Flags, Floats, Keys
from identity.names import name_meanings
from identity.parts import WHOLE_DATE

OnValues = Nickname | Initial | PartOf | DateParts | DateSwapped | DaysApart | NumbersApart | Says


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
        case DateParts():
            return _parts(condition, column, x, y)
        case Says(_, value):
            said = np.fromiter((text == value for text in column.values), bool, len(column.values))
            return np.asarray(said[x] & said[y], bool)
    return _apart(condition, column, x, y)


def _apart(condition: DaysApart | NumbersApart, column: Column, x: Keys, y: Keys) -> Flags:
    if isinstance(condition, DaysApart):
        days = column.known("days", _ordinals)
        near: Flags = np.abs(days[x] - days[y]) <= condition.most
        return near & (days[x] >= 0) & (days[y] >= 0)
    numbers = column.known("numbers", _numbers)
    held: Flags = np.abs(numbers[x] - numbers[y]) <= float(condition.most)
    return held


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


def _ordinals(values: Sequence[str]) -> Keys:
    return np.fromiter(map(ordinal, values), np.int64, len(values))


def _numbers(values: Sequence[str]) -> Floats:
    return np.fromiter(map(number, values), np.float64, len(values))


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
