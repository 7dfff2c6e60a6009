"""On what grounds two records of one cluster are linked, and how strong that makes each of them.

A value held by two clusters is shared by two people. It still suggests that records belong
together, but proves nothing: a link that rests on it is probabilistic, whatever its type.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from identity.blocking import Blocks, Shared
from identity.clustering import DisjointSets
from identity.partition import STRONGEST_FIRST, Ground, LinkKind
from identity.rules import VERDICT

Pair = tuple[int, int]


class Linking:
    """The links inside clusters; `cluster_of[i]` names the cluster of record i."""

    def __init__(self, blocks: Blocks, cluster_of: Sequence[int]) -> None:
        self._blocks = blocks
        self._cluster_of = cluster_of
        self._must = set(blocks.must)
        self._known: dict[tuple[str, bool], Ground] = {}
        self._provers: list[frozenset[int]] = [self._proven(value) for value in blocks.shared]

    def grounds(self, a: int, b: int) -> tuple[Ground, ...]:
        """Everything two records of one cluster share, strongest first."""
        theirs = self._blocks.held[b]
        found = [self._ground(index, a, b) for index in self._blocks.held[a] if index in theirs]
        if (min(a, b), max(a, b)) in self._must:
            found.append(Ground(VERDICT, LinkKind.PROBABILISTIC, 0))
        if len(found) > 1:
            found.sort(key=lambda ground: STRONGEST_FIRST.index(ground.kind))
        return tuple(found)

    def walk(self, start: int, weakest: LinkKind) -> dict[int, int]:
        """Breadth first from one record, over links of this strength or more.

        Each record reached, and the one it was reached from: fewest steps, then earliest records.
        """
        came_from, frontier = {start: start}, [start]
        seen: set[int] = set()
        while frontier:
            reached: list[int] = []
            for position in frontier:
                near = self._neighbours(position, weakest, seen) - came_from.keys()
                came_from.update(dict.fromkeys(near, position))
                reached += near
            frontier = sorted(reached)
        return came_from

    def _neighbours(self, position: int, weakest: LinkKind, seen: set[int]) -> set[int]:
        """Records tied to one record by values not `seen` before; marks the values as seen."""
        near: set[int] = set()
        home, proof_only = self._cluster_of[position], weakest is LinkKind.VERIFIED
        if not proof_only:
            near.update(other for pair in self._must if position in pair for other in pair)
        for index in self._blocks.held[position]:
            if index in seen:
                continue
            if not proof_only:
                near.update(self._blocks.shared[index].holders)
            elif position in self._provers[index]:
                near.update(self._provers[index])
            else:
                continue
            seen.add(index)
        return {other for other in near if self._cluster_of[other] == home}

    def pairs(self) -> list[Pair]:
        """Enough pairs of records to connect every cluster at every strength, ascending."""
        cluster_of = self._cluster_of
        found = {pair for pair in self._must if cluster_of[pair[0]] == cluster_of[pair[1]]}
        for index, value in enumerate(self._blocks.shared):
            found.update(pairwise(sorted(self._provers[index])))
            for holders in self._by_cluster(value):
                found.update(pairwise(holders))
        return sorted(found)

    def _proven(self, value: Shared) -> frozenset[int]:
        """The records among whom a value proves one person: none once two clusters hold it."""
        owners = {self._cluster_of[position] for position in value.holders}
        return frozenset(value.provers) if len(owners) == 1 else frozenset()

    def _ground(self, index: int, a: int, b: int) -> Ground:
        type_, provers = self._blocks.shared[index].type, self._provers[index]
        proven = a in provers and b in provers
        if (known := self._known.get((type_.name, proven))) is not None:
            return known
        kind = LinkKind.VERIFIED if proven else LinkKind.PROBABILISTIC
        return self._known.setdefault((type_.name, proven), Ground(type_.name, kind, type_.weight))

    def _by_cluster(self, value: Shared) -> Iterable[list[int]]:
        homes: dict[int, list[int]] = {}
        for position in value.holders:
            homes.setdefault(self._cluster_of[position], []).append(position)
        return homes.values()


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
