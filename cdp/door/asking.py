"""Asking: look at one profile under its current id, log, and wait once for a view being rebuilt."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from cdp import clock
from cdp.errors import NotFound, ProfileSplit, Refused, TryAgain
from cdp.flows import disclose
from cdp.flows.disclose import Act, Caller, Eyes, Sight
from cdp.platform import Platform
from cdp.store import jobs, links
from cdp.store.tx import Tx
from consent.decision import Ask, Decision, public_reason

T = TypeVar("T")
RETRY_PAUSE: Final = 0.15
FIRST: Final = 1
SECOND: Final = 2
BOTH: Final = (FIRST, SECOND)
SEES_CODES: Final = frozenset({"service", "dsr"})


@dataclass(frozen=True)
class Asking:
    """Who asks about which profile, and what for; `act` is how a refusal is logged.

    `tries`: which looks are taken, one after the other; a list of things takes the first look at
    all of them before it waits for any.
    """

    platform: Platform
    caller: Caller
    profile_id: UUID
    act: Act
    tries: tuple[int, ...] = BOTH

    def see(
        self,
        asks: Callable[[datetime], Sequence[Ask]],
        answer: Callable[[Tx, Sight, datetime], T],
        *,
        wait: bool = True,
    ) -> T:
        """Look, and answer in the same unit of work; wait once for a view being rebuilt."""
        check_bound(self.platform, self.caller, self.act)
        for turn in turns(self.platform, self.tries):
            with self.platform.answer() as tx:
                now = clock.now()
                found = self._sight(tx, asks(now), now)
                if isinstance(found, Sight):
                    # Other purposes may be behind; the one that was asked for may not.
                    mine = (
                        found.behind(turn)
                        if turn == FIRST
                        else found.behind(turn) & {self.act.purpose}
                    )
                    if not (mine and wait):
                        return answer(tx, found, now)
                    jobs.remind(tx.main, tx.workspace, jobs.REFRESH, [found.profile_id], now)
            if isinstance(found, Refused):
                raise found
        raise rebuilding()

    def _sight(self, tx: Tx, wanted: Sequence[Ask], now: datetime) -> Sight | Refused:
        """What is seen under the current id; a refusal is logged and returned, so that it stays."""
        eyes = eyes_for(self.platform, {ask.purpose for ask in wanted})
        # Views before main: the snapshot of the bytes must not be newer than the state.
        sight = disclose.look(tx, eyes, self.profile_id, wanted)
        if not sight.opened:
            try:
                sight = disclose.look(tx, eyes, canonical(tx, self.profile_id), wanted)
            except (NotFound, ProfileSplit) as error:
                disclose.log(tx, self.caller, Sight.of_nobody(), self.act, now)
                return error
        if not sight.opened:
            raise TryAgain("this profile is changing; ask again", reason="profile_changing")
        return sight


def turns(platform: Platform, tries: tuple[int, ...] = BOTH) -> Iterator[int]:
    """These turns, with the builder woken and a pause between two of them."""
    yield tries[0]
    for turn in tries[1:]:
        pause(platform)
        yield turn


def pause(platform: Platform) -> None:
    """Wake the builder and give it a moment."""
    platform.work_waits.set()
    time.sleep(RETRY_PAUSE)


def rebuilding() -> TryAgain:
    return TryAgain("this profile's view is being rebuilt; ask again", reason="view_rebuilding")


def check_bound(platform: Platform, caller: Caller, act: Act) -> None:
    """Refuse, and log, a purpose that the caller is not bound to; what was typed is not kept.

    Raises:
        Refused: `purpose_not_bound`.
    """
    if act.purpose in caller.purposes:
        return
    with platform.write() as tx:
        disclose.log(
            tx, caller, Sight.of_nobody(), replace(act, purpose=disclose.NOT_BOUND), clock.now()
        )
    raise Refused("this client is not bound to that purpose", reason="purpose_not_bound")


def canonical(tx: Tx, profile_id: UUID) -> UUID:
    """The current profile of an id.

    Raises:
        NotFound: unknown, erased, or of another workspace: all the same.
        ProfileSplit: several.
    """
    current = links.current(tx.main, tx.workspace, profile_id)
    if not current:
        raise NotFound("there is no such profile", reason="NO_PROFILE")
    if len(current) > 1:
        raise ProfileSplit(current)
    return next(iter(current))


def eyes_for(platform: Platform, purposes: Collection[str]) -> Eyes:
    # Only these have views and keys of their own; of any other purpose nothing is ever opened.
    looked_at = {*purposes, disclose.PROFILING} if disclose.OFFERS in purposes else purposes
    held = platform.view_purposes.intersection(looked_at)
    return Eyes(platform.disclosure_keys(held), platform.policy_by_hash)


def plain_ask(purpose: str, now: datetime) -> Ask:
    return Ask(purpose=purpose, channel=None, now=now)


def is_permitted(sight: Sight, purpose: str) -> bool:
    return purpose in sight.opened and bool(sight.opened[purpose].decision)


def shown(decision: Decision, caller: Caller) -> dict[str, Any]:
    """A decision as this caller may see it: codes only for those bound to `service` or `dsr`."""
    if caller.purposes & SEES_CODES:
        return decision.as_dict()
    reason = public_reason(decision.reason, sees_codes=False)
    if decision:
        # Which records and events stand behind it is not for everybody either.
        return decision.as_dict() | {"reason": reason, "decisive": [], "usable": []}
    return {"permitted": False, "reason": reason}
