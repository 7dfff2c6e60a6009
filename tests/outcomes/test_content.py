from typing import Any

import pytest

from cdp.errors import Refused
from cdp.outcomes.content import MOST, Answers, Published, Wanted, fitting
from cdp.outcomes.events import Interaction
from tests.outcomes.builders import (
    NOW,
    ago,
    complained,
    context,
    customer,
    deny,
    event,
    late_order,
    request,
    trail,
)


def raw(**changes: Any) -> dict[str, Any]:
    return {
        "id": "a-1",
        "title": "Where is my parcel",
        "topic": "late_delivery",
        "channels": ["chat"],
        "valid_from": "2026-01-01T00:00:00Z",
    } | changes


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"id": ""}, "id"),
        ({"id": "x" * 129}, "id"),
        ({"title": 4}, "title"),
        ({"topic": ""}, "topic"),
        ({"topic": "é!"}, "topic"),
        ({"channels": []}, "channels"),
        ({"channels": ["pigeon"]}, "channels"),
        ({"channels": "chat"}, "channels"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://a b"}, "url"),
        ({"valid_from": "2026-01-01"}, "valid_from"),
        ({"valid_from": None}, "valid_from"),
        ({"valid_until": "2025-01-01T00:00:00Z"}, "valid_until"),
        ({"valid_until": "soon"}, "valid_until"),
        ({"used": {"times": 3, "without_repeat": 4}}, "used.without_repeat"),
        ({"used": {"times": -1, "without_repeat": 0}}, "used.times"),
        ({"used": {"times": 1.5, "without_repeat": 0}}, "used.times"),
        ({"used": {"times": 1, "without_repeat": 1, "lift": 2}}, "used.lift"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_answer_that_is_not_well_formed_is_refused(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused, match=rf"field {named} ") as refused:
        Answers.parse([raw(**changes)])

    assert refused.value.reason == "answer_invalid"


@pytest.mark.parametrize("listed", ["x", {"a": 1}, [3], [None], [raw(), raw()], [raw(used=3)]])
def test_a_catalogue_of_another_form_is_refused(listed: Any) -> None:
    with pytest.raises(Refused) as refused:
        Answers.parse(listed)

    assert refused.value.reason == "answer_invalid"


def test_the_document_of_a_catalogue_reads_as_the_catalogue() -> None:
    full = raw(
        id="a-2",
        intent="order_status",
        url="/help/parcel",
        valid_until="2026-12-01T00:00:00Z",
        used={"times": 10, "without_repeat": 9},
    )
    catalogue = Answers.parse([full, raw()])

    assert Answers.parse(catalogue.document()) == catalogue
    assert Answers.parse([raw(), full]) == catalogue
    assert Answers.parse([raw(title="Other")]).version != Answers.parse([raw()]).version


def names(*entries: dict[str, Any], events: tuple[Interaction, ...] = ()) -> list[str]:
    wanted = Wanted({"order_status": 700, "billing": 100}, {"late_delivery": "of an open issue"})
    found = fitting(Answers.parse(entries), wanted, trail(*events), "chat", NOW)
    return [one.answer.id for one in found]


def test_an_answer_fits_by_intent_or_topic_while_it_holds_and_where_it_may_be_given() -> None:
    other = raw(topic="invoice")

    assert names(raw()) == ["a-1"]
    assert names(other) == []
    assert names(other | {"intent": "order_status"}) == ["a-1"]
    assert names(raw(channels=["email"])) == []
    assert names(raw(valid_from="2026-03-19T00:00:00Z")) == []
    assert names(raw(valid_until="2026-03-18T14:05:00Z")) == []
    assert Published.parse(raw()).holds("", NOW)


def test_the_likelier_the_intent_and_the_better_its_use_the_higher_an_answer_stands() -> None:
    billing = raw(id="a-bill", topic="", intent="billing")
    status = raw(id="a-status", topic="", intent="order_status")
    proven = raw(
        id="b-proven",
        topic="",
        intent="order_status",
        used={"times": 50, "without_repeat": 48},
    )
    poor = raw(
        id="a-poor", topic="", intent="order_status", used={"times": 50, "without_repeat": 5}
    )

    assert names(billing, status, proven, poor) == ["b-proven", "a-status", "a-poor", "a-bill"]


def test_an_answer_that_did_not_hold_for_this_customer_sinks() -> None:
    used = event("answer.used", ago(days=3), answer="a-1", topic="late_delivery")
    again = event("contact.received", ago(days=1), topic="late_delivery", channel="phone")

    assert names(raw(), raw(id="a-2"), events=(used,)) == ["a-1", "a-2"]
    assert names(raw(), raw(id="a-2"), events=(used, again)) == ["a-2", "a-1"]


def test_a_context_lists_few_answers() -> None:
    assert len(names(*(raw(id=f"a-{one}") for one in range(20)))) == MOST


def test_a_service_context_names_the_answers_with_why_and_evidence() -> None:
    used = event("answer.used", ago(days=2), answer="a-late", topic="late_delivery")
    document = context([customer(*late_order(), *complained(), used)])

    first, second = document["actions"]["answers"]
    assert (first["id"], first["why"]) == ("a-late", "topic late_delivery: of an open issue")
    assert document["evidence"][first["counter_evidence"][0]]["type"] == "answer.used"
    assert first["used"] == {"times": 40, "without_repeat_7d": 38}
    assert (second["id"], second["why"]) == ("a-track", "intent order_status")


def test_without_permission_an_answer_is_found_by_what_the_request_names_alone() -> None:
    troubled = customer(*late_order(), *complained())
    none: dict[str, Any] = {"service": deny("RESTRICTED"), "insight": deny("RESTRICTED")}

    silent = context([troubled], **none)
    named = context([troubled], request(topic="late_delivery"), **none)

    assert silent["actions"]["answers"] == []
    assert [one["id"] for one in named["actions"]["answers"]] == ["a-late"]
    assert named["evidence"] == {}


def test_a_caller_who_may_not_read_insight_gets_answers_by_topic_alone() -> None:
    asked = request(bound=frozenset({"service", "offers"}))
    document = context([customer(*late_order())], asked)

    assert document["actions"]["answers"] == []
