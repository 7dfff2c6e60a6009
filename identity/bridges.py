"""Where a person hangs by a thread: links and records without which a graph falls apart."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Weak:
    """`bridges`: links, smaller end first. `cuts`: records, and the parts that each one ties."""

    bridges: frozenset[Pair]
    cuts: dict[int, list[frozenset[int]]]


def weak_points(nodes: Collection[int], links: Iterable[Pair]) -> Weak:
    """Bridges and articulation points of a graph (Hopcroft and Tarjan, CACM 16, 1973)."""
    import networkx  # noqa: PLC0415 - a third of a second that most processes never need

    graph = networkx.Graph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(links)
    bridges = frozenset((min(pair), max(pair)) for pair in networkx.bridges(graph))
    cuts = {}
    for node in sorted(networkx.articulation_points(graph)):
        others = graph.subgraph([other for other in graph if other != node])
        near = set(graph[node])
        parts = (frozenset(part) for part in networkx.connected_components(others))
        cuts[node] = sorted((part for part in parts if part & near), key=min)
    return Weak(bridges, cuts)
