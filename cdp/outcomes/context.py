"""The outcome context: what is known and what may be done in the interaction happening now.

The same request, readings and catalogue give the same bytes. Nothing that happened or arrived after
`request.now` can show. Nothing a caller may not read can show either, by value or by absence: a
caller outside service sees of withheld offers `no_permission` or `not_now`, and then neither the
other lines of the document nor the moment it expires depends on the cause.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cdp.canonical import digest
from cdp.clock import text
from cdp.outcomes.claims import Claim, EvidenceBook
from cdp.outcomes.findings import Findings
from cdp.outcomes.knowledge import OFFER_FACTS, SERVICE_FACTS, facts, knowledge
from cdp.outcomes.offers import Catalogue, Offer, OfferAnswer, shown_gate, weigh_offers
from cdp.outcomes.readings import (
    DENIED,
    ContextRequest,
    Permission,
    Reading,
    permission_document,
)
from cdp.outcomes.resolution import Issue, resolution
from cdp.outcomes.satisfaction import satisfaction

SCHEMA = "outcome-context/1"
FRESH_FOR = timedelta(minutes=15)

_CLAIMS = {
    "resolution": "service",
    "knowledge.service": "service",
    "satisfaction": "service_insight",
}
_SERVICE_ACTIONS = {
    "order_overdue": ("svc.explain_delay", "the promise passed and nothing was delivered"),
    "delivery_failed": ("svc.arrange_delivery", "a delivery failed and none followed"),
    "return_pending": ("svc.settle_return", "a return was asked for and not settled"),
    "complaint": ("svc.answer_complaint", "a complaint has no answer that held"),
    "open": ("svc.answer_case", "a case waits for an answer"),
    "answered": ("svc.close_case", "a case was answered and is not closed"),
    "resolved_unconfirmed": ("svc.confirm_resolution", "the customer has not confirmed yet"),
}
_GENERAL_HELP = {
    "id": "svc.general_help",
    "type": "service",
    "why": "nothing about this customer may be read",
    "evidence": [],
}


@dataclass(frozen=True, slots=True)
class _Desk:
    """Everything one document is made of."""

    request: ContextRequest
    readings: Mapping[str, Reading]
    answer: OfferAnswer
    found: Findings
    book: EvidenceBook = field(default_factory=EvidenceBook)

    @property
    def now(self) -> datetime:
        return self.request.now

    @property
    def offering(self) -> bool:
        """True when offers are made in this document."""
        return self.request.may_read("offers") and bool(self.answer.survivors)

    def reading(self, purpose: str) -> Reading:
        return self.readings.get(purpose) or Reading(purpose, DENIED)


def build_context(
    request: ContextRequest, readings: Sequence[Reading], catalogue: Catalogue
) -> dict[str, Any]:
    """The document `outcome-context/1`: JSON with numbers, strings, lists and objects.

    Args:
        request: who asks, for what, when.
        readings: one for each purpose of the caller, and in any case those of `service` and
            `service_insight` when the caller is bound to `offers`: the gates need them, the
            caller does not see them.
        catalogue: the offers of the workspace.
    """
    by_purpose = {reading.purpose: reading for reading in readings}
    found = Findings.of(readings, request.now)
    answer = weigh_offers(request, readings, catalogue, found)
    desk = _Desk(request, by_purpose, answer, found)
    outcomes, withheld = _outcomes(desk)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "as_of": text(request.now),
        "expires_at": text(_expires(desk)),
        "request": request.document(),
        "subject": {"profile_id": request.profile_id, "canonical_id": request.canonical_id},
        "permissions": _permissions(desk),
        "outcomes": outcomes,
        "actions": _actions(desk),
    }
    if request.may_read("offers"):
        document["offers"] = _offers(desk)
    document |= {"withheld": withheld, "evidence": desk.book.document()}
    return document | {"audit": {"context_sha256": context_digest(document)}}


def context_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical form of a context without its `audit`.

    Canonical JSON holds no floats, so a number with a fraction is written as its shortest decimal
    string first; every such number of a context lies between 0 and 1 with three decimals.
    """
    return digest(_exact({name: part for name, part in document.items() if name != "audit"}))


def _exact(value: Any) -> Any:
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {name: _exact(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_exact(part) for part in value]
    return value


def _outcomes(desk: _Desk) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The claims that may be shown, and a reason for each that may not."""
    shown: dict[str, Any] = {}
    withheld: list[dict[str, str]] = []
    for name, purpose in _CLAIMS.items():
        if purpose not in desk.request.bound:
            continue
        reason = _withholding(desk, purpose)
        if not reason:
            reason = _place(
                shown, name, _claims(desk, name), desk, desk.reading(purpose).permission
            )
        if reason:
            withheld.append({"claim": name, "reason": _told(reason, desk.request)})
    if desk.offering:
        claims = knowledge(desk.answer.state, OFFER_FACTS, desk.now)
        _place(shown, "knowledge.offers", claims, desk, desk.answer.permission)
    elif desk.request.may_read("offers"):
        withheld.append({"claim": "knowledge.offers", "reason": _offer_withholding(desk)})
    return shown, withheld


def _told(reason: str, request: ContextRequest) -> str:
    if request.detailed or reason == "purpose_mismatch":
        return reason
    return "no_permission" if reason == "purpose_not_permitted" else "not_now"


def _withholding(desk: _Desk, purpose: str) -> str:
    if not desk.request.may_read(purpose):
        return "purpose_mismatch"
    reading = desk.reading(purpose)
    if reading.missing:
        return "view_pending"
    return "" if reading.permission.permitted else "purpose_not_permitted"


def _claims(desk: _Desk, name: str) -> tuple[Claim, ...]:
    found = desk.found
    if name == "knowledge.service":
        return knowledge(found.service or {}, SERVICE_FACTS, desk.now)
    if name == "resolution":
        return (resolution(found.trail, found.issues, desk.now),)
    return (satisfaction(found.score, desk.now),)


def _place(
    shown: dict[str, Any],
    name: str,
    claims: Sequence[Claim],
    desk: _Desk,
    permission: Permission,
) -> str:
    """Put claims where they belong; the reason when there is nothing to say."""
    part, _, group = name.partition(".")
    basis = permission.basis_of(group or _CLAIMS[name])
    written = [claim.document(basis, desk.book) for claim in claims]
    if not group:
        shown[part] = written[0]
    elif written:
        shown.setdefault(part, {})[group] = written
    known = any(claim.status != "unknown" for claim in claims)
    return "" if known else "insufficient_evidence"


def _permissions(desk: _Desk) -> list[dict[str, Any]]:
    """The decisions the caller is bound to, by purpose and channel."""
    request = desk.request
    lines = []
    for purpose in sorted(desk.readings):
        if not request.may_read(purpose):
            continue
        if purpose == "offers" and not request.detailed:
            lines.append(_offers_line(desk))
            continue
        reading = desk.readings[purpose]
        lines.append(permission_document(reading.permission, request, purpose))
        lines += [
            permission_document(reading.channels[channel], request, purpose, channel)
            for channel in sorted(reading.channels)
        ]
    return lines


def _offers_line(desk: _Desk) -> dict[str, Any]:
    """What a caller outside service learns of the permission: the same as of the offers."""
    if desk.offering:
        permission = desk.answer.on_channel
        return permission_document(permission, desk.request, "offers", desk.request.channel)
    denial = {"purpose": "offers", "channel": desk.request.channel, "permitted": False}
    return {name: part for name, part in denial.items() if part != ""} | {
        "reason": _offer_withholding(desk)
    }


def _expires(desk: _Desk) -> datetime:
    latest = desk.now + FRESH_FOR
    return min([latest, *(one.valid_until for one in _relied_on(desk) if one.valid_until)])


def _relied_on(desk: _Desk) -> Iterable[Permission]:
    """The permissions whose end ends the document, as far as their end may be told."""
    for purpose, reading in desk.readings.items():
        if not desk.request.may_read(purpose):
            continue
        if desk.request.detailed:
            yield from (reading.permission, *reading.channels.values())
        elif purpose != "offers" and reading.permission.permitted:
            yield reading.permission
    if desk.offering:
        yield from (desk.answer.permission, desk.answer.on_channel)


def _offers(desk: _Desk) -> dict[str, Any]:
    """Whether offers are wanted, and the addresses they may go to when they are made."""
    request, answer = desk.request, desk.answer
    if not (desk.offering or (request.detailed and answer.permission.permitted)):
        reason = answer.permission.reason if request.detailed else _offer_withholding(desk)
        return {"permitted": False, "reason": reason}
    entry: dict[str, Any] = {
        "permitted": True,
        "reason": _wanted(answer.permission.reason, request),
        "channels": list(answer.channels) if request.detailed else [request.channel],
    }
    if desk.offering:
        entry["contact_points"] = [
            {"type": point["type"], "value": point["value"]}
            for point in answer.state.get("points", ())
            if request.channel in point["channels"]
        ]
    return entry


def _wanted(reason: str, request: ContextRequest) -> str:
    """A permitting reason; what follows `GENERIC_ONLY:` is a reason of a denial."""
    return request.shown(reason) if ":" in reason else reason


def _offer_withholding(desk: _Desk) -> str:
    """Why offers, and what is known for them, are withheld: two reasons and no more."""
    refusal = desk.answer.refusal
    if desk.request.detailed:
        return "purpose_not_permitted" if refusal else "not_now"
    return desk.request.shown(refusal) if refusal else "not_now"


def _actions(desk: _Desk) -> dict[str, Any]:
    actions: dict[str, Any] = {}
    if desk.request.may_read("service"):
        actions["service"] = _service_actions(desk)
    level = desk.request.detailed and desk.answer.permission.permitted
    if desk.offering or (level and desk.request.may_read("offers")):
        actions["offers"] = [_offer(offer, desk) for offer in desk.answer.survivors]
    if level and desk.request.may_read("offers"):
        actions["suppressed"] = [
            _suppressed(verdict.offer, *shown_gate(verdict, desk.request))
            for verdict in desk.answer.verdicts
            if verdict.blocks
        ]
    return actions


def _suppressed(offer: Offer, gate: str, failed: int) -> dict[str, Any]:
    return {"offer": offer.id, "blocked_by": gate, "gates_failed": failed}


def _offer(offer: Offer, desk: _Desk) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": offer.id, "type": "offer", "title": offer.title}
    entry |= {"group": offer.group} | ({"brand": offer.brand} if offer.brand else {})
    return entry | {
        "channel": desk.request.channel,
        "why": offer.why,
        "evidence": desk.book.cite(offer.proofs(facts(desk.answer.state))),
        "basis": desk.answer.on_channel.basis_of("offers"),
    }


def _service_actions(desk: _Desk) -> list[dict[str, Any]]:
    if desk.found.service is None:
        return [dict(_GENERAL_HELP)]
    return [_service_action(issue, desk) for issue in desk.found.issues if issue.unsettled]


def _service_action(issue: Issue, desk: _Desk) -> dict[str, Any]:
    kind = issue.standing.state if issue.subject[0] == "case" else issue.kind
    action, why = _SERVICE_ACTIONS[kind]
    return {
        "id": action,
        "type": "service",
        "why": why,
        issue.subject[0]: issue.subject[1],
        "evidence": desk.book.cite(issue.evidence),
    }
