"""One decision for everybody who is alike, when many are asked about at one moment.

Of most people nothing was ever said. Whoever has no fact and no sale is decided upon by the places
they may be in, their age as far as it counts, their life cycle, and how each record belongs to
them: two who agree in these get the same answer, each with their own records. Anybody else is
decided upon alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from consent.decision.dossier import Dossier, prepare
from consent.decision.entitlement import contact_allowed_prepared, entitled_prepared
from consent.decision.values import Decision
from consent.policy import Policy
from consent.regimes import SALE_AGE
from consent.subject import Contact, Subject

_Shape: TypeAlias = tuple[object, ...]
_Asked: TypeAlias = tuple[str | None, ...]
"""A purpose; channel and contact point where one is asked about."""


@dataclass(slots=True)
class _Known:
    """Somebody of a shape, and what was found for them."""

    dossier: Dossier
    answers: dict[_Asked, Decision] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answers:
    """What may be done with one person's data; equal to asking about this person alone."""

    _subject: Subject
    _known: _Known
    _silent: bool

    def entitled(self, purpose: str) -> Decision:
        """As `consent.decision.entitled`."""
        found = self._found((purpose,), lambda like: entitled_prepared(like, purpose))
        return self._own(found)

    def contact_allowed(self, purpose: str, contact: Contact, channel: str) -> bool:
        """Whether `consent.decision.contact_allowed` permits."""
        # Only a fact could tell two contact points of one channel apart.
        ref = None if self._silent else contact.ref
        found = self._found(
            (purpose, channel, ref),
            lambda like: contact_allowed_prepared(like, purpose, contact, channel),
        )
        return found.permitted

    def _found(self, asked: _Asked, find: Callable[[Dossier], Decision]) -> Decision:
        """The answer about whoever of the shape came first."""
        found = self._known.answers.get(asked)
        if found is None:
            found = self._known.answers[asked] = find(self._known.dossier)
        return found

    def _own(self, found: Decision) -> Decision:
        known = self._known
        if known.dossier.subject is self._subject or not found.usable:
            return found
        pairs = zip(known.dossier.subject.members, self._subject.members, strict=True)
        own = {like.record_id: mine.record_id for like, mine in pairs}
        return replace(found, usable=tuple(sorted(own[record] for record in found.usable)))


class Alike:
    """Everybody who is asked about under one policy at one moment; drop it with the batch."""

    def __init__(self, policy: Policy, now: datetime) -> None:
        self._policy = policy
        self._now = now
        self._shapes: dict[_Shape, _Known] = {}

    def about(self, subject: Subject) -> Answers:
        """The answers about one person."""
        dossier = prepare(self._policy, subject, self._now)
        if not _is_silent(subject):
            return Answers(subject, _Known(dossier), _silent=False)
        shape = (
            subject.lifecycle,
            dossier.regimes,
            self._age(dossier),
            tuple((member.link, member.relation) for member in subject.members),
        )
        known = self._shapes.setdefault(shape, _Known(dossier))
        return Answers(subject, known, _silent=True)

    def _age(self, dossier: Dossier) -> object:
        """The age where it counts; of whoever is past every limit only that they are."""
        limits = {self._policy.age_limit(regime) for regime in dossier.regimes}
        if dossier.ages and min(dossier.ages) >= max(limits | {SALE_AGE}):
            return None
        return dossier.ages, dossier.birthday()


def _is_silent(subject: Subject) -> bool:
    """Nobody said anything, and no sale stands for a word."""
    said = any(member.facts for member in subject.members)
    return not said and subject.circumstances.soft_optin is None
