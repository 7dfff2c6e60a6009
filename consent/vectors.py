"""Runs decision vectors: cases of a question, a world and the expected answer, as plain JSON.

The default policy is the base; a case's `world.policy` changes it. Two purposes exist for vectors
only: `health_offers` (special category) and `targeted_ads`. Contact points are used as references.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from consent.decision import Ask, Decision, decide, offers_permitted
from consent.defaults import default_document
from consent.events import FLAGS, SOURCES, ConsentFact
from consent.policy import Policy
from consent.reading import CHANNELS
from consent.subject import (
    CUSTOMER,
    Circumstances,
    Contact,
    Member,
    Preference,
    SoftOptIn,
    Subject,
)

Json = Mapping[str, Any]
_AS_THEY_ARE: Final = (
    "max_age_days",
    "doi_channels",
    "doi_hours",
    "soft_optin",
    "soft_optin_months",
    "minors_with_guardian",
    "ages",
    "cap",
    "quiet",
    "prompt_months",
    "notice_at_collection",
    "matrix",
)


@dataclass(frozen=True, slots=True)
class VectorResult:
    """One case: what was expected and what was found, each as `DECISION REASON [records]`."""

    id: str
    description: str
    passed: bool
    expected: str
    found: str


def run(cases: Iterable[Json]) -> list[VectorResult]:
    """Decide every case and compare decision, reason and, where given, usable records.

    Raises:
        ValueError: a case that is no case (InvalidConsent, InvalidPolicy, or a bad instant).
        KeyError: a case without one of its parts.
    """
    return [_result(case) for case in cases]


def _result(case: Json) -> VectorResult:
    decision, expect = answer(case), case["expect"]
    records = expect.get("usable_records")
    expected = _line(expect["decision"], expect["reason"], records)
    usable = None if records is None else decision.usable
    found = _line("PERMIT" if decision else "DENY", decision.reason, usable)
    return VectorResult(case["id"], case["description"], expected == found, expected, found)


def _line(decision: str, reason: str, records: Iterable[str] | None) -> str:
    usable = "" if records is None else " " + ",".join(sorted(records))
    return f"{decision} {reason}{usable}"


def answer(case: Json) -> Decision:
    """The decision of one case."""
    asked, world = case["ask"], case["world"]
    policy = Policy.parse(_policy(world))
    ask = Ask(
        purpose=asked["purpose"],
        now=datetime.fromisoformat(asked["now"]),
        channel=asked.get("channel"),
        contact=asked.get("cp"),
        brand=asked.get("brand"),
        topic=asked.get("topic"),
        action=asked.get("action", "disclose"),
    )
    subject = _subject(world, asked)
    wraps = world.get("wraps")
    if case["question"] == "offers_permitted":
        return offers_permitted(policy, subject, ask, sealed=wraps)
    return decide(
        policy, subject, ask, sealed=None if wraps is None else wraps.get(ask.purpose, ())
    )


def _policy(world: Json) -> dict[str, Any]:
    document, changes = default_document(), world.get("policy", {})
    document["purposes"]["targeted_ads"]["status"] = "active"
    document["purposes"]["health_offers"] = {"parent": "marketing", "is_special": True}
    document["matrix"]["health_offers"] = dict.fromkeys(document["matrix"]["offers"], "explicit")
    document["doi_channels"] = []
    document["notices"] = world.get("notices", {})
    document.update({key: changes[key] for key in _AS_THEY_ARE if key in changes})
    for key in ("lia", "compelling"):
        filed = changes.get(key, {})
        document[key] = filed if isinstance(filed, dict) else dict.fromkeys(filed, "on file")
    return document


def _subject(world: Json, asked: Json) -> Subject | None:
    profile = world["profiles"].get(asked["profile"])
    if profile is None:
        return None
    return Subject(
        profile_id=asked["profile"],
        lifecycle=profile.get("lifecycle", "active"),
        merged_at=_instant(profile.get("merged_at")),
        circumstances=Circumstances(
            regimes=frozenset(profile.get("regimes", ())),
            birth_date=profile.get("birth_date"),
            age=profile.get("age"),
            utc_offsets=_offsets(profile),
            contacts=_contacts(world, asked),
            preferences=_preferences(profile.get("prefs", ())),
            soft_optin=_soft(profile.get("soft_optin")),
            sent={
                channel: tuple(datetime.fromisoformat(moment) for moment in moments)
                for channel, moments in profile.get("sent", {}).items()
            },
        ),
        members=tuple(_member(record, world["events"]) for record in profile["records"]),
    )


def _member(record: Json, events: Iterable[Json]) -> Member:
    return Member(
        record_id=record["id"],
        link=record["link"],
        relation=record.get("relation", CUSTOMER),
        facts=tuple(_fact(event) for event in events if record["id"] in event["recs"]),
    )


def _fact(event: Json) -> ConsentFact:
    return ConsentFact.parse(
        {
            "id": event["id"],
            "type": event["type"],
            "purposes": event["purposes"],
            "channels": event.get("channels"),
            "contact": event.get("cp"),
            "brand": event.get("brand"),
            "rank": SOURCES[event["src"]],
            "at": event["at"],
            "received": event.get("received", event["at"]),
            "notice": event.get("notice"),
            "evidence": bool(event.get("evidence")),
            "ctype": event.get("ctype", "expressed"),
            "flags": [flag for flag in sorted(FLAGS) if event.get(flag)],
            "until": event.get("until"),
            "pending_at": event.get("pending_at"),
        }
    )


def _contacts(world: Json, asked: Json) -> tuple[Contact, ...]:
    """The contact point of the ask, on every channel; verified unless the ask says otherwise."""
    if not asked.get("cp"):
        return ()
    listed = world.get("suppression", {}).items()
    contact = Contact(
        ref=asked["cp"],
        type="any",
        channels=frozenset(CHANNELS),
        verified=asked.get("cp_verified", True),
        bounced=asked.get("cp_bounced", False),
        suppressed=frozenset(
            channel for channel, tokens in listed if asked.get("cp_hmac") in tokens
        ),
    )
    return (contact,)


def _offsets(profile: Json) -> tuple[int, ...]:
    """Hours as one zone (`tz_offset_h`) or as candidates (`tz_offsets_h`)."""
    hours = profile.get("tz_offsets_h") or [profile.get("tz_offset_h")]
    return tuple(int(hour * 60) for hour in hours if hour is not None)


def _preferences(prefs: Iterable[Json]) -> frozenset[Preference]:
    """What is off after all changes, the last of each counting."""
    state = {Preference(item.get("channel"), item.get("topic")): bool(item["on"]) for item in prefs}
    return frozenset(item for item, on in state.items() if not on)


def _soft(source: Json | None) -> SoftOptIn | None:
    if source is None:
        return None
    return SoftOptIn(
        sale_at=datetime.fromisoformat(source["sale_at"]),
        similar=source["similar"],
        optout_offered=source["optout_offered"],
        record_id=source.get("record"),
    )


def _instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
