"""What a person is asked to look at: little, the same whatever came first, settled by a word."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.bridges import weak_points
from identity.clustering import DisjointSets
from identity.evidence import Evidence, Verdict
from identity.graph import draw
from identity.partition import Partition, Review, ReviewKind
from identity.resolver import resolve
from identity.reviewing import MOST
from tests.identity.builders import (
    RULES,
    components,
    must,
    persons,
    plain,
    record,
    ruled,
    verdicts,
)

# Two families of records, each held together by proof, and one mailbox that is all they share.
SHARED_MAILBOX = [
    record("a1", "customer_id:1", "email:x"),
    record("a2", "customer_id:1"),
    record("b1", "email:x"),
    record("b2", "email:x"),
]


def kinds_of(partition: Partition) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for item in partition.reviews:
        found.setdefault(str(item.kind), set()).add((item.a, item.b))
    return found


def test_a_pair_just_above_the_threshold_is_uncertain_until_somebody_says_so() -> None:
    evidence = [record("a", "loyalty:1"), record("b", "loyalty:1")]

    found = resolve(evidence, RULES)
    judged = resolve(evidence, RULES, verdicts=[must("a", "b")])

    assert found.reviews == (Review(ReviewKind.UNCERTAIN, "a", "b", weight=572),)
    assert judged.reviews == ()


def test_a_pair_just_below_the_threshold_is_uncertain_until_somebody_says_so() -> None:
    weak = ruled(plain("loyalty", "0.25 0.01 0.05"))
    evidence = [record("a", "loyalty:1"), record("b", "loyalty:1")]

    found = resolve(evidence, weak)

    assert len(persons(found)) == 2
    assert kinds_of(found) == {"uncertain": {("a", "b")}}
    assert resolve(evidence, weak, verdicts=[Verdict.apart("a", "b")]).reviews == ()


def test_a_weak_link_that_alone_holds_a_person_together_is_a_weak_bridge() -> None:
    evidence = [record("a", "customer_id:1"), record("b", "customer_id:1", "loyalty:1")]
    evidence.append(record("c", "loyalty:1"))

    found = resolve(evidence, RULES)

    assert len(persons(found)) == 1
    assert kinds_of(found)["weak_bridge"] == {("b", "c")}
    assert resolve(evidence, RULES, verdicts=[must("b", "c")]).reviews == ()


def test_a_record_that_alone_ties_two_groups_is_a_weak_bridge() -> None:
    evidence = [
        *(record(name, "customer_id:1", "loyalty:1") for name in ("a1", "a2")),
        record("m", "loyalty:1", "email:x"),
        *(record(name, "email:x", "phone:7") for name in ("b1", "b2")),
    ]

    found = resolve(evidence, RULES)

    assert len(persons(found)) == 1
    assert ("m", "m") in kinds_of(found)["weak_bridge"]


def test_a_strong_link_refused_for_a_unique_type_is_a_conflict() -> None:
    evidence = [
        record("a", "customer_id:1", "email:x", "phone:7"),
        record("b", "customer_id:2", "email:x", "phone:7"),
    ]

    found = resolve(evidence, RULES)

    (item,) = found.reviews
    assert (item.kind, item.a, item.b, item.type) == ("conflict", "a", "b", "customer_id")
    assert resolve(evidence, RULES, verdicts=[Verdict.apart("a", "b")]).reviews == ()


def test_a_link_that_a_verdict_refuses_without_naming_it_is_a_conflict() -> None:
    evidence = [record("a", "email:x!"), record("b", "phone:7!")]
    apart = Verdict.apart("a", "b")
    late = record("c", "email:x!", "phone:7!")

    found = resolve([*evidence, late], RULES, verdicts=[apart])

    assert {(item.kind, item.type) for item in found.reviews} == {("conflict", "verdict")}


def test_a_component_over_its_cap_is_oversized() -> None:
    rules = replace(RULES, clustering=replace(RULES.clustering, together=2))
    evidence = [record(name, "email:x") for name in "abc"]

    found = resolve(evidence, rules)

    assert found.reviews == (Review(ReviewKind.OVERSIZED, "a", "a", size=3),)


@given(components(), verdicts(), st.data())
def test_reviews_are_few_in_no_order_and_never_about_what_is_settled(
    evidence: list[Evidence], rulings: list[Verdict], data: st.DataObject
) -> None:
    found = resolve(evidence, RULES, verdicts=rulings)

    shuffled = resolve(data.draw(st.permutations(evidence)), RULES, verdicts=rulings[::-1])
    assert shuffled.reviews == found.reviews
    assert len(found.reviews) <= 4 * MOST * len(evidence)
    home = {r: n for n, c in enumerate(found.clusters) for r in c.record_ids}
    for item in found.reviews:
        same = home[item.a] == home[item.b]
        assert same or item.kind in {ReviewKind.UNCERTAIN, ReviewKind.CONFLICT}
        assert not same or item.kind is not ReviewKind.CONFLICT
        for verdict in rulings:
            groups = [group for group in verdict.groups if group & {item.a, item.b}]
            assert item.a == item.b or len(groups) < 2


@given(st.integers(1, 7), st.data())
def test_weak_points_are_those_whose_loss_takes_the_graph_apart(
    size: int, data: st.DataObject
) -> None:
    every = list(combinations(range(size), 2))
    links = data.draw(st.lists(st.sampled_from(every), unique=True)) if every else []

    found = weak_points(range(size), links)

    whole = _parts(range(size), links)
    assert found.bridges == {
        link for link in links if _parts(range(size), [x for x in links if x != link]) > whole
    }
    for node in range(size):
        rest = [other for other in range(size) if other != node]
        near = {other for link in links if node in link for other in link} - {node}
        parts = _groups(rest, [link for link in links if node not in link])
        touched = sorted((part for part in parts if part & near), key=min)
        assert found.cuts.get(node, touched) == touched
        assert (node in found.cuts) == (len(touched) > 1)


def _groups(nodes: list[int], links: list[tuple[int, int]]) -> list[frozenset[int]]:
    sets = DisjointSets(max(nodes, default=0) + 1)
    for a, b in links:
        sets.union(a, b)
    found: dict[int, set[int]] = {}
    for node in nodes:
        found.setdefault(sets.find(node), set()).add(node)
    return [frozenset(part) for part in found.values()]


def _parts(nodes: range, links: list[tuple[int, int]]) -> int:
    return len(_groups([*nodes], links))


def test_a_graph_names_every_link_and_where_it_hangs_by_a_thread() -> None:
    graph = draw(SHARED_MAILBOX, RULES, ["a1", "a2", "b1", "b2", "nobody"])

    assert graph.records == ("a1", "a2", "b1", "b2")
    assert {(edge.a, edge.b) for edge in graph.edges} == {
        ("a1", "a2"),
        ("a1", "b1"),
        ("a1", "b2"),
        ("b1", "b2"),
    }
    assert graph.bridges == {("a1", "a2")}
    assert graph.cuts == {"a1"}


@given(components(), verdicts())
def test_a_graph_of_everybody_ties_each_person_and_nobody_else(
    evidence: list[Evidence], rulings: list[Verdict]
) -> None:
    names = [item.record_id for item in evidence]

    graph = draw(evidence, RULES, names, verdicts=rulings)

    numbers = {name: n for n, name in enumerate(names)}
    links = [(numbers[edge.a], numbers[edge.b]) for edge in graph.edges]
    tied = {frozenset(names[n] for n in part) for part in _groups([*range(len(names))], links)}
    assert tied == persons(resolve(evidence, RULES, verdicts=rulings))


@pytest.mark.parametrize("size", [39, 41])
def test_a_crowd_is_not_looked_at_pair_by_pair(size: int) -> None:
    evidence = [record(f"{n:02}", f"email:{n}", f"email:{n + 1}") for n in range(size)]

    found = resolve(evidence, RULES)

    assert len([item for item in found.reviews if item.kind == "weak_bridge"]) <= 2 * MOST * size


def test_a_record_that_ties_two_groups_by_proof_is_not_worth_a_look() -> None:
    evidence = [
        record("a1", "customer_id:1", "loyalty:1"),
        record("a2", "customer_id:1"),
        record("b1", "phone:7!"),
        record("b2", "phone:7!"),
        record("m", "customer_id:1", "phone:7!"),
        record("z", "loyalty:1"),
    ]

    found = resolve(evidence, RULES)

    assert len(persons(found)) == 1
    assert kinds_of(found)["weak_bridge"] == {("a1", "z")}
