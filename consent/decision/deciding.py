"""The gates in their order; the first refusal ends. Unknown is refused, the strictest wins.

G0 known, G3 regimes (`case`) · G1 lifecycle, G2 suppression (`lifecycle`) · G4 age (`age`) ·
P5 prohibited, P6 active no, P7 basis (`grounds`) · G8 preference (`contact`) · G9 merge
(`merging`) · G10 contact policy (`contact`) · G11 key (here).
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from consent.decision.age import plans
from consent.decision.case import Case, open_case
from consent.decision.contact import Wait, contact_policy, preference
from consent.decision.dossier import Dossier, prepare
from consent.decision.grounds import prohibited, verdict
from consent.decision.lifecycle import lifecycle, suppression
from consent.decision.merging import Outcome, combine
from consent.decision.reasons import BASES, MERGE
from consent.decision.values import Ask, Decision
from consent.policy import Policy
from consent.subject import Subject

ANSWER_LASTS: Final = timedelta(minutes=5)


def decide(
    policy: Policy,
    subject: Subject | None,
    ask: Ask,
    *,
    sealed: Collection[str] | None = None,
    pending: bool = False,
) -> Decision:
    """May this be done, now?

    Args:
        policy: the policy in force.
        subject: the person as known; None if there is no such profile.
        ask: what, when, through which channel.
        sealed: ids of the records in the purpose's sealed view; None where keys are no question
            (builder, janitor, sweeper).
        pending: a job that builds the view is open, so its absence is no alarm.
    """
    if subject is None:
        return _no_case("NO_PROFILE", ask)
    return decide_prepared(prepare(policy, subject, ask.now), ask, sealed=sealed, pending=pending)


def decide_prepared(
    dossier: Dossier,
    ask: Ask,
    *,
    sealed: Collection[str] | None = None,
    pending: bool = False,
) -> Decision:
    """`decide`, for one of several asks about the same person at the same moment.

    Raises:
        ValueError: an ask of another moment than the dossier's.
    """
    case = open_case(dossier, ask)
    if isinstance(case, str):
        return _no_case(case, ask)
    found = _decide(case, sealed, pending=pending)
    until, again = ask.now + ANSWER_LASTS, found.retry_after
    for moment in (case.horizon(), again):
        if moment is not None and moment < until:
            until = moment
    # `replace` would cost more than the gates did.
    return Decision(
        found.permitted, found.reason, found.basis, found.decisive, found.usable, until, again
    )


def decide_channels(dossier: Dossier, purpose: str, channels: Iterable[str]) -> dict[str, Decision]:
    """May the person be contacted by each channel? By the first contact point that may.

    A channel that no contact point is for is asked about without one; where none may, the decision
    is that about the first.
    """
    found: dict[str, Decision] = {}
    contacts = dossier.subject.circumstances.contacts
    for channel in channels:
        refs: list[str | None] = [item.ref for item in contacts if channel in item.channels]
        for ref in refs or [None]:
            ask = Ask(
                purpose=purpose, now=dossier.now, channel=channel, contact=ref, action="contact"
            )
            decision = decide_prepared(dossier, ask)
            if decision or channel not in found:
                found[channel] = decision
            if decision:
                break
    return found


def _no_case(reason: str, ask: Ask) -> Decision:
    return Decision(permitted=False, reason=reason, valid_until=ask.now + ANSWER_LASTS)


def _decide(case: Case, sealed: Collection[str] | None, *, pending: bool) -> Decision:
    refusal = lifecycle(case) or suppression(case)
    if refusal:
        return Decision(permitted=False, reason=refusal)
    granted = permission(case)
    if not granted and granted.reason not in MERGE:
        return granted
    wait = preference(case)
    if wait is None and not granted:
        return granted
    wait = wait or contact_policy(case)
    return _not_now(wait) if wait else key(granted, sealed, pending=pending)


def permission(case: Case) -> Decision:
    """G4, P5-P7 and G9: the part that does not depend on the contact point's state or the hour.

    Found once for all asks of a dossier that are of one cell.
    """
    known, cell = case.dossier.permissions, case.cell
    if cell in known:
        answer, moments = known[cell]
        case.moments.extend(moments)
        return answer
    before = len(case.moments)
    answer = _permission(case)
    known[cell] = answer, tuple(case.moments[before:])
    return answer


def _permission(case: Case) -> Decision:
    found = plans(case)
    if found is None:
        return Decision(permitted=False, reason="MINOR_BLOCKED")
    banned = prohibited(case)
    if banned:
        return Decision(permitted=False, reason=banned)
    outcomes = []
    for plan in found:
        verdicts = [verdict(case, place, plan) for place in range(len(case.facts))]
        outcomes.append(combine(case, verdicts))
    return _joint(outcomes)


def _joint(outcomes: list[Outcome]) -> Decision:
    """All plans must permit, and one record must have its own yes in all of them."""
    for outcome in outcomes:
        if not outcome.permitted:
            (reason,) = outcome.reasons
            return Decision(
                permitted=False, reason=reason, decisive=tuple(sorted(outcome.decisive))
            )
    if not frozenset.intersection(*[outcome.granting for outcome in outcomes]):
        return Decision(permitted=False, reason="NO_RECORD")
    reasons = sorted(frozenset().union(*[outcome.reasons for outcome in outcomes]))
    return Decision(
        permitted=True,
        reason="+".join(reasons),
        basis="+".join([BASES[reason] for reason in reasons]),
        decisive=tuple(sorted(frozenset().union(*[outcome.decisive for outcome in outcomes]))),
        usable=tuple(sorted(frozenset.intersection(*[item.usable for item in outcomes]))),
    )


def key(granted: Decision, sealed: Collection[str] | None, *, pending: bool) -> Decision:
    """G11: what consent permits must be sealed for the purpose; only what is sealed is usable."""
    if sealed is None:
        return granted
    usable = tuple([record for record in granted.usable if record in sealed])
    if usable:
        return granted if usable == granted.usable else replace(granted, usable=usable)
    if pending:
        return Decision(permitted=False, reason="VIEW_PENDING")
    if "BASIS_CONSENT" in granted.reason.split("+"):
        return Decision(permitted=False, reason="KEY_ABSENT", decisive=granted.decisive)
    return granted


def _not_now(wait: Wait) -> Decision:
    return Decision(permitted=False, reason=wait.reason, retry_after=wait.retry_after)


def earliest(*moments: datetime | None) -> datetime | None:
    """The first of these moments, of those that are known."""
    return min((moment for moment in moments if moment is not None), default=None)
