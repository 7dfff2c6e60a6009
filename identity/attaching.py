"""Visitors and their devices: who leaves nothing but a device goes to the person it leads to.

A device never joins two known persons, whatever else they share, and one that two known persons
hold says nothing at all. Visitors whose devices lead to two persons stay by themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from identity.blocking import Blocks
from identity.clustering import Clusters, DisjointSets


@dataclass(frozen=True, slots=True)
class _Trail:
    """The clusters that hold one device: at most one person's, and visitors'."""

    persons: tuple[int, ...]
    visitors: tuple[int, ...]


def attach(blocks: Blocks, clusters: Clusters) -> None:
    """Take visitors to the one known person that their devices lead to, if it is one."""
    trails = list(_trails(blocks, clusters))
    together = DisjointSets(len(blocks.records))
    for trail in trails:
        for other in trail.visitors[1:]:
            together.union(trail.visitors[0], other)
    leads: dict[int, set[int]] = {}
    for trail in trails:
        for visitor in trail.visitors:
            leads.setdefault(together.find(visitor), set()).update(trail.persons)
    for trail in trails:
        for visitor in trail.visitors:
            clusters.join(trail.visitors[0], visitor)
            if trail.persons and len(leads[together.find(visitor)]) == 1:
                clusters.join(trail.persons[0], visitor)


def _trails(blocks: Blocks, clusters: Clusters) -> Iterable[_Trail]:
    known = {clusters.find(place) for place, is_known in enumerate(blocks.known) if is_known}
    for value in blocks.attaching:
        firsts = {clusters.find(place): place for place in reversed(value.holders)}
        persons = tuple(sorted(firsts[home] for home in firsts if home in known))
        if len(persons) < 2:  # noqa: PLR2004 - one device, two persons
            visitors = tuple(sorted(firsts[home] for home in firsts if home not in known))
            homes = tuple(clusters.find(place) for place in persons)
            yield _Trail(homes, visitors)
