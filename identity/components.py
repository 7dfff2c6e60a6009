"""Components: the records that hang together, and what becomes of those that are too many.

Records hang together by a value that links or attaches, by verdicts, and by a blocking key if their
weight, or a level of their comparison, ties them. A component of more people-to-be than the rules
allow is parted at its lightest ties, more bits every time, until it falls into parts that are small
enough; it is reported, never silently dropped.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final

from identity.blocking import Blocks
from identity.clustering import DisjointSets
from identity.scoring import Scorer

STEP: Final = 4000
"""Thousandths of a bit by which a tie in a component too large must be heavier, every time."""

Tie = tuple[int, int, int]
"""Two records and what they weigh."""


def components(blocks: Blocks, scorer: Scorer) -> DisjointSets:
    """Records tied directly or through others.

    A value ties whatever the weight says, because whoever else holds it decides what it proves.
    """
    sets = DisjointSets(len(blocks.records))
    for value in (*blocks.shared, *blocks.attaching):
        for other in value.holders[1:]:
            sets.union(value.holders[0], other)
    for group in blocks.judged.ties:
        for other in group[1:]:
            sets.union(group[0], other)
    for holders in blocks.comparing:
        for a, b in combinations(holders, 2):
            if sets.find(a) != sets.find(b) and _proposed(scorer, a, b):
                sets.union(a, b)
    return sets


def _proposed(scorer: Scorer, a: int, b: int) -> bool:
    return scorer.candidate(a, b).total > 0 or scorer.ties(a, b)


def members(sets: DisjointSets) -> Iterator[list[int]]:
    """Components of two records or more, ascending."""
    found: dict[int, list[int]] = {}
    for position in range(len(sets)):
        found.setdefault(sets.find(position), []).append(position)
    yield from (component for component in found.values() if len(component) > 1)


def parts(
    blocks: Blocks, scorer: Scorer, groups: Sequence[Sequence[int]], most: int
) -> list[list[list[int]]]:
    """The groups of one component, in parts of at most so many; one part if they are few enough.

    A group is what proof has joined already, so it is not parted.
    """
    if len(groups) <= most:
        return [[*map(list, groups)]]
    place = {position: number for number, group in enumerate(groups) for position in group}
    ties = list(_ties(blocks, scorer, place))
    least = 0
    while True:
        sets = DisjointSets(len(groups))
        for a, b, _ in ties:
            sets.union(a, b)
        sizes = {number: sets.size(number) for number in range(len(groups))}
        if max(sizes.values()) <= most:
            break
        least += STEP
        ties = [tie for tie in ties if sizes[tie[0]] <= most or tie[2] > least]
    found: dict[int, list[list[int]]] = {}
    for number, group in enumerate(groups):
        found.setdefault(sets.find(number), []).append([*group])
    return list(found.values())


def _ties(blocks: Blocks, scorer: Scorer, place: dict[int, int]) -> Iterator[Tie]:
    """Every tie between two groups, by the numbers of the groups."""
    tried: set[tuple[int, int]] = set()

    def between(
        pairs: Iterable[tuple[int, int]], tied: Callable[[int, int], bool]
    ) -> Iterator[Tie]:
        for a, b in pairs:
            if a in place and b in place and place[a] != place[b] and (a, b) not in tried:
                tried.add((a, b))
                if tied(a, b):
                    yield place[a], place[b], scorer.candidate(a, b).total

    for value in (*blocks.shared, *blocks.attaching):
        yield from between(combinations(value.holders, 2), lambda _a, _b: True)
    for holders in blocks.comparing:
        yield from between(combinations(holders, 2), lambda a, b: _proposed(scorer, a, b))
