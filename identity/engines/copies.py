"""Copies: records that say exactly the same, as feeds repeat themselves a thousand times.

Here in arrays, by the rule of `identity.copies`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from identity.copies import KEPT
from identity.engines.columns import Column, Flags, Keys, combined


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
    key = _same(found, size)
    key[spared] = np.arange(size)[spared] + size
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.append(True, key[order[1:]] != key[order[:-1]]))[: size or 0]
    sizes = np.diff(np.append(starts, size))
    number = np.arange(size) - np.repeat(starts, sizes)
    beyond = number >= KEPT
    place = np.full(size, -1)
    kept = np.sort(order[~beyond])
    place[kept] = np.arange(len(kept))
    at = np.repeat(starts, sizes)[beyond]
    return Copies(kept, order[beyond], place[order[at]], place[order[at + 1]])


def _same(found: Mapping[str, Column], size: int) -> Keys:
    """A number per record, equal where every feature is, or is missing in both; from 0 up."""
    if not found:
        return np.zeros(size, np.int64)
    filled = [
        Column(["", *column.values], (column.codes + 1).astype(np.int32))
        for column in found.values()
    ]
    codes: Keys = np.unique(combined(filled), return_inverse=True)[1].astype(np.int64)
    return codes
