"""One ask, laid out for the gates: the purpose, the regimes, the facts that speak, per record.

G0 and G3 happen here: an ask about nobody or about no purpose makes no case, and no known regime
means the strictest.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from consent.basis import EXPLICIT
from consent.decision.coverage import covering
from consent.decision.standing import Lens, Scope, Standing, stand
from consent.decision.values import Ask
from consent.events import ConsentFact
from consent.policy import Policy
from consent.purposes import Purpose
from consent.regimes import UNKNOWN, family, strictness
from consent.subject import Subject


@dataclass(slots=True)
class Case:
    """`regimes`: the strictest first. `facts`: per member, covering the ask, in order.

    `implied`: one of them is an implied consent, which not every regime counts. `moments`: when
    time alone may change the answer; gates add to it what they rested on.
    """

    policy: Policy
    subject: Subject
    ask: Ask
    purpose: Purpose
    regimes: tuple[str, ...]
    facts: tuple[list[ConsentFact], ...]
    implied: bool
    moments: list[datetime] = field(default_factory=list)
    _standings: dict[tuple[object, ...], Standing] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The moment of the ask."""
        return self.ask.now

    def basis(self, regime: str) -> str:
        """The basis of the ask in a regime."""
        return self.policy.basis(self.purpose.key, regime, self.ask.channel)

    def standing(self, place: int, regime: str, lens: Lens) -> Standing:
        """Where the record at this place stands, as a regime and an age see it."""
        implied = self.implied and family(regime) in IMPLIED_COUNTS
        explicit = self.basis(regime) == EXPLICIT
        key = (place, lens, implied, explicit)
        found = self._standings.get(key)
        if found is None:
            scope = Scope(
                self.policy, self.purpose, self.ask.channel, self.now, lens, implied, explicit
            )
            found = self._standings[key] = stand(self.facts[place], scope)
            if found.changes is not None:
                self.moments.append(found.changes)
        return found

    def asking(self, ask: Ask) -> "Case":
        """The same subject and purpose, asked about another channel, contact point or brand."""
        return _laid_out(self.policy, self.subject, ask, self.purpose, self.regimes)

    def horizon(self) -> datetime | None:
        """The earliest moment after now at which time alone may change the answer."""
        return min((moment for moment in self.moments if moment > self.now), default=None)


IMPLIED_COUNTS = frozenset({"CA", "US"})


def open_case(policy: Policy, subject: Subject | None, ask: Ask) -> Case | str:
    """G0 known? The case, or the reason why there is none."""
    if subject is None:
        return "NO_PROFILE"
    purpose = policy.purposes.get(ask.purpose)
    if purpose is None or purpose.status != "active":
        return "PURPOSE_UNKNOWN"
    regimes = _regimes(subject.circumstances.regimes)
    return _laid_out(policy, subject, ask, purpose, regimes)


def _laid_out(
    policy: Policy, subject: Subject, ask: Ask, purpose: Purpose, regimes: tuple[str, ...]
) -> Case:
    facts = tuple(covering(member.facts, purpose, ask) for member in subject.members)
    return Case(
        policy=policy,
        subject=subject,
        ask=ask,
        purpose=purpose,
        regimes=regimes,
        facts=facts,
        implied=any(fact.ctype == "implied" for found in facts for fact in found),
        moments=[
            fact.received
            for member in subject.members
            for fact in member.facts
            if fact.received > ask.now
        ],
    )


def _regimes(regimes: Iterable[str]) -> tuple[str, ...]:
    """G3 regimes: every plausible one, the strictest first; none known is the strictest."""
    return tuple(sorted(regimes, key=lambda name: (strictness(name), name))) or (UNKNOWN,)
