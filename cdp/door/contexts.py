"""Contexts: the outcome context of a profile for the interaction that is happening now."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cdp import clock
from cdp.door.asking import BOTH, Asking, plain_ask
from cdp.door.catalogues import SHELF
from cdp.door.fields import check_whole, granted
from cdp.flows import disclose
from cdp.flows.disclose import Act, Caller, Sight
from cdp.outcomes.context import build_context
from cdp.outcomes.readings import ContextRequest, Permission, Reading
from cdp.outcomes.selection import EVENTS, narrowed
from cdp.platform import Platform
from cdp.store.tx import Tx
from consent.decision import Decision, Dossier, decide_channels

# The gates of an offer rest on these, whoever asks.
OFFER_GATES: Final = ("service", "service_insight")
CHANNELS: Final = ("email", "sms", "phone", "push", "post", "inapp", "web", "chat")


def context(
    platform: Platform,
    caller: Caller,
    profile_id: UUID,
    purpose: str,
    *,
    channel: str | None = None,
    interaction_id: str = "",
    topic: str = "",
    fields: Collection[str] | None = None,
    tries: tuple[int, ...] = BOTH,
) -> dict[str, Any]:
    """The outcome context of a profile for an interaction.

    `topic` is the code of what the interaction itself is about, where the caller knows it.
    `fields` narrows attributes, preferences, addresses and traits; claims about what happened stay.

    Raises: as `profile`; also `Refused` for a client that may not read events, and `topic_invalid`
        for a topic that is not a code.
    """
    check_whole(platform, caller, Act("context", purpose, channel))
    wanted = (caller.purposes & platform.view_purposes) | {purpose}
    if "offers" in wanted:
        wanted |= set(OFFER_GATES)
    asked = [purpose, *sorted(wanted - {purpose})]

    def answer(tx: Tx, sight: Sight, now: datetime) -> dict[str, Any]:
        request = ContextRequest(
            profile_id=str(profile_id),
            canonical_id=str(sight.profile_id),
            purpose=purpose,
            channel=channel or "",
            now=now,
            bound=caller.purposes,
            client=caller.name,
            interaction_id=interaction_id,
            topic=topic,
        )
        shown = granted(platform, tx, caller, fields)
        readings = [_reading(sight, name, shown) for name in sorted(wanted)]
        document = build_context(request, readings, SHELF.of(tx, sight.standing))
        # What only the gates of offers looked at is not handed out.
        held = {reading.purpose for reading in readings if reading.state is not None}
        act = Act("context", purpose, channel, held & caller.purposes)
        disclose.log(tx, caller, sight, act, now)
        return document

    asking = Asking(platform, caller, profile_id, Act("context", purpose, channel), tries)
    return asking.see(lambda now: [plain_ask(name, now) for name in asked], answer)


def _reading(sight: Sight, purpose: str, fields: frozenset[str] | None) -> Reading:
    opened = sight.opened[purpose]
    return Reading(
        purpose=purpose,
        permission=permission_of(opened.decision),
        usable=frozenset(opened.decision.usable),
        state=_shown(opened.state, fields),
        channels=_channels(opened.dossier) if purpose == disclose.OFFERS else {},
    )


def permission_of(decision: Decision) -> Permission:
    """What a context needs of a decision: as `Permission.parse` would read its document."""
    until = decision.valid_until
    return Permission(
        permitted=decision.permitted,
        reason=decision.reason,
        basis=decision.basis or "",
        decisive=decision.decisive,
        valid_until=None if until is None else clock.exact(until),
    )


def _shown(state: dict[str, Any] | None, fields: frozenset[str] | None) -> dict[str, Any] | None:
    """What this caller may be told of a state; the gates of offers need the whole trail."""
    return None if state is None else narrowed(state, None if fields is None else fields | {EVENTS})


def _channels(dossier: Dossier | None) -> dict[str, Permission]:
    """May an offer be made by each channel? Addressed channels: to the first address that may."""
    if dossier is None:
        return {}
    found = decide_channels(dossier, disclose.OFFERS, CHANNELS)
    return {channel: permission_of(answer) for channel, answer in found.items()}
