"""Offers: which of the catalogue may be made now, and for each that may not, every gate against it.

    O1 eligibility         active now, made for the channel, its rule holds (unknown is no)
    O2 purpose_permission  the person wants offers on at least one channel
    O3 channel_permission  and on this one
    O4 resolution_first    nothing open, and nothing resolved less than seven days ago unconfirmed
    O5 satisfaction_guard  the customer is not at risk of being dissatisfied

Every gate is evaluated for every offer, so that the record holds all blocks; the first is shown.
O4 and O5 look at service states even for a caller who may not: such a caller learns `not_now`. A
view that should be there and is not closes its gate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from cdp.canonical import digest
from cdp.clock import instant, text
from cdp.errors import Refused
from cdp.outcomes.claims import Seen
from cdp.outcomes.fields import CHANNELS
from cdp.outcomes.findings import Findings
from cdp.outcomes.knowledge import Fact, facts
from cdp.outcomes.readings import DENIED, ContextRequest, Permission, Reading
from cdp.outcomes.state import State

LONGEST_TEXT = 200
POLICY = {"id": "offers.gates", "version": "1"}
GATES: Mapping[str, str] = MappingProxyType(
    {
        "O1": "eligibility",
        "O2": "purpose_permission",
        "O3": "channel_permission",
        "O4": "resolution_first",
        "O5": "satisfaction_guard",
    }
)
_RESTS_ON = {"O4": "service", "O5": "service_insight"}
_FIELDS = (
    "id",
    "title",
    "group",
    "brand",
    "channels",
    "eligibility",
    "active_from",
    "active_until",
)
_RULES = {"countries": "country", "languages": "language", "relations": "relation"}


@dataclass(frozen=True, slots=True)
class Offer:
    """One entry of the catalogue. `eligibility` maps a fact's name to the values it accepts."""

    id: str
    title: str
    group: str
    brand: str
    channels: frozenset[str]
    eligibility: Mapping[str, tuple[str, ...]]
    active: tuple[datetime, datetime]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> "Offer":
        """From `{id, title, group, brand?, channels, eligibility?, active_from, active_until}`.

        `eligibility` may hold `countries`, `languages`, `relations`, each a list; a customer whose
        fact is unknown is not eligible. Active from the first instant until before the second.

        Raises:
            Refused: `offer_invalid`; the message names the field.
        """
        if unknown := sorted(set(map(str, raw)) - set(_FIELDS)):
            raise _invalid(unknown[0][:40], "is not known")
        channels = _texts(raw, "channels")
        rules = raw.get("eligibility") or {}
        if not channels or not CHANNELS.issuperset(channels):
            raise _invalid("channels", "must list known channels")
        if not isinstance(rules, Mapping) or not set(_RULES).issuperset(rules):
            raise _invalid("eligibility", f"may hold only {', '.join(_RULES)}")
        if empty := [name for name in rules if not rules[name]]:
            raise _invalid(str(empty[0]), "must list what it accepts, or be left out")
        active = (_moment(raw, "active_from"), _moment(raw, "active_until"))
        if active[0] >= active[1]:
            raise _invalid("active_until", "must be after active_from")
        return cls(
            id=_text(raw, "id"),
            title=_text(raw, "title"),
            group=_text(raw, "group"),
            brand=_text(raw, "brand") if raw.get("brand") else "",
            channels=frozenset(channels),
            eligibility=MappingProxyType(
                {_RULES[name]: _texts(rules, name) for name in _RULES if name in rules}
            ),
            active=active,
        )

    def document(self) -> dict[str, Any]:
        """The offer as canonical JSON, in the form `parse` reads."""
        rules = {
            name: list(self.eligibility[fact])
            for name, fact in _RULES.items()
            if fact in self.eligibility
        }
        return {
            "id": self.id,
            "title": self.title,
            "group": self.group,
            "brand": self.brand,
            "channels": sorted(self.channels),
            "eligibility": rules,
            "active_from": text(self.active[0]),
            "active_until": text(self.active[1]),
        }

    def eligible(self, known: Sequence[Fact], channel: str, now: datetime) -> bool:
        """True when it is active, made for the channel, and every rule holds."""
        if not self.active[0] <= now < self.active[1] or channel not in self.channels:
            return False
        return all(_accepted(known, name, self.eligibility[name]) for name in self.eligibility)

    def proofs(self, known: Sequence[Fact]) -> list[Seen]:
        """The facts its rule rests on."""
        accepted = (_accepted(known, name, self.eligibility[name]) for name in self.eligibility)
        return [fact.proof for fact in accepted if fact is not None]

    @property
    def why(self) -> str:
        """The eligibility rule in words."""
        rules = [f"{name} is {' or '.join(one)}" for name, one in self.eligibility.items()]
        return "; ".join(rules) or "open to everybody who wants offers"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The offers of a workspace in order of id; `version` changes with any of them."""

    offers: tuple[Offer, ...]
    version: str

    @classmethod
    def parse(cls, raw: Sequence[Mapping[str, Any]]) -> "Catalogue":
        """From a list of offers.

        Raises:
            Refused: `offer_invalid`: an offer is not well formed, or an id occurs twice.
        """
        offers = sorted(map(Offer.parse, raw), key=lambda offer: offer.id)
        if len({offer.id for offer in offers}) < len(offers):
            raise _invalid("id", "occurs twice")
        return cls(tuple(offers), digest([offer.document() for offer in offers]))

    def document(self) -> list[dict[str, Any]]:
        """The list in the form `parse` reads."""
        return [offer.document() for offer in self.offers]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One offer with the gates it failed, in order; none when it may be made."""

    offer: Offer
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfferAnswer:
    """Every verdict, with what it was decided on. `state` is the opened state for offers,
    `known` its facts."""

    verdicts: tuple[Verdict, ...]
    permission: Permission
    on_channel: Permission
    channels: tuple[str, ...]
    state: State = field(repr=False)
    known: tuple[Fact, ...] = field(repr=False)
    catalogue: str

    @property
    def survivors(self) -> tuple[Offer, ...]:
        """The offers that may be made now, on this channel."""
        return tuple(verdict.offer for verdict in self.verdicts if not verdict.blocks)

    @property
    def refusal(self) -> str:
        """The consent reason why none can be made on this channel, empty when consent allows."""
        for permission in (self.permission, self.on_channel):
            if not permission.permitted:
                return permission.reason
        return ""

    def record(self, request: ContextRequest) -> dict[str, Any]:
        """What the decision log keeps: all candidates, all blocks, no personal data."""
        return {
            "at": text(request.now),
            "profile": request.canonical_id,
            "channel": request.channel,
            "policy": POLICY | {"catalogue": self.catalogue},
            "candidates": [verdict.offer.id for verdict in self.verdicts],
            "gates": {verdict.offer.id: list(verdict.blocks) for verdict in self.verdicts},
            "made": [offer.id for offer in self.survivors],
            "receipts": sorted({*self.permission.decisive, *self.on_channel.decisive}),
        }


def weigh_offers(
    request: ContextRequest,
    readings: Sequence[Reading],
    catalogue: Catalogue,
    found: Findings | None = None,
) -> OfferAnswer:
    """Every offer of the catalogue against every gate, from the readings handed in.

    A reading of `service` or `service_insight` that is missing, or whose view is, closes its gate;
    one that is denied for another reason leaves nothing to look at and the gate open.
    `found` saves working out again what is known already.
    """
    found = found or Findings.of(readings, request)
    by_purpose = {reading.purpose: reading for reading in readings}
    offers = by_purpose.get("offers") or Reading("offers", DENIED)
    state = offers.opened(request.now)
    on_channel = offers.on(request.channel)
    common = {
        "O2": not offers.permission.permitted,
        "O3": not on_channel.permitted,
        "O4": _waits_for(by_purpose.get("service"))
        or any(issue.unsettled for issue in found.issues),
        "O5": _waits_for(by_purpose.get("service_insight")) or found.score.guarded,
    }
    blocked = tuple(gate for gate, closed in common.items() if closed)
    known = facts(state or {}, request.now)
    verdicts = tuple(
        Verdict(offer, blocked if _fits(offer, state, known, request) else ("O1", *blocked))
        for offer in catalogue.offers
    )
    return OfferAnswer(
        verdicts=verdicts,
        permission=offers.permission,
        on_channel=on_channel,
        channels=tuple(sorted(name for name, one in offers.channels.items() if one.permitted)),
        state=state or {},
        known=known,
        catalogue=catalogue.version,
    )


def shown_gate(verdict: Verdict, request: ContextRequest) -> tuple[str, int]:
    """The first gate a verdict failed and how many, as far as this caller may know of them."""
    visible = [gate for gate in verdict.blocks if _visible(gate, request)]
    first = verdict.blocks[0]
    return (GATES[first] if first in visible else "not_now"), max(1, len(visible))


def _visible(gate: str, request: ContextRequest) -> bool:
    return gate not in _RESTS_ON or request.may_read(_RESTS_ON[gate])


def _fits(
    offer: Offer, state: State | None, known: Sequence[Fact], request: ContextRequest
) -> bool:
    return state is not None and offer.eligible(known, request.channel, request.now)


def _waits_for(reading: Reading | None) -> bool:
    return reading is None or reading.missing


def _accepted(known: Sequence[Fact], name: str, accepted: tuple[str, ...]) -> Fact | None:
    """The strongest fact of this name when its value is accepted; of relations any, for a
    customer who looks around on the web is a customer and a visitor."""
    named = [fact for fact in known if fact.name == name]
    named = named if name == _RULES["relations"] else named[:1]
    return next((fact for fact in named if fact.value in accepted), None)


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _invalid(name, "is required")
    if len(value) > LONGEST_TEXT:
        raise _invalid(name, f"may have at most {LONGEST_TEXT} characters")
    return value.strip()


def _texts(raw: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = raw.get(name)
    if not isinstance(values, list | tuple) or not all(isinstance(one, str) for one in values):
        raise _invalid(name, "must be a list of text")
    return tuple(values)


def _moment(raw: Mapping[str, Any], name: str) -> datetime:
    try:
        return instant(_text(raw, name))
    except ValueError:
        raise _invalid(name, "must be an instant with its offset") from None


def _invalid(name: str, problem: str) -> Refused:
    return Refused(f"offer: field {name} {problem}", reason="offer_invalid")
