"""Evidence in, partition out: who is who.

The partition is a function of the *set* of evidence, rules and verdicts; arrival order, batch size
and the spelling of ids (given order keys that differ) do not matter.

Records are tied into components by shared identifiers, by verdicts, and by blocking keys where
their weight outweighs the odds against two strangers. Inside a component:

1. What an undo keeps as it was, must-link verdicts, and values that prove a person join, by
   priority of the type, then by the order keys of the two records.
2. Every pair of what that leaves is weighed, and the heaviest clusters become one until no two
   weigh more than nothing (`Clusters.contract`).
3. Of many records that say exactly the same, those beyond the first few follow the first
   (`identity.copies`).
4. A value that attaches (a device) takes visitors, of whom nothing is known, to the one known
   person it leads to. It never joins two known persons; one that leads to two says nothing.

A link is refused if the cluster that would result held two values of a type unique per person, or
records of two groups that a verdict keeps apart. That binds must-link verdicts too: uniqueness and
cannot-link are the stricter word.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from identity.attaching import attach
from identity.blocking import Blocks, block
from identity.clustering import Clusters, DisjointSets
from identity.components import components, members, parts
from identity.copies import follow, followers
from identity.evidence import Evidence, Value, Verdict
from identity.linking import Linking, Pair, member_kinds
from identity.partition import Cluster, Edge, LinkKind, Member, Partition, Refusal
from identity.reviewing import Reviewer
from identity.rules import VERDICT, Rules
from identity.scoring import Scorer

Stage = tuple[str, list[tuple[int, ...]]]
"""A type (or "verdict") and the groups of records it ties, tried together."""

WEIGHT, CAP = "weight", "cap"


@dataclass(frozen=True)
class Clustered:
    """Indexed evidence and what became of it; `capped`: components that were too large, parted."""

    blocks: Blocks
    scorer: Scorer
    clusters: Clusters
    tied: DisjointSets
    capped: tuple[tuple[int, ...], ...]

    def against(self, a: int, b: int) -> tuple[str, ...]:
        """Why the clusters of two records that something ties are not one."""
        if found := self.clusters.against(a, b):
            return found
        over = any(a in component and b in component for component in self.capped)
        return (CAP,) if over else (WEIGHT,)

    def compared(self, a: int, b: int) -> bool:
        """Whether two records were weighed: in one component, or for a blocking key they share."""
        return self.tied.find(a) == self.tied.find(b) or any(
            a in holders and b in holders for holders in self.blocks.comparing
        )


def resolve(
    evidence: Iterable[Evidence],
    rules: Rules,
    *,
    blocked: frozenset[Value] = frozenset(),
    generic: frozenset[Value] = frozenset(),
    verdicts: Iterable[Verdict] = (),
) -> Partition:
    """Partition the records of one or more whole components into persons.

    `blocked`: values an operator declared meaningless. `generic`: values known to be over their
    type's limit by records that are not given here; those over it by the records given are found.
    The caller gives whole components: every record that shares a value which links or attaches (by
    the rules, unblocked, within its limit) or a must-link verdict with a record given, is given
    too; and so is every record that shares a blocking key and is tied by its weight (`tied`).

    Raises:
        ValueError: two different pieces of evidence for one record.
    """
    blocks = block(evidence, rules, blocked=blocked, generic=generic, verdicts=verdicts)
    found = cluster(blocks, rules)
    homes = found.clusters.homes()
    linking = Linking(blocks, found.scorer, homes)
    clusters = tuple(_clusters(found, linking, homes))
    refusals = tuple(_refusals(found, homes))
    reviewer = Reviewer(blocks, found.scorer, linking, found.clusters, found.tied, homes)
    return Partition(
        clusters=clusters,
        refusals=refusals,
        capped=tuple(
            tuple(blocks.records[position].record_id for position in component)
            for component in found.capped
        ),
        reviews=reviewer.review(clusters, refusals, found.capped),
    )


def tied(
    evidence: Iterable[Evidence],
    rules: Rules,
    seeds: Iterable[str],
    *,
    blocked: frozenset[Value] = frozenset(),
    generic: frozenset[Value] = frozenset(),
) -> frozenset[str]:
    """The records given that are in one component with a seed, as far as these records tell."""
    blocks = block(evidence, rules, blocked=blocked, generic=generic, verdicts=())
    sets = components(blocks, Scorer(blocks, rules))
    wanted = set(seeds)
    roots = {
        sets.find(place)
        for place, record in enumerate(blocks.records)
        if record.record_id in wanted
    }
    return frozenset(
        record.record_id for place, record in enumerate(blocks.records) if sets.find(place) in roots
    )


def cluster(blocks: Blocks, rules: Rules) -> Clustered:
    """The clusters of indexed evidence."""
    scorer = Scorer(blocks, rules)
    clusters = Clusters(blocks.claims)
    for _, proven in _proofs(blocks):
        clusters.join_all(proven)
    copies = followers(blocks, clusters)
    parted = []
    tied_ = components(blocks, scorer)
    for component in members(tied_):
        groups_ = clusters.groups(place for place in component if place not in copies)
        found = parts(blocks, scorer, groups_, rules.clustering.together)
        if len(found) > 1:
            parted.append(tuple(component))
        for groups in found:
            clusters.contract(groups, scorer.together)
    follow(copies, clusters)
    attach(blocks, clusters)
    return Clustered(blocks, scorer, clusters, tied_, tuple(parted))


def _proofs(blocks: Blocks) -> Iterator[Stage]:
    for groups in blocks.judged.stages:
        yield VERDICT, [*groups]
    yield from _by_type(blocks, [value.provers for value in blocks.shared])


def _stages(blocks: Blocks) -> Iterator[Stage]:
    yield from _proofs(blocks)
    yield from _by_type(blocks, [value.holders for value in blocks.shared])


def _by_type(blocks: Blocks, groups: list[tuple[int, ...]]) -> Iterator[Stage]:
    """One stage per type; blocks hold values by priority already."""
    stages: dict[str, list[tuple[int, ...]]] = {}
    for value, group in zip(blocks.shared, groups, strict=True):
        stages.setdefault(value.type.name, []).append(group)
    yield from stages.items()


def _clusters(found: Clustered, linking: Linking, homes: list[int]) -> Iterator[Cluster]:
    groups: list[list[int]] = []
    place: list[int] = []
    for position, home in enumerate(homes):
        if home == len(groups):
            groups.append([])
        place.append(len(groups[home]))
        groups[home].append(position)
    links: list[list[tuple[int, int, LinkKind]]] = [[] for _ in groups]
    edges: list[list[Edge]] = [[] for _ in groups]
    records = found.blocks.records
    for a, b, kind in linking.links():
        weight = found.scorer.between(a, b).total
        edges[homes[a]].append(Edge(records[a].record_id, records[b].record_id, kind, weight))
        links[homes[a]].append((place[a], place[b], kind))
    for number, group in enumerate(groups):
        kinds = member_kinds(len(group), links[number])
        ids = (records[position].record_id for position in group)
        yield Cluster(tuple(map(Member, ids, kinds)), tuple(edges[number]))


def _refusals(found: Clustered, homes: list[int]) -> Iterator[Refusal]:
    """Per pair of clusters that are neighbours in some value, the strongest link refused."""
    strongest: dict[Pair, tuple[Pair, str]] = {}
    for name, groups in _stages(found.blocks):
        first: dict[Pair, Pair] = {}
        for group in groups:
            for a, b in pairwise(_firsts(group, homes)):
                between = _ordered(homes[a], homes[b])
                first[between] = min((a, b), first.get(between, (a, b)))
        for between, pair in first.items():
            strongest.setdefault(between, (pair, name))
    for (a, b), name in sorted(strongest.values()):
        yield _refusal(found, a, b, name)


def refusal_between(found: Clustered, a: int, b: int) -> Refusal | None:
    """The strongest link refused between the clusters of two records, if they share any."""
    homes = found.clusters.homes()
    ends = {homes[a], homes[b]}
    for name, groups in _stages(found.blocks):
        pairs = [_firsts([p for p in group if homes[p] in ends], homes) for group in groups]
        if shared := [pair for pair in pairs if len(pair) > 1]:
            first, second = min(shared)
            return _refusal(found, first, second, name)
    return None


def _refusal(found: Clustered, a: int, b: int, name: str) -> Refusal:
    first, second = found.blocks.records[a].record_id, found.blocks.records[b].record_id
    return Refusal(first, second, name, found.against(a, b))


def _firsts(group: Sequence[int], homes: list[int]) -> list[int]:
    """The first record of each cluster that a group touches, ascending."""
    firsts: dict[int, int] = {}
    for position in group:
        firsts.setdefault(homes[position], position)
    return list(firsts.values())


def _ordered(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)
