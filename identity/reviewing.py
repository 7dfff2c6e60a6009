"""What a person should look at: links that could as well have been made otherwise.

A function of the partition and the weights, so it is the same whatever came first. A few items for
each component, the least certain first; nothing that a verdict has settled. Records and types of
identifiers are named, never a value.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Final

from identity.blocking import Blocks
from identity.bridges import weak_points
from identity.clustering import Clusters, DisjointSets
from identity.comparisons import MILLI
from identity.linking import Linking
from identity.partition import Cluster, Edge, LinkKind, Refusal, Review, ReviewKind
from identity.rules import VERDICT
from identity.scoring import Scorer

# In thousandths of a bit: this near to the threshold, another field would have decided otherwise.
UNSURE: Final = 3 * MILLI
# A link below this that nothing else supports is weak.
WEAK: Final = 6 * MILLI
# Items of one kind for each cluster or component.
MOST: Final = 3
# Every pair of a cluster or component is looked at up to this size.
CROWD: Final = 40
# A record that ties two parts of this size or more is one that two people may share.
PART: Final = 2


@dataclass(frozen=True)
class Reviewer:
    """One partition and what it was made of; `homes[i]`: the number of record i's cluster."""

    blocks: Blocks
    scorer: Scorer
    linking: Linking
    clusters: Clusters
    tied: DisjointSets
    homes: Sequence[int]

    def review(
        self, found: Iterable[Cluster], refusals: Iterable[Refusal], capped: Sequence[Sequence[int]]
    ) -> tuple[Review, ...]:
        """Everything worth a look, by kind and records."""
        places = {record.record_id: place for place, record in enumerate(self.blocks.records)}
        items: set[Review] = set()
        for cluster in found:
            if len(cluster.members) > 1:
                items.update(self._inside(cluster, places))
        items.update(self._between(capped))
        items.update(self._conflicts(refusals, places))
        for component in capped:
            first = self._name(component[0])
            items.add(Review(ReviewKind.OVERSIZED, first, first, size=len(component)))
        return tuple(sorted(items, key=lambda item: (item.kind, item.a, item.b)))

    def _inside(self, cluster: Cluster, places: dict[str, int]) -> Iterator[Review]:
        """Weak links of one person.

        The edges connect the person, so every bridge is among them; only where one of them is weak
        are all pairs looked at.
        """
        edges = {_ordered(places[edge.a], places[edge.b]): edge for edge in cluster.edges}
        weak = {
            pair: edge
            for pair, edge in edges.items()
            if edge.kind is not LinkKind.VERIFIED
            and edge.weight < WEAK
            and not self.blocks.judged.settles(*pair)
        }
        if not weak or len(cluster.members) > CROWD:
            return
        inside = sorted(places[name] for name in cluster.record_ids)
        kinds = {pair: self.linking.kind(*pair) for pair in combinations(inside, 2)}
        points = weak_points(inside, (pair for pair, kind in kinds.items() if kind))
        yield from islice(self._links(weak, points.bridges, len(inside)), MOST)
        yield from islice(self._cuts(points.cuts), MOST)

    def _links(
        self, weak: dict[tuple[int, int], Edge], bridges: frozenset[tuple[int, int]], size: int
    ) -> Iterator[Review]:
        """A bridge of two records is the person itself: uncertain, or not worth a look."""
        for pair, edge in sorted(weak.items(), key=lambda item: (item[1].weight, item[0])):
            is_bridge = pair in bridges and size > PART
            if is_bridge or abs(edge.weight) <= UNSURE:
                kind = ReviewKind.WEAK_BRIDGE if is_bridge else ReviewKind.UNCERTAIN
                yield self._pair(kind, pair, edge.weight)

    def _cuts(self, cuts: dict[int, list[frozenset[int]]]) -> Iterator[Review]:
        """Records that alone tie two groups, not all of it by proof."""
        for cut, parts in cuts.items():
            if sum(len(part) >= PART for part in parts) <= 1:
                continue
            strongest = [max(self._strength(cut, other) for other in part) for part in parts]
            if min(strongest) < WEAK:
                name = self._name(cut)
                yield Review(ReviewKind.WEAK_BRIDGE, name, name, weight=min(strongest))

    def _between(self, capped: Sequence[Sequence[int]]) -> Iterator[Review]:
        """Of two persons of one component, the pair that would nearly have made them one."""
        unweighed = {self.tied.find(component[0]) for component in capped}
        components: dict[int, list[int]] = {}
        for place in range(len(self.homes)):
            components.setdefault(self.tied.find(place), []).append(place)
        for root, component in components.items():
            weighed = root not in unweighed and len(component) <= CROWD
            if weighed and len({self.homes[place] for place in component}) > 1:
                yield from islice(self._nearly(component), MOST)

    def _nearly(self, component: Sequence[int]) -> Iterator[Review]:
        heaviest: dict[tuple[int, int], tuple[int, tuple[int, int]]] = {}
        for a, b in combinations(component, 2):
            between = _ordered(self.homes[a], self.homes[b])
            weight = self._weight(a, b)
            if between[0] != between[1] and weight:
                found = heaviest.get(between, (weight, (a, b)))
                heaviest[between] = max(found, (weight, (a, b)), key=lambda one: one[0])
        for weight, pair in sorted(heaviest.values(), key=lambda one: (abs(one[0]), one[1])):
            near = abs(weight) <= UNSURE and not self.clusters.against(*pair)
            if near and not self.blocks.judged.settles(*pair):
                yield self._pair(ReviewKind.UNCERTAIN, pair, weight)

    def _conflicts(self, refusals: Iterable[Refusal], places: dict[str, int]) -> Iterator[Review]:
        """Links that weigh enough, refused for what one person has one of, or for a verdict."""
        for item in refusals:
            pair = _ordered(places[item.a], places[item.b])
            against = self.clusters.against(*pair)
            strong = item.type == VERDICT or self._weight(*pair) > 0
            if against and strong and not self.blocks.judged.parts(*pair):
                weight = self._weight(*pair)
                yield self._pair(ReviewKind.CONFLICT, pair, weight, type_=against[0])

    def _pair(
        self, kind: ReviewKind, pair: tuple[int, int], weight: int, type_: str = ""
    ) -> Review:
        a, b = sorted((self._name(pair[0]), self._name(pair[1])))
        return Review(kind, a, b, weight=weight, type=type_)

    def _strength(self, a: int, b: int) -> int:
        """The weight of a link; one that is proved is never weak."""
        weight = self._weight(a, b)
        proved = self.linking.kind(a, b) is LinkKind.VERIFIED
        return max(weight, WEAK) if proved else weight

    def _weight(self, a: int, b: int) -> int:
        return self.scorer.between(a, b).total

    def _name(self, place: int) -> str:
        return self.blocks.records[place].record_id


def _ordered(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)
