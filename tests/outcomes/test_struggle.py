from datetime import timedelta
from typing import Any

import pytest

from cdp.outcomes.events import Interaction
from cdp.outcomes.satisfaction import satisfaction, score
from cdp.outcomes.state import fold
from cdp.outcomes.struggle import abandoned, reformulated
from cdp.outcomes.trail import Trail, read_trail
from tests.outcomes.builders import NOW, ago, event, record


def behaviour(*events: Interaction) -> Trail:
    return read_trail(fold("service_insight", [record(*events)]))


def search(minutes: float, query: str = "", results: int = 7, **data: Any) -> Interaction:
    asked: dict[str, Any] = {"query": query} if query else {}
    name = f"s/{minutes}"
    return event(
        "search.performed", ago(minutes=minutes), name=name, results=results, **asked, **data
    )


@pytest.mark.parametrize(
    ("first", "second", "again"),
    [
        (search(9, "late parcel refund"), search(8, "refund late parcel now"), True),
        (search(9, "late parcel refund"), search(3, "refund late parcel now"), False),
        (search(9, "late parcel"), search(8, "Late Parcel"), False),
        (search(9, "late parcel"), search(8, "garden hose"), False),
        (search(9, "late parcel", 0), search(8, "garden hose"), True),
        (search(9, "late parcel", clicks=0), search(8, "garden hose"), True),
        (search(9, "a b c d e"), search(8, "a b f g h"), False),
        (search(9, "a b c"), search(8, "a b d"), True),
        (search(9, query_digest="d1", results=0), search(8, query_digest="d2"), True),
        (search(9, query_digest="d1"), search(8, query_digest="d2"), False),
        (search(9), search(8), False),
    ],
)
def test_a_search_is_reformulated_when_it_asks_again(
    first: Interaction, second: Interaction, again: bool
) -> None:
    found = reformulated(behaviour(first, second), ago(days=1))

    assert [mark.id for mark in found] == ([second.id] if again else [])


def test_a_checkout_is_abandoned_when_no_order_follows_within_a_day() -> None:
    left = event("checkout.abandoned", ago(hours=30), step="payment")
    soon = event("order.placed", ago(hours=7), "O-1", promised_at="2026-03-25")
    late = event("order.placed", ago(hours=5), "O-1", promised_at="2026-03-25")

    assert abandoned(behaviour(left, soon), ago(days=9)) == ()
    assert [mark.type for mark in abandoned(behaviour(left, late), ago(days=9))] == [
        "checkout.abandoned"
    ]


def test_a_menu_is_abandoned_only_when_the_event_says_so() -> None:
    trail = behaviour(
        event("ivr.selected", ago(hours=3), node="orders", exit="left", name="i1"),
        event("ivr.selected", ago(hours=2), node="orders", exit="served", name="i2"),
        event("form.abandoned", ago(hours=1), form="returns"),
    )

    assert [mark.type for mark in abandoned(trail, ago(days=1))] == [
        "ivr.selected",
        "form.abandoned",
    ]


def test_struggle_adds_to_the_score_and_thanks_take_from_it() -> None:
    struggled = [search(9, "late parcel", 0), search(8, "parcel late")]
    left = event("form.abandoned", ago(hours=1), form="returns")
    thanks = event("thanks.received", ago(minutes=1), channel="chat")

    result = score(behaviour(*struggled, left, thanks), NOW)
    claim = satisfaction(result, NOW)

    assert {signal.name: signal.points for signal in result.signals} == {
        "reformulated_search": 80,
        "abandonment": 50,
        "thanks": -60,
    }
    assert result.thousandths == 93 + 80 + 50 - 60
    assert [piece.document()["type"] for piece in claim.counter_evidence] == ["thanks.received"]
    assert claim.value is not None
    assert claim.value["drivers"][-1] == {"signal": "thanks", "count": 1, "weight": "-0.060"}


def test_thanks_before_a_complaint_count_no_more() -> None:
    thanks = event("thanks.received", ago(days=2))
    complaint = event("complaint.received", ago(days=1))

    names = {signal.name for signal in score(behaviour(thanks, complaint), NOW).signals}

    assert names == {"complaint"}


def test_thanks_alone_are_evidence_of_satisfaction() -> None:
    claim = satisfaction(score(behaviour(event("thanks.received", ago(days=2))), NOW), NOW)

    assert claim.status == "inferred"
    assert [piece.document()["type"] for piece in claim.evidence] == ["thanks.received"]


def test_what_lies_longer_back_than_a_month_is_forgotten() -> None:
    old = event("form.abandoned", NOW - timedelta(days=31), form="returns")

    assert score(behaviour(old), NOW).signals == ()
