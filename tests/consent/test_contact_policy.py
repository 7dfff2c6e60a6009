"""G8 preference, G10 contact policy, G11 key."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from consent.decision import decide
from consent.subject import Contact, Preference
from tests.consent.builders import (
    ADDRESS,
    NOW,
    POLICY,
    answer,
    around,
    ask,
    days,
    fact,
    member,
    policy,
    reason,
    subject,
)

LIA = policy(lia={"security": "L1"})


def off(*items: tuple[str | None, str | None], **asked: Any) -> str:
    preferences = frozenset(Preference(*item) for item in items)
    purpose = asked.pop("purpose", "offers")
    return reason(fact(), of=LIA, preferences=preferences, asked=ask(purpose, **asked))


def test_what_was_switched_off_is_off() -> None:
    assert off(("email", None)) == "CHANNEL_OFF"
    assert off(("sms", None)) == "BASIS_CONSENT"
    assert off((None, "travel"), topic="travel") == "TOPIC_OFF"
    assert off((None, "travel"), topic="food") == "BASIS_CONSENT"
    assert off(("email", "travel"), topic="travel") == "TOPIC_OFF"
    assert off(("email", "travel"), topic="travel", channel="sms") == "BASIS_CONSENT"
    assert off(("email", "travel")) == "BASIS_CONSENT"
    assert off(("email", None), purpose="service") == "CHANNEL_OFF"


@pytest.mark.parametrize("purpose", ["security", "legal", "dsr"])
def test_what_is_vital_goes_over_any_preference_cap_or_hour(purpose: str) -> None:
    of = policy(lia={"security": "L1"}, cap={"*": [0, 1]}, quiet={"*": [0, 23]})
    asked = ask(purpose, contact=ADDRESS, action="contact")

    assert off(("email", None), purpose=purpose).startswith("BASIS_")
    assert answer(of=of, asked=asked)


def contacted(*, of: Any = POLICY, contact: str | None = ADDRESS, **changes: Any) -> Any:
    channel = changes.pop("channel", "email")
    asked = ask(channel=channel, contact=contact, action="contact", now=changes.pop("now", NOW))
    return answer(fact(), of=of, asked=asked, **changes)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({}, "CONTACT_UNVERIFIED"),
        ({"verified": False, "bounced": True}, "CONTACT_UNVERIFIED"),
        ({"verified": True, "bounced": True}, "UNDELIVERABLE"),
        ({"verified": True}, "BASIS_CONSENT"),
    ],
)
def test_a_contact_point_is_verified_and_does_not_bounce(
    state: dict[str, Any], expected: str
) -> None:
    contact = Contact(ADDRESS, "email", frozenset({"email"}), **state)

    assert contacted(contacts=(contact,)).reason == expected


def test_an_address_nobody_knows_or_names_is_not_verified() -> None:
    assert contacted(contact="ref-9").reason == "CONTACT_UNVERIFIED"
    assert contacted(contact=None).reason == "CONTACT_UNVERIFIED"
    assert contacted(contact=None, channel="inapp").reason == "BASIS_CONSENT"


def sent(*ago: float) -> tuple[datetime, ...]:
    return tuple(NOW - days(count) for count in ago)


@pytest.mark.parametrize(
    ("cap", "history", "retry"),
    [
        ({"email": [2, 7]}, {"email": sent(1, 3)}, NOW + days(4)),
        ({"email": [2, 7]}, {"email": sent(1, 2, 3)}, NOW + days(5)),
        ({"*": [2, 7]}, {"email": sent(1), "sms": sent(6)}, NOW + days(1)),
        ({"*": [1, 7], "email": [1, 2]}, {"email": sent(1)}, NOW + days(6)),
        ({"email": [0, 7]}, {}, None),
        ({"email": [0, 7], "*": [1, 7]}, {"email": sent(1)}, None),
    ],
)
def test_a_cap_that_is_reached_says_when_it_frees_a_place(
    cap: dict[str, Any], history: dict[str, Any], retry: datetime | None
) -> None:
    found = contacted(of=policy(cap=cap), sent=history)

    assert (found.reason, found.retry_after) == ("FREQ_CAP", retry)


def test_messages_of_other_channels_and_older_ones_do_not_count() -> None:
    of = policy(cap={"email": [2, 7]})

    assert contacted(of=of, sent={"email": sent(1, 7), "sms": sent(2)})
    assert contacted(of=of, sent={"email": sent(1, -1)})
    assert answer(fact(), of=of, asked=ask(), sent={"email": sent(1, 2)})


@pytest.mark.parametrize(
    ("hour", "offsets", "retry"),
    [
        (12, (0, 540), "2026-11-22T08:00:00Z"),
        (12, (540, 600), "2026-11-21T23:00:00Z"),
        (12, (0, 120), None),
        (7, (60,), None),
        (6, (60,), "2026-11-21T07:00:00Z"),
        (19, (60, 120), "2026-11-22T07:00:00Z"),
        (22, (60,), "2026-11-22T07:00:00Z"),
        (12, (0, 330, 570), "2026-11-22T08:00:00Z"),
    ],
)
def test_it_is_quiet_if_it_is_in_any_zone_the_person_may_be_in(
    hour: int, offsets: tuple[int, ...], retry: str | None
) -> None:
    of = policy(quiet={"*": [21, 8]})
    found = contacted(of=of, utc_offsets=offsets, now=NOW.replace(hour=hour))

    assert found.reason == ("QUIET_HOURS" if retry else "BASIS_CONSENT")
    assert found.retry_after == (datetime.fromisoformat(retry) if retry else None)


def test_quiet_hours_by_day_are_read_as_such() -> None:
    of = policy(quiet={"email": [12, 14]})

    assert contacted(of=of, utc_offsets=(60,)).retry_after == NOW + timedelta(hours=1)
    assert contacted(of=of, utc_offsets=(0,), now=NOW.replace(hour=14))
    assert contacted(of=of, utc_offsets=(0,), now=NOW.replace(hour=11))


def test_an_unknown_zone_may_be_any_and_some_people_are_never_awake_together() -> None:
    assert contacted(of=policy(quiet={"email": [21, 8]})).reason == "QUIET_HOURS"
    assert contacted(of=policy(quiet={"email": [21, 8]})).retry_after is None
    assert contacted(of=policy(quiet={"sms": [21, 8]}))
    never = contacted(of=policy(quiet={"email": [1, 0]}), utc_offsets=(0, 720))
    assert (never.reason, never.retry_after) == ("QUIET_HOURS", None)


def test_an_answer_ends_when_the_quiet_hours_begin_or_end() -> None:
    of = policy(quiet={"email": [21, 8]})
    before = NOW.replace(hour=20, minute=58)

    assert contacted(of=of, utc_offsets=(0,), now=before).valid_until == NOW.replace(hour=21)
    early = NOW.replace(hour=7, minute=58)
    assert contacted(of=of, utc_offsets=(0,), now=early).valid_until == NOW.replace(hour=8)


# --- G11

TWO = subject(member(fact()), member(record_id="r2"))


def test_what_consent_permits_must_be_sealed_and_only_that_is_usable() -> None:
    assert decide(POLICY, TWO, ask(), sealed=[]).reason == "KEY_ABSENT"
    assert decide(POLICY, TWO, ask(), sealed=[], pending=True).reason == "VIEW_PENDING"
    assert decide(POLICY, TWO, ask(), sealed=["r2", "r9"]).usable == ("r2",)
    assert decide(POLICY, TWO, ask()).usable == ("r1", "r2")


def test_a_missing_view_without_consent_is_no_alarm() -> None:
    american = subject(member(), regimes=("US-CA",))

    assert decide(POLICY, american, ask(), sealed=[]).reason == "BASIS_OPTOUT"
    assert decide(POLICY, american, ask(), sealed=[], pending=True).reason == "VIEW_PENDING"


def test_a_refusal_is_not_hidden_by_a_missing_view() -> None:
    refused = subject(member(fact("withdrawn")))

    assert decide(POLICY, refused, ask(), sealed=[], pending=True).reason == "WITHDRAWN"
    assert around("EU").contact("ref-9") is None
