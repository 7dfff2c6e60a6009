"""One person as a graph: every link between the records, and those without which it falls apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from identity.blocking import block
from identity.bridges import weak_points
from identity.evidence import Evidence, Value, Verdict
from identity.linking import Linking
from identity.partition import Edge
from identity.resolver import cluster
from identity.rules import Rules


@dataclass(frozen=True, slots=True)
class Graph:
    """`records` by order key. `bridges`: the edges, and `cuts`: the records, that hold it together.

    Edges are all links between these records; `weight` in thousandths of a bit.
    """

    records: tuple[str, ...]
    edges: tuple[Edge, ...]
    bridges: frozenset[tuple[str, str]]
    cuts: frozenset[str]


def draw(
    evidence: Iterable[Evidence],
    rules: Rules,
    records: Iterable[str],
    *,
    blocked: frozenset[Value] = frozenset(),
    generic: frozenset[Value] = frozenset(),
    verdicts: Iterable[Verdict] = (),
) -> Graph:
    """The links among some records of the evidence that `resolve` is given.

    Records that are not in the evidence are left out.

    Raises:
        ValueError: two different pieces of evidence for one record.
    """
    blocks = block(evidence, rules, blocked=blocked, generic=generic, verdicts=verdicts)
    found = cluster(blocks, rules)
    homes = found.clusters.homes()
    linking = Linking(blocks, found.scorer, homes)
    wanted = set(records)
    names = [item.record_id for item in blocks.records]
    places = [place for place, name in enumerate(names) if name in wanted]
    links = {
        (a, b): kind
        for a, b in combinations(places, 2)
        if homes[a] == homes[b] and (kind := linking.kind(a, b))
    }
    weak = weak_points(places, links)
    return Graph(
        records=tuple(names[place] for place in places),
        edges=tuple(
            Edge(names[a], names[b], kind, found.scorer.between(a, b).total)
            for (a, b), kind in links.items()
        ),
        bridges=frozenset((names[a], names[b]) for a, b in weak.bridges),
        cuts=frozenset(names[place] for place in weak.cuts),
    )
