"""Evidence in, partition out: who is who by deterministic links.

The partition is a function of the *set* of evidence, rules and verdicts; arrival order, batch size
and the spelling of ids (given order keys that differ) do not matter.

Links are tried in this order, and one that is refused stays refused: must-link verdicts; shared
values that prove a person; other shared values. Within each, by priority of the type, then by the
order keys of the two records. A link is refused if the cluster that would result held two values
of a type unique per person, or two records that a verdict keeps apart. That binds must-link
verdicts too: uniqueness and cannot-link are the stricter word.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from identity.blocking import Blocks, block
from identity.clustering import Clusters
from identity.evidence import Evidence, Value, Verdict
from identity.linking import Linking, Pair, member_kinds
from identity.partition import Cluster, Edge, LinkKind, Member, Partition, Refusal
from identity.rules import VERDICT, Rules

Stage = tuple[str, list[tuple[int, ...]]]
"""A type (or "verdict") and the groups of records it ties, tried together."""


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
    The caller gives whole components: every record that shares a value which links (by the rules,
    unblocked, within its limit) or a must-link verdict with a record given, is given too.

    Raises:
        ValueError: two different pieces of evidence for one record.
    """
    blocks = block(evidence, rules, blocked=blocked, generic=generic, verdicts=verdicts)
    clusters = cluster(blocks)
    homes = clusters.homes()
    return Partition(
        clusters=tuple(_clusters(blocks, homes)),
        refusals=tuple(_refusals(blocks, clusters, homes)),
    )


def cluster(blocks: Blocks) -> Clusters:
    """The clusters of indexed evidence."""
    clusters = Clusters(blocks.claims, blocks.cannot)
    for _, groups in _stages(blocks):
        clusters.join_all(groups)
    return clusters


def _stages(blocks: Blocks) -> Iterator[Stage]:
    yield VERDICT, list(blocks.must)
    yield from _by_type(blocks, [value.provers for value in blocks.shared])
    yield from _by_type(blocks, [value.holders for value in blocks.shared])


def _by_type(blocks: Blocks, groups: list[tuple[int, ...]]) -> Iterator[Stage]:
    """One stage per type; blocks hold values by priority already."""
    stages: dict[str, list[tuple[int, ...]]] = {}
    for value, group in zip(blocks.shared, groups, strict=True):
        stages.setdefault(value.type.name, []).append(group)
    yield from stages.items()


def _clusters(blocks: Blocks, homes: list[int]) -> Iterator[Cluster]:
    groups: list[list[int]] = []
    place: list[int] = []
    for position, home in enumerate(homes):
        if home == len(groups):
            groups.append([])
        place.append(len(groups[home]))
        groups[home].append(position)
    links: list[list[tuple[int, int, LinkKind]]] = [[] for _ in groups]
    edges: list[list[Edge]] = [[] for _ in groups]
    linking = Linking(blocks, homes)
    for a, b in linking.pairs():
        edge = Edge(blocks.records[a].record_id, blocks.records[b].record_id, linking.grounds(a, b))
        edges[homes[a]].append(edge)
        links[homes[a]].append((place[a], place[b], edge.kind))
    for number, group in enumerate(groups):
        kinds = member_kinds(len(group), links[number])
        records = (blocks.records[position].record_id for position in group)
        yield Cluster(tuple(map(Member, records, kinds)), tuple(edges[number]))


def _refusals(blocks: Blocks, clusters: Clusters, homes: list[int]) -> Iterator[Refusal]:
    """Per pair of clusters that are neighbours in some value, the strongest link refused."""
    strongest: dict[Pair, tuple[Pair, str]] = {}
    for name, groups in _stages(blocks):
        found: dict[Pair, Pair] = {}
        for group in groups:
            for a, b in pairwise(_firsts(group, homes)):
                between = _ordered(homes[a], homes[b])
                found[between] = min((a, b), found.get(between, (a, b)))
        for between, pair in found.items():
            strongest.setdefault(between, (pair, name))
    for (a, b), name in sorted(strongest.values()):
        yield _refusal(blocks, clusters, a, b, name)


def refusal_between(blocks: Blocks, clusters: Clusters, a: int, b: int) -> Refusal | None:
    """The strongest link refused between the clusters of two records, if they share any."""
    homes = clusters.homes()
    ends = {homes[a], homes[b]}
    for name, groups in _stages(blocks):
        pairs = [_firsts([p for p in group if homes[p] in ends], homes) for group in groups]
        if found := [pair for pair in pairs if len(pair) > 1]:
            first, second = min(found)
            return _refusal(blocks, clusters, first, second, name)
    return None


def _refusal(blocks: Blocks, clusters: Clusters, a: int, b: int, name: str) -> Refusal:
    first, second = blocks.records[a].record_id, blocks.records[b].record_id
    return Refusal(first, second, name, clusters.against(a, b))


def _firsts(group: Sequence[int], homes: list[int]) -> list[int]:
    """The first record of each cluster that a group touches, ascending."""
    firsts: dict[int, int] = {}
    for position in group:
        firsts.setdefault(homes[position], position)
    return list(firsts.values())


def _ordered(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)
