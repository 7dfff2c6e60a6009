"""Which value a profile shows, and whose it was."""

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.survivorship import Candidate, Strategy, survive


def said(record: str, source: str, day: int, value: str) -> Candidate:
    return Candidate(record, source, datetime(2026, 1, day, tzinfo=UTC), value)


NAMES = [
    said("a", "crm", 1, "Ada"),
    said("b", "shop", 9, "A."),
    said("c", "shop", 3, "Ada"),
    said("d", "support", 2, "Augusta Ada"),
]


@pytest.mark.parametrize(
    ("strategy", "value", "record"),
    [
        (Strategy.MOST_RECENT, "A.", "b"),
        (Strategy.MOST_FREQUENT, "Ada", "c"),
        (Strategy.SOURCE_PRIORITY, "Ada", "a"),
        (Strategy.LONGEST, "Augusta Ada", "d"),
    ],
)
def test_each_strategy_has_its_survivor(strategy: Strategy, value: str, record: str) -> None:
    survivor = survive("given_name", NAMES, strategy, sources=["crm", "shop"])

    assert survivor is not None
    assert (survivor.value, survivor.record_id) == (value, record)
    assert (survivor.field_name, survivor.rule) == ("given_name", strategy)
    assert {loser.record_id for loser in survivor.losers} == {
        item.record_id for item in NAMES if item.value != value
    }


def test_nothing_survives_of_nothing() -> None:
    assert survive("given_name", [], Strategy.LONGEST) is None


def test_losers_follow_in_their_order() -> None:
    survivor = survive("name", NAMES, Strategy.SOURCE_PRIORITY, sources=["support"])

    assert survivor is not None
    assert [loser.record_id for loser in survivor.losers] == ["b", "c", "a"]


def test_no_value_is_shown_in_a_repr() -> None:
    assert "Ada" not in repr(survive("name", NAMES, Strategy.LONGEST))


candidates = st.builds(
    said,
    st.sampled_from("abcd"),
    st.sampled_from(["crm", "shop", "web"]),
    st.integers(1, 3),
    st.sampled_from(["x", "y", "zz"]),
)


@given(
    st.lists(candidates, min_size=1),
    st.sampled_from(Strategy),
    st.randoms(use_true_random=False),
)
def test_the_order_of_candidates_does_not_matter(
    given_: list[Candidate], strategy: Strategy, random: Random
) -> None:
    one = survive("name", given_, strategy, sources=["shop"])
    two = survive("name", random.sample(given_, len(given_)), strategy, sources=["shop"])

    assert one is not None
    assert two is not None
    assert (one.value, one.record_id) == (two.value, two.record_id)
