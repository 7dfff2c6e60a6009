"""Builders of customers, trails and questions. Everything happens around `NOW`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cdp.outcomes.catalogues import Catalogues
from cdp.outcomes.context import build_context
from cdp.outcomes.events import Interaction
from cdp.outcomes.facts import ContactPoint, RecordFacts
from cdp.outcomes.offers import Catalogue
from cdp.outcomes.readings import ContextRequest, Permission, Reading
from cdp.outcomes.state import fold
from cdp.outcomes.trail import Trail, read_trail

NOW = datetime(2026, 3, 18, 14, 5, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=5)
ALL_CHANNELS = ("chat", "email", "sms")


def ago(days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
    return NOW - timedelta(days=days, hours=hours, minutes=minutes)


def event(
    kind: str,
    at: datetime,
    about: str = "",
    /,
    *,
    record: str = "rec-crm",
    name: str = "",
    received: datetime | None = None,
    **data: Any,
) -> Interaction:
    return Interaction.parse(
        {
            "id": name or f"{kind}/{about}/{at:%m%d%H%M}",
            "record_id": record,
            "source": record.removeprefix("rec-"),
            "type": kind,
            "at": at,
            "received": received or at,
            "object": about,
            "data": data,
        }
    )


def record(
    *events: Interaction,
    name: str = "rec-crm",
    relation: str = "customer",
    attributes: Mapping[str, str] | None = None,
    contacts: tuple[ContactPoint, ...] = (),
    seen_at: datetime | None = None,
) -> RecordFacts:
    return RecordFacts(
        record_id=name,
        source=name.removeprefix("rec-"),
        stream="people",
        relation=relation,
        seen_at=seen_at or ago(days=100),
        attributes=attributes or {},
        interactions=events,
        contacts=contacts,
    )


EMAIL = ContactPoint("email", "ada@example.org", ("email",), "cp-1", confirmed=True)
PHONE = ContactPoint("phone", "+4930123456", ("phone", "sms", "chat"), "cp-2")
ADA = {"given_name": "Ada", "family_name": "Byron", "language": "en", "country": "DE"}


def late_order() -> tuple[Interaction, ...]:
    """An order promised five days ago that nobody delivered."""
    return (
        event("order.placed", ago(days=14), "O-8841", promised_at="2026-03-13", total="49.90"),
        event("shipment.sent", ago(days=7), "O-8841", carrier="dhl"),
    )


def good_order() -> tuple[Interaction, ...]:
    """An order delivered two days before its promise."""
    return (
        event("order.placed", ago(days=20), "O-7001", promised_at="2026-03-10"),
        event("delivery.delivered", ago(days=10), "O-7001"),
    )


def complained() -> tuple[Interaction, ...]:
    """A case about the late order, opened two days ago, with a complaint."""
    return (
        event(
            "case.opened",
            ago(hours=52),
            "C-2210",
            kind="order_problem",
            topic="late_delivery",
            about="O-8841",
            channel="email",
        ),
        event(
            "complaint.received", ago(hours=3), topic="late_delivery", case="C-2210", channel="chat"
        ),
    )


def customer(*events: Interaction) -> RecordFacts:
    """Ada, known to the CRM, with two addresses."""
    return record(*events, attributes=ADA, contacts=(EMAIL, PHONE))


def trail(*events: Interaction) -> Trail:
    return read_trail(fold("service", [record(*events)]))


def permit(reason: str = "BASIS_CONTRACT", basis: str = "contract", *receipts: str) -> Permission:
    return Permission(
        permitted=True, reason=reason, basis=basis, decisive=receipts, valid_until=UNTIL
    )


def deny(reason: str = "NO_RECORD") -> Permission:
    return Permission(permitted=False, reason=reason, valid_until=UNTIL)


def readings(
    records: Sequence[RecordFacts],
    *,
    service: Permission | None = None,
    insight: Permission | None = None,
    channels: Sequence[str] = (),
    reason: str = "NO_RECORD",
    wanted: str = "GENERIC_ONLY:NO_RECORD",
) -> list[Reading]:
    """The readings of a profile; offers are permitted on `channels`, else denied for `reason`."""
    personal = wanted == "PERSONALISED"
    usable = frozenset(one.record_id for one in records)
    reachable = {
        (point.ref, name) for one in records for point in one.contacts for name in channels
    }
    by_channel = {
        name: permit("BASIS_CONSENT", "consent", "evt-offers") if name in channels else deny(reason)
        for name in ALL_CHANNELS
    }
    return [
        Reading("service", service or permit(), usable, fold("service", records)),
        Reading(
            "service_insight",
            insight or permit("BASIS_LI", "legitimate_interest"),
            usable,
            fold("service_insight", records),
        ),
        Reading(
            "offers",
            permit(wanted, "consent", "evt-offers") if channels else deny(reason),
            usable,
            fold("offers", records, reachable=reachable),
            by_channel,
        ),
        Reading(
            "profiling_offers",
            permit("BASIS_CONSENT", "consent", "evt-profiling") if personal else deny(),
            usable,
            fold("profiling_offers", records) if personal else None,
        ),
    ]


OFFERS: list[dict[str, Any]] = [
    {
        "id": "of_garden10",
        "title": "Ten percent on garden tools",
        "group": "garden",
        "brand": "north",
        "channels": ["email", "chat"],
        "eligibility": {"countries": ["DE", "AT"], "languages": ["en"]},
        "active_from": "2026-03-01T00:00:00Z",
        "active_until": "2026-04-01T00:00:00Z",
    },
    {
        "id": "of_members",
        "title": "A day for members",
        "group": "club",
        "channels": ["email"],
        "eligibility": {"relations": ["member"]},
        "active_from": "2026-03-01T00:00:00Z",
        "active_until": "2026-04-01T00:00:00Z",
    },
]
ANSWERS: list[dict[str, Any]] = [
    {
        "id": "a-track",
        "title": "Where is my parcel",
        "intent": "order_status",
        "channels": ["chat", "email"],
        "url": "https://help.example/track",
        "valid_from": "2026-01-01T00:00:00Z",
    },
    {
        "id": "a-late",
        "title": "When a delivery is late",
        "topic": "late_delivery",
        "channels": ["chat"],
        "valid_from": "2026-01-01T00:00:00Z",
        "used": {"times": 40, "without_repeat": 38},
    },
]
CATALOGUE = Catalogue.parse(OFFERS)
LISTED = Catalogues.parse(offers=OFFERS, answers=ANSWERS)

AGENT = frozenset({"service", "service_insight", "offers", "profiling_offers"})
MARKETER = frozenset({"offers"})
PROFILER = frozenset({"offers", "profiling_offers"})


def request(
    purpose: str = "service",
    channel: str = "chat",
    bound: frozenset[str] = AGENT,
    now: datetime = NOW,
    topic: str = "",
) -> ContextRequest:
    return ContextRequest(
        profile_id="p-7f3a",
        canonical_id="p-7f3a",
        purpose=purpose,
        channel=channel,
        now=now,
        bound=bound,
        client="agent-desktop",
        interaction_id="int-55",
        topic=topic,
    )


def context(
    records: Sequence[RecordFacts], asked: ContextRequest | None = None, **given: Any
) -> dict[str, Any]:
    return build_context(asked or request(), readings(records, **given), LISTED)
