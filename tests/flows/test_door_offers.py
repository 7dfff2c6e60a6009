"""The door: whether an offer may be chosen by behaviour is said, and shown to whom it is for."""

from uuid import UUID

from cdp import door, work
from cdp.clock import now
from cdp.flows.disclose import Caller
from cdp.platform import Platform
from consent.decision import Ask
from tests.flows.seeding import PEOPLE, STAFF, Seeded
from tests.flows.speech import say

MARKETING = Caller(None, "campaigns", frozenset({"offers"}))


def profiling(platform: Platform, profile: UUID, kind: str) -> None:
    say(
        platform,
        profile,
        kind,
        source="subject_auth",
        identifier=PEOPLE["ada"].email,
        purposes=["profiling_offers"],
        channels=["*"],
    )
    work.refresh_all(platform)


def reason(platform: Platform, profile: UUID, caller: Caller = STAFF) -> object:
    return door.profile(platform, caller, profile, "offers").decision["reason"]


def test_offers_are_personal_for_whoever_permits_profiling(seeded: Seeded) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    assert reason(platform, ada) == "GENERIC_ONLY:NO_RECORD"

    profiling(platform, ada, "given")
    assert reason(platform, ada) == "PERSONALISED"

    profiling(platform, ada, "withdrawn")
    assert reason(platform, ada) == "GENERIC_ONLY:WITHDRAWN"


def test_why_offers_are_not_personal_is_no_code_for_a_caller_outside_service(
    seeded: Seeded,
) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    assert reason(platform, ada, MARKETING) == "GENERIC_ONLY:no_permission"
    profiling(platform, ada, "given")
    profiling(platform, ada, "withdrawn")

    read = reason(platform, ada, MARKETING)
    decided = door.decide(platform, MARKETING, ada, Ask(purpose="offers", channel=None, now=now()))

    assert read == decided.decision["reason"] == "GENERIC_ONLY:no_permission"


def test_a_caller_bound_to_offers_alone_gets_nothing_of_the_profiling_view(seeded: Seeded) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    profiling(platform, ada, "given")

    found = door.profile(platform, MARKETING, ada, "offers")
    context = door.context(platform, MARKETING, ada, "offers", channel="chat")

    assert found.decision["reason"] == "PERSONALISED"
    assert PEOPLE["ada"].ordered not in str(found.data)
    assert "engagement" not in str(context)
    assert [line["purpose"] for line in context["permissions"]] == ["offers"]
