"""Which value a profile shows, and whose it was."""

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.survivorship import Candidate, Strategy, survive


def said(record: str, source: str, day: int, value: str, *, confirmed: bool = False) -> Candidate:
    return Candidate(record, source, datetime(2026, 1, day, tzinfo=UTC), value, confirmed)


NAMES = [
    said("a", "crm", 1, "Ada"),
    said("b", "shop", 9, "A."),
    said("c", "shop", 3, "Ada"),
    said("d", "support", 2, "Augusta Ada", confirmed=True),
]


@pytest.mark.parametrize(
    ("strategy", "value", "record"),
    [
        (Strategy.MOST_RECENT, "A.", "b"),
        (Strategy.MOST_FREQUENT, "Ada", "c"),
        (Strategy.SOURCE_PRIORITY, "Ada", "a"),
        (Strategy.LONGEST, "Augusta Ada", "d"),
        (Strategy.FIRST_SEEN, "Ada", "a"),
        (Strategy.PREFER_CONFIRMED, "Augusta Ada", "d"),
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


def test_of_a_field_with_several_values_each_is_kept_once_and_none_loses() -> None:
    survivor = survive("nickname", [*NAMES, said("e", "web", 30, " ADA ")], Strategy.ALL)

    assert survivor is not None
    assert [(item.value, item.record_id) for item in survivor.kept] == [
        (" ADA ", "e"),
        ("A.", "b"),
        ("Augusta Ada", "d"),
    ]
    assert survivor.losers == ()


def test_spellings_that_differ_in_case_and_spacing_agree() -> None:
    names = [said("a", "crm", 1, "ANNA  LENA"), said("b", "shop", 2, "Anna Lena")]
    other = said("c", "web", 3, "Anna")

    survivor = survive("given_name", [*names, other], Strategy.MOST_FREQUENT)

    assert survivor is not None
    assert survivor.value == "Anna Lena"
    assert survivor.losers == (other,)


def test_a_source_that_is_not_listed_comes_last_and_ties_go_to_the_most_recent() -> None:
    survivor = survive("given_name", NAMES, Strategy.SOURCE_PRIORITY, sources=["web"])

    assert survivor is not None
    assert survivor.record_id == "b"


def test_no_value_is_shown_in_a_repr() -> None:
    assert "Ada" not in repr(survive("name", NAMES, Strategy.LONGEST))


candidates = st.builds(
    said,
    st.sampled_from("abcd"),
    st.sampled_from(["crm", "shop", "web"]),
    st.integers(1, 3),
    st.sampled_from(["x", "X", "y", "zz"]),
    confirmed=st.booleans(),
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
    assert one == two


@given(st.lists(candidates), st.sampled_from(Strategy))
def test_every_candidate_is_kept_or_agrees_or_loses(
    given_: list[Candidate], strategy: Strategy
) -> None:
    survivor = survive("name", given_, strategy, sources=["shop"])

    if survivor is None:
        assert given_ == []
        return
    shown = {item.value.casefold() for item in survivor.kept}
    assert set(survivor.kept) | set(survivor.losers) <= set(given_)
    assert shown | {item.value.casefold() for item in survivor.losers} == {
        item.value.casefold() for item in given_
    }
    assert shown.isdisjoint(item.value.casefold() for item in survivor.losers)
