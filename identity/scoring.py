"""The weight of two records: bits of evidence that they are one person, for and against.

Three things are weighed: the prior; every comparison, log2(m/u) of its level (Fellegi and Sunter
1969); every identifier both hold. Where they may be two of one household, because they share an
address or a contact point, the odds against a household are combined with those against strangers:
W' = -log2(2^-W + 2^-H). So a shared roof never makes two people one.

Two records that have nothing to say to each other weigh nothing: not knowing is no evidence.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import log2

from identity.blocking import Blocks, Shared
from identity.comparison import (
    ADDRESS,
    COMPANY,
    GIVEN_NAME,
    ONE_ROOF,
    Levels,
    compare,
)
from identity.evidence import NOBODY
from identity.model import MILLI, Model, bits
from identity.names import DIFFERENT

PRIOR, HOUSEHOLD = "prior", "household"
_TINY = 1024 * MILLI


@dataclass(frozen=True, slots=True)
class Term:
    """One bar of the waterfall; `weight` in thousandths of a bit."""

    name: str
    level: str
    weight: int


@dataclass(frozen=True, slots=True)
class Weight:
    """What two records weigh, in thousandths of a bit.

    `strangers`: for one person against two unrelated. `household`: against two of a household;
    None where they share no roof and no contact point.
    """

    strangers: int
    household: int | None

    @property
    def total(self) -> int:
        """Both odds combined."""
        if self.household is None:
            return self.strangers
        return _combined(self.strangers, self.household)

    @property
    def is_household(self) -> bool:
        """Whether two of a household explain the pair better than one person."""
        return self.household is not None and self.household < 0


NOTHING = Weight(0, None)


def _combined(strangers: int, household: int) -> int:
    """-log2(2^-W + 2^-H), from the smaller one so that nothing overflows."""
    low, high = sorted((strangers, household))
    return low - bits(log2(1 + 2 ** (max(low - high, -_TINY) / MILLI)))


class Scorer:
    """Weighs pairs of records of one indexed evidence; each pair of values is compared once."""

    def __init__(self, blocks: Blocks, model: Model) -> None:
        self._blocks = blocks
        self._model = model
        self._held = [frozenset(held) for held in blocks.held]
        people = [record.person for record in blocks.records]
        self._people = people
        # Equal features have equal numbers, so that a pair of values is a pair of small numbers.
        self._same = _numbers(people)
        self._levels: dict[tuple[int, int], Levels] = {}
        self._known: dict[tuple[Levels, tuple[str, ...], int], Weight] = {}

    def between(self, a: int, b: int) -> Weight:
        """The weight of two records inside a component."""
        return self._weigh(a, b, self._model.priors[0])

    def candidate(self, a: int, b: int) -> Weight:
        """The weight of two records that share a blocking key, before anything ties them."""
        return self._weigh(a, b, self._model.priors[1])

    def levels(self, a: int, b: int) -> Levels:
        """The levels of every comparison of two records."""
        first, second = self._same[a], self._same[b]
        if first < 0 or second < 0:
            return ()
        key = (first, second) if first < second else (second, first)
        found = self._levels.get(key)
        if found is None:
            found = compare(self._people[a], self._people[b])
            self._levels[key] = found
        return found

    def shared(self, a: int, b: int) -> list[Shared]:
        """The linking values that both hold, most telling type first."""
        return [self._blocks.shared[i] for i in sorted(self._held[a] & self._held[b])]

    def terms(self, a: int, b: int, *, tied: bool = True) -> tuple[Term, ...]:
        """The waterfall of two records; adds up to the total of `between`, or of `candidate`."""
        levels = self.levels(a, b)
        shared = self.shared(a, b)
        if not (levels or shared):
            return ()
        conflict = _names_conflict(levels)
        made = [Term(PRIOR, "", self._model.priors[0 if tied else 1])]
        made += [Term(name, lv, self._model.weights[name, lv][0]) for name, lv in levels]
        for value in shared:
            counts = not (conflict and value.type.is_contact)
            level = "shared" if counts else "first_names_conflict"
            made.append(Term(value.type.name, level, value.type.weight * MILLI * counts))
        weight = self.between(a, b) if tied else self.candidate(a, b)
        if weight.household is not None:
            made.append(Term(HOUSEHOLD, "", weight.total - weight.strangers))
        return tuple(made)

    def _weigh(self, a: int, b: int, prior: int) -> Weight:
        levels = self.levels(a, b)
        both = self._held[a] & self._held[b]
        if not (levels or both):
            return NOTHING
        key = (levels, tuple(sorted(self._blocks.shared[i].type.name for i in both)), prior)
        found = self._known.get(key)
        if found is None:
            found = self._fresh(levels, [self._blocks.shared[i] for i in both], prior)
            self._known[key] = found
        return found

    def _fresh(self, levels: Levels, shared: Sequence[Shared], prior: int) -> Weight:
        weights = [self._model.weights[level] for level in levels]
        conflict = _names_conflict(levels)
        counting = [v.type for v in shared if not (conflict and v.type.is_contact)]
        strangers = prior + sum(w for w, _ in weights) + sum(t.weight * MILLI for t in counting)
        near = any(name == ADDRESS and level in ONE_ROOF for name, level in levels)
        if not (near or any(value.type.is_contact for value in shared)):
            return Weight(strangers, None)
        household = self._model.priors[2] + sum(h for _, h in weights)
        return Weight(strangers, household + sum(t.household_weight * MILLI for t in counting))


def _names_conflict(levels: Levels) -> bool:
    return (GIVEN_NAME, DIFFERENT) in levels or (COMPANY, DIFFERENT) in levels


def _numbers(features: Iterable[Hashable]) -> list[int]:
    """A number per feature, equal for equal ones; -1 for one that says nothing."""
    known: dict[Hashable, int] = {NOBODY: -1}
    return [known.setdefault(item, len(known)) for item in features]
