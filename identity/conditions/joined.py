"""Conditions made of others."""

from __future__ import annotations

from dataclasses import dataclass

from identity.conditions.atoms import Atom, Features
from identity.parts import Part


@dataclass(frozen=True, slots=True)
class All:
    """Every one of them holds."""

    parts: tuple[Condition, ...]

    def holds(self, a: Features, b: Features) -> bool:
        """Whether it holds between two records."""
        for part in self.parts:  # noqa: SIM110 - a generator costs more than what it asks
            if not part.holds(a, b):
                return False
        return True

    @property
    def features(self) -> frozenset[str]:
        """What it reads."""
        return frozenset[str]().union(*(part.features for part in self.parts))


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of them holds."""

    parts: tuple[Condition, ...]

    def holds(self, a: Features, b: Features) -> bool:
        """Whether it holds between two records."""
        for part in self.parts:  # noqa: SIM110 - a generator costs more than what it asks
            if part.holds(a, b):
                return True
        return False

    @property
    def features(self) -> frozenset[str]:
        """What it reads."""
        return frozenset[str]().union(*(part.features for part in self.parts))


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Always; for the last level."""

    def holds(self, _a: Features, _b: Features) -> bool:
        """It does."""
        return True

    @property
    def features(self) -> frozenset[str]:
        """Nothing."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class Never:
    """Under no circumstances; for a comparison that is never silent."""

    def holds(self, _a: Features, _b: Features) -> bool:
        """It does not."""
        return False

    @property
    def features(self) -> frozenset[str]:
        """Nothing."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class OfPart:
    """It holds of a piece of one feature's values: a mailbox is the same, three letters are.

    Asked as if the feature were the piece; a value that has none says nothing.
    """

    part: Part
    when: Condition

    def holds(self, a: Features, b: Features) -> bool:
        """Whether it holds between two records."""
        return self.when.holds(self._told(a), self._told(b))

    def _told(self, told: Features) -> Features:
        (name,) = self.part.features
        piece = self.part.of(told)
        rest = {other: value for other, value in told.items() if other != name}
        return {**rest, name: piece} if piece else rest

    @property
    def features(self) -> frozenset[str]:
        """What it reads."""
        return self.when.features


Condition = Atom | All | Any | Otherwise | Never | OfPart
