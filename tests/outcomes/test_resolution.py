from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from cdp.outcomes.claims import Claim
from cdp.outcomes.events import Interaction
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.resolution import Issue, issues
from cdp.outcomes.resolution import resolution as stated_resolution
from cdp.outcomes.state import fold
from cdp.outcomes.trail import Trail, read_trail, repeats
from tests.outcomes.builders import NOW, ago, event, good_order, late_order, trail
from tests.outcomes.worlds import worlds


def resolution(known: Trail) -> Claim:
    return stated_resolution(known, issues(known, NOW), NOW)


def case(*events: Interaction, name: str = "C-1") -> Issue:
    opened = event("case.opened", ago(days=40), name, kind="question", topic="invoice", about="O-1")
    return next(
        issue for issue in issues(trail(opened, *events), NOW) if issue.subject == ("case", name)
    )


def answered(days: float) -> Interaction:
    return event("case.answered", ago(days=days), "C-1")


def closed(days: float) -> Interaction:
    return event("case.closed", ago(days=days), "C-1")


def asked_again(days: float, **changes: Any) -> Interaction:
    told: dict[str, Any] = {"topic": "invoice", "channel": "phone"} | changes
    return event("contact.received", ago(days=days), **told)


def test_a_case_walks_from_open_to_confirmed() -> None:
    confirmed = event("case.confirmed", ago(days=1), "C-1")

    assert case().standing.state == "open"
    assert case(answered(5)).standing.state == "answered"
    assert case(answered(5), closed(4)).standing.state == "resolved_unconfirmed"
    assert case(answered(5), closed(4), confirmed).standing.state == "resolved_confirmed"


def test_seven_days_of_silence_confirm_a_closed_case_and_not_a_minute_less() -> None:
    assert case(closed(7)).standing.state == "resolved_confirmed"
    assert case(closed(7 - 1 / 1440)).standing.state == "resolved_unconfirmed"


def test_a_repeat_on_another_channel_returns_a_closed_case_to_open() -> None:
    again = case(closed(5), asked_again(2))

    assert again.standing.state == "open"
    assert again.standing.returns == 1
    assert again.unsettled


def test_a_repeat_about_the_same_order_counts_whatever_its_topic() -> None:
    assert case(closed(5), asked_again(2, topic="delivery", about="O-1")).unsettled
    assert case(closed(5), asked_again(2, topic="delivery", case="C-1")).standing.state == "open"


def test_a_contact_on_another_matter_leaves_a_case_alone() -> None:
    other = case(closed(5), asked_again(2, topic="delivery", about="O-2"))

    assert other.standing.state == "resolved_unconfirmed"


def test_a_contact_within_the_hour_belongs_to_the_conversation_that_was_closed() -> None:
    thanks = asked_again(5 - 30 / 1440)

    assert case(closed(5), thanks).standing.state == "resolved_unconfirmed"


def test_a_repeat_after_the_silence_is_a_new_matter() -> None:
    assert case(closed(12), asked_again(2)).standing.state == "resolved_confirmed"


def test_a_refund_after_closing_returns_the_case_to_open() -> None:
    refund = event("refund.issued", ago(days=3), "O-1")

    assert case(closed(5), refund).standing.state == "open"
    assert case(refund).standing.returns == 0


def test_a_reopened_case_is_open_however_old_the_confirmation() -> None:
    reopened = event("case.reopened", ago(days=1), "C-1", channel="email")

    assert case(closed(20), reopened).standing.state == "open"
    assert case(closed(20), reopened).standing.ticket


def test_an_answered_case_is_open_again_when_the_customer_asks_again() -> None:
    assert case(answered(5), asked_again(3)).standing.state == "open"
    assert case(answered(5), asked_again(3), closed(2)).standing.state == "resolved_unconfirmed"


def test_a_question_while_the_ticket_waits_changes_nothing() -> None:
    waiting = case(asked_again(3))

    assert waiting.standing.since == ago(days=40)


def test_an_issue_goes_on_in_the_case_that_repeats_it() -> None:
    second = event("case.opened", ago(days=2), "C-2", kind="question", topic="invoice")
    found = issues(
        trail(
            event("case.opened", ago(days=9), "C-1", kind="question", topic="invoice"),
            closed(5),
            second,
        ),
        NOW,
    )

    assert [issue.standing.state for issue in found] == ["continued", "open"]


def test_a_return_to_open_without_a_ticket_ends_after_thirty_days_of_silence() -> None:
    assert case(closed(36), asked_again(31)).standing.state == "resolved_confirmed"
    assert case(closed(36), asked_again(31), asked_again(20)).standing.state == "open"
    assert case(closed(30), asked_again(29)).standing.state == "open"


def test_our_reply_answers_what_has_no_open_ticket() -> None:
    reply = event("contact.made", ago(days=1), topic="invoice", channel="email")

    assert case(closed(5), asked_again(2), reply).standing.state == "answered"
    assert case(reply).standing.state == "open"


def test_a_case_whose_opening_is_not_known_starts_with_its_first_event() -> None:
    (issue,) = issues(trail(event("case.closed", ago(days=1), "C-9")), NOW)

    assert (issue.kind, issue.standing.state) == ("unknown", "resolved_unconfirmed")


def test_a_case_says_when_it_was_due() -> None:
    opened = event(
        "case.opened", ago(hours=52), "C-7", kind="question", due_at="2026-03-18T10:02:00Z"
    )
    (issue,) = issues(trail(opened), NOW)

    assert issue.document(NOW) == {
        "case": "C-7",
        "kind": "question",
        "state": "open",
        "since": "2026-03-16T10:05:00.000Z",
        "age_hours": 52,
        "returned": 0,
        "sla_due": "2026-03-18T10:02:00.000Z",
        "sla_breached": True,
    }


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        (late_order(), "order_overdue"),
        ((*late_order(), event("delivery.delivered", ago(days=1), "O-8841")), ""),
        ((*late_order(), event("order.cancelled", ago(days=1), "O-8841")), ""),
        ((*late_order(), event("refund.issued", ago(days=1), "O-8841")), ""),
        ((*late_order(), event("delivery.failed", ago(days=1), "O-8841")), "delivery_failed"),
        (good_order(), ""),
        ((*good_order(), event("return.requested", ago(days=3), "O-7001")), "return_pending"),
        ((*good_order(), event("return.requested", ago(days=31), "O-7001")), ""),
        ((event("order.placed", ago(days=90), "O-1", promised_at="2026-01-16"),), ""),
        ((event("order.placed", ago(days=9), "O-1", promised_at="2026-03-18"),), ""),
        ((event("shipment.sent", ago(days=9), "O-1"),), ""),
    ],
)
def test_an_order_is_a_problem_only_while_something_is_owed(
    events: tuple[Interaction, ...], kind: str
) -> None:
    found = [issue.kind for issue in issues(trail(*events), NOW)]

    assert found == ([kind] if kind else [])


def test_a_missed_promise_is_shown_by_a_named_absence() -> None:
    claim = resolution(trail(*late_order()))

    placed, absence = (piece.document() for piece in claim.evidence)
    assert placed["excerpt"].startswith("object O-8841; promised_at 2026-03-13T23:59:59.999Z")
    assert absence == {
        "type": "absence",
        "rule": "no delivery.delivered for O-8841 by 2026-03-18T14:05:00.000Z",
        "checked_at": "2026-03-18T14:05:00.000Z",
        "source": "rule:late_undelivered/1",
    }


def test_a_bare_complaint_is_open_until_it_is_answered_and_silent() -> None:
    complaint = event("complaint.received", ago(days=4), channel="phone")
    old = event("complaint.received", ago(days=30), channel="phone")
    reply = event("contact.made", ago(days=3), topic="complaint", channel="phone")

    (waiting,) = issues(trail(complaint), NOW)
    (replied,) = issues(trail(complaint, reply), NOW)
    (silent,) = issues(trail(old), NOW)

    assert waiting.document(NOW)["complaint"] == complaint.id
    assert [one.standing.state for one in (waiting, replied, silent)] == [
        "open",
        "answered",
        "resolved_confirmed",
    ]


def test_a_complaint_belongs_to_the_case_that_takes_it_up() -> None:
    opened = event("case.opened", ago(days=9), "C-1", kind="question", topic="invoice")
    named = event("complaint.received", ago(days=1), case="C-1")
    near = event("complaint.received", ago(days=4), topic="invoice")
    far = event("complaint.received", ago(days=1), topic="invoice")

    assert len(issues(trail(opened, named), NOW)) == 1
    assert len(issues(trail(opened, near), NOW)) == 1
    assert len(issues(trail(opened, far), NOW)) == 2


def test_without_a_trail_nothing_is_claimed() -> None:
    claim = resolution(trail())

    assert (claim.status, claim.value, claim.evidence) == ("unknown", None, ())


def test_that_nothing_is_open_is_observed_by_a_named_absence() -> None:
    claim = resolution(trail(*good_order()))

    assert claim.value == {
        "open": [],
        "unconfirmed": [],
        "repeat_contact": {"within_days": 7, "count": 0},
    }
    assert claim.evidence[0].document()["source"] == "rule:nothing_open/1"


def test_what_is_closed_but_unconfirmed_is_listed_apart() -> None:
    opened = event("case.opened", ago(days=9), "C-1", kind="question")
    claim = resolution(trail(opened, closed(2)))

    assert claim.value is not None
    assert [entry["case"] for entry in claim.value["unconfirmed"]] == ["C-1"]
    assert claim.value["open"] == []


def test_repeats_are_conversations_within_seven_days_on_one_topic() -> None:
    told = trail(
        asked_again(20),
        asked_again(5),
        asked_again(5 - 20 / 1440, channel="chat"),
        asked_again(2, channel="email"),
        asked_again(1, topic="delivery"),
        event("message.received", ago(days=1), channel="chat", text="hello"),
    )

    (again,) = repeats(told, NOW)

    assert again.mark.at == ago(days=2)
    assert resolution(told).value == {
        "open": [],
        "unconfirmed": [],
        "repeat_contact": {"within_days": 7, "count": 1},
    }


@given(worlds())
def test_an_issue_never_ages_backwards_and_only_silence_changes_it_afterwards(
    world: list[RecordFacts],
) -> None:
    known = read_trail(fold("service", world))
    end = NOW + timedelta(days=20)

    for issue in issues(known, end):
        assert issue.standing.since <= end
        assert issue.age_hours(end) >= 0 or issue.opened_at > end
    for issue in issues(known, end + timedelta(days=61)):
        assert issue.standing.ticket or not issue.unsettled
