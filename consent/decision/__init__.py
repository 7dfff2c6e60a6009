"""The consent decision: may this be done with this person's data, now, and why.

`decide` runs the gates of `deciding`, in their order, over values alone; the same code answers the
profile API, batch exports, the view builder and the tests. Default deny; the strictest wins.
"""

from consent.condensing import condense
from consent.decision.deciding import decide
from consent.decision.entitlement import contact_allowed, entitled
from consent.decision.offers import offers_permitted
from consent.decision.reasons import public_reason
from consent.decision.values import Ask, Decision

__all__ = [
    "Ask",
    "Decision",
    "condense",
    "contact_allowed",
    "decide",
    "entitled",
    "offers_permitted",
    "public_reason",
]
