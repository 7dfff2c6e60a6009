from typing import Any

import pytest
from hypothesis import given

from cdp.outcomes.claims import Claim, Seen
from cdp.outcomes.events import Interaction
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.intent import Guess, guess, intent, labels_of
from cdp.outcomes.resolution import issues
from cdp.outcomes.state import fold
from cdp.outcomes.taxonomy import BASE, OUT_OF_SCOPE, SAID, STATE, WORDS
from cdp.outcomes.trail import read_trail
from tests.outcomes.builders import (
    NOW,
    ago,
    complained,
    context,
    customer,
    event,
    good_order,
    late_order,
    record,
    request,
)
from tests.outcomes.worlds import worlds


def guessed(*events: Interaction, topic: str = "") -> Guess:
    known = read_trail(fold("service_insight", [record(*events)]))
    seen = Seen("request", "int-1", NOW, "desk", "topic", topic)
    return guess(known, issues(known, NOW), (topic, seen) if topic else None, NOW)


def claimed(*events: Interaction, topic: str = "") -> Claim:
    return intent(guessed(*events, topic=topic), NOW)


def value(*events: Interaction, topic: str = "") -> dict[str, Any]:
    return dict(claimed(*events, topic=topic).value or {})


_ON_ITS_WAY = event("order.placed", ago(days=2), "O-1", promised_at="2026-03-25")


@pytest.mark.parametrize(
    ("events", "label"),
    [
        (late_order(), "order_status"),
        ((_ON_ITS_WAY,), "order_status"),
        ((_ON_ITS_WAY, event("delivery.failed", ago(days=1), "O-1")), "delivery_problem"),
        ((*good_order(), event("return.requested", ago(days=1), "O-7001")), "return_or_refund"),
        ((event("case.opened", ago(days=1), "C-1", kind="question"),), "case_follow_up"),
        ((event("complaint.received", ago(days=1), topic="invoice"),), "complaint"),
        ((_ON_ITS_WAY, event("order.cancelled", ago(days=1), "O-1")), "return_or_refund"),
        ((event("checkout.abandoned", ago(hours=2)),), "purchase"),
        ((event("search.performed", ago(hours=1), results=0, query="my invoice"),), "billing"),
        ((event("page.viewed", ago(hours=1), path="/account/password"),), "account"),
        ((event("ivr.selected", ago(minutes=5), node="returns"),), "return_or_refund"),
        ((event("message.received", ago(minutes=5), channel="chat", topic="billing"),), "billing"),
        ((event("form.abandoned", ago(minutes=5), form="warranty"),), "product_advice"),
    ],
)
def test_what_is_going_on_makes_a_label_likely(events: tuple[Interaction, ...], label: str) -> None:
    assert value(*events)["label"] == label


@pytest.mark.parametrize(
    "events",
    [
        (),
        good_order(),
        (event("page.viewed", ago(hours=25), path="/account/password"),),
        (event("page.viewed", ago(hours=1), path="/"),),
        (
            event("checkout.abandoned", ago(hours=3)),
            event("order.placed", ago(hours=1), "O-1", promised_at="2026-03-18"),
            event("delivery.delivered", ago(minutes=9), "O-1"),
        ),
    ],
)
def test_without_a_sign_nothing_is_claimed(events: tuple[Interaction, ...]) -> None:
    claim = claimed(*events)

    assert (claim.value, claim.status, guessed(*events).likely) == (None, "unknown", {})


def test_a_topic_of_the_interaction_outweighs_the_state_of_affairs() -> None:
    told = value(*late_order(), topic="invoice")

    assert told["label"] == "billing"
    assert told["alternatives"][0][0] == "order_status"
    assert told["signals"] == [{"signal": "request_topic", "weight": "+4.000"}]


def test_a_topic_no_label_knows_is_out_of_scope() -> None:
    claim = claimed(topic="horse_shoes")

    assert claim.value is not None
    assert claim.value["label"] == OUT_OF_SCOPE
    assert [piece.document()["type"] for piece in claim.evidence] == ["request"]


def test_a_weak_sign_is_named_with_the_chance_it_has_and_no_more() -> None:
    told = value(event("page.viewed", ago(hours=1), path="/account"))

    assert (told["label"], told["p"] < 0.25) == ("account", True)


def test_what_speaks_only_for_other_labels_is_counter_evidence() -> None:
    claim = claimed(
        *late_order(), event("search.performed", ago(hours=1), results=1, query="invoice")
    )

    assert [piece.document()["type"] for piece in claim.counter_evidence] == ["search.performed"]
    assert "search.performed" not in {piece.document()["type"] for piece in claim.evidence}
    assert (claim.stale_after - claim.as_of).total_seconds() == 3600


def test_many_pages_say_no_more_than_one() -> None:
    pages = [
        event("page.viewed", ago(minutes=one), path="/cart", name=f"p{one}") for one in range(9)
    ]

    assert value(*pages)["p"] == value(pages[0])["p"]
    assert len(claimed(*pages).evidence) == 3


def test_a_name_of_a_label_points_to_it_alone() -> None:
    assert labels_of("order_status") == ("order_status",)
    assert labels_of("Where is my Refund?") == ("order_status", "return_or_refund")
    assert labels_of("") == ()


def test_the_taxonomy_is_whole() -> None:
    named = {label for weights in STATE.values() for label in weights} | set(BASE)

    assert named <= set(WORDS)
    assert OUT_OF_SCOPE in WORDS
    assert all(weight > 0 for weight in SAID.values())


def test_a_context_says_what_the_customer_came_for() -> None:
    document = context([customer(*late_order(), *complained())], request(topic="late_delivery"))

    claim = document["outcomes"]["intent"]
    assert claim["value"]["label"] == "order_status"
    assert claim["method"]["id"] == "intent.state-prior"
    assert claim["confidence"]["kind"] == "uncalibrated_score"
    assert document["request"]["topic"] == "late_delivery"


@given(worlds())
def test_the_chances_are_chances(world: list[RecordFacts]) -> None:
    known = read_trail(fold("service_insight", world))
    found = guess(known, issues(known, NOW), None, NOW)

    assert abs(sum(share for _, share in found.chances) - 1000) <= len(WORDS)
    assert [share for _, share in found.chances] == sorted(
        (share for _, share in found.chances), reverse=True
    )
    assert bool(found.signs) == (intent(found, NOW).status == "inferred")
