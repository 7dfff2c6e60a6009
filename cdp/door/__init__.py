"""The door: every answer to the outside, for the web and the command line alike.

Each function opens the unit of work, lets `disclose` decide and open, writes the log row, commits,
and only then hands the answer out. A view that is being rebuilt is waited for once.
"""

from cdp.door.asking import RETRY_PAUSE, SEES_CODES, shown
from cdp.door.batches import ContextWanted, contexts
from cdp.door.contexts import CHANNELS, OFFER_GATES, context
from cdp.door.explaining import STEWARDSHIP, explain
from cdp.door.feed import changes
from cdp.door.fields import known as known_fields
from cdp.door.finding import Identifier, contact_ref, resolve
from cdp.door.profiles import (
    Answer,
    EventsWanted,
    Wanted,
    consent_states,
    decide,
    events,
    identifiers,
    profile,
)
from cdp.door.stewarding import (
    REVIEW_KINDS,
    RULINGS,
    JudgeWanted,
    UnmergeWanted,
    graph,
    judge,
    list_verdicts,
    review,
    undo,
    undo_merge,
)

__all__ = [
    "CHANNELS",
    "OFFER_GATES",
    "RETRY_PAUSE",
    "REVIEW_KINDS",
    "RULINGS",
    "SEES_CODES",
    "STEWARDSHIP",
    "Answer",
    "ContextWanted",
    "EventsWanted",
    "Identifier",
    "JudgeWanted",
    "UnmergeWanted",
    "Wanted",
    "changes",
    "consent_states",
    "contact_ref",
    "context",
    "contexts",
    "decide",
    "events",
    "explain",
    "graph",
    "identifiers",
    "judge",
    "known_fields",
    "list_verdicts",
    "profile",
    "resolve",
    "review",
    "shown",
    "undo",
    "undo_merge",
]
