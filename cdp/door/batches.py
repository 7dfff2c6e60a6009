"""Batches: many contexts at once, each of them a request of its own.

Each is decided, logged and answered or refused by itself, in a unit of work of its own. All are
looked at before any view that is being rebuilt is waited for, so the wait is one for all.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from cdp.door.asking import FIRST, SECOND, pause
from cdp.door.contexts import context
from cdp.errors import ContinuumError, TryAgain
from cdp.flows.disclose import Caller
from cdp.platform import Platform

# A store that is away is not asked a hundred times, each time for as long as it takes.
AWAY: Final = frozenset({"store_busy", "store_away"})
Outcome = dict[str, Any] | ContinuumError


@dataclass(frozen=True)
class ContextWanted:
    """One context of a batch."""

    profile_id: UUID
    purpose: str
    channel: str | None = None
    interaction_id: str = field(default="", repr=False)
    fields: Collection[str] | None = None
    topic: str = ""


def contexts(
    platform: Platform,
    caller: Caller,
    wanted: Sequence[ContextWanted],
    admit: Callable[[], None] = lambda: None,
) -> list[Outcome]:
    """A context or an error for each, in the order asked for.

    Args:
        wanted: as `context` takes them.
        admit: called before each; what it raises is the answer to that one.
    """

    def look(item: ContextWanted, turn: int) -> Outcome:
        try:
            if turn == FIRST:
                admit()
            return context(
                platform,
                caller,
                item.profile_id,
                item.purpose,
                channel=item.channel,
                interaction_id=item.interaction_id,
                topic=item.topic,
                fields=item.fields,
                tries=(turn,),
            )
        except ContinuumError as error:
            return error

    found: list[Outcome] = []
    for item in wanted:
        away = next((one for one in found if _is_away(one)), None)
        found.append(away or look(item, FIRST))
    waiting = [place for place, one in enumerate(found) if _is_worth_waiting(one)]
    if waiting:
        pause(platform)
    for place in waiting:
        found[place] = look(wanted[place], SECOND)
    return found


def _is_away(outcome: Outcome) -> bool:
    return isinstance(outcome, TryAgain) and outcome.reason in AWAY


def _is_worth_waiting(outcome: Outcome) -> bool:
    return isinstance(outcome, TryAgain) and outcome.reason in {
        "view_rebuilding",
        "profile_changing",
    }
