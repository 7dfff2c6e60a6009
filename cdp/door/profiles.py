"""Profiles: what one purpose may read, the decision alone, and what a person has said."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cdp import clock
from cdp.door.asking import (
    SEES_CODES,
    Asking,
    canonical,
    eyes_for,
    is_permitted,
    plain_ask,
    shown,
)
from cdp.door.catalogues import SHELF
from cdp.errors import NotFound
from cdp.flows import disclose
from cdp.flows.disclose import Act, Caller, Sight
from cdp.outcomes.state import State, restrict, unsigned
from cdp.outcomes.traits import pending, unsigned_traits
from cdp.platform import Platform
from cdp.store import consents, jobs, links
from cdp.store.tx import Tx
from consent.decision import Ask

# What a view says of itself; when it was built is for nobody outside.
_OWN: Final = frozenset({"extra", "since"})


@dataclass(frozen=True)
class Answer:
    """A decision, and where it permits what may be read. `canonical_id`: the current id."""

    profile_id: UUID
    canonical_id: UUID
    decision: dict[str, Any]
    data: dict[str, Any] | None = field(repr=False)
    consent_seq: int = 0


def profile(platform: Platform, caller: Caller, profile_id: UUID, purpose: str) -> Answer:
    """What this purpose may read of a profile.

    The data is the state of its view, and beside it `traits`: of every field the value that
    survived, and what is computed over events (docs/traits.md). Callers outside service see both
    without where they come from.

    Raises:
        NotFound: no such profile here. ProfileSplit: it stands for several now.
        TryAgain: its view is being rebuilt.
        Refused: a purpose the caller is not bound to.
    """

    def answer(tx: Tx, sight: Sight, now: datetime) -> Answer:
        opened = sight.opened[purpose]
        data = restrict(opened.state, opened.decision.usable) if opened.state else None
        if data is not None:
            data = _readable(tx, sight, data, now, signed=bool(caller.purposes & SEES_CODES))
        held = {purpose} if data is not None else set()
        disclose.log(tx, caller, sight, Act("profile", purpose, None, held), now)
        return Answer(
            profile_id, sight.profile_id, shown(opened.decision, caller), data, sight.consent_seq
        )

    asking = Asking(platform, caller, profile_id, Act("profile", purpose))
    return asking.see(lambda now: [plain_ask(purpose, now)], answer)


def _readable(tx: Tx, sight: Sight, state: State, now: datetime, *, signed: bool) -> State:
    """The state with its traits, as this caller may see them.

    A view that lacks what a newly declared trait needs is asked for again.
    """
    traits = SHELF.of(tx).traits.read(state, now)
    if pending(traits):
        jobs.want(tx.main, tx.workspace, jobs.REFRESH, [sight.profile_id], now)
    facts = {name: part for name, part in state.items() if name not in _OWN}
    if signed:
        return {**facts, "traits": traits}
    # What is held for traits alone is there to be counted, not to be read.
    facts.pop("counted", None)
    return {**unsigned(facts), "traits": unsigned_traits(traits)}


def decide(platform: Platform, caller: Caller, profile_id: UUID, ask: Ask) -> Answer:
    """The decision alone; nothing of the profile is shown.

    Raises: as `profile`.
    """
    act = Act("decide", ask.purpose, ask.channel)

    def answer(tx: Tx, sight: Sight, now: datetime) -> Answer:
        disclose.log(tx, caller, sight, act, now)
        decision = sight.opened[ask.purpose].decision
        return Answer(
            profile_id, sight.profile_id, shown(decision, caller), None, sight.consent_seq
        )

    return Asking(platform, caller, profile_id, act).see(lambda _: [ask], answer, wait=False)


def consent_states(platform: Platform, caller: Caller, profile_id: UUID) -> dict[str, Any]:
    """What a person has said, record by record: the facts that decide, without addresses.

    Raises:
        NotFound, ProfileSplit: as `profile`.
    """
    with platform.write() as tx:
        now = clock.now()
        current = canonical(tx, profile_id)
        members = links.members(tx.main, [current])
        facts = consents.facts_of(tx.main, members)
        sight = disclose.look(tx, eyes_for(platform, ()), current, [plain_ask("dsr", now)])
        shown_ = is_permitted(sight, "dsr")
        disclose.log(
            tx, caller, sight, Act("consents", "dsr", None, {"dsr"} if shown_ else set()), now
        )
    if not shown_:
        raise NotFound("there is no such profile", reason="NO_PROFILE")
    return {
        "profile_id": str(current),
        "consent_seq": sight.consent_seq,
        "records": [
            {
                "record_id": str(record),
                "link": link.kind,
                "relation": link.relation,
                "facts": facts.get(record, []),
            }
            for record, link in sorted(members.items())
        ],
    }
