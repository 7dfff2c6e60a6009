import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.errors import Refused
from cdp.outcomes.catalogues import Catalogues
from cdp.outcomes.claims import fraction
from cdp.outcomes.context import build_context, context_digest
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.readings import Permission, Reading
from cdp.outcomes.sections import SECTIONS
from cdp.outcomes.state import fold
from tests.outcomes.builders import (
    AGENT,
    LISTED,
    MARKETER,
    NOW,
    OFFERS,
    PROFILER,
    UNTIL,
    ago,
    complained,
    context,
    customer,
    deny,
    event,
    good_order,
    late_order,
    permit,
    readings,
    request,
)
from tests.outcomes.worlds import before, worlds

TROUBLED = customer(*late_order(), *complained())
CALM = customer(*good_order())
ALL = ("chat", "email", "sms")


def test_a_client_asks_only_for_purposes_it_is_bound_to_and_for_known_channels() -> None:
    with pytest.raises(Refused, match="not bound"):
        request(purpose="service", bound=MARKETER)
    with pytest.raises(Refused, match="channel"):
        request(channel="pigeon")


@pytest.mark.parametrize("topic", ["Late delivery", "é", "x" * 65, " "])
def test_a_topic_of_the_request_is_a_code(topic: str) -> None:
    with pytest.raises(Refused, match="code") as refused:
        request(topic=topic)

    assert refused.value.reason == "topic_invalid"


def test_a_workspace_without_catalogues_has_the_default_journeys_and_no_offers() -> None:
    bare = Catalogues.parse()

    assert Catalogues.parse(journeys=[]).journeys.listed == ()
    assert len(bare.journeys.listed) == 3
    assert build_context(request(), readings([TROUBLED]), bare)["actions"]["answers"] == []


def test_offers_are_ranked_by_affinity_only_where_profiling_is_permitted_and_bound() -> None:
    two = [OFFERS[0], OFFERS[0] | {"id": "of_a_paint", "group": "paint"}]
    listed = Catalogues.parse(offers=two)
    gardener = customer(
        *good_order(),
        event("order.placed", ago(days=5), "O-1", promised_at="2026-03-25", categories=["garden"]),
    )

    def made(wanted: str, bound: frozenset[str]) -> list[str]:
        given_ = readings([gardener], channels=ALL, wanted=wanted)
        asked = request("offers", "email", bound)
        return [one["id"] for one in build_context(asked, given_, listed)["actions"]["offers"]]

    assert made("PERSONALISED", PROFILER) == ["of_garden10", "of_a_paint"]
    assert made("PERSONALISED", MARKETER) == ["of_a_paint", "of_garden10"]
    assert made("GENERIC_ONLY:WITHDRAWN", PROFILER) == ["of_a_paint", "of_garden10"]


def test_every_number_with_a_fraction_is_written_alike_by_all_languages() -> None:
    assert [fraction(n) for n in (0, 1, 350, 1000)] == [0, 0.001, 0.35, 1]
    assert [type(fraction(n)) for n in (0, 1000)] == [int, int]


def test_a_state_of_another_purpose_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        Reading("offers", permit(), frozenset(), fold("service", [CALM]))

    assert refused.value.reason == "reading_mismatch"


def test_a_permission_is_read_from_plain_values() -> None:
    read = Permission.parse(
        {
            "permitted": True,
            "reason": "BASIS_CONSENT",
            "basis": "consent",
            "decisive": ["e-1"],
            "valid_until": "2026-03-18T14:10:00Z",
        }
    )

    assert read == permit("BASIS_CONSENT", "consent", "e-1")
    assert Permission.parse({"permitted": 1, "reason": "X"}) == Permission(False, "X")
    assert Permission.parse({"permitted": True, "reason": "X", "valid_until": UNTIL}).valid_until


def test_a_document_ends_with_the_first_permission_it_rests_on() -> None:
    assert context([CALM])["expires_at"] == "2026-03-18T14:10:00.000Z"
    long = [
        replace(one, permission=replace(one.permission, valid_until=None), channels={})
        for one in readings([CALM])
    ]
    assert build_context(request(), long, LISTED)["expires_at"] == "2026-03-18T14:20:00.000Z"


def test_without_any_permission_only_general_help_is_left() -> None:
    document = context([TROUBLED], service=deny("RESTRICTED"), insight=deny("OBJECTED"))

    assert document["outcomes"] == {}
    assert [action["id"] for action in document["actions"]["service"]] == ["svc.general_help"]
    assert document["offers"] == {"permitted": False, "reason": "NO_RECORD"}
    assert document["withheld"] == [
        {"claim": name, "reason": "purpose_not_permitted"}
        for name in (*SECTIONS, "knowledge.offers")
    ]
    assert "journeys" not in document


def test_a_view_that_is_not_built_yet_is_said_to_be_pending() -> None:
    waiting = [replace(one, state=None) for one in readings([CALM])]

    document = build_context(request(), waiting, LISTED)

    assert {entry["reason"] for entry in document["withheld"][:3]} == {"view_pending"}


def test_nothing_known_is_unknown_and_said_so() -> None:
    document = context([replace(CALM, attributes={}, interactions=())])

    assert document["outcomes"]["resolution"]["status"] == "unknown"
    assert "value" not in document["outcomes"]["satisfaction"]
    assert [entry["reason"] for entry in document["withheld"][:3]] == ["insufficient_evidence"] * 3


def test_below_the_level_of_offers_the_actions_hold_service_alone() -> None:
    document = context([CALM])

    assert set(document["actions"]) == {"service", "answers"}
    assert document["offers"] == {"permitted": False, "reason": "NO_RECORD"}


def test_an_open_problem_withholds_offers_and_service_sees_why() -> None:
    document = context([TROUBLED], request(channel="email"), channels=ALL)

    assert document["offers"]["permitted"] is True
    assert document["offers"]["channels"] == list(ALL)
    assert document["actions"]["offers"] == []
    assert document["actions"]["suppressed"] == [
        {"offer": "of_garden10", "blocked_by": "resolution_first", "gates_failed": 2},
        {"offer": "of_members", "blocked_by": "eligibility", "gates_failed": 3},
    ]


def test_a_service_caller_who_may_not_read_insight_does_not_learn_of_risk() -> None:
    cancelled = customer(*late_order(), event("order.cancelled", ago(days=1), "O-8841"))
    asked = request(channel="email", bound=frozenset({"service", "offers"}))

    document = context([cancelled], asked, channels=ALL)

    assert "satisfaction" not in document["outcomes"]
    assert document["actions"]["suppressed"][0] == {
        "offer": "of_garden10",
        "blocked_by": "not_now",
        "gates_failed": 1,
    }


def test_an_offer_is_made_where_it_is_wanted() -> None:
    document = context([CALM], request(channel="email"), channels=ALL)

    (offer,) = document["actions"]["offers"]
    assert (offer["id"], offer["channel"], offer["brand"]) == ("of_garden10", "email", "north")
    assert offer["basis"] == {
        "purpose": "offers",
        "legal_basis": "consent",
        "receipt": "evt-offers",
    }
    assert document["offers"]["contact_points"] == [{"type": "email", "value": "ada@example.org"}]
    assert [one["value"] for one in document["outcomes"]["knowledge"]["offers"]] == [
        {"given_name": "Ada"},
        {"language": "en"},
        {"country": "DE"},
    ]


def test_a_marketing_caller_gets_the_offer_and_nothing_of_service() -> None:
    asked = request("offers", "email", MARKETER)

    document = context([CALM], asked, channels=ALL)

    assert set(document["actions"]) == {"offers"}
    assert document["offers"]["reason"] == "GENERIC_ONLY:no_permission"
    assert [line["purpose"] for line in document["permissions"]] == ["offers"]
    assert document["withheld"] == []


def test_asking_for_marketing_reads_nothing_of_service_even_for_a_caller_bound_to_it() -> None:
    document = context([TROUBLED], request("offers", "email", AGENT), channels=ALL)

    assert {entry["reason"] for entry in document["withheld"]} == {
        "purpose_mismatch",
        "no_permission",
        "not_now",
    }
    assert document["actions"] == {}
    assert "C-2210" not in json.dumps(document)


def test_a_caller_bound_to_insight_alone_reads_satisfaction_and_two_reasons() -> None:
    asked = request("service_insight", "", frozenset({"service_insight", "newsletter"}))

    document = context([CALM], asked)
    denied = context([CALM], asked, insight=deny("OBJECTED"))

    assert set(document["outcomes"]) == {"intent", "satisfaction", "effort"}
    assert document["expires_at"] == "2026-03-18T14:10:00.000Z"
    assert denied["withheld"] == [
        {"claim": name, "reason": "no_permission"} for name in ("intent", "satisfaction", "effort")
    ]
    assert denied["permissions"] == [
        {"purpose": "service_insight", "permitted": False, "reason": "no_permission"}
    ]
    assert "offers" not in denied


def test_a_reason_of_the_moment_is_not_now_for_who_may_not_see_codes() -> None:
    asked = request("offers", "", MARKETER)

    assert context([CALM], asked, reason="QUIET_HOURS")["offers"]["reason"] == "not_now"
    assert context([CALM], asked, reason="WITHDRAWN")["offers"]["reason"] == "no_permission"
    assert context([CALM], asked, channels=ALL)["permissions"] == [
        {"purpose": "offers", "permitted": False, "reason": "no_permission"}
    ]


def test_one_action_for_each_unsettled_issue() -> None:
    several = customer(
        *late_order(),
        event("complaint.received", ago(days=1), topic="invoice"),
        event("case.opened", ago(days=4), "C-1", kind="question"),
        event("case.answered", ago(days=3), "C-1"),
        event("case.opened", ago(days=4), "C-2", kind="repair"),
        event("case.closed", ago(days=3), "C-2"),
        event("order.placed", ago(days=6), "O-2", promised_at="2026-03-17"),
        event("delivery.failed", ago(days=2), "O-2"),
    )

    actions = context([several])["actions"]["service"]

    assert {action["id"] for action in actions} == {
        "svc.close_case",
        "svc.confirm_resolution",
        "svc.arrange_delivery",
        "svc.explain_delay",
        "svc.answer_complaint",
    }


def test_what_rests_on_a_record_outside_the_decision_is_dropped() -> None:
    given = [replace(one, usable=frozenset()) for one in readings([TROUBLED], channels=ALL)]

    document = build_context(request(), given, LISTED)

    assert document["evidence"] == {}
    assert "C-2210" not in json.dumps(document)


def test_the_digest_is_that_of_the_document_as_it_was_read_back() -> None:
    document = context([TROUBLED])
    read = json.loads(json.dumps(document))

    assert context_digest(read) == document["audit"]["context_sha256"]
    read["outcomes"]["satisfaction"]["value"]["p_low"] = 0.1
    assert context_digest(read) != document["audit"]["context_sha256"]


def cited(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name in {"evidence", "counter_evidence"} and isinstance(value, list):
                yield from value
            else:
                yield from cited(value)
    elif isinstance(part, list):
        for value in part:
            yield from cited(value)


LEVELS = st.sampled_from([(), ("email",), ALL])


@given(worlds(), LEVELS)
def test_every_piece_of_evidence_is_cited_and_every_citation_is_there(
    world: list[RecordFacts], channels: tuple[str, ...]
) -> None:
    document = context(world, channels=channels)

    assert set(cited(document)) == set(document["evidence"])


CALLERS = st.sampled_from([("service", AGENT), ("offers", MARKETER), ("offers", PROFILER)])


@given(worlds(), LEVELS, CALLERS, st.sampled_from(["PERSONALISED", "GENERIC_ONLY:NO_RECORD"]))
def test_what_happens_or_arrives_later_never_changes_a_byte(
    world: list[RecordFacts],
    channels: tuple[str, ...],
    asked: tuple[str, frozenset[str]],
    wanted: str,
) -> None:
    who = request(asked[0], "email", asked[1])

    now = json.dumps(context(before(world, NOW), who, channels=channels, wanted=wanted))

    assert json.dumps(context(world, who, channels=channels, wanted=wanted)) == now


@given(worlds(), LEVELS, st.integers(-40, 20))
def test_the_same_holds_for_any_moment(
    world: list[RecordFacts], channels: tuple[str, ...], days: int
) -> None:
    moment = NOW + timedelta(days=days)
    who = request(channel="email", now=moment, topic="invoice")
    wanted = "PERSONALISED"

    known = json.dumps(context(before(world, moment), who, channels=channels, wanted=wanted))

    assert json.dumps(context(world, who, channels=channels, wanted=wanted)) == known


@given(worlds(), LEVELS)
def test_the_order_of_readings_and_offers_never_shows(
    world: list[RecordFacts], channels: tuple[str, ...]
) -> None:
    given_ = readings(world, channels=channels)

    assert json.dumps(build_context(request(), given_, LISTED)) == json.dumps(
        build_context(request(), given_[::-1], LISTED)
    )


def test_a_person_with_thousands_of_open_orders_gets_a_document_of_ordinary_size() -> None:
    many = customer(
        *(
            event("order.placed", ago(hours=one), f"O-{one}", promised_at="2026-03-10")
            for one in range(24, 500)
        )
    )

    document = context([many])

    value = document["outcomes"]["resolution"]["value"]
    assert (len(value["open"]), value["unsettled_count"] > 25) == (25, True)
    assert len(document["actions"]["service"]) == 25
    assert len(json.dumps(document)) < 40_000
