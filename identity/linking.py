"""How two records of one cluster are linked, and how strong that makes each of them.

A value held by two clusters is shared by two people. It still suggests that records belong
together, but proves nothing: a link that rests on it is probabilistic, whatever its type.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise, product

from identity.blocking import Blocks, Shared
from identity.clustering import DisjointSets
from identity.partition import STRONGEST_FIRST, LinkKind
from identity.scoring import Scorer

Pair = tuple[int, int]


class Linking:
    """The links inside clusters; `cluster_of[i]` names the cluster of record i."""

    def __init__(self, blocks: Blocks, scorer: Scorer, cluster_of: Sequence[int]) -> None:
        self._blocks = blocks
        self._scorer = scorer
        self._cluster_of = cluster_of
        self._judged = blocks.judged
        self._provers: list[frozenset[int]] = [self._proven(value) for value in blocks.shared]
        self._attached = [frozenset(value.holders) for value in blocks.attaching]

    def kind(self, a: int, b: int) -> LinkKind | None:
        """How two records of one cluster are linked; None if nothing links the two themselves."""
        both = set(self._blocks.held[a]).intersection(self._blocks.held[b])
        if any(a in self._provers[index] and b in self._provers[index] for index in both):
            return LinkKind.VERIFIED
        if self._judged.joins(a, b) or self.attached(a, b):
            return LinkKind.PROBABILISTIC
        weight = self._scorer.between(a, b)
        if not both and weight.total <= 0:
            # Nothing but an undo holds the two together: the weakest there is.
            return LinkKind.HOUSEHOLD if self._judged.keeps(a, b) else None
        return LinkKind.HOUSEHOLD if weight.is_household else LinkKind.PROBABILISTIC

    def word(self, a: int, b: int) -> str:
        """How a human holds the two together: `must_link`, `as_it_was`, or not at all."""
        if self._judged.joins(a, b):
            return "must_link"
        return "as_it_was" if self._judged.keeps(a, b) else ""

    def attached(self, a: int, b: int) -> list[str]:
        """The types of values that attach one to the other."""
        if self._blocks.known[a] and self._blocks.known[b]:
            return []
        values = zip(self._blocks.attaching, self._attached, strict=True)
        return [value.type.name for value, holders in values if a in holders and b in holders]

    def walk(self, start: int, weakest: LinkKind) -> dict[int, int]:
        """Breadth first from one record, over links of this strength or more.

        Each record reached, and the one it was reached from: fewest steps, then earliest records.
        """
        enough = set(STRONGEST_FIRST[: STRONGEST_FIRST.index(weakest) + 1])
        home = self._cluster_of[start]
        left = [place for place, cluster in enumerate(self._cluster_of) if cluster == home]
        came_from, frontier = {start: start}, [start]
        while frontier:
            reached: list[int] = []
            for position in frontier:
                left = [place for place in left if place not in came_from]
                near = [place for place in left if self.kind(position, place) in enough]
                came_from.update(dict.fromkeys(near, position))
                reached += near
            frontier = sorted(reached)
        return came_from

    def links(self) -> Iterator[tuple[int, int, LinkKind]]:
        """Enough links to connect every cluster at every strength, ascending."""
        found = {pair: kind for pair in self._cheap() if (kind := self.kind(*pair))}
        tied = DisjointSets(len(self._cluster_of))
        for (a, b), kind in found.items():
            if kind is not LinkKind.HOUSEHOLD:
                tied.union(a, b)
        for pair in self._between(tied):
            if pair not in found and (kind := self.kind(*pair)):
                found[pair] = kind
        for (a, b), kind in sorted(found.items()):
            yield a, b, kind

    def _cheap(self) -> Iterator[Pair]:
        """Pairs that a value or a verdict ties, without trying every pair of a crowd."""
        for provers in self._provers:
            yield from pairwise(sorted(provers))
        held = (value.holders for value in (*self._blocks.shared, *self._blocks.attaching))
        for group in (*self._judged.ties, *held):
            for near in self._by_cluster(group):
                yield from pairwise(near)

    def _between(self, tied: DisjointSets) -> Iterator[Pair]:
        """Pairs of one cluster that nothing cheap ties together."""
        parts: dict[int, dict[int, list[int]]] = {}
        for position, home in enumerate(self._cluster_of):
            part = parts.setdefault(home, {})
            part.setdefault(tied.find(position), []).append(position)
        for found in parts.values():
            for one, other in combinations(found.values(), 2):
                yield from (_ordered(a, b) for a, b in product(one, other))

    def _proven(self, value: Shared) -> frozenset[int]:
        """The records among whom a value proves one person: none once two clusters hold it."""
        owners = {self._cluster_of[position] for position in value.holders}
        return frozenset(value.provers) if len(owners) == 1 else frozenset()

    def _by_cluster(self, group: Iterable[int]) -> Iterable[list[int]]:
        homes: dict[int, list[int]] = {}
        for position in group:
            homes.setdefault(self._cluster_of[position], []).append(position)
        return homes.values()


def _ordered(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


def member_kinds(size: int, links: Sequence[tuple[int, int, LinkKind]]) -> list[LinkKind]:
    """The link kind of each record 0..size-1 of one cluster, from links that connect it.

    The largest set of records tied by verified links is the core (ties: the earliest record).
    A record has the kind of the weakest link on its strongest path to the core, or, in a cluster
    without verified links, to any other record. A lone record is verified.
    """
    strengths = {kind for _, _, kind in links} or {LinkKind.VERIFIED}
    if len(strengths) == 1:
        return [*strengths] * size
    sets = DisjointSets(size)
    kinds: dict[int, LinkKind] = {}
    core: int | None = None
    for kind in STRONGEST_FIRST:
        for a, b, strength in links:
            if strength is kind:
                sets.union(a, b)
        if kind is LinkKind.VERIFIED:
            largest = max(range(size), key=sets.size)
            core = largest if sets.size(largest) > 1 else None
        for position in range(size):
            if _reached(sets, position, core):
                kinds.setdefault(position, kind)
    return [kinds[position] for position in range(size)]


def _reached(sets: DisjointSets, position: int, core: int | None) -> bool:
    if core is None:
        return sets.size(position) > 1
    return sets.find(position) == sets.find(core)
