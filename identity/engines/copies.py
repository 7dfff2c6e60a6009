"""Copies: records that say exactly the same, as feeds repeat themselves a thousand times.

Here in arrays, by the rule of `identity.copies`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from identity.copies import KEPT
from identity.engines.columns import Column, Flags, Keys, numbered

_MULTIPLIER, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(29)


@dataclass(frozen=True)
class Copies:
    """Which records are resolved, and whom each of the others follows.

    `kept`: ascending. `left`: those that are not. `first`, `second`: for each of these, the places
    among the kept ones of the first two records that say the same.
    """

    kept: Keys = field(repr=False)
    left: Keys = field(repr=False)
    first: Keys = field(repr=False)
    second: Keys = field(repr=False)

    @property
    def standing(self) -> Keys:
        """For how many records each of the kept ones stands: itself, and who follows it."""
        followers = np.bincount(self.first, minlength=len(self.kept))
        return followers + 1

    def ends(self, a: Keys, b: Keys) -> dict[str, Keys]:
        """Pairs of kept records as pairs of all records."""
        return {"a": self.kept[a], "b": self.kept[b]}

    def follow(self, person: Keys, weight: Keys) -> tuple[Keys, Keys]:
        """Person and weight of every record, from those of the kept ones."""
        size = len(self.kept) + len(self.left)
        people, weights = np.arange(size), np.zeros(size, np.int64)
        people[self.kept], weights[self.kept] = self.kept[person], weight
        one = person[self.first] == person[self.second]
        people[self.left[one]] = self.kept[person[self.first[one]]]
        weights[self.left[one]] = weight[self.first[one]]
        return people, weights


def part_copies(found: Mapping[str, Column], size: int, spared: Flags) -> Copies:
    """Set copies beyond the first few apart; `spared` records are copies of nobody."""
    maybe = np.flatnonzero(_common(found, size) & ~spared)
    order, sizes = _by_what_they_say(found, maybe)
    number = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    at = np.repeat(np.cumsum(sizes) - sizes, sizes)[number >= KEPT]
    left = order[number >= KEPT]
    kept = np.delete(np.arange(size), left)
    place = np.full(size, -1)
    place[kept] = np.arange(len(kept))
    return Copies(kept, left, place[order[at]], place[order[at + 1]])


def _common(found: Mapping[str, Column], size: int) -> Flags:
    """Records that may have more copies than are kept; all that have, and a few others."""
    mixed = np.zeros(size, np.uint64)
    for column in found.values():
        mixed ^= column.codes.astype(np.uint64)
        mixed *= _MULTIPLIER
        mixed ^= mixed >> _SHIFT
    bucket = (mixed & np.uint64((1 << size.bit_length()) - 1)).astype(np.int64)
    common: Flags = np.bincount(bucket, minlength=1)[bucket] > KEPT
    return common


def _by_what_they_say(found: Mapping[str, Column], records: Keys) -> tuple[Keys, Keys]:
    """Records in order of what they say, each group ascending; and the sizes of the groups."""
    # What is missing in both is equal, too.
    codes = [column.codes[records] + np.int32(1) for column in found.values()]
    sizes = [len(column.values) + 1 for column in found.values()]
    key = numbered(codes, sizes) if found else np.zeros(len(records), np.int64)
    order = np.argsort(key, kind="stable")
    _, counts = np.unique(key, return_counts=True)
    return records[order], counts
