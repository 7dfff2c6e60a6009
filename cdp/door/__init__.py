"""The door: every answer to the outside, for the web and the command line alike.

Each function opens the unit of work, lets `disclose` decide and open, writes the log row, commits,
and only then hands the answer out. A view that is being rebuilt is waited for once.
"""

from cdp.door.asking import RETRY_PAUSE, SEES_CODES, shown
from cdp.door.contexts import CHANNELS, OFFER_GATES, context
from cdp.door.explaining import STEWARDSHIP, explain
from cdp.door.finding import Identifier, contact_ref, resolve
from cdp.door.profiles import Answer, consent_states, decide, profile

__all__ = [
    "CHANNELS",
    "OFFER_GATES",
    "RETRY_PAUSE",
    "SEES_CODES",
    "STEWARDSHIP",
    "Answer",
    "Identifier",
    "consent_states",
    "contact_ref",
    "context",
    "decide",
    "explain",
    "profile",
    "resolve",
    "shown",
]
