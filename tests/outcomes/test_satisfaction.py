from dataclasses import replace

import pytest
from hypothesis import given

from cdp.outcomes.claims import Absence, Claim
from cdp.outcomes.events import Interaction
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.projections import SERVICE_MARKS
from cdp.outcomes.satisfaction import SCORECARD, score
from cdp.outcomes.satisfaction import satisfaction as stated_satisfaction
from cdp.outcomes.state import fold
from cdp.outcomes.trail import Trail, read_trail
from tests.outcomes.builders import NOW, ago, complained, event, good_order, late_order, trail
from tests.outcomes.worlds import worlds


def satisfaction(known: Trail) -> Claim:
    return stated_satisfaction(score(known, NOW), NOW)


def drivers(*events: Interaction) -> dict[str, int]:
    return {signal.name: signal.points for signal in score(trail(*events), NOW).signals}


def test_an_order_delivered_in_time_leaves_the_base_rate() -> None:
    claim = satisfaction(trail(*good_order()))

    assert claim.value == {"p_low": 0.093, "band": "fine", "drivers": []}
    assert claim.confidence is not None
    assert claim.confidence.document() == {
        "p": 0.093,
        "kind": "uncalibrated_score",
        "calibration": None,
    }
    assert [piece.document()["type"] for piece in claim.evidence] == ["delivery.delivered"]


def test_an_order_not_delivered_by_its_promise_puts_the_customer_at_risk() -> None:
    claim = satisfaction(trail(*late_order(), *good_order()))

    assert claim.value == {
        "p_low": 0.77,
        "band": "at_risk",
        "drivers": [{"signal": "not_delivered_by_promise", "count": 1, "weight": "+0.677"}],
    }
    assert any(isinstance(piece, Absence) for piece in claim.evidence)
    assert [piece.document()["type"] for piece in claim.counter_evidence] == ["delivery.delivered"]


def test_without_a_recent_trail_nothing_is_claimed() -> None:
    old = (
        event("order.placed", ago(days=90), "O-1", promised_at="2025-12-30"),
        event("contact.received", ago(days=80), topic="invoice", channel="phone"),
    )

    assert satisfaction(trail(*old)).status == "unknown"
    assert satisfaction(trail()).value is None


@pytest.mark.parametrize(
    ("events", "signal"),
    [
        ((event("order.cancelled", ago(days=2), "O-8841"),), "cancelled_by_us"),
        ((event("order.cancelled", ago(days=2), "O-8841", by="customer"),), ""),
        ((event("delivery.delivered", ago(days=1), "O-8841"),), "delivered_late_over_3d"),
        ((event("delivery.delivered", ago(days=3), "O-8841"),), "delivered_late"),
        ((event("delivery.delivered", ago(days=8), "O-8841"),), ""),
        ((event("delivery.failed", ago(days=6), "O-8841"),), "not_delivered_by_promise"),
    ],
)
def test_the_worst_signal_of_an_order_counts(events: tuple[Interaction, ...], signal: str) -> None:
    assert list(drivers(*late_order(), *events)) == ([signal] if signal else [])


def test_a_failed_delivery_counts_until_one_succeeds() -> None:
    placed = event("order.placed", ago(days=5), "O-1", promised_at="2026-03-20")
    failed = event("delivery.failed", ago(days=2), "O-1")
    came = event("delivery.delivered", ago(days=1), "O-1")

    assert drivers(placed, failed) == {"delivery_failed": 200}
    assert drivers(placed, failed, came) == {}


def test_signals_of_contact_add_up_to_their_limits() -> None:
    calls = [
        event("contact.received", ago(days=day), topic="invoice", channel="phone")
        for day in (8, 6, 4, 2)
    ]
    case = [
        event("case.opened", ago(days=9), "C-1", kind="question", topic="delivery"),
        event("case.transferred", ago(days=8), "C-1"),
        event("case.closed", ago(days=7), "C-1"),
        event("case.reopened", ago(days=1), "C-1"),
    ]
    order = [*good_order(), event("refund.issued", ago(days=9), "O-7001")]

    assert drivers(*calls, *case, *order) == {
        "open_case_over_7d": 150,
        "repeat_contact": 120,
        "refund_or_return": 100,
        "reopened": 100,
        "transfer": 40,
    }


@pytest.mark.parametrize(
    ("hours", "signal"), [(47, ""), (48, "open_case_over_48h"), (168, "open_case_over_7d")]
)
def test_a_case_that_waits_long_counts(hours: int, signal: str) -> None:
    opened = event("case.opened", ago(hours=hours), "C-1", kind="question")

    assert list(drivers(opened)) == ([signal] if signal else [])


def test_a_complaint_alone_puts_the_customer_at_risk() -> None:
    result = score(trail(event("complaint.received", ago(days=1))), NOW)

    assert (result.thousandths, result.band, result.guarded) == (353, "at_risk", True)


def test_a_slightly_late_delivery_is_to_be_watched() -> None:
    late = event("delivery.delivered", ago(days=3), "O-8841")

    assert score(trail(*late_order(), late), NOW).band == "watch"


def test_everything_at_once_stays_below_certainty() -> None:
    assert score(trail(*late_order(), *complained()), NOW).thousandths == 970


def test_a_survey_never_enters() -> None:
    survey = event("survey.answered", ago(days=1), score=1, scale=5)
    with_survey, without = (
        fold("service_insight", [_record(*events)])
        for events in ((*good_order(), survey), good_order())
    )

    assert with_survey == without


def _record(*events: Interaction) -> RecordFacts:
    return RecordFacts("rec-crm", "crm", "people", "", NOW, {}, events)


def test_every_signal_says_where_its_points_come_from() -> None:
    assert all(rule.source and rule.each for rule in SCORECARD.values())


@given(worlds())
def test_p_low_is_a_probability_with_three_decimals_and_evidence(world: list[RecordFacts]) -> None:
    claim = satisfaction(read_trail(fold("service_insight", world)))

    if claim.value is not None:
        assert 0 < claim.value["p_low"] < 1
        assert claim.evidence
    assert (claim.value is None) == (claim.status == "unknown")


@given(worlds())
def test_what_both_views_hold_scores_alike(world: list[RecordFacts]) -> None:
    seen_by_both = [
        replace(
            one,
            interactions=tuple(each for each in one.interactions if each.type in SERVICE_MARKS),
        )
        for one in world
    ]
    narrow, wide = (read_trail(fold(name, seen_by_both)) for name in ("service_insight", "service"))

    assert score(narrow, NOW).thousandths == score(wide, NOW).thousandths
