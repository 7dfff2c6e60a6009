"""The figures of a clustering, against slow definitions and known cases."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.evaluation import Agreement, evaluate, recall_by_kind, wrong_by_reason

LABELS = st.dictionaries(st.integers(0, 30), st.sampled_from("abcde"), max_size=20)


def test_the_truth_agrees_with_itself() -> None:
    truth = {1: "a", 2: "a", 3: "b"}

    score = evaluate(truth, truth)

    assert score.pairwise == score.b_cubed == Agreement(1.0, 1.0)
    assert (score.people, score.clusters, score.exact, score.wrong, score.missed) == (2, 2, 2, 0, 0)


def test_one_cluster_of_everybody_finds_every_pair_and_is_imprecise() -> None:
    score = evaluate({1: "a", 2: "a", 3: "b", 4: "b"}, dict.fromkeys((1, 2, 3, 4), "x"))

    assert score.pairwise == Agreement(2 / 6, 1.0)
    assert score.b_cubed == Agreement(0.5, 1.0)
    assert score.exact == 0


def test_records_apart_are_precise_and_find_nothing() -> None:
    score = evaluate({1: "a", 2: "a"}, {1: "x", 2: "y"})

    assert score.pairwise == Agreement(1.0, 0.0)
    assert score.pairwise.f1 == 0.0
    assert score.b_cubed.recall == 0.5


def test_a_record_that_was_never_found_is_alone() -> None:
    assert evaluate({1: "a", 2: "a"}, {}).missed == 1


def test_nothing_at_all_is_in_order() -> None:
    score = evaluate({}, {})

    assert score.pairwise == score.b_cubed == Agreement(1.0, 1.0)
    assert recall_by_kind({}, {}, {}) == {}


@given(truth=LABELS, found=LABELS)
def test_pairwise_figures_are_what_counting_every_pair_gives(
    truth: dict[int, str], found: dict[int, str]
) -> None:
    right = wrong = missed = 0
    for one, other in combinations(truth, 2):
        same = truth[one] == truth[other]
        put = one in found and other in found and found[one] == found[other]
        right, wrong, missed = right + (same and put), wrong + (put > same), missed + (same > put)

    score = evaluate(truth, found)

    assert (score.pairs, score.wrong, score.missed) == (right + missed, wrong, missed)
    if right:
        assert score.pairwise.precision == pytest.approx(right / (right + wrong))
        assert score.pairwise.recall == pytest.approx(right / (right + missed))


@given(truth=LABELS, found=LABELS)
def test_b_cubed_is_the_mean_over_records(truth: dict[int, str], found: dict[int, str]) -> None:
    clusters = {record: found.get(record, f"alone {record}") for record in truth}
    precision = recall = 0.0
    for record, person in truth.items():
        beside = {one for one, cluster in clusters.items() if cluster == clusters[record]}
        own = {one for one, meant in truth.items() if meant == person}
        precision += len(beside & own) / len(beside)
        recall += len(beside & own) / len(own)

    score = evaluate(truth, found).b_cubed

    count = len(truth) or 1
    assert score.precision == pytest.approx(precision / count if truth else 1)
    assert score.recall == pytest.approx(recall / count if truth else 1)


@given(
    truth=LABELS,
    found=LABELS,
    kinds=st.dictionaries(st.integers(0, 30), st.frozensets(st.sampled_from(("typo", "moved")))),
)
def test_recall_of_a_kind_counts_every_pair_that_holds_such_a_record(
    truth: dict[int, str], found: dict[int, str], kinds: dict[int, frozenset[str]]
) -> None:
    shares = recall_by_kind(truth, found, kinds)

    for kind in ("", "typo", "moved"):
        pairs = [
            (one, other)
            for one, other in combinations(truth, 2)
            if truth[one] == truth[other] and _about(kind, kinds, one, other)
        ]
        hit = [
            1
            for one, other in pairs
            if one in found and other in found and found[one] == found[other]
        ]
        if pairs:
            assert (shares[kind].pairs, shares[kind].found) == (len(pairs), len(hit))
            assert shares[kind].share == pytest.approx(len(hit) / len(pairs))
        else:
            assert kind not in shares


def test_wrong_pairs_are_told_by_whether_the_two_share_a_home() -> None:
    truth = {1: "ann", 2: "ann", 3: "ben", 4: "cleo", 5: "ann"}
    found = {1: "x", 2: "x", 3: "x", 4: "x", 5: "y"}

    wrong = wrong_by_reason(truth, found, {"ann": "home", "ben": "home"})

    assert wrong == {"group": 2, "strangers": 3}
    assert sum(wrong.values()) == evaluate(truth, found).wrong


def _about(kind: str, kinds: dict[int, frozenset[str]], one: int, other: int) -> bool:
    if kind:
        return kind in kinds.get(one, ()) or kind in kinds.get(other, ())
    return not kinds.get(one) and not kinds.get(other)
