"""What all asks about one person at one moment have in common, found once and kept.

An answer from a dossier is the answer of `decide`, to the last value: only what cannot differ is
shared. Facts are told apart by identity, so a dossier belongs to one subject and goes with it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeAlias

from consent.decision.coverage import covering, speaking
from consent.decision.values import Decision
from consent.events import ConsentFact
from consent.policy import Policy
from consent.purposes import Purpose
from consent.regimes import SALE_AGE, SALE_GUARDIAN_AGE, UNKNOWN, strictness
from consent.subject import Subject

Cell: TypeAlias = tuple[object, ...]
"""What a permission depends on: the purpose, the facts that speak, the bases, the channel's terms.
Two asks of one cell have one permission."""


class Ground(NamedTuple):
    """What one ask stands on; to be read only.

    `facts`: per member those that speak about the ask, in order. `bases`: the basis by regime, in
    their order.
    """

    facts: tuple[list[ConsentFact], ...]
    bases: Mapping[str, str]
    cell: Cell


@dataclass(slots=True)
class Dossier:
    """One person under one policy at one moment; made by `prepare`.

    `regimes`: the strictest first. `coming`: when facts that are not yet received will be.
    `permissions`: what is permitted by cell, and the moments it rests on.
    """

    policy: Policy
    subject: Subject
    now: datetime
    regimes: tuple[str, ...]
    coming: tuple[datetime, ...]
    ages: tuple[int, ...]
    permissions: dict[Cell, tuple[Decision, tuple[datetime, ...]]] = field(default_factory=dict)
    _speaking: dict[tuple[str, str | None], tuple[list[ConsentFact], ...]] = field(
        default_factory=dict
    )
    _grounds: dict[tuple[str, str | None, str | None, str | None], Ground] = field(
        default_factory=dict
    )
    _birthday: tuple[datetime, ...] | None = None

    def speaking(self, purpose: Purpose, brand: str | None) -> tuple[list[ConsentFact], ...]:
        """Per member, the facts that speak about a purpose and brand on some channel, in order."""
        found = self._speaking.get((purpose.key, brand))
        if found is None:
            found = self._speaking[purpose.key, brand] = tuple(
                speaking(member.facts, purpose, brand, self.now) for member in self.subject.members
            )
        return found

    def ground(
        self, purpose: Purpose, channel: str | None, contact: str | None, brand: str | None
    ) -> Ground:
        """What an ask about this channel, contact point and brand stands on."""
        key = (purpose.key, channel, contact, brand)
        found = self._grounds.get(key)
        if found is None:
            told = self.speaking(purpose, brand)
            facts = tuple([covering(one, channel, contact) if one else one for one in told])
            policy, name = self.policy, purpose.key
            bases = {regime: policy.basis(name, regime, channel) for regime in self.regimes}
            terms = policy.terms
            cell = (
                name,
                tuple([tuple(map(id, one)) for one in facts]),
                (*bases.values(),),
                channel in terms.doi_channels,
                channel == "email" and terms.soft_optin,
            )
            found = self._grounds[key] = Ground(facts, bases, cell)
        return found

    def birthday(self) -> tuple[datetime, ...]:
        """The next birthday at which an age limit is reached, if there is one to come."""
        if self._birthday is None:
            limits = {self.policy.age_limit(regime) for regime in self.regimes}
            coming = (
                moment
                for age in limits | {SALE_GUARDIAN_AGE, SALE_AGE}
                for moment in self.subject.circumstances.birthdays(age)
                if moment > self.now
            )
            first = min(coming, default=None)
            self._birthday = () if first is None else (first,)
        return self._birthday


def prepare(policy: Policy, subject: Subject, now: datetime) -> Dossier:
    """A dossier for asks about this person at this moment, under this policy."""
    return Dossier(
        policy=policy,
        subject=subject,
        now=now,
        regimes=_regimes(subject.circumstances.regimes),
        coming=tuple(
            fact.received
            for member in subject.members
            for fact in member.facts
            if fact.received > now
        ),
        ages=subject.circumstances.ages(now),
    )


def _regimes(regimes: Iterable[str]) -> tuple[str, ...]:
    """G3 regimes: every plausible one, the strictest first; none known is the strictest."""
    return tuple(sorted(regimes, key=lambda name: (strictness(name), name))) or (UNKNOWN,)
