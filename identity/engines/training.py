"""Training without labels: what agreement is worth, learned from the records themselves.

u, of strangers: from random pairs, and for equality in closed form (the sum of squared shares of
the values), which also sees what no sample would. m, of one person, and h, of one household: by
expectation maximisation in the pairs of each blocking rule, over the comparisons that the rule does
not touch, because inside its own block a feature always agrees. What the rules learn is averaged.

The household class is used only where it is one: people who share a roof, a telephone or a mailbox
and mostly a family name, but not a given name. In data without such people the third class would be
something else, and would do harm; so it is dropped there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from identity import readings
from identity.comparisons import Comparison
from identity.conditions import DateParts, Same
from identity.engines.candidates import Block, Candidates
from identity.engines.columns import Floats, Keys, Levels, Spread
from identity.engines.deciding import Columns, levels
from identity.engines.mixture import Class, Mixture, Patterns, learn
from identity.library import ADDRESS, EXACT

SAMPLE, SEED = 300_000, 20_260_101
LEAST_PAIRS, LEAST_TOLD = 300, 30.0
ONE_RULE_COUNTS_AT_MOST = 3.0
SAME_GIVEN_AT_MOST, SAME_FAMILY_AT_LEAST = 0.12, 0.4

_GIVEN_AGREES = frozenset({"exact", "nickname", "initial", "similar"})
_ROOF = frozenset({ADDRESS, readings.PHONE, readings.EMAIL})
_HOUSEHOLD_RULES = frozenset(
    {
        readings.STREET,
        readings.HOUSE,
        readings.POSTCODE,
        readings.CITY,
        readings.PHONE,
        readings.EMAIL,
        readings.FAMILY,
    }
)


@dataclass(frozen=True)
class Belief:
    """Shares of the levels of one comparison before anything was learned, in the three classes."""

    m: Floats
    u: Floats
    h: Floats

    @classmethod
    def of(cls, item: Comparison) -> "Belief":
        """What a comparison believes; where it knows of no household, it is as among strangers."""
        classes = (
            [level.m for level in item.levels],
            [level.u for level in item.levels],
            [level.household or level.u for level in item.levels],
        )
        found = (np.array(shares, float) for shares in classes)
        m, u, h = (shares / shares.sum() for shares in found)
        return cls(m, u, h)


@dataclass(frozen=True)
class Firmness:
    """As how many pairs beliefs of each class count, so that a handful of records does not."""

    m: float = 20.0
    u: float = 300.0
    h: float = 20.0


FIRMNESS: Final = Firmness()


@dataclass(frozen=True)
class Learned:
    """Comparisons with what was learned of them.

    `told`: pairs of one person that m was learned from, by comparison. `household`: the odds (bits)
    of one person against two of a household among all pairs; None where there is no such class.
    """

    comparisons: tuple[Comparison, ...]
    told: Mapping[str, float]
    household: float | None

    @property
    def untrained(self) -> tuple[str, ...]:
        """Comparisons of which m is belief: too few pairs told of them."""
        return tuple(name for name, pairs in self.told.items() if pairs < LEAST_TOLD)


def train(
    comparisons: Sequence[Comparison],
    found: Columns,
    size: int,
    blocked: Candidates,
    compared: Sequence[Levels],
    *,
    spread: Spread = map,
) -> Learned:
    """Learn from candidates and their levels, an array for each comparison."""
    learner = _Learner(comparisons, found, size, compared)
    strangers = learner.strangers(spread)
    seen = spread(lambda block: learner.in_block(block, strangers), blocked.blocks)
    fits = [fit for fit in seen if fit is not None]
    return _learned(learner.comparisons, strangers, fits)


@dataclass(frozen=True)
class _Fit:
    """What one rule's pairs taught: of which comparisons, and of households or not."""

    block: Block
    places: tuple[int, ...]
    mixture: Mixture
    household: bool

    def of(self, place: int, number: int) -> tuple[float, Floats] | None:
        """Pairs of a class that told of a comparison, and the shares learned from them."""
        if place not in self.places or (number and not self.household):
            return None
        at = self.places.index(place)
        return self.mixture.told[number][at], self.mixture.shares[number][at]


class _Learner:
    def __init__(
        self,
        comparisons: Sequence[Comparison],
        found: Columns,
        size: int,
        compared: Sequence[Levels],
    ) -> None:
        self.comparisons = comparisons
        self._found, self._size, self._levels = found, size, compared
        self._random = np.random.default_rng(SEED)
        names = {item.name for item in comparisons}
        self._roofed = bool(_ROOF & names) and {readings.GIVEN, readings.FAMILY} <= names

    def strangers(self, spread: Spread) -> list[Floats]:
        """u of every comparison."""
        a, b = self._any_pairs()
        return list(spread(lambda item: self._strangers(item, a, b), self.comparisons))

    def _any_pairs(self) -> tuple[Keys, Keys]:
        """Random pairs of records; of few records all of them, so that chance has no say."""
        if self._size * (self._size - 1) // 2 <= SAMPLE:
            return np.triu_indices(self._size, 1)
        a, b = self._random.integers(0, self._size, (2, SAMPLE))
        return a[a != b], b[a != b]

    def _strangers(self, item: Comparison, a: Keys, b: Keys) -> Floats:
        believed = Belief.of(item).u
        shown = levels(item, self._found, a, b)
        counted = np.bincount(shown[shown >= 0], minlength=len(believed))
        shares: Floats = counted + believed * FIRMNESS.u
        shares /= shares.sum()
        for place, level in enumerate(item.levels):
            column = self._found.get(level.rarity.feature) if level.rarity else None
            if column is None or not isinstance(level.when, Same | DateParts):
                continue
            held = column.frequencies.astype(float)
            pairs = held.sum() * (held.sum() - 1) / 2
            equal = (held * (held - 1) / 2).sum() + believed[place] * FIRMNESS.u
            exact = max(equal / (pairs + FIRMNESS.u), 1e-9)
            shares *= (1 - exact) / (1 - shares[place])
            shares[place] = exact
        return shares

    def in_block(self, block: Block, strangers: Sequence[Floats]) -> _Fit | None:
        """What the pairs of one blocking rule teach; None if they are too few, or tell nothing."""
        reads = block.rule.features
        places = tuple(n for n, item in enumerate(self.comparisons) if not reads & item.subject)
        if len(places) < 2 or block.pairs < LEAST_PAIRS:  # noqa: PLR2004 - one comparison tells nothing
            return None
        items = [self.comparisons[place] for place in places]
        beliefs = [Belief.of(item) for item in items]
        household = (
            self._roofed
            and reads <= _HOUSEHOLD_RULES
            and any(item.name == readings.GIVEN for item in items)
        )
        classes = [Class(tuple(item.m for item in beliefs), firmness=FIRMNESS.m)]
        if household:
            classes.append(Class(tuple(item.h for item in beliefs), firmness=FIRMNESS.h))
        classes.append(Class(tuple(strangers[place] for place in places), fixed=True))
        sizes = (0.3, 0.3, 0.4) if household else (0.3, 0.7)
        patterns = Patterns.of(
            [self._levels[place][block.places] for place in places],
            [len(item.levels) for item in items],
        )
        return _Fit(block, places, learn(patterns, classes, sizes), household)


def _learned(
    items: Sequence[Comparison], strangers: Sequence[Floats], fits: Sequence[_Fit]
) -> Learned:
    households = _shares(items, fits, 1)
    people = _shares(items, fits, 0)
    odds = _household_odds(items, fits, people, households)
    made = tuple(
        item.told(
            m=people[place][0].tolist(),
            u=strangers[place].tolist(),
            household=households[place][0].tolist() if odds is not None else None,
        )
        for place, item in enumerate(items)
    )
    told = {item.name: people[place][1] for place, item in enumerate(items)}
    return Learned(made, told, odds)


def _shares(
    items: Sequence[Comparison], fits: Sequence[_Fit], number: int
) -> list[tuple[Floats, float]]:
    """The shares of one class by comparison, averaged over rules, and the pairs that told."""
    found = []
    for place, item in enumerate(items):
        told = [shares for fit in fits if (shares := fit.of(place, number))]
        told = [(pairs, shares) for pairs, shares in told if pairs >= LEAST_TOLD]
        if told:
            # One rule with very many pairs does not silence the others.
            usual = float(np.median([pairs for pairs, _ in told]))
            counts = [min(pairs, ONE_RULE_COUNTS_AT_MOST * usual) for pairs, _ in told]
            mean = np.average([shares for _, shares in told], axis=0, weights=counts)
            found.append((mean / mean.sum(), sum(pairs for pairs, _ in told)))
        else:
            believed = Belief.of(item)
            found.append(((believed.h if number else believed.m), 0.0))
    return found


def _household_odds(
    items: Sequence[Comparison],
    fits: Sequence[_Fit],
    people: Sequence[tuple[Floats, float]],
    households: Sequence[tuple[Floats, float]],
) -> float | None:
    """Bits for one person against two of a household, among all pairs; None without households.

    In a rule's block the two stand as their numbers there; that many of each agree by the rule, so
    the odds are corrected by how much more often the one class agrees in the rule's features.
    """
    if not any(fit.household for fit in fits) or not _is_household(items, households):
        return None
    found = []
    for fit in fits:
        person, household = (float(fit.mixture.sizes[number]) for number in (0, 1))
        if not fit.household or household < LEAST_TOLD:
            continue
        odds = np.log2(max(person, 1.0) / household)
        for place, item in enumerate(items):
            if fit.block.rule.features & item.subject:
                top = _top(item)
                odds += np.log2(households[place][0][top] / people[place][0][top])
        found.append(float(odds))
    return float(np.median(found)) if found else None


def _top(item: Comparison) -> int:
    """The place of the level at which both are equal: the one whose rare values count, or exact."""
    names = [level.name for level in item.levels]
    rare = [place for place, level in enumerate(item.levels) if level.rarity]
    return rare[0] if rare else names.index(EXACT) if EXACT in names else 0


def _is_household(items: Sequence[Comparison], households: Sequence[tuple[Floats, float]]) -> bool:
    """Whether a class is of people with one family name and several given names."""
    shares = {
        item.name: {level.name: float(h[n]) for n, level in enumerate(item.levels)}
        for item, (h, _) in zip(items, households, strict=True)
    }
    given, family = shares[readings.GIVEN], shares[readings.FAMILY]
    same = sum(share for name, share in given.items() if name in _GIVEN_AGREES)
    return same <= SAME_GIVEN_AT_MOST and family.get(EXACT, 0.0) >= SAME_FAMILY_AT_LEAST
