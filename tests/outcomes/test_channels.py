from typing import Any

from hypothesis import given

from cdp.outcomes.channels import preferred_channels
from cdp.outcomes.claims import Claim
from cdp.outcomes.events import Interaction
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.fields import CHANNELS
from cdp.outcomes.knowledge import facts
from cdp.outcomes.state import fold
from cdp.outcomes.trail import read_trail
from tests.outcomes.builders import NOW, ago, context, event, record
from tests.outcomes.worlds import worlds


def claims(*events: Interaction, **attributes: str) -> list[Claim]:
    state = fold("service", [record(*events, attributes=attributes)])
    return list(preferred_channels(facts(state, NOW), read_trail(state), NOW))


def values(*events: Interaction, **attributes: str) -> list[dict[str, Any]]:
    return [dict(claim.value or {}) for claim in claims(*events, **attributes)]


def call(days: float, channel: str = "phone", topic: str = "invoice") -> Interaction:
    return event("contact.received", ago(days=days), name=f"c{days}", topic=topic, channel=channel)


def says(days: float, channel: str, topic: str = "") -> Interaction:
    told: dict[str, Any] = {"topic": topic} if topic else {}
    return event(
        "preference.declared", ago(days=days), key="preferred_channel", value=channel, **told
    )


def test_the_channel_of_most_contacts_is_observed_by_topic() -> None:
    assert values(call(1), call(20), call(40, "chat"), call(60, "chat", "delivery")) == [
        {"preferred_channel": "phone", "topic": "invoice", "contacts": 2, "of": 3},
    ]


def test_the_observed_channel_is_cited_with_what_speaks_against_it() -> None:
    general, invoice = claims(call(1), call(20), call(40, "chat"), call(60, "phone"))

    assert general.value == {"preferred_channel": "phone", "contacts": 3, "of": 4}
    assert invoice.status == "observed"
    assert [piece.document()["event_id"] for piece in general.counter_evidence] == ["c40"]


def test_one_contact_shows_nothing() -> None:
    assert values(call(1)) == []
    assert values(call(1), call(400)) == []


def test_what_was_declared_beats_what_is_observed_and_keeps_it_as_counter_evidence() -> None:
    claim, observed = claims(says(9, "chat"), call(1), call(2), call(3))

    assert (claim.value, claim.status) == ({"preferred_channel": "chat"}, "declared")
    assert len(claim.counter_evidence) == 3
    assert observed.value is not None
    assert observed.value["topic"] == "invoice"


def test_a_declaration_for_a_topic_stands_beside_the_general_one() -> None:
    assert values(says(9, "chat"), says(8, "phone", "billing")) == [
        {"preferred_channel": "chat"},
        {"preferred_channel": "phone", "topic": "billing"},
    ]


def test_a_record_may_hold_a_preference_and_a_declaration_wears_off() -> None:
    (recorded,) = claims(preferred_channel="email")

    assert (recorded.value, recorded.status) == ({"preferred_channel": "email"}, "observed")
    assert values(says(731, "chat")) == []


def test_a_channel_nobody_knows_is_not_repeated() -> None:
    assert values(says(9, "carrier pigeon"), preferred_channel="telegram") == []


def test_a_context_of_service_holds_the_preferred_channel() -> None:
    document = context([record(says(9, "chat"))])

    (claim,) = document["outcomes"]["knowledge"]["channels"]
    assert claim["value"] == {"preferred_channel": "chat"}
    assert claim["basis"]["purpose"] == "service"


@given(worlds())
def test_a_claim_names_a_channel_and_a_topic_once(world: list[RecordFacts]) -> None:
    state = fold("service", world)

    found = preferred_channels(facts(state, NOW), read_trail(state), NOW)

    topics = [(claim.value or {}).get("topic", "") for claim in found]
    assert topics == sorted(set(topics))
    assert {(claim.value or {})["preferred_channel"] for claim in found} <= CHANNELS
