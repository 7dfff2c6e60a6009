"""Components and contraction against naive oracles; the order of pairs makes no difference."""

from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.clustering import Near, contraction
from identity.engines.grouping import (
    STEP,
    bounded_components,
    components,
    contract,
    of_components,
    strongest,
)
from tests.identity.engines.people import partition

Edges = dict[tuple[int, int], int]


@st.composite
def graphs(draw: st.DrawFn, of: int | None = None) -> tuple[int, Edges]:
    """A few records, and whole weights of some of their pairs."""
    size = of or draw(st.integers(1, 8))
    pairs = list(combinations(range(size), 2))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return size, {pair: draw(st.integers(-6, 6)) for pair in chosen}


def merged(size: int, edges: Edges) -> set[frozenset[int]]:
    """Connected components, by merging sets."""
    plain = {record: frozenset({record}) for record in range(size)}
    for a, b in edges:
        together = plain[a] | plain[b]
        plain.update(dict.fromkeys(together, together))
    return set(plain.values())


def contracted(size: int, edges: Edges) -> set[frozenset[int]]:
    """Greedy additive edge contraction, all sums made anew every time."""
    clusters = [frozenset({record}) for record in range(size)]
    while True:
        sums = [
            (
                sum(edges.get((min(a, b), max(a, b)), 0) for a in one for b in other),
                -min(one),
                -min(other),
            )
            for one, other in combinations(sorted(clusters, key=min), 2)
        ]
        best = max(sums, default=(0, 0, 0))
        if best[0] <= 0:
            return set(clusters)
        one, other = (next(c for c in clusters if min(c) == -first) for first in best[1:])
        clusters = [c for c in clusters if c not in (one, other)] + [one | other]


def arrays(edges: Edges) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pairs = np.array(list(edges), np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1], np.array(list(edges.values()), np.int64)


@given(graphs())
def test_components_are_those_of_plain_merging(graph: tuple[int, Edges]) -> None:
    size, edges = graph
    a, b, _ = arrays(edges)

    assert partition(components(size, a, b)) == merged(size, edges)


@given(graphs(), st.integers(1, 8), st.randoms(use_true_random=False))
def test_bounded_components_are_those_of_ever_heavier_ties(
    graph: tuple[int, Edges], most: int, random: Random
) -> None:
    size, edges = graph
    whole = merged(size, edges)
    ties, least = {pair: weight * 3000 for pair, weight in edges.items()}, 0
    plain = merged(size, edges)
    while any(len(part) > most for part in plain):
        least += STEP
        large = {record for part in plain if len(part) > most for record in part}
        ties = {
            pair: weight for pair, weight in ties.items() if pair[0] not in large or weight > least
        }
        plain = merged(size, dict.fromkeys(ties, 0))
    pairs = list(edges)
    random.shuffle(pairs)
    a, b, weights = arrays({pair: edges[pair] for pair in pairs})

    label, larger = bounded_components(size, a, b, weights * 3000, most)

    assert partition(label) == plain
    assert all(len(part) <= most for part in partition(label))
    assert larger == tuple(sorted((len(p) for p in whole if len(p) > most), reverse=True))


def rows_of(size: int, tables: list[Edges]) -> np.ndarray:
    """The weights of components of one size, as they are given."""
    every = list(combinations(range(size), 2))
    rows = [[edges.get(pair, 0) for pair in every] for edges in tables]
    return np.array(rows, np.int64).reshape(len(tables), len(every))


@given(st.integers(2, 7).flatmap(lambda size: st.lists(graphs(size), min_size=1, max_size=4)))
def test_contraction_is_that_of_summing_all_anew_each_component_for_itself(
    graphs_: list[tuple[int, Edges]],
) -> None:
    size = graphs_[0][0]

    home = contract(rows_of(size, [edges for _, edges in graphs_]), size)

    for found, (_, edges) in zip(home, graphs_, strict=True):
        assert partition(found) == contracted(size, edges)
        assert all(found[record] == min(part) for part in partition(found) for record in part)


@given(graphs())
def test_contraction_in_arrays_is_that_of_the_resolver(graph: tuple[int, Edges]) -> None:
    size, edges = graph
    near: Near = {record: {} for record in range(size)}
    for (a, b), weight in edges.items():
        near[a][b] = near[b][a] = weight
    plain = list(range(size))
    for stays, goes in contraction(near, lambda _a, _b: True):
        plain = [stays if home == goes else home for home in plain]

    assert contract(rows_of(size, [edges]), size)[0].tolist() == plain


@given(graphs())
def test_the_strongest_tie_of_a_record_is_to_one_of_its_person(graph: tuple[int, Edges]) -> None:
    size, edges = graph
    weights = rows_of(size, [edges])
    home = contract(weights, size)

    found = strongest(weights, home, -5)[0].tolist()

    for record in range(size):
        ties = [
            edges.get((min(record, other), max(record, other)), 0)
            for other in range(size)
            if other != record and home[0][other] == home[0][record]
        ]
        assert found[record] == max((tie for tie in ties if tie > -5), default=0)


@given(st.lists(st.integers(0, 3), max_size=8), st.integers(1, 5))
def test_tables_hold_every_component_of_several_records_once(label: list[int], pairs: int) -> None:
    tables = list(of_components(np.array(label, np.int64), pairs))

    rows = sorted(row for table in tables for row in table.tolist())
    found = {
        tuple(place for place, number in enumerate(label) if number == component)
        for component in label
    }
    assert rows == sorted([*part] for part in found if len(part) > 1)
    for table in tables:
        count, size = table.shape
        assert count == 1 or count * size * (size - 1) // 2 <= pairs


@pytest.mark.parametrize("size", [0, 1, 4])
def test_without_ties_everybody_is_alone(size: int) -> None:
    nothing = np.zeros(0, np.int64)

    label, larger = bounded_components(size, nothing, nothing, nothing.astype(float), 2)

    assert larger == ()
    assert len(partition(label)) == size
    assert list(of_components(label, 10)) == []


def test_one_bad_tie_does_not_chain_two_people() -> None:
    clique = {(0, 1): 9, (0, 2): 9, (1, 2): 9, (3, 4): 9, (3, 5): 9, (4, 5): 9}
    across = {pair: -4 for pair in combinations(range(6), 2) if pair not in clique} | {(2, 3): 8}

    home = contract(rows_of(6, [clique | across]), 6)

    assert partition(home[0]) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}


def test_a_component_that_is_too_large_falls_apart_at_its_lightest_ties() -> None:
    ties = {(0, 1): 30_000, (1, 2): 3_000, (2, 3): 30_000, (3, 4): 9_000, (4, 5): 30_000}
    a, b, weights = arrays(ties)

    label, larger = bounded_components(6, a, b, weights, 4)

    assert larger == (6,)
    assert partition(label) == {frozenset({0, 1}), frozenset({2, 3, 4, 5})}
