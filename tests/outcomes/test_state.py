import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.canonical import canonical
from cdp.errors import Refused
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.state import PROJECTIONS, fold, known_at, restrict
from tests.outcomes.builders import (
    NOW,
    ago,
    complained,
    customer,
    event,
    late_order,
    record,
)
from tests.outcomes.worlds import before, worlds


def test_the_state_of_offers_holds_nothing_of_the_trail() -> None:
    state = fold("offers", [customer(*late_order(), *complained())])

    assert "marks" not in state
    assert {fact["name"] for fact in state["facts"]} == {
        "relation",
        "given_name",
        "language",
        "country",
    }
    assert "O-8841" not in canonical(state).decode()
    assert "Byron" not in canonical(state).decode()


def test_the_state_of_insight_holds_signals_and_no_person() -> None:
    state = fold("service_insight", [customer(*late_order(), *complained())])

    assert set(state) == {"schema", "purpose", "marks"}
    assert "49.90" not in canonical(state).decode()
    assert "dhl" not in canonical(state).decode()


def test_an_address_is_held_for_offers_only_where_it_may_be_used() -> None:
    ada = customer()

    assert fold("offers", [ada])["points"] == []
    (only,) = fold("offers", [ada], reachable={("cp-1", "email"), ("cp-2", "email")})["points"]
    assert (only["value"], only["channels"]) == ("ada@example.org", ["email"])
    assert len(fold("service", [ada])["points"]) == 2


def test_a_purpose_without_a_projection_has_no_view() -> None:
    with pytest.raises(Refused) as refused:
        fold("partner_share", [customer()])

    assert refused.value.reason == "purpose_without_view"


def test_events_of_an_unknown_type_and_other_declarations_feed_nothing() -> None:
    state = fold(
        "service",
        [
            record(
                event("horse.shod", ago(days=1)),
                event("preference.declared", ago(days=1), key="shoe_size", value="42"),
                event("preference.declared", ago(days=1), name="p", key="language", value="de"),
                event("page.viewed", ago(days=1), path="/help"),
            )
        ],
    )

    assert state["marks"] == []
    assert [entry["value"] for entry in state["declared"]] == ["de"]


def test_the_first_report_of_an_event_stays_when_it_is_reported_again() -> None:
    told = event("order.placed", ago(days=9), "O-1", name="e", promised_at="2026-03-15")
    retold = event(
        "order.placed",
        ago(days=9),
        "O-1",
        name="e",
        received=ago(days=1),
        promised_at="2026-04-15",
    )

    (mark,) = fold("service", [record(retold, told)])["marks"]

    assert mark["promised_at"].startswith("2026-03-15")


def test_the_look_back_keeps_whole_orders_and_drops_what_rests() -> None:
    old = event("order.placed", ago(days=400), "O-old", promised_at="2025-03-01")
    slow = (
        event("order.placed", ago(days=400), "O-slow", promised_at="2025-03-01"),
        event("delivery.delivered", ago(days=3), "O-slow"),
    )
    call = event("contact.received", ago(days=400), topic="order", channel="phone")

    marks = fold("service", [record(old, *slow, call)], since=ago(days=365))["marks"]

    assert [mark["object"] for mark in marks] == ["O-slow", "O-slow"]


def test_browsing_is_cut_earlier_than_the_rest() -> None:
    old = [
        event("page.viewed", ago(days=40), path="/old"),
        event("page.viewed", ago(days=3), path="/new"),
        event("complaint.received", ago(days=40)),
    ]

    state = fold("service_insight", [record(*old)], brief_since=ago(days=30))

    assert [mark.get("path", "") for mark in state["marks"]] == ["", "/new"]


def test_text_is_held_in_one_form_however_it_was_typed() -> None:
    composed, decomposed = "Zo\u00eb", "Zoe\u0308"
    twice = [
        record(attributes={"given_name": composed}),
        record(attributes={"given_name": decomposed}),
    ]

    (fact,) = [one for one in fold("service", twice)["facts"] if one["name"] == "given_name"]

    assert fact["value"] == composed


@given(worlds(), st.randoms(), st.sampled_from(sorted(PROJECTIONS)))
def test_the_order_of_facts_never_shows(
    world: list[RecordFacts], shuffler: Random, purpose: str
) -> None:
    mixed = [
        replace(one, interactions=tuple(shuffler.sample(one.interactions, len(one.interactions))))
        for one in shuffler.sample(world, len(world))
    ]

    assert canonical(fold(purpose, mixed)) == canonical(fold(purpose, world))


@given(worlds(), st.sampled_from(sorted(PROJECTIONS)))
def test_a_state_is_canonical_and_opens_as_it_was_sealed(
    world: list[RecordFacts], purpose: str
) -> None:
    state = fold(purpose, world)

    assert json.loads(canonical(state)) == state


@given(worlds(), st.sampled_from(sorted(PROJECTIONS)))
def test_restricting_a_state_is_folding_the_usable_records_alone(
    world: list[RecordFacts], purpose: str
) -> None:
    usable = {"rec-crm"}
    alone = [one for one in world if one.record_id in usable]

    assert restrict(fold(purpose, world), usable) == fold(purpose, alone)


@given(worlds(), st.sampled_from(sorted(PROJECTIONS)))
def test_a_state_as_of_now_is_the_fold_of_what_was_known_now(
    world: list[RecordFacts], purpose: str
) -> None:
    assert known_at(fold(purpose, world), NOW) == fold(purpose, before(world, NOW))
