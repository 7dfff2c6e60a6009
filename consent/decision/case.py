"""One ask, laid out for the gates: the purpose, the regimes, the facts that speak, per record.

G0 and G3 happen here: an ask about nobody or about no purpose makes no case, and no known regime
means the strictest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from consent.basis import EXPLICIT
from consent.decision.dossier import Cell, Dossier
from consent.decision.standing import SILENT, Lens, Scope, Standing, stand
from consent.decision.values import Ask
from consent.events import ConsentFact
from consent.policy import Policy
from consent.purposes import Purpose
from consent.regimes import family
from consent.subject import Subject

IMPLIED_COUNTS: Final = frozenset({"CA", "US"})


@dataclass(slots=True)
class Case:
    """`regimes`: the strictest first. `bases`: the basis of the ask in each. `facts`: per member,
    covering the ask, in order. `cell`: what the permission depends on.

    `implied`: one of them is an implied consent, which not every regime counts. `moments`: when
    time alone may change the answer; gates add to it what they rested on.
    """

    dossier: Dossier
    policy: Policy
    subject: Subject
    ask: Ask
    purpose: Purpose
    regimes: tuple[str, ...]
    bases: Mapping[str, str]
    facts: tuple[list[ConsentFact], ...]
    moments: list[datetime]
    cell: Cell
    _standings: dict[tuple[object, ...], Standing] = field(default_factory=dict)
    _implied: bool | None = None

    @property
    def now(self) -> datetime:
        """The moment of the ask."""
        return self.ask.now

    @property
    def implied(self) -> bool:
        """One of the facts is an implied consent."""
        if self._implied is None:
            self._implied = any(fact.ctype == "implied" for told in self.facts for fact in told)
        return self._implied

    def standing(self, place: int, regime: str, lens: Lens) -> Standing:
        """Where the record at this place stands, as a regime and an age see it."""
        facts = self.facts[place]
        if not facts:
            return SILENT
        implied = family(regime) in IMPLIED_COUNTS and self.implied
        explicit = self.bases[regime] == EXPLICIT
        key = (place, lens, implied, explicit)
        found = self._standings.get(key)
        if found is None:
            scope = Scope(
                self.policy, self.purpose, self.ask.channel, self.now, lens, implied, explicit
            )
            found = self._standings[key] = stand(facts, scope)
            if found.changes is not None:
                self.moments.append(found.changes)
        return found

    def asking(self, ask: Ask) -> "Case":
        """The same subject and purpose, asked about another channel, contact point or brand."""
        return _laid_out(self.dossier, ask, self.purpose)

    def horizon(self) -> datetime | None:
        """The earliest moment after now at which time alone may change the answer."""
        now = self.ask.now
        return min([moment for moment in self.moments if moment > now], default=None)


def open_case(dossier: Dossier, ask: Ask) -> Case | str:
    """G0 known? The case, or the reason why there is none.

    Raises:
        ValueError: an ask of another moment than the dossier's.
    """
    if ask.now != dossier.now:
        raise ValueError("a dossier is for asks of its own moment; prepare another one")
    purpose = dossier.policy.purposes.get(ask.purpose)
    if purpose is None or purpose.status != "active":
        return "PURPOSE_UNKNOWN"
    return _laid_out(dossier, ask, purpose)


def _laid_out(dossier: Dossier, ask: Ask, purpose: Purpose) -> Case:
    ground = dossier.ground(purpose, ask.channel, ask.contact, ask.brand)
    return Case(
        dossier=dossier,
        policy=dossier.policy,
        subject=dossier.subject,
        ask=ask,
        purpose=purpose,
        regimes=dossier.regimes,
        bases=ground.bases,
        facts=ground.facts,
        moments=list(dossier.coming),
        cell=ground.cell,
    )
