"""A column of many records: its distinct values, and a small number per record that names one.

Work is done once per distinct value, never once per record; comparing two records is comparing two
numbers. A record that says nothing has the code -1.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from identity.engines.texts import Texts

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
        return self.becoming(Texts.of([reading(value) for value in self.values]))

    def becoming(self, texts: Texts) -> "Column":
        """The column in which each value has become another text; the empty text is none.

        Values are numbered in an order that follows from each of them alone.
        """
        found, codes = texts.distinct()
        said = found.sizes > 0
        place = np.append(np.where(said, np.cumsum(said) - 1, NONE), NONE).astype(np.int32)
        return Column(found.take(np.flatnonzero(said)), place[np.append(codes, NONE)][self.codes])

    def piece(self, name: str, of: Callable[[str], str] | None) -> "Column":
        """The column of a piece of each value, once by name; the whole of it if that is asked."""
        return self if of is None else self.known(f"piece {name}", lambda _: self.read(of))

    def take(self, records: Keys) -> "Column":
        """The column of these records, in this order; nobody may hold some of its values."""
        return Column(self.values, self.codes[records])

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
    def packed(self) -> Texts:
        """The values in one piece of memory."""
        return Texts.of(self.values)

    @cached_property
    def texts(self) -> NDArray[np.object_]:
        """The values as an array, to be taken by code."""
        found = np.empty(len(self.values), object)
        found[:] = list(self.values)
        return found


_BITS: Final = 63

Spread = Callable[..., Iterable[Any]]
"""How work on several things is spread, over processes for instance; as the built-in `map`."""


def merged(first: Column, second: Column) -> tuple[Texts, Codes, Codes]:
    """The values of two columns, and the codes of both among them: equal texts, equal codes."""
    values, codes = first.packed.and_then(second.packed).distinct()
    size = len(first.values)
    ours, theirs = np.append(codes[:size], NONE), np.append(codes[size:], NONE)
    return values, ours.astype(np.int32)[first.codes], theirs.astype(np.int32)[second.codes]


def filled(better: Column, other: Column) -> Column:
    """The values of one column, and those of the other where it says nothing."""
    values, ours, theirs = merged(better, other)
    return Column(values, np.where(ours >= 0, ours, theirs))


def stacked(parts: Sequence[Column]) -> Column:
    """The records of one column after those of another."""
    if len(parts) == 1:
        return parts[0]
    values = parts[0].packed
    codes = [parts[0].codes]
    for part in parts[1:]:
        codes.append(np.where(part.codes >= 0, part.codes + np.int32(len(values)), part.codes))
        values = values.and_then(part.packed)
    return Column(values, np.concatenate(codes)).becoming(values)


def shared_codes(first: Column, second: Column) -> tuple[Codes, Codes]:
    """The codes of two columns, numbered alike: equal texts have equal codes."""
    return merged(first, second)[1:]


def combined(columns: Sequence[Column]) -> Keys:
    """A number per record, equal where all the columns are; -1 where one says nothing."""
    return numbered([column.codes for column in columns], [len(item.values) for item in columns])


def numbered(codes: Sequence[Codes], sizes: Sequence[int]) -> Keys:
    """The same of bare codes; `sizes`: what each of them stays below."""
    key = codes[0].astype(np.int64)
    none = codes[0] < 0
    most = sizes[0]
    for more, size in zip(codes[1:], sizes[1:], strict=True):
        if most * (size + 1) > np.iinfo(np.int64).max // 2:
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
            most = len(key)
        none |= more < 0
        key *= size + 1
        key += more
        most *= size + 1
    key[none] = NONE
    return key


def groups(key: Keys) -> tuple[Keys, Keys, Keys]:
    """Records by equal key: the records in order of key, where each group starts, and its size.

    Groups of one and records without a key (-1) are left out.
    """
    order = ascending(key, np.flatnonzero(key >= 0))
    ordered = key[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(order) else order
    sizes = np.diff(np.r_[starts, len(order)])
    several = sizes > 1
    return order, starts[several], sizes[several]


def ascending(key: Keys, records: Keys) -> Keys:
    """These records, themselves ascending, by key and then by number."""
    held = key[records]
    bits = max(len(key) - 1, 0).bit_length()
    if int(held.max(initial=0)).bit_length() + bits > _BITS:
        return records[np.argsort(held, kind="stable")]
    # Key and number in one: sorting numbers is several times as fast as sorting places.
    both = (held << bits) | records
    both.sort()
    return both & ((1 << bits) - 1)


def pairs_within(order: Keys, starts: Keys, sizes: Keys) -> tuple[Keys, Keys]:
    """Every pair of records of each group, the smaller number first."""
    a, b = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for size in np.unique(sizes).tolist():
        rows = order[starts[sizes == size, None] + np.arange(size)]
        first, second = np.triu_indices(size, 1)
        a.append(rows[:, first].ravel())
        b.append(rows[:, second].ravel())
    ours, theirs = np.concatenate(a), np.concatenate(b)
    return np.minimum(ours, theirs), np.maximum(ours, theirs)


def distinct(keys: Keys) -> Keys:
    """Each number once, ascending."""
    found = np.sort(keys)
    return found[np.append(True, found[1:] != found[:-1])] if len(found) else found
