"""What a caller outside service can learn: nothing of a problem, by value, absence or time."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cdp.outcomes.context import build_context
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.readings import ContextRequest, Reading
from tests.outcomes.builders import (
    ADA,
    EMAIL,
    LISTED,
    MARKETER,
    NOW,
    PROFILER,
    ago,
    complained,
    context,
    customer,
    event,
    good_order,
    late_order,
    readings,
    record,
    request,
)
from tests.outcomes.worlds import worlds

FORBIDDEN = ("C-1", "C-2", "O-1", "O-2", "order", "case", "complain", "resol", "satisf", "issue")
REASONS = ("no_permission", "not_now")
CONSENTS = st.sampled_from(
    ["NO_RECORD", "WITHDRAWN", "ERASED", "QUIET_HOURS", "FREQ_CAP", "MINOR_BLOCKED", "KEY_ABSENT"]
)
CHANNELS = st.sampled_from([(), ("email",), ("email", "chat", "sms")])
ASKED = request("offers", "email", MARKETER)
PROFILING = request("offers", "email", PROFILER)
SERVICE_ALONE = frozenset({"service", "offers"})
OF_SERVICE = ("service", "service_insight")


def reasons(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["reason"]} if isinstance(part.get("reason"), str) else set()
        return own.union(*(reasons(value) for value in part.values()))
    if isinstance(part, list):
        return set().union(*map(reasons, part))
    return set()


@given(worlds(), CHANNELS, CONSENTS)
def test_no_word_of_service_is_in_a_marketing_document(
    world: list[RecordFacts], channels: tuple[str, ...], reason: str
) -> None:
    document = context(world, ASKED, channels=channels, reason=reason)

    written = json.dumps(document)
    assert not [word for word in FORBIDDEN if word in written]
    if not document["offers"]["permitted"]:
        assert reasons(document) <= set(REASONS)
        assert document["actions"] == {}
        assert document["outcomes"] == {}
        assert document["evidence"] == {}


@given(worlds(), worlds(), CHANNELS)
def test_two_people_whose_offers_are_withheld_for_now_look_alike(
    one: list[RecordFacts], other: list[RecordFacts], channels: tuple[str, ...]
) -> None:
    documents = [
        context(world, ASKED, channels=channels, reason="QUIET_HOURS") for world in (one, other)
    ]

    withheld = [each for each in documents if not each["offers"]["permitted"]]
    assert len({json.dumps(each) for each in withheld}) <= 1


@given(CHANNELS, st.integers(1, 14))
def test_neither_a_cap_nor_a_problem_shows_in_the_moment_a_document_expires(
    channels: tuple[str, ...], minutes: int
) -> None:
    troubled = readings([customer(*late_order(), *complained())], channels=("email",))
    capped = [_ending(one, minutes) for one in readings([customer()], reason="FREQ_CAP")]

    first, second = (build_context(ASKED, given_, LISTED) for given_ in (troubled, capped))

    assert first == second


def _ending(reading: Reading, minutes: int) -> Reading:
    until = NOW + timedelta(minutes=minutes)
    return replace(reading, permission=replace(reading.permission, valid_until=until))


def _with_service_of(
    one: list[RecordFacts], other: list[RecordFacts], *purposes: str, **given_: Any
) -> list[Reading]:
    """The readings of one person, with those of some purposes taken from another."""
    theirs = {reading.purpose: reading for reading in readings(other, **given_)}
    return [
        theirs[reading.purpose] if reading.purpose in purposes else reading
        for reading in readings(one, **given_)
    ]


WANTED = st.sampled_from(["PERSONALISED", "GENERIC_ONLY:NO_RECORD"])


@given(worlds(), worlds(), CHANNELS, WANTED, st.sampled_from([ASKED, PROFILING]))
def test_service_tells_a_marketing_caller_nothing_but_whether_there_are_offers(
    one: list[RecordFacts],
    other: list[RecordFacts],
    channels: tuple[str, ...],
    wanted: str,
    asked: ContextRequest,
) -> None:
    given_: dict[str, Any] = {"channels": channels, "wanted": wanted}
    own = build_context(asked, readings(one, **given_), LISTED)
    mixed = build_context(asked, _with_service_of(one, other, *OF_SERVICE, **given_), LISTED)

    if own["offers"]["permitted"] == mixed["offers"]["permitted"]:
        assert json.dumps(own) == json.dumps(mixed)


@given(worlds(), CHANNELS)
def test_a_profiling_caller_reads_behaviour_and_no_word_of_service(
    world: list[RecordFacts], channels: tuple[str, ...]
) -> None:
    document = context(world, PROFILING, channels=channels, wanted="PERSONALISED")

    written = json.dumps(document)
    words = [word for word in FORBIDDEN if word not in {"order", "O-1", "O-2"}]
    assert not [word for word in (*words, "refund", "return", "delivery") if word in written]
    assert "journeys" not in document
    assert set(document["outcomes"]) <= {"engagement", "knowledge"}
    assert reasons(document["withheld"]) <= set(REASONS)


def test_that_a_desk_of_complaints_knows_a_person_too_does_not_show_in_a_marketing_document() -> (
    None
):
    known = customer(*good_order())
    ticket = record(
        name="rec-support_cases", attributes=ADA, contacts=(EMAIL,), seen_at=ago(hours=2)
    )

    for asked in (ASKED, PROFILING):
        alone, both = (
            context(one, asked, channels=("email",), wanted="PERSONALISED")
            for one in ([known], [known, ticket])
        )

        assert alone["offers"]["contact_points"] == [{"type": "email", "value": EMAIL.value}]
        assert json.dumps(alone) == json.dumps(both)


@given(worlds(), worlds(), CHANNELS)
def test_the_order_of_offers_tells_a_caller_without_profiling_nothing_of_behaviour(
    one: list[RecordFacts], other: list[RecordFacts], channels: tuple[str, ...]
) -> None:
    given_: dict[str, Any] = {"channels": channels, "wanted": "PERSONALISED"}
    own = build_context(ASKED, readings(one, **given_), LISTED)
    mixed = build_context(ASKED, _with_service_of(one, other, "profiling_offers", **given_), LISTED)

    assert json.dumps(own) == json.dumps(mixed)


@given(worlds(), worlds(), CHANNELS)
def test_a_service_caller_without_insight_learns_nothing_that_was_inferred(
    one: list[RecordFacts], other: list[RecordFacts], channels: tuple[str, ...]
) -> None:
    asked = request("service", "email", SERVICE_ALONE, topic="late_delivery")
    own = build_context(asked, readings(one, channels=channels), LISTED)
    mixed = build_context(
        asked, _with_service_of(one, other, "service_insight", channels=channels), LISTED
    )

    for document in (own, mixed):
        # That no offer is made may be told; all else of the knowledge may not differ by it.
        made = document["outcomes"].get("knowledge", {}).pop("offers", None)
        assert bool(made) == bool(document["actions"].get("offers"))
    for part in ("outcomes", "journeys", "permissions", "expires_at"):
        assert own.get(part) == mixed.get(part)
    for part in ("service", "answers"):
        assert own["actions"][part] == mixed["actions"][part]
    assert not {"intent", "satisfaction", "effort"} & own["outcomes"].keys()


@given(worlds())
def test_without_profiling_nobody_reads_behaviour(world: list[RecordFacts]) -> None:
    document = context(world, request(channel="email"), channels=("email",))

    assert "engagement" not in document["outcomes"]
    assert "preferences" not in document["outcomes"].get("knowledge", {})
    assert not [one for one in document["actions"]["offers"] if "affinity" in one]


@given(st.integers(1, 14))
def test_the_end_of_a_service_permission_does_not_show_in_a_marketing_document(
    minutes: int,
) -> None:
    given_ = readings([customer()], channels=("email",), wanted="PERSONALISED")
    ending = [_ending(one, minutes) if one.purpose in OF_SERVICE else one for one in given_]

    assert build_context(PROFILING, ending, LISTED) == build_context(PROFILING, given_, LISTED)


def test_a_topic_named_in_a_marketing_request_changes_nothing_else() -> None:
    searched = event("search.performed", ago(hours=1), results=0, query="late parcel")
    asked = request("offers", "email", MARKETER, topic="late_delivery")

    plain, named = (
        context([customer(searched)], one, channels=("email",)) for one in (ASKED, asked)
    )

    for part in plain.keys() - {"request", "audit"}:
        assert plain[part] == named[part]
