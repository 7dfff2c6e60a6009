"""Components and contraction against naive oracles; the order of pairs makes no difference."""

from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.engines.columns import pairs_within
from identity.engines.grouping import (
    STEP,
    bounded_components,
    components,
    contract,
    of_components,
)
from tests.identity.engines.people import partition

Edges = dict[tuple[int, int], int]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, Edges]:
    """A few records, and whole weights of some of their pairs."""
    size = draw(st.integers(1, 8))
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


@given(graphs(), st.randoms(use_true_random=False))
def test_contraction_is_that_of_summing_all_anew_whatever_the_order_of_pairs(
    graph: tuple[int, Edges], random: Random
) -> None:
    size, edges = graph
    label = np.zeros(size, np.int64)
    whole = {pair: edges.get(pair, 0) for pair in combinations(range(size), 2)}
    pairs = list(whole)
    random.shuffle(pairs)
    a, b, weights = arrays({pair: whole[pair] for pair in pairs})

    person = contract(label, a, b, weights)

    assert partition(person) == contracted(size, edges)
    assert all(person[record] == min(part) for part in partition(person) for record in part)


@given(st.lists(graphs(), min_size=1, max_size=4))
def test_components_are_contracted_each_for_itself(graphs_: list[tuple[int, Edges]]) -> None:
    label: list[int] = []
    edges: Edges = {}
    expected: set[frozenset[int]] = set()
    for number, (size, inside) in enumerate(graphs_):
        start = len(label)
        label += [number] * size
        whole = {pair: inside.get(pair, 0) for pair in combinations(range(size), 2)}
        edges |= {(a + start, b + start): weight for (a, b), weight in whole.items()}
        expected |= {
            frozenset(record + start for record in part) for part in contracted(size, whole)
        }

    person = contract(np.array(label, np.int64), *arrays(edges))

    assert partition(person) == expected


@given(st.lists(st.integers(0, 3), max_size=8))
def test_pairs_inside_components_are_all_of_them(label: list[int]) -> None:
    a, b = pairs_within(*of_components(np.array(label, np.int64)))

    assert sorted(zip(a.tolist(), b.tolist(), strict=True)) == [
        (one, other)
        for one, other in combinations(range(len(label)), 2)
        if label[one] == label[other]
    ]


@pytest.mark.parametrize("size", [0, 1, 4])
def test_without_ties_everybody_is_alone(size: int) -> None:
    nothing = np.zeros(0, np.int64)

    label, larger = bounded_components(size, nothing, nothing, nothing.astype(float), 2)

    assert larger == ()
    assert len(partition(label)) == size
    assert contract(label, nothing, nothing, nothing).tolist() == list(range(size))


def test_one_bad_tie_does_not_chain_two_people() -> None:
    clique = {(0, 1): 9, (0, 2): 9, (1, 2): 9, (3, 4): 9, (3, 5): 9, (4, 5): 9}
    across = {pair: -4 for pair in combinations(range(6), 2) if pair not in clique} | {(2, 3): 8}

    person = contract(np.zeros(6, np.int64), *arrays(clique | across))

    assert partition(person) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}


def test_a_component_that_is_too_large_falls_apart_at_its_lightest_ties() -> None:
    ties = {(0, 1): 30_000, (1, 2): 3_000, (2, 3): 30_000, (3, 4): 9_000, (4, 5): 30_000}
    a, b, weights = arrays(ties)

    label, larger = bounded_components(6, a, b, weights, 4)

    assert larger == (6,)
    assert partition(label) == {frozenset({0, 1}), frozenset({2, 3, 4, 5})}
