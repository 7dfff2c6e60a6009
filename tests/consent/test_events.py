"""Consent facts and events: strict in, the same out, and no values in messages."""

from datetime import UTC, datetime
from typing import Any

import pytest

from consent.events import (
    NOES,
    RESTRICTIONS,
    SOURCES,
    TYPES,
    ConsentEvent,
    ConsentFact,
    InvalidConsent,
)

FACT: dict[str, Any] = {
    "id": "e1",
    "type": "given",
    "purposes": ["offers"],
    "rank": 5,
    "at": "2026-03-01T10:00:00+01:00",
    "received": "2026-03-01T09:00:01Z",
}
EVENT: dict[str, Any] = {
    "id": "e1",
    "type": "given",
    "purposes": ["offers", "newsletter"],
    "at": "2026-03-01T09:00:00Z",
    "received": "2026-03-01T09:00:01.123456Z",
    "records": ["r1", "r2"],
    "source": "subject_link",
    "channels": ["email"],
    "contact": "ref-1",
    "brand": "B",
    "ctype": "explicit",
    "flags": ["guardian"],
    "until": "2027-03-01T09:00:00Z",
    "pending_at": "2026-03-01T08:00:00Z",
    "notice": "n1",
    "notice_sha256": "ab",
    "language": "de",
    "subject_ref": "s1",
    "by_party": "guardian",
    "method": "double_opt_in",
    "evidence": {"ref": "x", "sha256": "cd"},
    "policy_hash": "ef",
    "proof": {"kind": "token", "issued": 3, "parts": ["a", {"b": None}]},
    "record_schema": "https://example.org/schema",
}


def test_a_fact_has_defaults_for_what_it_does_not_say() -> None:
    fact = ConsentFact.parse(FACT)

    assert fact.at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert (fact.channels, fact.contact, fact.brand) == (("*",), "*", "*")
    assert (fact.ctype, fact.evidence, fact.flags, fact.until) == (
        "expressed",
        False,
        frozenset(),
        None,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"purposes": "*", "channels": "*", "evidence": True, "flags": ["preticked", "prompted"]},
        {"channels": ["email", "sms"], "contact": "c", "brand": "b", "notice": "n"},
        {"until": "2027-03-01T09:00:00.000001Z", "pending_at": "2026-03-01T08:00:00Z"},
    ],
)
def test_a_fact_comes_back_from_its_json(changes: dict[str, Any]) -> None:
    fact = ConsentFact.parse(FACT | changes)

    assert ConsentFact.parse(fact.as_dict()) == fact
    assert ConsentFact.parse(fact.as_dict()).as_dict() == fact.as_dict()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"typo": 1}, "unknown_field"),
        ({"type": "maybe"}, "unknown_type"),
        ({"type": None}, "unknown_type"),
        ({"channels": ["fax"]}, "unknown_channels"),
        ({"channels": []}, "invalid_channels"),
        ({"channels": [1]}, "invalid_channels"),
        ({"channels": "email"}, "invalid_channels"),
        ({"purposes": None}, "invalid_purposes"),
        ({"purposes": [""]}, "invalid_purposes"),
        ({"purposes": []}, "invalid_purposes"),
        ({"flags": ["nice"]}, "unknown_flags"),
        ({"ctype": "tacit"}, "unknown_ctype"),
        ({"rank": 6}, "invalid_rank"),
        ({"rank": -1}, "invalid_rank"),
        ({"rank": True}, "invalid_rank"),
        ({"rank": "5"}, "invalid_rank"),
        ({"rank": None}, "invalid_rank"),
        ({"at": "2026-03-01T09:00:00"}, "invalid_at"),
        ({"at": "yesterday"}, "invalid_at"),
        ({"at": 5}, "invalid_at"),
        ({"evidence": "x"}, "invalid_evidence"),
        ({"id": ""}, "invalid_id"),
        ({"contact": 7}, "invalid_contact"),
    ],
)
def test_a_fact_that_cannot_be_understood_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidConsent) as refused:
        ConsentFact.parse(FACT | changes)

    assert refused.value.reason == reason


def test_a_message_names_the_field_and_never_the_value() -> None:
    for changes in ({"contact": 7}, {"type": "ada@x.org"}, {"ada@x.org": 1}, {"at": "ada@x.org"}):
        with pytest.raises(InvalidConsent) as refused:
            ConsentFact.parse({**FACT, **changes})
        assert "ada@" not in str(refused.value)


def test_something_that_is_no_object_is_refused() -> None:
    with pytest.raises(InvalidConsent, match="an object is needed"):
        ConsentFact.parse([])  # type: ignore[arg-type] # what a caller's JSON may hold


def test_the_star_swallows_what_stands_beside_it() -> None:
    fact = ConsentFact.parse(FACT | {"purposes": ["offers", "*"], "channels": ["email", "*"]})

    assert (fact.purposes, fact.channels) == (("*",), ("*",))


@pytest.mark.parametrize("type_", sorted(TYPES))
def test_restrictions_are_what_can_only_take_away(type_: str) -> None:
    fact = ConsentFact.parse(FACT | {"type": type_})
    event = ConsentEvent.parse(EVENT | {"type": type_})

    assert fact.is_restriction == event.is_restriction == (type_ in RESTRICTIONS)


def test_every_no_is_a_restriction_and_no_yes_is() -> None:
    assert NOES < RESTRICTIONS
    assert {"expired"} == RESTRICTIONS - NOES


def test_an_event_comes_back_from_its_json() -> None:
    event = ConsentEvent.parse(EVENT)

    assert ConsentEvent.parse(event.as_dict()) == event
    assert event.as_dict() == {
        **EVENT,
        "at": "2026-03-01T09:00:00.000Z",
        "until": "2027-03-01T09:00:00.000Z",
        "pending_at": "2026-03-01T08:00:00.000Z",
    }


def test_an_event_needs_little() -> None:
    little = {key: EVENT[key] for key in ("id", "type", "purposes", "at", "received", "source")}
    event = ConsentEvent.parse(little)

    assert ConsentEvent.parse(event.as_dict()) == event
    assert (event.records, event.evidence, event.proof) == ((), None, None)
    assert event.record_schema.startswith("https://w3id.org/dpv/")


def test_the_fact_of_an_event_has_the_rank_the_caller_found() -> None:
    fact = ConsentEvent.parse(EVENT).fact(SOURCES["subject_link"])

    assert (fact.rank, fact.evidence, fact.contact) == (4, True, "ref-1")
    assert ConsentFact.parse(fact.as_dict()) == fact


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rank": 5}, "unknown_field"),
        ({"source": "rumour"}, "unknown_source"),
        ({"evidence": "x"}, "not_an_object"),
        ({"evidence": {"file": "x"}}, "unknown_field"),
        ({"proof": "x"}, "invalid_proof"),
        ({"proof": {"age": [0.5]}}, "invalid_proof"),
        ({"records": [5]}, "invalid_records"),
    ],
)
def test_an_event_that_cannot_be_understood_is_refused(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidConsent) as refused:
        ConsentEvent.parse(EVENT | changes)

    assert refused.value.reason == reason
