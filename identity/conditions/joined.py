"""Conditions made of others."""

from __future__ import annotations

from dataclasses import dataclass

from identity.conditions.atoms import Atom, Features


@dataclass(frozen=True, slots=True)
class All:
    """Every one of them holds."""

    parts: tuple[Condition, ...]

    def holds(self, a: Features, b: Features) -> bool:
        """Whether it holds between two records."""
        return all(part.holds(a, b) for part in self.parts)

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
        return any(part.holds(a, b) for part in self.parts)

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


Condition = Atom | All | Any | Otherwise
