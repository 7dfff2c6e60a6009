"""How strongly a record belongs to its cluster."""

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.clustering import Clusters, DisjointSets
from identity.linking import member_kinds
from identity.partition import STRONGEST_FIRST, LinkKind

V, P, H = STRONGEST_FIRST
Links = list[tuple[int, int, LinkKind]]


@pytest.mark.parametrize(
    ("size", "links", "expected"),
    [
        (1, [], [V]),
        (3, [(0, 1, H), (1, 2, H)], [H, H, H]),
        (3, [(0, 1, P), (1, 2, H)], [P, P, H]),
        (3, [(0, 1, V), (1, 2, H)], [V, V, H]),
        (4, [(0, 1, V), (1, 2, H), (2, 3, P)], [V, V, H, H]),
        (5, [(0, 1, V), (1, 2, P), (2, 3, V), (3, 4, V)], [P, P, V, V, V]),
    ],
)
def test_a_record_is_as_strong_as_the_weakest_link_on_its_way_to_the_core(
    size: int, links: Links, expected: list[LinkKind]
) -> None:
    assert member_kinds(size, links) == expected


@st.composite
def trees(draw: st.DrawFn) -> tuple[int, Links]:
    size = draw(st.integers(1, 6))
    links = [
        (draw(st.integers(0, n - 1)), n, draw(st.sampled_from(STRONGEST_FIRST)))
        for n in range(1, size)
    ]
    extra = [
        (a, b, draw(st.sampled_from(STRONGEST_FIRST)))
        for a, b in draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))))
    ]
    return size, [*links, *extra]


def oracle(size: int, links: Links) -> list[LinkKind]:
    """All simple paths."""
    strength = {V: 2, P: 1, H: 0}
    direct: dict[tuple[int, int], int] = {}
    for a, b, kind in links:
        for pair in ((a, b), (b, a)):
            direct[pair] = max(strength[kind], direct.get(pair, -1))

    def best(a: int, b: int) -> int:
        ways = (
            (a, *middle, b)
            for n in range(size - 1)
            for middle in permutations([x for x in range(size) if x not in {a, b}], n)
        )
        return max(min(direct.get(step, -1) for step in pairwise(way)) for way in ways)

    parts = [{a} | {b for b in range(size) if b != a and best(a, b) == 2} for a in range(size)]
    core = max(parts, key=len)
    kinds = []
    for a in range(size):
        goal = core if len(core) > 1 else set(range(size))
        others = [best(a, b) for b in goal if b != a]
        kinds.append(2 if a in goal and len(core) > 1 else max(others, default=2))
    return [{2: V, 1: P, 0: H}[kind] for kind in kinds]


@given(trees())
def test_member_kinds_are_those_of_trying_every_path(tree: tuple[int, Links]) -> None:
    size, links = tree
    links = [(a, b, kind) for a, b, kind in links if a != b]

    assert member_kinds(size, links) == oracle(size, links)


def test_joining_twice_changes_nothing() -> None:
    sets = DisjointSets(3)

    sets.union(0, 1)
    sets.union(1, 0)
    sets.union(2, 0)

    assert sets.size(2) == 3
    assert Clusters([{}, {}]).join(0, 1)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9))))
def test_sets_are_those_of_plain_merging(pairs: list[tuple[int, int]]) -> None:
    sets = DisjointSets(10)
    plain = {n: frozenset({n}) for n in range(10)}

    for a, b in pairs:
        sets.union(a, b)
        together = plain[a] | plain[b]
        plain.update(dict.fromkeys(together, together))

    for a in range(10):
        assert {b for b in range(10) if sets.find(b) == sets.find(a)} == plain[a]
        assert sets.size(a) == len(plain[a])
