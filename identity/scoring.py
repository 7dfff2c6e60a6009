"""The weight of two records: bits of evidence that they are one person, for and against.

The prior, and of every comparison log2(m/u) of its level (Fellegi and Sunter 1969), more where the
value both hold is rare (Winkler 1989). Where a household class is known, the odds against two
people of one household are combined with those against strangers, W' = -log2(2^-W + 2^-H), so that
a shared roof never makes two people one.

An identifier that both hold is at the exact level of its comparison, whether or not it is the only
one they have, and one that identifies nobody is not compared. Two records that have nothing to say
to each other weigh nothing: not knowing is no evidence.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from identity.blocking import Blocks
from identity.comparisons import Bond, Comparison, Level
from identity.features import NOBODY
from identity.odds import combined
from identity.rules import Rules

PRIOR, HOUSEHOLD = "prior", "household"
Levels = tuple[int | None, ...]
"""The place of the level of every comparison of the rules; None where it says nothing."""


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
    None where no such class is known.
    """

    strangers: int
    household: int | None

    @property
    def total(self) -> int:
        """Both odds combined."""
        return (
            self.strangers if self.household is None else combined(self.strangers, self.household)
        )

    @property
    def is_household(self) -> bool:
        """Whether two of a household explain the pair better than one person."""
        return self.household is not None and self.household < 0


NOTHING: Final = Weight(0, None)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the comparisons of two records say together, without a prior."""

    levels: Levels
    said: int
    strangers: int
    household: int
    ties: bool


class Scorer:
    """Weighs pairs of records of one indexed evidence; each pair of values is compared once."""

    def __init__(self, blocks: Blocks, rules: Rules) -> None:
        self._blocks = blocks
        self._rules = rules
        self._held = [frozenset(held) for held in blocks.held]
        self._told = [record.told for record in blocks.records]
        # Equal features have equal numbers, so that a pair of values is a pair of small numbers.
        self._same = _numbers(zip(self._told, blocks.muted, strict=True))
        self._by_type = {
            item.name: (number, _exact(item))
            for number, item in enumerate(rules.comparisons)
            if item.name in rules.types
        }
        self._levels: dict[tuple[int, int], Levels] = {}
        self._evidence: dict[tuple[int, int, frozenset[str]], _Evidence] = {}

    def between(self, a: int, b: int) -> Weight:
        """The weight of two records inside a component."""
        found = self._between(a, b)
        if not found.said:
            return NOTHING
        return self._weight(found, self._rules.clustering.inside_prior(found.said))

    def candidate(self, a: int, b: int) -> Weight:
        """The weight of two records that were proposed to each other, before anything ties them."""
        found = self._between(a, b)
        return self._weight(found, self._rules.clustering.edge_prior) if found.said else NOTHING

    def ties(self, a: int, b: int) -> bool:
        """Whether a level ties two records that were proposed, and none parts them."""
        return self._between(a, b).ties

    def together(self, first: Sequence[int], second: Sequence[int]) -> int:
        """The weights of all pairs between two groups of records, added up."""
        ours, theirs = self._counted(first), self._counted(second)
        return sum(self.between(a, b).total * ours[a] * theirs[b] for a in ours for b in theirs)

    def levels(self, a: int, b: int) -> tuple[tuple[Comparison, Level], ...]:
        """Every comparison that says something of two records, and its level."""
        found = zip(self._rules.comparisons, self._between(a, b).levels, strict=True)
        return tuple((item, item.levels[place]) for item, place in found if place is not None)

    def terms(self, a: int, b: int, *, tied: bool = True) -> tuple[Term, ...]:
        """The waterfall of two records; adds up to the total of `between`, or of `candidate`."""
        found = self._between(a, b)
        if not found.said:
            return ()
        settings = self._rules.clustering
        prior = settings.inside_prior(found.said) if tied else settings.edge_prior
        made = [Term(PRIOR, "", prior)]
        for item, level in self.levels(a, b):
            made.append(Term(item.name, level.name, level.weight + self._rarity(level, a, b)))
        weight = self._weight(found, prior)
        if weight.household is not None:
            made.append(Term(HOUSEHOLD, "", weight.total - weight.strangers))
        return tuple(made)

    def _weight(self, found: _Evidence, prior: int) -> Weight:
        odds = self._rules.clustering.household_odds
        household = None if odds is None else odds + found.household
        return Weight(found.strangers + prior, household)

    def _counted(self, group: Sequence[int]) -> Mapping[int, int]:
        """Records that say the same and hold the same, by the first of them."""
        first: dict[tuple[int, frozenset[int]], int] = {}
        return Counter(
            first.setdefault((self._same[place], self._held[place]), place) for place in group
        )

    def _between(self, a: int, b: int) -> _Evidence:
        one, other = self._same[a], self._same[b]
        both = self._held[a] & self._held[b]
        types = frozenset(self._blocks.shared[i].type.name for i in both)
        key = (one, other, types) if one < other else (other, one, types)
        found = self._evidence.get(key)
        if found is None:
            found = self._evidence[key] = self._weighed(a, b, types)
        return found

    def _weighed(self, a: int, b: int, types: frozenset[str]) -> _Evidence:
        levels = [*self._compared(a, b)]
        for type_, (number, exact) in self._by_type.items():
            if type_ in types:
                levels[number] = exact
            elif type_ in self._blocks.muted[a] or type_ in self._blocks.muted[b]:
                levels[number] = None
        said = strangers = household = 0
        ties = parts = False
        for item, place in zip(self._rules.comparisons, levels, strict=True):
            if place is None:
                continue
            level = item.levels[place]
            rarity = self._rarity(level, a, b)
            said += 1
            strangers += level.weight + rarity
            household += level.against_household
            if level.rarity and level.rarity.household:
                household += rarity
            ties = ties or level.bond is Bond.TIES
            parts = parts or level.bond is Bond.PARTS
        return _Evidence(tuple(levels), said, strangers, household, ties and not parts)

    def _compared(self, a: int, b: int) -> Levels:
        key = (self._same[a], self._same[b])
        found = self._levels.get(key)
        if found is None:
            ours, theirs = self._told[a], self._told[b]
            found = tuple(item.level(ours, theirs) for item in self._rules.comparisons)
            self._levels[key] = found
        return found

    def _rarity(self, level: Level, a: int, b: int) -> int:
        """How much more it says that both hold this value and not a usual one."""
        if level.rarity is None:
            return 0
        known = self._rules.frequencies.get(level.rarity.feature)
        value = self._told[a].get(level.rarity.feature)
        if known is None or value is None or value != self._told[b].get(level.rarity.feature):
            return 0
        name = self._blocks.records[a].names.get(level.rarity.feature, value)
        return known.rarity(float(level.u), name)


def _exact(item: Comparison) -> int:
    """The level of two who hold one value: the one whose rare values count, else the first."""
    places = (place for place, level in enumerate(item.levels) if level.rarity)
    return next(places, 0)


def _numbers(features: Iterable[Hashable]) -> list[int]:
    """A number per feature, equal for equal ones."""
    known: dict[Hashable, int] = {(NOBODY, frozenset()): -1}
    return [known.setdefault(item, len(known)) for item in features]
