"""Contexts: the outcome context of a profile for the interaction that is happening now."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cdp.door.asking import Asking, plain_ask
from cdp.flows import disclose
from cdp.flows.disclose import Act, Caller, Sight
from cdp.outcomes.context import build_context
from cdp.outcomes.offers import Catalogue
from cdp.outcomes.readings import ContextRequest, Permission, Reading
from cdp.platform import Platform
from cdp.store import configuration
from cdp.store.tx import Tx
from consent.decision import Dossier, decide_channels

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
) -> dict[str, Any]:
    """The outcome context of a profile for an interaction.

    Raises: as `profile`.
    """
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
        )
        readings = [_reading(sight, name) for name in sorted(wanted)]
        offers = _catalogue(tx, configuration.OFFERS)
        document = build_context(request, readings, Catalogue.parse(offers))
        # What only the gates of offers looked at is not handed out.
        held = {reading.purpose for reading in readings if reading.state is not None}
        act = Act("context", purpose, channel, held & caller.purposes)
        disclose.log(tx, caller, sight, act, now)
        return document

    asking = Asking(platform, caller, profile_id, Act("context", purpose, channel))
    return asking.see(lambda now: [plain_ask(name, now) for name in asked], answer)


def _catalogue(tx: Tx, kind: str) -> list[dict[str, Any]]:
    """What the catalogue of a kind lists; nothing where none is in force."""
    document = configuration.catalogue_in_force(tx.main, tx.workspace, kind) or {}
    listed: list[dict[str, Any]] = document.get(kind, [])
    return listed


def _reading(sight: Sight, purpose: str) -> Reading:
    opened = sight.opened[purpose]
    return Reading(
        purpose=purpose,
        permission=Permission.parse(opened.decision.as_dict()),
        usable=frozenset(opened.decision.usable),
        state=opened.state,
        channels=_channels(opened.dossier) if purpose == disclose.OFFERS else {},
    )


def _channels(dossier: Dossier | None) -> dict[str, Permission]:
    """May an offer be made by each channel? Addressed channels: to the first address that may."""
    if dossier is None:
        return {}
    found = decide_channels(dossier, disclose.OFFERS, CHANNELS)
    return {channel: Permission.parse(answer.as_dict()) for channel, answer in found.items()}
