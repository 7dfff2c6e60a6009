"""A column of many records: its distinct values, and a small number per record that names one.

Work is done once per distinct value, never once per record; comparing two records is comparing two
numbers. A record that says nothing has the code -1.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Keys = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Levels = NDArray[np.int8]

T = TypeVar("T")

NONE = -1


@dataclass(frozen=True)
class Column:
    """Distinct values, and the place among them of each record's (-1: it has none)."""

    values: Sequence[str] = field(repr=False)
    codes: Codes = field(repr=False)
    _known: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, texts: Sequence[str | None]) -> "Column":
        """A column from a text per record; None and the empty text say nothing."""
        known: dict[str, int] = {}
        codes = [known.setdefault(text, len(known)) if text else NONE for text in texts]
        return cls(list(known), np.array(codes, np.int32))

    def __len__(self) -> int:
        return len(self.codes)

    def read(self, reading: Callable[[str], str]) -> "Column":
        """The column of what a reading makes of each value; the empty text is none."""
        return self.parts(lambda value: (reading(value),), 1)[0]

    def parts(self, reading: Callable[[str], Sequence[str]], count: int) -> list["Column"]:
        """The columns of the parts that a reading makes of each value; empty texts are none."""
        known: list[dict[str, int]] = [{} for _ in range(count)]
        place = np.full((count, len(self.values) + 1), NONE, np.int32)
        told = [reading(value) for value in self.values]
        for number, texts in enumerate(zip(*told, strict=True)):
            of = known[number]
            place[number, :-1] = [of.setdefault(text, len(of)) if text else NONE for text in texts]
        return [
            Column(list(of), places[self.codes]) for of, places in zip(known, place, strict=True)
        ]

    def piece(self, name: str, of: Callable[[str], str] | None) -> "Column":
        """The column of a piece of each value, once by name; the whole of it if that is asked."""
        return self if of is None else self.known(f"piece {name}", lambda _: self.read(of))

    def take(self, records: Keys) -> "Column":
        """The column of these records, in this order; values are numbered as they come.

        So the same records in the same order are the same column, wherever they were taken from.
        """
        codes = self.codes[records]
        known = np.flatnonzero(codes >= 0)
        first = np.full(len(self.values), len(codes))
        # Of several records that hold a value, the first is written last.
        first[codes[known[::-1]]] = known[::-1]
        order = np.argsort(first, kind="stable")[: int((first < len(codes)).sum())]
        place = np.full(len(self.values) + 1, NONE, np.int32)
        place[order] = np.arange(len(order))
        return Column(self.texts[order].tolist(), place[codes])

    def known(self, name: str, find: Callable[[Sequence[str]], T]) -> T:
        """What is found out about the values, once."""
        if name not in self._known:
            self._known[name] = find(self.values)
        found: T = self._known[name]
        return found

    @cached_property
    def frequencies(self) -> Keys:
        """How many records hold each value."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))

    @cached_property
    def share(self) -> float:
        """The share of records that have a value."""
        return float((self.codes >= 0).mean()) if len(self.codes) else 0.0

    @cached_property
    def texts(self) -> NDArray[np.object_]:
        """The values as an array, to be taken by code."""
        found = np.empty(len(self.values), object)
        found[:] = self.values
        return found


Spread = Callable[..., Iterable[Any]]
"""How work on several things is spread, over processes for instance; as the built-in `map`."""


def shared_codes(first: Column, second: Column) -> tuple[Codes, Codes]:
    """The codes of two columns, numbered alike: equal texts have equal codes."""
    known = {value: number for number, value in enumerate(first.values)}
    places = [known.setdefault(value, len(known)) for value in second.values]
    return first.codes, np.array([*places, NONE], np.int32)[second.codes]


def combined(columns: Sequence[Column]) -> Keys:
    """A number per record, equal where all the columns are; -1 where one says nothing."""
    key = columns[0].codes.astype(np.int64)
    none = key < 0
    for column in columns[1:]:
        size = len(column.values) + 1
        if int(key.max(initial=0)) > np.iinfo(np.int64).max // (2 * size):
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
        none |= column.codes < 0
        key = key * size + column.codes
    key[none] = NONE
    return key


def groups(key: Keys) -> tuple[Keys, Keys, Keys]:
    """Records by equal key: the records in order of key, where each group starts, and its size.

    Groups of one and records without a key (-1) are left out.
    """
    order = np.flatnonzero(key >= 0)
    order = order[np.argsort(key[order], kind="stable")]
    ordered = key[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(order) else order
    sizes = np.diff(np.r_[starts, len(order)])
    several = sizes > 1
    return order, starts[several], sizes[several]


def pairs_within(order: Keys, starts: Keys, sizes: Keys) -> tuple[Keys, Keys]:
    """Every pair of records of each group, the smaller number first."""
    ends = np.repeat(starts + sizes, sizes)
    places = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    places += np.repeat(starts, sizes)
    after = ends - places - 1
    first = np.repeat(places, after)
    steps = np.arange(after.sum()) - np.repeat(np.cumsum(after) - after, after)
    a, b = order[first], order[first + 1 + steps]
    return np.minimum(a, b), np.maximum(a, b)


def distinct(keys: Keys) -> Keys:
    """Each number once, ascending."""
    found = np.sort(keys)
    return found[np.append(True, found[1:] != found[:-1])] if len(found) else found
