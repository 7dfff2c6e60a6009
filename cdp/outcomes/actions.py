"""What may be done now: help first, then answers, and offers where they are wanted.

Below the level of offers the actions hold service and answers alone: offers are absent, not empty.
"""

from collections.abc import Sequence
from typing import Any

from cdp.outcomes.content import Ranked, Wanted, fitting
from cdp.outcomes.desk import Desk
from cdp.outcomes.offers import Offer, shown_gate
from cdp.outcomes.readings import ContextRequest
from cdp.outcomes.resolution import MOST, Issue

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


def offers_part(desk: Desk) -> dict[str, Any]:
    """Whether offers are wanted, and the addresses they may go to when they are made."""
    request, answer = desk.request, desk.answer
    if not (desk.offering or (request.detailed and answer.permission.permitted)):
        reason = answer.permission.reason if request.detailed else desk.offer_withholding()
        return {"permitted": False, "reason": reason}
    entry: dict[str, Any] = {
        "permitted": True,
        "reason": _wanted(answer.permission.reason, request),
        "channels": list(answer.channels) if request.detailed else [request.channel],
    }
    if desk.offering:
        # Each address once: how many records hold it tells how often the person was in touch.
        addresses = dict.fromkeys(
            (point["type"], point["value"])
            for point in answer.state.get("points", ())
            if request.channel in point["channels"]
        )
        entry["contact_points"] = [{"type": kind, "value": value} for kind, value in addresses]
    return entry


def _wanted(reason: str, request: ContextRequest) -> str:
    """A permitting reason; what follows `GENERIC_ONLY:` is a reason of a denial."""
    return request.shown(reason) if ":" in reason else reason


def actions_part(desk: Desk) -> dict[str, Any]:
    """The `actions` part: service and answers, and where they belong offers and those withheld."""
    actions: dict[str, Any] = {}
    if desk.request.may_read("service"):
        actions["service"] = _service_actions(desk)
        actions["answers"] = [_answer(one, desk) for one in _fitting(desk)]
    level = desk.request.detailed and desk.answer.permission.permitted
    if desk.offering or (level and desk.request.may_read("offers")):
        actions["offers"] = [_offer(offer, desk) for offer in _ranked(desk)]
    if level and desk.request.may_read("offers"):
        actions["suppressed"] = [
            _suppressed(verdict.offer, *shown_gate(verdict, desk.request))
            for verdict in desk.answer.verdicts
            if verdict.blocks
        ]
    return actions


def _fitting(desk: Desk) -> Sequence[Ranked]:
    """The answers for what the customer probably came for, as far as this caller may know it."""
    found, request = desk.found, desk.request
    topics = {request.topic: "named in the request"} if request.topic else {}
    intents: dict[str, int] = {}
    if not desk.withholding("service"):
        topics |= {one.topic: "of an open issue" for one in found.issues if _topical(one)}
    if not desk.withholding("service_insight"):
        intents = found.guess.likely
    return fitting(
        desk.catalogues.answers, Wanted(intents, topics), found.trail, request.channel, request.now
    )


def _topical(issue: Issue) -> bool:
    return issue.unsettled and bool(issue.topic)


def _answer(ranked: Ranked, desk: Desk) -> dict[str, Any]:
    answer = ranked.answer
    entry: dict[str, Any] = {"id": answer.id, "type": "answer", "title": answer.title}
    entry |= {"url": answer.url} if answer.url else {}
    entry |= {"why": ranked.why, "evidence": desk.book.cite(ranked.evidence)}
    entry["counter_evidence"] = desk.book.cite(ranked.counter_evidence)
    if answer.used is not None:
        entry["used"] = {"times": answer.used[0], "without_repeat_7d": answer.used[1]}
    return entry


def _ranked(desk: Desk) -> Sequence[Offer]:
    """The offers that may be made; by affinity where that is permitted, else in order of id."""
    if not desk.personalised:
        return desk.answer.survivors
    liking = desk.found.tastes.liking
    return sorted(desk.answer.survivors, key=lambda offer: (-liking(offer.group), offer.id))


def _suppressed(offer: Offer, gate: str, failed: int) -> dict[str, Any]:
    return {"offer": offer.id, "blocked_by": gate, "gates_failed": failed}


def _offer(offer: Offer, desk: Desk) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": offer.id, "type": "offer", "title": offer.title}
    entry |= {"group": offer.group} | ({"brand": offer.brand} if offer.brand else {})
    why, proofs = offer.why, offer.proofs(desk.answer.known)
    if desk.personalised and (affinity := desk.found.tastes.liking(offer.group)):
        entry["affinity"] = affinity
        why = f"{why}; likes {offer.group}"
        proofs = [*proofs, *desk.found.tastes.proofs(offer.group)]
    return entry | {
        "channel": desk.request.channel,
        "why": why,
        "evidence": desk.book.cite(proofs),
        "basis": desk.answer.on_channel.basis_of("offers"),
    }


def _service_actions(desk: Desk) -> list[dict[str, Any]]:
    if desk.found.service is None:
        return [dict(_GENERAL_HELP)]
    unsettled = [issue for issue in desk.found.issues if issue.unsettled]
    return [_service_action(issue, desk) for issue in unsettled[:MOST]]


def _service_action(issue: Issue, desk: Desk) -> dict[str, Any]:
    kind = issue.standing.state if issue.subject[0] == "case" else issue.kind
    action, why = _SERVICE_ACTIONS[kind]
    return {
        "id": action,
        "type": "service",
        "why": why,
        issue.subject[0]: issue.subject[1],
        "evidence": desk.book.cite(issue.evidence),
    }
