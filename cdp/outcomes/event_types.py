"""The lines of the closed event catalogue, as data. `docs/events.md` is written from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

OBJECTS = frozenset({"order", "case", "problem"})
"""What an event can be about."""


@dataclass(frozen=True, slots=True)
class EventType:
    """One line of the catalogue.

    `object` is the kind of thing the event is about (one of `OBJECTS` or ""); `required` and
    `optional` map a field to its kind (a key of `fields.KINDS`); `feeds` names the claims that
    read it.
    """

    name: str
    summary: str
    object: str = ""
    required: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, str] = field(default_factory=dict)
    feeds: tuple[str, ...] = ()


_TOUCH = {"topic": "code", "about": "ref", "case": "ref", "channel": "channel"}
_ABOUT = {"about": "ref", "case": "ref"}
_MONEY = {"amount": "amount", "currency": "code"}
_FOLLOWS = ("intent", "satisfaction", "resolution", "journeys", "exchanged")
_CONTACTS = ("intent", "satisfaction", "effort", "resolution", "channels")

_ORDERS = (
    EventType(
        "order.placed",
        "The customer ordered; the promise, if there is one, is the first one given.",
        "order",
        {},
        {
            "promised_at": "deadline",
            "total": "amount",
            "currency": "code",
            "items": "count",
            "categories": "codes",
            "channel": "channel",
        },
        (*_FOLLOWS, "engagement", "preferences"),
    ),
    EventType(
        "order.cancelled",
        "The order will not be fulfilled; `by` is `customer` or `merchant`.",
        "order",
        {},
        {"by": "code", "reason": "code"},
        _FOLLOWS,
    ),
    EventType(
        "shipment.sent",
        "The goods were handed to a carrier.",
        "order",
        {},
        {"carrier": "code"},
        _FOLLOWS,
    ),
    EventType("delivery.delivered", "The goods reached the customer.", "order", {}, {}, _FOLLOWS),
    EventType(
        "delivery.failed",
        "An attempt to deliver failed.",
        "order",
        {},
        {"reason": "code"},
        _FOLLOWS,
    ),
    EventType(
        "return.requested",
        "The customer wants to give something back.",
        "order",
        {},
        {"reason": "code", "channel": "channel"},
        _FOLLOWS,
    ),
    EventType("return.received", "What was given back arrived.", "order", {}, {}, ("journeys",)),
    EventType("refund.issued", "Money went back to the customer.", "order", {}, _MONEY, _FOLLOWS),
    EventType(
        "checkout.abandoned",
        "The customer left a checkout without ordering.",
        "",
        {},
        {"step": "code", "channel": "channel"},
        ("intent", "satisfaction"),
    ),
)
_CASES = (
    EventType(
        "case.opened",
        "A problem or question got a ticket; without a topic its kind is the topic.",
        "case",
        {"kind": "code"},
        {"topic": "code", "about": "ref", "channel": "channel", "due_at": "deadline"},
        (*_CONTACTS, "journeys", "exchanged"),
    ),
    EventType(
        "case.answered",
        "The customer got an answer to the case.",
        "case",
        {},
        {"channel": "channel"},
        ("resolution", "journeys", "exchanged"),
    ),
    EventType(
        "case.transferred",
        "The case went to another team; `to` names it.",
        "case",
        {},
        {"to": "code"},
        ("satisfaction", "effort", "resolution"),
    ),
    EventType(
        "case.closed",
        "The ticket was closed on our side.",
        "case",
        {},
        {},
        ("effort", "resolution", "journeys", "exchanged"),
    ),
    EventType(
        "case.confirmed",
        "The customer said that it is solved.",
        "case",
        {},
        {},
        ("resolution", "journeys", "exchanged"),
    ),
    EventType(
        "case.reopened",
        "A closed case was opened again.",
        "case",
        {},
        {"channel": "channel"},
        _CONTACTS,
    ),
    EventType(
        "problem.opened",
        "A cause behind cases was found and is being removed; `owner` is the team.",
        "problem",
        {"title": "phrase"},
        {"topic": "code", "owner": "code"},
        ("resolution",),
    ),
    EventType(
        "problem.linked",
        "A case, or an order without one, was traced to the problem.",
        "problem",
        {},
        {**_ABOUT, "title": "phrase", "status": "code", "owner": "code"},
        ("resolution", "exchanged"),
    ),
    EventType(
        "problem.closed",
        "The cause is removed.",
        "problem",
        {},
        {"fix": "phrase"},
        ("resolution",),
    ),
)
_CONTACT = (
    EventType(
        "contact.received",
        "The customer contacted us.",
        "",
        {"topic": "code", "channel": "channel"},
        _ABOUT,
        _CONTACTS,
    ),
    EventType(
        "contact.made",
        "We contacted the customer to help.",
        "",
        {"topic": "code", "channel": "channel"},
        _ABOUT,
        ("resolution",),
    ),
    EventType("complaint.received", "The customer complained.", "", {}, _TOUCH, _CONTACTS),
    EventType(
        "thanks.received",
        "The customer thanked us, in words; no contact of its own.",
        "",
        {},
        _TOUCH,
        ("satisfaction",),
    ),
    EventType(
        "message.received",
        "The customer wrote; the text feeds nothing yet, a topic makes it a contact.",
        "",
        {"channel": "channel"},
        {"text": "text", "topic": "code", **_ABOUT},
        _CONTACTS,
    ),
    EventType(
        "ivr.selected",
        "The customer chose a node of the telephone menu; `exit` is `left` if they hung up there.",
        "",
        {"node": "code"},
        {"exit": "code"},
        ("intent", "satisfaction"),
    ),
    EventType(
        "answer.used",
        "The customer was shown an answer of the catalogue and used it.",
        "",
        {"answer": "ref"},
        {"topic": "code", "case": "ref", "channel": "channel"},
        ("answers", "exchanged"),
    ),
)
_BROWSING = (
    EventType(
        "search.performed",
        "The customer searched; `query` in words, or only its digest.",
        "",
        {"results": "count"},
        {
            "query": "phrase",
            "query_digest": "code",
            "clicks": "count",
            "topic": "code",
            "channel": "channel",
        },
        ("intent", "satisfaction"),
    ),
    EventType(
        "page.viewed",
        "The customer saw a page; the path without its query.",
        "",
        {"path": "path"},
        {"topic": "code", "category": "code", "channel": "channel"},
        ("intent", "preferences"),
    ),
    EventType(
        "form.abandoned",
        "The customer left a form unsent.",
        "",
        {"form": "code"},
        {"topic": "code", "channel": "channel"},
        ("intent", "satisfaction"),
    ),
)
_GIVEN = (
    EventType(
        "answer.given",
        "The customer answered somebody else's question.",
        "",
        {},
        {"topic": "code", "channel": "channel"},
        ("engagement",),
    ),
    EventType("referral.made", "The customer referred somebody.", "", {}, _TOUCH, ("engagement",)),
    EventType(
        "review.published",
        "The customer published a review.",
        "",
        {},
        {"rating": "count", "scale": "count", "category": "code", "about": "ref"},
        ("engagement", "preferences"),
    ),
    EventType(
        "feedback.given",
        "The customer told us what they think, unasked.",
        "",
        {},
        {"rating": "count", "scale": "count", **_TOUCH},
        ("engagement",),
    ),
    EventType(
        "survey.answered",
        "The customer answered a survey; calibrates, never feeds satisfaction.",
        "",
        {"score": "integer", "scale": "integer"},
        {"about": "ref", "channel": "channel"},
    ),
    EventType(
        "preference.declared",
        "The customer said what they prefer, for example `language`, or `category` under offers.",
        "",
        {"key": "code", "value": "text"},
        {"topic": "code", "channel": "channel"},
        ("knowledge", "channels", "preferences"),
    ),
)
_CONTENT = (
    EventType(
        "answer.published",
        "An answer was published; contexts read those of the catalogue `answers`.",
        "",
        {"answer": "ref", "title": "phrase"},
        {
            "topic": "code",
            "intent": "code",
            "channels": "codes",
            "url": "url",
            "valid_from": "deadline",
            "valid_until": "deadline",
        },
    ),
)

EVENT_TYPES = (*_ORDERS, *_CASES, *_CONTACT, *_BROWSING, *_GIVEN, *_CONTENT)
