from typing import Any

import pytest
from hypothesis import given

from cdp.outcomes.claims import Claim
from cdp.outcomes.default_journeys import DEFAULT_JOURNEYS
from cdp.outcomes.events import Interaction
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.journeys import Journeys
from cdp.outcomes.progress import MOST, instances, journey_claims
from cdp.outcomes.state import fold
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
    trail,
)
from tests.outcomes.worlds import worlds

DEFAULT = Journeys.parse(DEFAULT_JOURNEYS)


def claims(*events: Interaction, journeys: Journeys = DEFAULT) -> list[Claim]:
    return list(journey_claims(instances(trail(*events), journeys, NOW), NOW))


def values(*events: Interaction) -> list[dict[str, Any]]:
    return [dict(claim.value or {}) for claim in claims(*events)]


def only(*events: Interaction) -> dict[str, Any]:
    (value,) = values(*events)
    return value


def test_a_late_order_is_stuck_with_the_hazard_of_its_overdue_days() -> None:
    (claim,) = claims(*late_order())

    assert claim.value == {
        "journey": "order_to_delivery",
        "goal": "the order reaches the customer",
        "order": "O-8841",
        "state": "active",
        "position": "shipped",
        "since": "2026-03-11T14:05:00.000Z",
        "progress": 0.666,
        "rework": 0,
        "channels_seen": [],
        "ideal_next": ["delivered"],
        "expected_by": "2026-03-13T23:59:59.999Z",
        "stuck": {
            "state": False,
            "hours_overdue": 110,
            "p_fail": 0.35,
            "p_fail_source": DEFAULT.listed[1].hazard.source,
        },
        "dropped": False,
    }
    assert claim.confidence is not None
    assert claim.confidence.kind == "declared_hazard"
    assert claim.evidence[-1].document() == {
        "type": "absence",
        "rule": "no delivery.delivered for O-8841 by 2026-03-18T14:05:00.000Z",
        "checked_at": "2026-03-18T14:05:00.000Z",
        "source": "rule:milestone_missing/1",
    }


@pytest.mark.parametrize(
    ("days", "stuck", "dropped"), [(4, False, False), (9, True, False), (30, True, True)]
)
def test_a_milestone_missing_beyond_its_percentile_is_stuck_and_later_dropped(
    days: int, stuck: bool, dropped: bool
) -> None:
    promised = ago(days=min(days, 23)).isoformat()
    told = only(
        event("order.placed", ago(days=days + 1), "O-1", promised_at=promised),
        event("shipment.sent", ago(days=days), "O-1"),
    )

    assert (told["stuck"]["state"], told["dropped"]) == (stuck, dropped)


def test_in_time_there_is_nothing_to_say_but_when() -> None:
    told = only(event("order.placed", ago(days=1), "O-1", promised_at="2026-03-25"))

    assert told["stuck"] == {"state": False}
    assert told["expected_by"] == "2026-03-19T14:05:00.000Z"
    assert told["ideal_next"] == ["shipped"]


@pytest.mark.parametrize(
    ("events", "state", "progress"),
    [
        (good_order(), "achieved", 0.666),
        ((*late_order(), event("order.cancelled", ago(days=1), "O-8841")), "cancelled", 0.666),
        ((*late_order(), event("refund.issued", ago(days=1), "O-8841")), "diverted", 0.666),
        (
            (*late_order(), event("delivery.delivered", ago(days=1), "O-8841")),
            "achieved",
            1,
        ),
    ],
)
def test_a_journey_ends_by_its_goal_or_an_exit(
    events: tuple[Interaction, ...], state: str, progress: float
) -> None:
    told = only(*events)

    assert (told["state"], told["progress"]) == (state, progress)
    assert "ended_at" in told
    assert "stuck" not in told


def test_a_case_that_is_opened_again_begins_again() -> None:
    opened = event("case.opened", ago(days=9), "C-1", kind="question")
    closed = event("case.closed", ago(days=8), "C-1")
    again = event("case.reopened", ago(days=1), "C-1", channel="phone")

    assert only(opened, closed)["state"] == "achieved"
    told = only(opened, closed, again)
    assert (told["state"], told["position"], told["rework"]) == ("active", "opened", 1)
    assert told["ideal_next"] == ["answered", "closed"]
    assert told["channels_seen"] == ["phone"]


def test_a_confirmed_case_has_reached_its_goal_though_nobody_closed_it() -> None:
    opened = event("case.opened", ago(days=2), "C-1", kind="question")

    assert only(opened, event("case.confirmed", ago(days=1), "C-1"))["state"] == "achieved"


def test_one_order_can_be_on_two_journeys_at_once() -> None:
    told = values(*good_order(), event("return.requested", ago(days=2), "O-7001", channel="web"))

    assert {one["journey"]: one["state"] for one in told} == {
        "return_to_refund": "active",
        "order_to_delivery": "achieved",
    }
    assert told[0]["ideal_next"] == ["received", "refunded"]


def test_contacts_about_the_object_show_the_channels_it_went_through() -> None:
    case, order = sorted(values(*late_order(), *complained()), key=lambda one: one["journey"])

    assert case["channels_seen"] == ["chat", "email"]
    assert order["channels_seen"] == ["chat", "email"]


def test_a_channel_the_journey_does_not_plan_for_is_named() -> None:
    own = [dict(DEFAULT_JOURNEYS[0]) | {"channels": ["web"]}]
    (claim,) = claims(*late_order(), *complained(), journeys=Journeys.parse(own))

    assert claim.value is not None
    assert claim.value["channels_unplanned"] == ["chat", "email"]


def test_without_its_beginning_there_is_no_journey_and_an_old_one_is_over() -> None:
    assert values(event("delivery.delivered", ago(days=1), "O-1")) == []
    assert values(event("order.placed", ago(days=200), "O-1", promised_at="2025-09-01")) == []
    assert values(*(event("case.opened", ago(days=1), "C-1", kind="q"),)) != []


def test_without_a_declared_pace_nothing_is_late() -> None:
    bare = {
        "id": "bare",
        "goal": "there",
        "object": "order",
        "milestones": [
            {"id": "placed", "events": ["order.placed"]},
            {"id": "there", "events": ["delivery.delivered"], "after": ["placed"]},
        ],
    }
    (claim,) = claims(*late_order(), journeys=Journeys.parse([bare]))

    assert claim.value is not None
    assert claim.value["ideal_next"] == ["there"]
    assert {"stuck", "expected_by", "dropped"}.isdisjoint(claim.value)


def test_a_journey_may_be_about_a_problem() -> None:
    fixed = {
        "id": "fix",
        "goal": "the cause is gone",
        "object": "problem",
        "milestones": [
            {"id": "found", "events": ["problem.opened"]},
            {"id": "gone", "events": ["problem.closed"], "after": ["found"]},
        ],
    }
    (claim,) = claims(
        event("problem.opened", ago(days=3), "P-1", title="Depot 4"),
        event("problem.closed", ago(days=1), "P-1"),
        journeys=Journeys.parse([fixed]),
    )

    assert claim.value is not None
    assert (claim.value["problem"], claim.value["state"]) == ("P-1", "achieved")


def test_running_journeys_stand_first_and_the_list_is_short() -> None:
    many = [
        event("order.placed", ago(days=one + 1), f"O-{one}", promised_at="2026-03-25")
        for one in range(15)
    ]

    found = instances(trail(*many, *good_order()), DEFAULT, NOW)

    assert len(found) == MOST
    assert found[0].object == "O-0"
    assert "O-0" not in repr(found[0])


def test_a_context_holds_the_journeys_under_service() -> None:
    document = context([customer(*late_order(), *complained())])

    assert [one["value"]["journey"] for one in document["journeys"]] == [
        "case_to_resolution",
        "order_to_delivery",
    ]
    assert {one["basis"]["purpose"] for one in document["journeys"]} == {"service"}


@given(worlds())
def test_every_instance_has_a_position_and_evidence(world: list[RecordFacts]) -> None:
    known = read_trail(fold("service", world))

    for claim in journey_claims(instances(known, DEFAULT, NOW), NOW):
        assert claim.value is not None
        assert 0 < claim.value["progress"] <= 1
        assert claim.evidence
