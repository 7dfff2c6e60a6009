"""What a caller outside service can learn: nothing of a problem, by value, absence or time."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cdp.outcomes.context import build_context
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.readings import Reading
from tests.outcomes.builders import (
    LISTED,
    MARKETER,
    NOW,
    complained,
    context,
    customer,
    late_order,
    readings,
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
