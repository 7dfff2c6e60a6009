from typing import Any

from hypothesis import given

from cdp.outcomes.events import Interaction
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.preferences import Tastes, preference_claims, tastes
from cdp.outcomes.state import fold
from cdp.outcomes.trail import read_trail
from tests.outcomes.builders import NOW, ago, event, record
from tests.outcomes.worlds import worlds


def known(*events: Interaction) -> Tastes:
    state = fold("profiling_offers", [record(*events)])
    return tastes(state, read_trail(state), NOW)


def values(*events: Interaction) -> list[dict[str, Any]]:
    return [dict(claim.value or {}) for claim in preference_claims(known(*events), NOW)]


def bought(days: float, *categories: str) -> Interaction:
    return event(
        "order.placed",
        ago(days=days),
        f"O-{days}",
        promised_at="2026-05-01",
        categories=list(categories),
    )


def said(days: float, key: str, value: str) -> Interaction:
    return event("preference.declared", ago(days=days), name=f"{key}{days}", key=key, value=value)


def test_an_affinity_halves_every_ninety_days() -> None:
    assert values(bought(0, "garden"), bought(90, "tools")) == [
        {"category_affinity": [["garden", 0.667], ["tools", 0.333]]}
    ]


def test_an_order_says_more_than_a_review_and_a_review_more_than_a_page() -> None:
    shares = known(
        bought(1, "garden"),
        event("review.published", ago(days=1), category="tools"),
        event("page.viewed", ago(days=1), path="/p", category="paint"),
    ).shares

    assert list(shares) == ["garden", "tools", "paint"]


def test_an_order_counts_for_each_of_its_categories() -> None:
    assert known(bought(1, "garden", "tools")).shares == {"garden": 0.5, "tools": 0.5}


def test_what_was_declared_beats_what_is_observed() -> None:
    held = known(said(5, "category", "Garden"), bought(1, "tools"))

    assert [held.liking(name) for name in ("garden", "tools", "paint")] == [1, 1, 0]
    assert [piece.document()["type"] for piece in held.proofs("garden")] == ["preference.declared"]
    assert [piece.document()["type"] for piece in held.proofs("tools")] == ["order.placed"]


def test_a_category_to_be_spared_is_no_affinity_and_the_acts_against_it_are_kept() -> None:
    held = known(said(5, "category_avoid", "garden"), bought(1, "garden"), bought(2, "tools"))
    spared, observed = preference_claims(held, NOW)

    assert held.liking("garden") == 0
    assert spared.value == {"category_avoid": "garden"}
    assert [piece.document()["type"] for piece in spared.counter_evidence] == ["order.placed"]
    assert observed.value == {"category_affinity": [["tools", 1]]}
    assert [piece.document()["type"] for piece in observed.counter_evidence] == [
        "preference.declared"
    ]


def test_the_newest_word_on_a_category_holds_and_the_older_is_kept() -> None:
    held = known(said(9, "category", "garden"), said(5, "category_avoid", "garden"))
    (claim,) = preference_claims(held, NOW)

    assert claim.value == {"category_avoid": "garden"}
    assert len(claim.counter_evidence) == 1


def test_a_declared_like_wears_off_after_a_year_and_a_dislike_does_not() -> None:
    assert values(said(366, "category", "garden"), said(900, "category_avoid", "paint")) == [
        {"category_avoid": "paint"}
    ]
    (fresh,) = preference_claims(known(said(364, "category", "garden")), NOW)
    assert (fresh.stale_after - NOW).days == 1


def test_an_act_of_another_age_weighs_nothing() -> None:
    assert known(bought(200_000, "garden")).shares == {}


def test_nothing_known_is_no_claim() -> None:
    assert values(event("page.viewed", ago(days=1), path="/p")) == []


@given(worlds())
def test_the_shares_are_at_most_the_whole(world: list[RecordFacts]) -> None:
    state = fold("profiling_offers", world)

    held = tastes(state, read_trail(state), NOW)

    assert sum(held.shares.values()) <= 1.01
    assert all(0 < share <= 1 for share in held.shares.values())
