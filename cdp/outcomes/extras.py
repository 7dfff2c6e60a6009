"""What views hold for computed traits: event types and fields beyond those they always hold.

A view holds no more than is used. What is listed here for a purpose it may hold as well, and does
so only while a computed trait of that purpose needs it; what is not listed no trait can ask for.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from cdp.outcomes.projections import BRIEF

Marks = Mapping[str, Collection[str]]
"""Event types and the fields of each."""

TRAIT_MARKS: Mapping[str, Marks] = MappingProxyType(
    {
        "service": {"survey.answered": ("score", "scale", "channel")},
        "service_insight": {
            "search.performed": ("channel",),
            "page.viewed": ("channel",),
        },
        # Nothing that tells of a problem: who reads this may not be bound to service.
        "profiling_offers": {
            "order.placed": ("channel",),
            "page.viewed": ("channel",),
        },
    }
)
"""By purpose, what its view may hold besides. A purpose without an entry holds nothing more."""


def may_hold(always: Marks, purpose: str, event: str) -> frozenset[str] | None:
    """The fields of an event that the view of a purpose may hold, or None: not even the event.

    `always`: what the view of that purpose holds in any case.
    """
    more = TRAIT_MARKS.get(purpose, {})
    if event not in always and event not in more:
        return None
    return frozenset(always.get(event, ())) | frozenset(more.get(event, ()))


def extra_marks(always: Marks, purpose: str, wanted: Marks) -> dict[str, list[str]]:
    """What of the wanted marks the view holds for traits alone; what it may not hold is left out.

    Each event comes with all of the fields that are wanted of it. One that the view holds anyway,
    with these fields, is left out, unless it is one of `BRIEF`: traits may look back further.
    """
    extra = {}
    for event in sorted(wanted):
        may = may_hold(always, purpose, event)
        if may is not None:
            fields = may.intersection(wanted[event])
            if event in BRIEF or event not in always or not fields.issubset(always[event]):
                extra[event] = sorted(fields)
    return extra
