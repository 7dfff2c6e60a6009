"""The consent decision: may this be done with this person's data, now, and why.

`decide` runs the gates of `deciding`, in their order, over values alone; the same code answers the
profile API, batch exports, the view builder and the tests. Default deny; the strictest wins.
Who asks several things about one person at one moment prepares once (`prepare`, `*_prepared`).
"""

from consent.condensing import condense
from consent.decision.alike import Alike, Answers
from consent.decision.deciding import decide, decide_channels, decide_prepared
from consent.decision.dossier import Dossier, prepare
from consent.decision.entitlement import (
    contact_allowed,
    contact_allowed_prepared,
    entitled,
    entitled_prepared,
)
from consent.decision.offers import offers_permitted, offers_prepared
from consent.decision.reasons import GENERIC_ONLY, PERSONALISED, public_reason
from consent.decision.values import Ask, Decision

__all__ = [
    "GENERIC_ONLY",
    "PERSONALISED",
    "Alike",
    "Answers",
    "Ask",
    "Decision",
    "Dossier",
    "condense",
    "contact_allowed",
    "contact_allowed_prepared",
    "decide",
    "decide_channels",
    "decide_prepared",
    "entitled",
    "entitled_prepared",
    "offers_permitted",
    "offers_prepared",
    "prepare",
    "public_reason",
]
