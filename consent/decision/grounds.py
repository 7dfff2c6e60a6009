"""P5 prohibited, P6 an active no, P7 the basis: run for each record by itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from consent import basis
from consent.decision.age import Plan
from consent.decision.case import Case
from consent.decision.reasons import ACTIVE_NO
from consent.decision.standing import Lens, Standing
from consent.periods import add_months
from consent.regimes import family
from consent.subject import CUSTOMER, Member

SOFT_REGIMES: Final = frozenset({"EU", "UK"})
OWN_NOES: Final = frozenset({"objected", "withdrawn", "refused", "opted_out"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one record says: yes (`permits`), no (`standing.noes` and no permit), or nothing."""

    member: Member
    permits: bool
    reason: str
    standing: Standing | None = None

    @property
    def refuses(self) -> bool:
        """An active no of this record stops the ask."""
        return not self.permits and self.standing is not None and bool(self.standing.noes)


def prohibited(case: Case) -> str | None:
    """P5: in some regime the purpose is prohibited on this channel."""
    return "PROHIBITED" if basis.PROHIBITED in case.bases.values() else None


def verdict(case: Case, place: int, plan: Plan) -> Verdict:
    """P6 and P7 for one record under one plan."""
    regime, lens = plan
    member = case.subject.members[place]
    ground = case.bases[regime]
    if ground == basis.LEGAL:
        return Verdict(member, permits=True, reason="BASIS_LEGAL")
    if ground == basis.CONTRACT:
        customer = member.relation == CUSTOMER
        return Verdict(member, customer, "BASIS_CONTRACT" if customer else "NO_CONTRACT")
    standing = case.standing(place, regime, lens)
    if standing.noes and not _compelling(case, ground, standing):
        return Verdict(member, False, ACTIVE_NO[standing.noes[-1].type], standing)
    refusal = _missing(case, ground, regime, lens, standing)
    if refusal is None:
        return Verdict(member, True, _permission(ground, standing), standing)
    if ground == basis.SOFT_OPTIN and _soft_optin(case, member, regime, standing):
        return Verdict(member, True, "BASIS_SOFT_OPTIN", standing)
    return Verdict(member, False, refusal, standing)


def _compelling(case: Case, ground: str, standing: Standing) -> bool:
    """P6: legitimate interest may continue over the person's no, never for direct marketing."""
    return (
        ground == basis.LI
        and case.purpose.key in case.policy.compelling
        and not case.purpose.is_dm
        and all(no.type in OWN_NOES for no in standing.noes)
    )


def _missing(case: Case, ground: str, regime: str, lens: Lens, standing: Standing) -> str | None:
    """P7: what the basis lacks. The young need a yes in force whatever the basis."""
    if ground == basis.LI and case.purpose.key not in case.policy.lia:
        return "LIA_MISSING"
    if ground == basis.OPTOUT and not _told(case, regime):
        return "NOTICE_MISSING"
    if ground in {basis.LI, basis.OPTOUT}:
        return None if lens is Lens.ANY or standing.given else "MINOR_BLOCKED"
    return None if standing.given else standing.reason


def _permission(ground: str, standing: Standing) -> str:
    if ground == basis.LI:
        return "BASIS_LI_COMPELLING" if standing.noes else "BASIS_LI"
    return "BASIS_OPTOUT" if ground == basis.OPTOUT else "BASIS_CONSENT"


def _told(case: Case, regime: str) -> bool:
    """Notice at collection: any active notice, or one of those the policy names for the regime."""
    policy = case.policy
    named = policy.collection.get(regime, policy.collection.get(family(regime)))
    notices = [policy.notices[key] for key in (policy.notices if named is None else named)]
    for notice in notices:
        case.moments.extend(_edges(notice.effective_from, notice.superseded_at))
    return any(notice.active(case.now) for notice in notices)


def _soft_optin(case: Case, member: Member, regime: str, standing: Standing) -> bool:
    """A sale in the last 24 months, own similar goods, opt-out offered, and nothing ever said."""
    soft, terms = case.subject.circumstances.soft_optin, case.policy.terms
    if soft is None or not terms.soft_optin or regime not in SOFT_REGIMES:
        return False
    if case.ask.channel != "email" or not (soft.similar and soft.optout_offered):
        return False
    if soft.record_id not in {None, member.record_id} or not standing.unknown:
        return False
    # The last instant of the period is in it.
    ends = add_months(soft.sale_at, terms.soft_optin_months) + timedelta(microseconds=1)
    case.moments.extend(_edges(soft.sale_at, ends))
    return soft.sale_at <= case.now < ends


def _edges(*moments: datetime | None) -> Iterable[datetime]:
    return (moment for moment in moments if moment is not None)
