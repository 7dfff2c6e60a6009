"""Where one record stands for one ask: the state machine, run over its facts in order.

A no takes effect at once and ends every yes before it. A yes undoes a no only if the person gave
it (the ratchet, `clears`); it counts only once no no is left. So adding a no can never help.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from consent.events import NOES, YES, ConsentFact
from consent.periods import add_months
from consent.policy import Policy, Terms
from consent.purposes import Purpose

SIGNED_IN: Final = 5
BY_LINK: Final = 4
BY_PERSON: Final = 3
NEEDS_EVIDENCE: Final = 1
OFFICER: Final = frozenset({"invalidated", "terminated"})
PROMPT_WAITS: Final = frozenset({"opted_out", "signal_gpc"})


class Lens(StrEnum):
    """Which yeses count: any, for a child the guardian's, for a teenager his own."""

    ANY = "any"
    GUARDIAN = "guardian"
    OWN = "own"

    def sees(self, fact: ConsentFact) -> bool:
        """This yes counts."""
        if self is Lens.GUARDIAN:
            return "guardian" in fact.flags
        return self is Lens.ANY or fact.rank >= BY_PERSON


@dataclass(frozen=True, slots=True)
class Scope:
    """What the state machine is run for, besides the facts."""

    policy: Policy
    purpose: Purpose
    channel: str | None
    now: datetime
    lens: Lens = Lens.ANY
    implied_counts: bool = False
    explicit: bool = False


@dataclass(slots=True)
class Grant:
    """A yes that took effect; when and why it ends; when its link, if by a link, was sent."""

    fact: ConsentFact
    issued: datetime | None
    ends: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The state at the moment asked about.

    `noes`: those active, in order. `given`: yeses in force. `reason`: why there is none.
    `decisive`: the fact that decided, if any. `unknown`: nothing ever took effect. `changes`: when
    time alone changes this.
    """

    noes: tuple[ConsentFact, ...]
    given: tuple[Grant, ...]
    reason: str
    decisive: ConsentFact | None
    unknown: bool
    changes: datetime | None = None


@dataclass(slots=True)
class _Run:
    """The machine between two events."""

    scope: Scope
    noes: list[ConsentFact] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    pending: ConsentFact | None = None
    link: ConsentFact | None = None
    asked: bool = False
    defect: tuple[str, ConsentFact | None] = ("NO_RECORD", None)

    def meet(self, fact: ConsentFact) -> None:
        """One event."""
        if fact.type in NOES:
            self.noes.append(fact)
            self.grants.clear()
        elif fact.type == "expired":
            self._lapse(fact.key)
        elif fact.type in YES:
            if self.scope.lens.sees(fact):
                self._yes(fact)
        elif fact.type == "pending":
            self.pending = self.link = fact
        elif fact.type != "restored":
            self.asked = True

    def _lapse(self, moment: datetime) -> None:
        for grant in self.grants:
            if moment < grant.ends:
                grant.ends, grant.why = moment, "EXPIRED"

    def _yes(self, fact: ConsentFact) -> None:
        base = self._base(fact)
        if fact.type == "renewed" and base is None:
            return
        notice = fact.notice or self._inherited(fact, base)
        issued = self._issued(fact)
        if fact.type == "confirmed" and not self._link_holds(fact, issued):
            return
        defect = _defect(self.scope, fact, notice)
        if defect:
            self.defect = (defect, fact)
            return
        if fact.type in {"given", "opted_in"} and self._needs_confirming(fact):
            self.pending = fact
            return
        terms = self.scope.policy.terms
        self.noes = [no for no in self.noes if not clears(fact, no, terms, issued)]
        if not self.noes:
            ends, why = _end(self.scope, fact, notice)
            self.grants.append(Grant(fact, issued, ends, why))

    def _base(self, fact: ConsentFact) -> Grant | None:
        """What a renewal renews: the last yes still in force, of no higher rank."""
        alive = [grant for grant in self.grants if fact.key < grant.ends]
        if not alive or fact.rank < max(BY_PERSON, alive[-1].fact.rank):
            return None
        return alive[-1]

    def _inherited(self, fact: ConsentFact, base: Grant | None) -> str | None:
        """A confirmation is of what was signed up for, a renewal of what was given."""
        if fact.type == "confirmed" and self.pending:
            return self.pending.notice
        return base.fact.notice if fact.type == "renewed" and base else None

    def _issued(self, fact: ConsentFact) -> datetime | None:
        if fact.pending_at is None and fact.type == "confirmed" and self.link:
            return self.link.key
        return fact.pending_at

    def _link_holds(self, fact: ConsentFact, issued: datetime | None) -> bool:
        hours = timedelta(hours=self.scope.policy.terms.doi_hours)
        return fact.rank >= BY_LINK and (issued is None or fact.key <= issued + hours)

    def _needs_confirming(self, fact: ConsentFact) -> bool:
        return fact.rank < BY_LINK and self.scope.channel in self.scope.policy.terms.doi_channels


SILENT: Final = Standing((), (), "NO_RECORD", None, unknown=True)
"""Of a record about which nothing was said, in every scope."""


def stand(facts: Sequence[ConsentFact], scope: Scope) -> Standing:
    """Run the machine over the covering facts of one record, in their order."""
    run = _Run(scope)
    for fact in facts:
        run.meet(fact)
    if run.noes:
        return Standing(tuple(run.noes), (), "", run.noes[-1], unknown=False)
    alive = [grant for grant in run.grants if scope.now < grant.ends]
    if alive:
        return Standing(
            noes=(),
            given=tuple(alive),
            reason="",
            decisive=alive[-1].fact,
            unknown=False,
            changes=max(grant.ends for grant in alive),
        )
    return _without_yes(run, scope)


def _without_yes(run: _Run, scope: Scope) -> Standing:
    lapsed = run.grants[-1] if run.grants else None
    pending = run.pending
    if pending and (lapsed is None or lapsed.fact.key < pending.key):
        forgotten = pending.key + timedelta(hours=scope.policy.terms.doi_hours)
        over = forgotten <= scope.now
        return Standing(
            noes=(),
            given=(),
            reason="DOI_PENDING",
            decisive=pending,
            unknown=over and lapsed is None and not run.asked,
            changes=None if over else forgotten,
        )
    if lapsed:
        return Standing((), (), lapsed.why, lapsed.fact, unknown=False)
    return Standing((), (), *run.defect, unknown=not run.asked)


def clears(fact: ConsentFact, no: ConsentFact, terms: Terms, issued: datetime | None) -> bool:
    """This yes undoes this no: only the person, after it, with what the kind of no asks.

    `issued`: when the link by which the yes came was sent; one sent before the no is void. An
    implied yes is no act of the person and undoes nothing; nor does a renewal.
    """
    if fact.key <= no.key or (issued is not None and issued <= no.key):
        return False
    if fact.type == "renewed" or fact.ctype == "implied":
        return False
    if fact.rank < (BY_PERSON if no.type in OFFICER else BY_LINK):
        return False
    if no.type == "signal_gpc" and "gpc_ack" not in fact.flags:
        return False
    waits = no.type in PROMPT_WAITS and "prompted" in fact.flags
    return not waits or fact.key >= add_months(no.key, terms.prompt_months)


def _defect(scope: Scope, fact: ConsentFact, notice: str | None) -> str | None:
    """Why this yes is none."""
    if notice not in scope.policy.notices:
        return "NOTICE_MISSING"
    if fact.rank <= NEEDS_EVIDENCE and not fact.evidence:
        return "NO_EVIDENCE"
    if "preticked" in fact.flags or (fact.ctype == "implied" and not scope.implied_counts):
        return "NOT_UNAMBIGUOUS"
    if scope.explicit and fact.ctype != "explicit":
        return "NOT_EXPLICIT"
    return None


def _end(scope: Scope, fact: ConsentFact, notice: str | None) -> tuple[datetime, str]:
    ends = min(_expiries(scope, fact))
    superseded = scope.policy.notices[str(notice)].ends_for(scope.purpose.lineage)
    if superseded is not None and superseded < ends:
        return superseded, "NOTICE_SUPERSEDED"
    return ends, "EXPIRED"


def _expiries(scope: Scope, fact: ConsentFact) -> Iterable[datetime]:
    yield fact.key + timedelta(days=scope.purpose.max_age_days)
    if fact.until is not None:
        yield fact.until
    if fact.ctype == "implied":
        terms = scope.policy.terms
        months = terms.implied_months_with_end if fact.until else terms.implied_months
        yield add_months(fact.key, months)
