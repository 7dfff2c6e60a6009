"""Copies: records that say exactly the same, as feeds repeat themselves a thousand times.

A few copies are resolved as any records are. The rest would say nothing more and cost the square of
their number, so they follow the first one: to its person, if its own second copy is of that person
too, and else stay by themselves, because then what they all say is not enough to tell of anybody.
"""

from collections.abc import Hashable, Mapping
from typing import Final

from identity.blocking import Blocks
from identity.clustering import Clusters

KEPT: Final = 20
"""Copies that are resolved like any other record."""


def followers(blocks: Blocks, clusters: Clusters) -> Mapping[int, tuple[int, int]]:
    """The copies beyond the first few, and of each the first two that say the same.

    Whoever proof has joined, or a verdict speaks of, is a copy of nobody.
    """
    if len(blocks.records) <= KEPT:
        return {}
    same: dict[Hashable, list[int]] = {}
    judged = blocks.judged
    for place, record in enumerate(blocks.records):
        if clusters.is_alone(place) and not judged.names(place):
            says = (record.told, frozenset(record.tokens))
            same.setdefault(says, []).append(place)
    return {place: (found[0], found[1]) for found in same.values() for place in found[KEPT:]}


def follow(copies: Mapping[int, tuple[int, int]], clusters: Clusters) -> None:
    """Take followers to the person of the first one, if the second one is of that person too."""
    for place, (first, second) in copies.items():
        if clusters.find(first) == clusters.find(second):
            clusters.join(first, place)
