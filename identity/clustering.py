"""Joining records into clusters, strongest links first, refusing what would contradict itself.

What proof has joined is contracted further by weight: greedy additive edge contraction (Keuper et
al. 2015, correlation clustering). The heaviest pair of clusters becomes one, the weights of both
towards every other cluster are added, until no pair is heavier than nothing. Sums are of whole
numbers and ties go to the earliest records, so the order of arrival does not matter.

Two clusters conflict when together they would hold two values of a claim: of a type unique per
person, or two groups of a verdict that keeps them apart. A conflict never heals, because clusters
only grow; so a pair of clusters that was refused once stays refused, and each value needs to be
tried only once per cluster that holds it, not once per pair of records.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import combinations

from identity.evidence import Claim
from identity.rules import VERDICT

_NOTHING: frozenset[bytes] = frozenset()

Near = dict[int, dict[int, int]]
"""The weight between any two that have one, both ways."""


def contraction(near: Near, join: Callable[[int, int], bool]) -> list[tuple[int, int]]:
    """Who goes to whom, the heaviest pair of clusters first, until none weighs more than nothing.

    `near`: the weight between any two that have one, both ways; used up. `join`: whether two may
    become one; a pair that was refused is not tried again.
    """
    heap = [
        (-weight, first, second)
        for first, found in near.items()
        for second, weight in found.items()
        if first < second and weight > 0
    ]
    heapify(heap)
    made = []
    while heap:
        weight, stays, goes = heappop(heap)
        if stays not in near or near[stays].get(goes) != -weight:
            continue
        if not join(stays, goes):
            del near[stays][goes], near[goes][stays]
            continue
        made.append((stays, goes))
        gone = near.pop(goes)
        del near[stays][goes], gone[stays]
        for other, more in gone.items():
            del near[other][goes]
            total = near[stays].get(other, 0) + more
            near[stays][other] = near[other][stays] = total
            if total > 0:
                heappush(heap, (-total, min(stays, other), max(stays, other)))
    return made


class DisjointSets:
    """Union-find by size over positions 0..n-1."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))
        self._size = [1] * size

    def __len__(self) -> int:
        return len(self._parent)

    def find(self, position: int) -> int:
        """The representative of a position's set; valid until the next union."""
        parent = self._parent
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    def size(self, position: int) -> int:
        """How many positions are in the set of this one."""
        return self._size[self.find(position)]

    def union(self, a: int, b: int) -> tuple[int, int]:
        """Join two sets; the representative that stays and the one that went."""
        stays, goes = self.find(a), self.find(b)
        if stays == goes:
            return stays, stays
        if self._size[stays] < self._size[goes]:
            stays, goes = goes, stays
        self._parent[goes] = stays
        self._size[stays] += self._size[goes]
        return stays, goes


class Clusters:
    """Disjoint sets of records that refuse to conflict."""

    def __init__(
        self,
        claims: Sequence[Mapping[Claim, frozenset[bytes]]],
    ) -> None:
        self._sets = DisjointSets(len(claims))
        self.find = self._sets.find
        self._claims = {place: dict(held) for place, held in enumerate(claims) if held}
        self._torn = {
            place
            for place, held in self._claims.items()
            if any(len(values) > 1 for values in held.values())
        }

    def homes(self) -> list[int]:
        """The number of each record's cluster; clusters are numbered by their first record."""
        numbers: dict[int, int] = {}
        return [
            numbers.setdefault(self.find(position), len(numbers)) for position in range(len(self))
        ]

    def __len__(self) -> int:
        return len(self._sets)

    def against(self, a: int, b: int) -> tuple[str, ...]:
        """Why two clusters may not be one: types of claims in conflict, then "verdict"."""
        ours, theirs = (self._claims.get(self.find(place), {}) for place in (a, b))
        types = {
            claim[0]
            for claim in ours.keys() | theirs.keys()
            if len(ours.get(claim, _NOTHING) | theirs.get(claim, _NOTHING)) > 1
        }
        return (*sorted(types - {VERDICT}), *sorted(types & {VERDICT}))

    def join(self, a: int, b: int) -> bool:
        """Make two clusters one, unless they conflict; true if they are one now."""
        first, second = self.find(a), self.find(b)
        if first == second:
            return True
        if self._conflict(first, second):
            return False
        stays, goes = self._sets.union(first, second)
        if goes in self._claims:
            self._claims.setdefault(stays, {}).update(self._claims.pop(goes))
        return True

    def is_alone(self, position: int) -> bool:
        """Whether a record is all of its cluster."""
        return self._sets.size(position) == 1

    def groups(self, positions: Iterable[int]) -> list[list[int]]:
        """The clusters of these records, by their first record; positions are ascending."""
        found: dict[int, list[int]] = {}
        for position in positions:
            found.setdefault(self.find(position), []).append(position)
        return list(found.values())

    def contract(
        self, groups: Sequence[list[int]], weigh: Callable[[Sequence[int], Sequence[int]], int]
    ) -> None:
        """Join groups of records, the heaviest pair first, until no pair weighs more than 0."""
        near: Near = {group[0]: {} for group in groups}
        for first, second in combinations(groups, 2):
            weight = weigh(first, second)
            near[first[0]][second[0]] = near[second[0]][first[0]] = weight
        contraction(near, self.join)

    def join_all(self, groups: Iterable[Sequence[int]]) -> None:
        """Try every pair of records within each group, by (smaller, larger) position.

        Groups are ascending positions. The result is that of trying all pairs; a cluster that was
        tried against the rest of a group is not tried again from another of its members.
        """
        open_groups = [group for group in groups if len(group) > 1 and not self._is_one(group)]
        groups_of: dict[int, list[int]] = {}
        for index, group in enumerate(open_groups):
            for position in group[:-1]:
                groups_of.setdefault(position, []).append(index)
        tried: list[list[int]] = [[] for _ in open_groups]
        for position in sorted(groups_of):
            root = self.find(position)
            later: set[int] = set()
            for index in groups_of[position]:
                if any(self.find(earlier) == root for earlier in tried[index]):
                    continue
                group = open_groups[index]
                later.update(group[bisect_right(group, position) :])
                tried[index].append(position)
            for other in sorted(later):
                self.join(position, other)

    def _is_one(self, group: Sequence[int]) -> bool:
        root = self.find(group[0])
        return all(self.find(position) == root for position in group)

    def _conflict(self, first: int, second: int) -> bool:
        """`against`, of two representatives and without the reasons."""
        if first in self._torn or second in self._torn:
            return True
        ours, theirs = self._claims.get(first), self._claims.get(second)
        if ours and theirs:
            for claim, values in ours.items():
                if theirs.get(claim, values) != values:
                    return True
        return False
