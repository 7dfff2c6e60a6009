"""G9 merge: one answer from the records of a profile. An opinion about who is who grants nothing.

Where some record has a yes and none a no, the yes speaks for itself and for verified records that
say nothing (M4, M5). Against a no of another record only a later word of the person counts: across
verified links (M2), or signed in after the records were merged (M3). Otherwise the no wins (M1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from consent.decision.case import Case
from consent.decision.grounds import Verdict
from consent.decision.reasons import NO_YES
from consent.decision.standing import BY_LINK, SIGNED_IN, Grant, clears
from consent.events import ConsentFact
from consent.subject import Member

VERIFIED: Final = "verified"
SILENT: Final = frozenset({"NO_RECORD", "NO_CONTRACT"})
_PRECEDENCE: Final = {reason: place for place, reason in enumerate(NO_YES)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The joint answer under one plan. `granting`: records with a yes of their own."""

    permitted: bool
    reasons: frozenset[str]
    decisive: frozenset[str] = frozenset()
    usable: frozenset[str] = frozenset()
    granting: frozenset[str] = frozenset()


def combine(case: Case, verdicts: Sequence[Verdict]) -> Outcome:
    """G9 over the verdicts of all records."""
    yes = [item for item in verdicts if item.permits]
    noes = [item for item in verdicts if item.refuses] if len(yes) < len(verdicts) else []
    if not yes:
        return _refusal(noes) if noes else _silence(verdicts)
    conflict = _conflict(case, yes, noes) if noes else None
    if conflict:
        return Outcome(False, frozenset({conflict}), _last_no(noes))
    return Outcome(
        permitted=True,
        reasons=frozenset([item.reason for item in yes]),
        decisive=frozenset(
            [item.standing.decisive.id for item in yes if item.standing and item.standing.decisive]
        ),
        usable=frozenset(_usable(yes, verdicts)),
        granting=frozenset([item.member.record_id for item in yes]),
    )


def _refusal(noes: Sequence[Verdict]) -> Outcome:
    """The latest active no of all records is the reason."""
    latest = max(noes, key=lambda item: max(_order(no) for no in _noes(item)))
    return Outcome(False, frozenset({latest.reason}), _last_no(noes))


def _silence(verdicts: Sequence[Verdict]) -> Outcome:
    nearest = min(verdicts, key=lambda item: _PRECEDENCE[item.reason], default=None)
    if nearest is None:
        return Outcome(False, frozenset({"NO_RECORD"}))
    fact = nearest.standing.decisive if nearest.standing else None
    return Outcome(
        False, frozenset({nearest.reason}), frozenset({fact.id}) if fact else frozenset()
    )


def _conflict(case: Case, yes: Sequence[Verdict], noes: Sequence[Verdict]) -> str | None:
    """M1, M2, M3: why the noes of some records stand against the yeses of others."""
    given = [(item.member, grant) for item in yes if item.standing for grant in item.standing.given]
    against = [(item.member, no) for item in noes for no in _noes(item)]
    latest_no = max(no.key for _, no in against)
    if not given or latest_no >= max(grant.fact.key for _, grant in given):
        return "MERGE_DENY_LATEST"
    overcome = all(any(_overcomes(case, said, unsaid) for said in given) for unsaid in against)
    return None if overcome else "MERGE_CONFLICT"


def _overcomes(case: Case, said: tuple[Member, Grant], unsaid: tuple[Member, ConsentFact]) -> bool:
    (giver, grant), (refuser, no) = said, unsaid
    fact = grant.fact
    if fact.rank < BY_LINK or not clears(fact, no, case.policy.terms, grant.issued):
        return False
    if giver.link == refuser.link == VERIFIED:
        return True
    merged = case.subject.merged_at
    return fact.rank >= SIGNED_IN and merged is not None and fact.key > merged


def _usable(yes: Sequence[Verdict], verdicts: Sequence[Verdict]) -> list[str]:
    """Records with a yes; if one of them is verified, also verified ones that say nothing, and
    verified ones whose no has been overcome."""
    own = [item.member.record_id for item in yes]
    if len(yes) < len(verdicts) and any(item.member.link == VERIFIED for item in yes):
        own.extend(
            item.member.record_id
            for item in verdicts
            if item.member.link == VERIFIED and not item.permits and (item.refuses or _silent(item))
        )
    return own


def _silent(item: Verdict) -> bool:
    return item.reason in SILENT or (item.standing is not None and item.standing.unknown)


def _noes(item: Verdict) -> tuple[ConsentFact, ...]:
    return item.standing.noes if item.standing else ()


def _last_no(noes: Sequence[Verdict]) -> frozenset[str]:
    return frozenset({max((no for item in noes for no in _noes(item)), key=_order).id})


def _order(no: ConsentFact) -> tuple[object, ...]:
    return (no.key, no.id)
