from typing import Any

import pytest
from hypothesis import given

from cdp.outcomes.claims import Claim
from cdp.outcomes.engagement import engagement
from cdp.outcomes.events import CATALOGUE, Interaction
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.projections import BEHAVIOUR_MARKS
from cdp.outcomes.state import fold
from cdp.outcomes.trail import read_trail
from tests.outcomes.builders import NOW, ago, event, record
from tests.outcomes.worlds import worlds


def claimed(*events: Interaction) -> Claim:
    return engagement(read_trail(fold("profiling_offers", [record(*events)])), NOW)


def value(*events: Interaction) -> dict[str, Any]:
    return dict(claimed(*events).value or {})


def order(days: float, total: str = "20", currency: str = "eur") -> Interaction:
    name = f"o/{days}/{currency}"
    return event(
        "order.placed",
        ago(days=days),
        name,
        name=name,
        promised_at="2027-01-01",
        total=total,
        currency=currency,
    )


def test_recency_frequency_and_money_are_rated_and_added() -> None:
    told = value(order(3, "300"), order(120, "150"), order(200, "60"))

    assert (told["rfm"], told["acts"], told["days_since_last"]) == ("5-3-5", {"orders": 3}, 3)
    assert told["score"] == (50 + 30 + 25 - 25) / 100


def test_the_best_is_one_and_a_single_small_old_purchase_is_nothing() -> None:
    best = [order(one * 7, "50") for one in range(1, 13)]

    assert value(*best)["score"] == 1
    assert value(order(300, "5"))["score"] == 0


def test_a_one_time_buyer_is_not_ranked_over_a_regular_one() -> None:
    once = value(order(1, "80"))
    often = value(*(order(days, "80") for days in (10, 40, 70, 100, 130, 160)))

    assert once["score"] < often["score"]


def test_what_was_given_to_others_counts_as_an_act() -> None:
    told = value(
        event("answer.given", ago(days=2)),
        event("referral.made", ago(days=3)),
        event("review.published", ago(days=4), rating=1, scale=5),
        event("feedback.given", ago(days=5), rating=2, scale=5),
    )

    assert told["acts"] == {"answers_given": 1, "referrals": 1, "reviews": 1, "feedback": 1}
    assert told["rfm"] == "5-3-1"


def test_a_page_that_was_viewed_is_no_act() -> None:
    claim = claimed(event("page.viewed", ago(days=1), path="/garden", category="garden"))

    assert (claim.value, claim.status) == (None, "unknown")


@pytest.mark.parametrize(
    ("days", "trend"),
    [
        ((10, 20), "new"),
        ((10, 100), "steady"),
        ((10, 20, 100), "rising"),
        ((10, 100, 110), "falling"),
        ((200,), "steady"),
        ((10, 300), "rising"),
    ],
)
def test_the_trend_compares_three_months_with_the_three_before(
    days: tuple[int, ...], trend: str
) -> None:
    assert value(*map(order, days))["trend"] == trend


def test_currencies_are_not_added_to_each_other() -> None:
    assert value(order(1, "60", "eur"), order(2, "60", "usd"))["rfm"].endswith("-2")


def test_many_acts_are_cited_by_the_latest_and_a_count() -> None:
    evidence = [piece.document() for piece in claimed(*map(order, range(1, 9))).evidence]

    assert [piece["type"] for piece in evidence] == ["order.placed"] * 5 + ["acts"]
    assert evidence[-1]["excerpt"] == "8 acts since 2026-03-10"


def test_the_behaviour_view_tells_of_no_problem() -> None:
    telling = {"rating", "reason", "score", "promised_at", "by", "about", "case"}

    assert not telling.intersection(one for fields in BEHAVIOUR_MARKS.values() for one in fields)
    assert not {name for name in BEHAVIOUR_MARKS if CATALOGUE[name].object == "case"}
    assert {"order.cancelled", "return.requested", "refund.issued"}.isdisjoint(BEHAVIOUR_MARKS)


@given(worlds())
def test_the_score_is_a_part_of_one_and_rests_on_acts(world: list[RecordFacts]) -> None:
    claim = engagement(read_trail(fold("profiling_offers", world)), NOW)

    if claim.value is not None:
        assert 0 <= claim.value["score"] <= 1
        assert claim.evidence
