"""Which events, and which of their fields, each purpose may read.

`SERVICE_MARKS` are the facts of the service relation, `INSIGHT_MARKS` what inferred claims for
service rest on, `BEHAVIOUR_MARKS` what a person did of their own accord. The last must not hold
anything that tells of a problem (a cancellation, a return, a rating): who reads it may not be bound
to service.
"""

from collections.abc import Mapping
from types import MappingProxyType

BRIEF = frozenset(
    {
        "page.viewed",
        "search.performed",
        "ivr.selected",
        "checkout.abandoned",
        "form.abandoned",
    }
)
"""Types that are many and of use for days only; `fold` may cut them earlier than the others."""

_TOUCH = ("topic", "about", "case", "channel")

SERVICE_MARKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order.placed": ("promised_at", "total", "currency", "items", "channel"),
        "order.cancelled": ("by", "reason"),
        "shipment.sent": ("carrier",),
        "delivery.delivered": (),
        "delivery.failed": ("reason",),
        "return.requested": ("reason", "channel"),
        "return.received": (),
        "refund.issued": ("amount", "currency"),
        "case.opened": ("kind", "topic", "about", "channel", "due_at"),
        "case.answered": ("channel",),
        "case.transferred": ("to",),
        "case.closed": (),
        "case.confirmed": (),
        "case.reopened": ("channel",),
        "problem.opened": ("title", "topic", "owner"),
        "problem.linked": ("case", "about", "title", "status", "owner"),
        "problem.closed": ("fix",),
        "contact.received": _TOUCH,
        "contact.made": _TOUCH,
        "complaint.received": _TOUCH,
        "message.received": _TOUCH,
        "answer.used": ("answer", "topic", "case", "channel"),
    }
)
INSIGHT_MARKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order.placed": ("promised_at",),
        "order.cancelled": ("by",),
        "shipment.sent": (),
        "delivery.delivered": (),
        "delivery.failed": (),
        "return.requested": (),
        "refund.issued": (),
        "case.opened": ("kind", "topic", "about"),
        "case.answered": (),
        "case.transferred": (),
        "case.closed": (),
        "case.confirmed": (),
        "case.reopened": (),
        "contact.received": _TOUCH,
        "contact.made": _TOUCH,
        "complaint.received": _TOUCH,
        "thanks.received": _TOUCH,
        "message.received": _TOUCH,
        "search.performed": ("results", "query", "query_digest", "clicks", "topic"),
        "page.viewed": ("path", "topic"),
        "ivr.selected": ("node", "exit"),
        "checkout.abandoned": ("step",),
        "form.abandoned": ("form", "topic"),
    }
)
BEHAVIOUR_MARKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order.placed": ("total", "currency", "items", "categories"),
        "answer.given": (),
        "referral.made": (),
        "review.published": ("category",),
        "feedback.given": (),
        "page.viewed": ("category",),
    }
)
