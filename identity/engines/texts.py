"""Many texts in one piece of memory: UTF-8 bytes, and where each text begins and ends.

A million texts as objects are a hundred megabytes and a second of work to touch; as bytes they are
a few, and what is done to them is done in arrays. A text is compared eight bytes at a time. Two
texts may share bytes, so taking, cutting and ordering copies none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

_WIDTH: Final = 8
_MASKS: Final = np.array([(1 << 8 * count) - 1 for count in range(_WIDTH + 1)], np.uint64)
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(29)
_AT_ONCE: Final = 1 << 16
_FEW: Final = 8
# Half a pair of surrogates is no UTF-8, but it is a text of Python.
_ERRORS: Final = "surrogatepass"


@dataclass(frozen=True, eq=False)
class Texts(Sequence[str]):
    """Texts by place; `data` has eight bytes more than the texts, so that any word can be read."""

    data: Bytes = field(repr=False)
    starts: Places = field(repr=False)
    ends: Places = field(repr=False)

    @classmethod
    def over(cls, data: Bytes, bounds: Places) -> "Texts":
        """Texts that follow one another; `bounds`: one more than there are texts."""
        return cls(np.append(data, np.zeros(_WIDTH, np.uint8)), bounds[:-1], bounds[1:])

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Texts":
        """Texts from a sequence of them."""
        if isinstance(texts, Texts):
            return texts
        whole = "".join(texts)
        if whole.isascii():
            sizes = np.fromiter(map(len, texts), np.int64, len(texts))
            raw = whole.encode()
        else:
            parts = [text.encode(errors=_ERRORS) for text in texts]
            sizes = np.fromiter(map(len, parts), np.int64, len(parts))
            raw = b"".join(parts)
        return cls.over(np.frombuffer(raw, np.uint8), np.append(0, np.cumsum(sizes)))

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> "Texts": ...
    def __getitem__(self, place: int | slice) -> "str | Texts":
        if isinstance(place, slice):
            return Texts(self.data, self.starts[place], self.ends[place])
        held = self.data[self.starts[place] : self.ends[place]]
        return held.tobytes().decode(errors=_ERRORS)

    def __iter__(self) -> Iterator[str]:
        return iter(self.strings())

    def strings(self) -> list[str]:
        """The texts as objects."""
        packed = self.packed()
        raw = packed.data[:-_WIDTH].tobytes()
        bounds = [0, *packed.ends.tolist()]
        if raw.isascii():
            whole = raw.decode()
            return [whole[start:end] for start, end in pairwise(bounds)]
        return [raw[start:end].decode(errors=_ERRORS) for start, end in pairwise(bounds)]

    @cached_property
    def sizes(self) -> Places:
        """How many bytes each text has."""
        return self.ends - self.starts

    def take(self, places: Places | NDArray[np.int32]) -> "Texts":
        """The texts at these places."""
        return Texts(self.data, self.starts[places], self.ends[places])

    def packed(self) -> "Texts":
        """The same one after the other in memory of their own, which holds nothing else."""
        bounds = np.append(0, np.cumsum(self.sizes))
        if np.array_equal(bounds[:-1], self.starts) and bounds[-1] + _WIDTH == len(self.data):
            return self
        data = np.empty(int(bounds[-1]), np.uint8)
        for at in range(0, len(self), _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            sizes, starts = self.sizes[part], bounds[:-1][part]
            held = np.repeat(self.starts[part] - starts, sizes)
            held += np.arange(starts[0], starts[0] + len(held))
            data[starts[0] : starts[0] + len(held)] = self.data[held]
        return Texts.over(data, bounds)

    def and_then(self, others: "Texts") -> "Texts":
        """These texts and then the others."""
        ours, theirs = self.packed(), others.packed()
        shift = len(ours.data) - _WIDTH
        return Texts(
            np.concatenate([ours.data[:shift], theirs.data]),
            np.concatenate([ours.starts, theirs.starts + shift]),
            np.concatenate([ours.ends, theirs.ends + shift]),
        )

    def cut(self, starts: Places | int = 0, ends: Places | int | None = None) -> "Texts":
        """A piece of each, by bytes from its start; a text that is too short gives what it has."""
        begin = np.minimum(self.starts + starts, self.ends)
        end = self.ends if ends is None else np.minimum(self.starts + ends, self.ends)
        return Texts(self.data, begin, np.maximum(begin, end))

    def translated(self, table: Bytes) -> "Texts":
        """Every byte replaced by that of a table; what becomes zero is left out."""
        packed = self.packed()
        data = table[packed.data[:-_WIDTH]]
        return Texts(np.append(data, np.zeros(_WIDTH, np.uint8)), packed.starts, packed.ends).kept(
            data != 0
        )

    def kept(self, flags: Flags) -> "Texts":
        """What is left of packed texts; a flag for every byte."""
        if flags.all():
            return self
        before = np.zeros(len(flags) + 1, np.int64)
        np.cumsum(flags, out=before[1:])
        bounds = np.append(before[self.starts], before[-1])
        return Texts.over(self.data[:-_WIDTH][flags], bounds)

    def counts(self, flags: Flags) -> Places:
        """How many bytes of each text are flagged; a flag for every byte of the memory."""
        places = np.flatnonzero(flags)
        if not len(places):
            return np.zeros(len(self), np.int64)
        if _FEW * len(places) < len(flags):
            return np.searchsorted(places, self.ends) - np.searchsorted(places, self.starts)
        before = np.zeros(len(flags) + 1, np.int32)
        np.cumsum(flags, out=before[1:])
        found: Places = (before[self.ends] - before[self.starts]).astype(np.int64)
        return found

    def has(self, flags: Flags) -> Flags:
        """Whether a text has any flagged byte."""
        found: Flags = self.counts(flags) > 0
        return found

    def find(self, byte: int) -> Places:
        """How far from its start the first such byte of each text is; its size if it has none."""
        places = np.append(np.flatnonzero(self.data == byte), len(self.data))
        found: Places = np.minimum(places[np.searchsorted(places, self.starts)], self.ends)
        return found - self.starts

    def word(self, number: int) -> Words:
        """Eight bytes of each text, zeros behind its end."""
        begins = self.starts + _WIDTH * number
        left = np.clip(self.ends - begins, 0, _WIDTH)
        found: Words = self._loads[np.minimum(begins, len(self._loads) - 1)] & _MASKS[left]
        return found

    @property
    def _loads(self) -> Words:
        """The word that begins at each byte."""
        size = len(self.data) - _WIDTH + 1
        return np.ndarray((size,), "<u8", self.data.data, strides=(1,))

    def hashes(self) -> Words:
        """A number for each text, equal for equal texts and nearly always different for others."""
        found = self.sizes.astype(np.uint64) * _MULTIPLIER
        for number, at in self._rounds():
            mixed = (found[at] ^ self.take(at).word(number)) * _MULTIPLIER
            found[at] = mixed ^ (mixed >> _SHIFT)
        return found

    def same(self, others: "Texts") -> Flags:
        """Whether each text equals the other one at its place."""
        found: Flags = self.sizes == others.sizes
        for number, at in self._rounds():
            found[at] &= self.take(at).word(number) == others.take(at).word(number)
        return found

    def _rounds(self) -> Iterator[tuple[int, Places]]:
        """Number of a word, and the places of the texts that go so far."""
        number, at = 0, np.flatnonzero(self.sizes > 0)
        while len(at):
            yield number, at
            number += 1
            at = at[self.sizes[at] > _WIDTH * number]

    def distinct(self) -> tuple["Texts", NDArray[np.int32]]:
        """Each text once, and for each of all texts its place among them.

        They are numbered in an order of their own, which no other text has a say in.
        """
        hashes = self.hashes()
        order = np.argsort(hashes)
        ordered = hashes[order]
        new = np.append(True, ordered[1:] != ordered[:-1])[: len(order)]
        codes = np.empty(len(order), np.int32)
        codes[order] = np.cumsum(new) - 1
        found = self.take(order[new])
        if not found.take(codes).same(self).all():
            return self._one_by_one()
        return found, codes

    def _one_by_one(self) -> tuple["Texts", NDArray[np.int32]]:
        """The same for texts that share a number and are not equal: made on purpose, if ever."""
        known = {text: number for number, text in enumerate(sorted(set(self.strings())))}
        codes = np.array([known[text] for text in self.strings()], np.int32)
        return Texts.of(list(known)), codes

    def places(self, texts: "Texts") -> Places:
        """Where each of some texts is among these, which are distinct; -1 for one that is not."""
        hashes = self.hashes()
        order = np.argsort(hashes)
        ordered = hashes[order]
        if not len(self) or (ordered[1:] == ordered[:-1]).any():
            known = {text: place for place, text in enumerate(self.strings())}
            return np.array([known.get(text, -1) for text in texts.strings()], np.int64)
        at = order[np.minimum(np.searchsorted(ordered, texts.hashes()), len(order) - 1)]
        return np.where(self.take(at).same(texts), at, -1)


def table_of(chars: str) -> Flags:
    """A table of bytes, true for these characters."""
    found = np.zeros(256, bool)
    found[np.frombuffer(chars.encode(), np.uint8)] = True
    return found
