"""The claims of a context: which purpose each belongs to, and how it is made from the findings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cdp.outcomes.channels import preferred_channels
from cdp.outcomes.claims import Claim
from cdp.outcomes.desk import Desk
from cdp.outcomes.effort import effort
from cdp.outcomes.engagement import engagement
from cdp.outcomes.exchanged import exchanged
from cdp.outcomes.intent import intent
from cdp.outcomes.knowledge import OFFER_FACTS, SERVICE_FACTS, knowledge
from cdp.outcomes.preferences import preference_claims
from cdp.outcomes.progress import instances, journey_claims
from cdp.outcomes.readings import Permission
from cdp.outcomes.resolution import resolution
from cdp.outcomes.satisfaction import satisfaction

INSUFFICIENT = "insufficient_evidence"


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the document: the purpose it is read for and the claims it holds."""

    purpose: str
    claims: Callable[[Desk], Sequence[Claim]]


def _intent(desk: Desk) -> Sequence[Claim]:
    return (intent(desk.found.guess, desk.now),)


def _satisfaction(desk: Desk) -> Sequence[Claim]:
    return (satisfaction(desk.found.score, desk.now),)


def _effort(desk: Desk) -> Sequence[Claim]:
    found = desk.found
    median = desk.catalogues.journeys.median_minutes("case")
    return (effort(found.insight_trail, found.insight_issues, median, desk.now),)


def _resolution(desk: Desk) -> Sequence[Claim]:
    found = desk.found
    return (resolution(found.trail, found.issues, desk.now, found.causes),)


def _service_facts(desk: Desk) -> Sequence[Claim]:
    return knowledge(desk.found.facts, SERVICE_FACTS, desk.now)


def _channels(desk: Desk) -> Sequence[Claim]:
    return preferred_channels(desk.found.facts, desk.found.trail, desk.now)


def _exchanged(desk: Desk) -> Sequence[Claim]:
    found = desk.found
    return exchanged(found.service or {}, found.trail, found.issues, found.causes, desk.now)


def _journeys(desk: Desk) -> Sequence[Claim]:
    found = instances(desk.found.trail, desk.catalogues.journeys, desk.now)
    return journey_claims(found, desk.now)


def _engagement(desk: Desk) -> Sequence[Claim]:
    return (engagement(desk.found.behaviour, desk.now),)


def _preferences(desk: Desk) -> Sequence[Claim]:
    return preference_claims(desk.found.tastes, desk.now)


SECTIONS: Mapping[str, Section] = MappingProxyType(
    {
        "intent": Section("service_insight", _intent),
        "satisfaction": Section("service_insight", _satisfaction),
        "effort": Section("service_insight", _effort),
        "resolution": Section("service", _resolution),
        "journeys": Section("service", _journeys),
        "knowledge.service": Section("service", _service_facts),
        "knowledge.channels": Section("service", _channels),
        "knowledge.exchanged": Section("service", _exchanged),
        "engagement": Section("profiling_offers", _engagement),
        "knowledge.preferences": Section("profiling_offers", _preferences),
    }
)
"""Every claim with a purpose of its own; `knowledge.offers` is shown with the offers alone."""

_LISTS = frozenset({"journeys"})
_PURPOSES = frozenset(section.purpose for section in SECTIONS.values())


def written(desk: Desk) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The claims that may be shown by name, and a reason for each that may not."""
    shown: dict[str, Any] = {}
    withheld: list[dict[str, str]] = []
    withholding = {purpose: desk.withholding(purpose) for purpose in _PURPOSES}
    for name, section in SECTIONS.items():
        if section.purpose not in desk.request.bound:
            continue
        reason = withholding[section.purpose]
        if not reason:
            permission = desk.reading(section.purpose).permission
            reason = _place(shown, name, section.claims(desk), desk, permission)
        if reason:
            withheld.append({"claim": name, "reason": desk.told(reason)})
    if desk.offering:
        claims = knowledge(desk.answer.known, OFFER_FACTS, desk.now)
        _place(shown, "knowledge.offers", claims, desk, desk.answer.permission)
    elif desk.request.may_read("offers"):
        withheld.append({"claim": "knowledge.offers", "reason": desk.offer_withholding()})
    return shown, withheld


def _place(
    shown: dict[str, Any],
    name: str,
    claims: Sequence[Claim],
    desk: Desk,
    permission: Permission,
) -> str:
    """Put claims where they belong; the reason when there is nothing to say."""
    section = SECTIONS.get(name)
    basis = permission.basis_of(section.purpose if section else "offers")
    entries = [claim.document(basis, desk.book) for claim in claims]
    part, _, group = name.partition(".")
    if name in _LISTS and entries:
        shown[part] = entries
    elif group and entries:
        shown.setdefault(part, {})[group] = entries
    elif entries:
        shown[part] = entries[0]
    known = any(claim.status != "unknown" for claim in claims)
    return "" if known else INSUFFICIENT
