"""Training without labels: what agreement is worth, learned from the records themselves.

u, of strangers: from random pairs, and for equality in closed form (the sum of squared shares of
the values), which also sees what no sample would. m, of one person, and h, of one household: by
expectation maximisation in the pairs of each blocking rule, over the comparisons that the rule does
not touch, because inside its own block a feature always agrees. What the rules learn is averaged.

The household class is used only where it is one: people who share a roof, a telephone or a mailbox
and mostly a family name, but not a given name. In data without such people the third class would be
something else, and would do harm; so it is dropped there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from identity.engines import readings
from identity.engines.agreement import Columns, Comparison, comparisons
from identity.engines.candidates import Candidates, Rule
from identity.engines.columns import Floats, Keys, Levels
from identity.engines.defaults import FIRMNESS, belief
from identity.engines.mixture import Class, Mixture, Patterns, learn

SAMPLE, SEED = 300_000, 20_260_101
RULE_SAMPLE = 150_000
LEAST_PAIRS, LEAST_TOLD = 300, 30.0
ONE_RULE_COUNTS_AT_MOST = 3.0
SAME_GIVEN_AT_MOST, SAME_FAMILY_AT_LEAST = 0.12, 0.4

# Exact, nickname, similar, initial.
_GIVEN_AGREES = (0, 1, 2, 3)
_ROOF = frozenset({"address", readings.PHONE, readings.EMAIL})
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
class Trained:
    """One comparison: shares of its levels; `told`: pairs of one person that m was learned from.

    `h` is None where no household class was found.
    """

    comparison: Comparison
    m: Floats = field(repr=False)
    u: Floats = field(repr=False)
    h: Floats | None = field(repr=False)
    told: float

    @property
    def is_trained(self) -> bool:
        """Whether m comes from the data, not from belief alone."""
        return self.told >= LEAST_TOLD


@dataclass(frozen=True)
class Model:
    """Trained comparisons, and the odds (bits) of one person against two of a household."""

    comparisons: tuple[Trained, ...]
    against_household: float | None


def train(found: Columns, size: int, blocked: Candidates, levels: Sequence[Levels]) -> Model:
    """Learn from candidates and their levels, one array for each of `comparisons(found)`."""
    learner = _Learner(found, size, blocked, levels)
    strangers = learner.strangers()
    seen = [learner.in_rule(rule, strangers) for rule in blocked.rules]
    fits = [fit for fit in seen if fit is not None]
    return _model(learner.comparisons, strangers, fits)


@dataclass(frozen=True)
class _Fit:
    """What one rule's pairs taught: of which comparisons, and of households or not."""

    rule: Rule
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
        self, found: Columns, size: int, blocked: Candidates, levels: Sequence[Levels]
    ) -> None:
        self.comparisons = comparisons(found)
        self._found, self._size, self._blocked, self._levels = found, size, blocked, levels
        self._random = np.random.default_rng(SEED)
        names = {item.name for item in self.comparisons}
        self._roofed = bool(_ROOF & names) and {readings.GIVEN, readings.FAMILY} <= names

    def strangers(self) -> list[Floats]:
        """u of every comparison."""
        a, b = self._any_pairs()
        return [self._strangers(item, a, b) for item in self.comparisons]

    def _any_pairs(self) -> tuple[Keys, Keys]:
        """Random pairs of records; of few records all of them, so that chance has no say."""
        if self._size * (self._size - 1) // 2 <= SAMPLE:
            return np.triu_indices(self._size, 1)
        a, b = self._random.integers(0, self._size, (2, SAMPLE))
        return a[a != b], b[a != b]

    def _strangers(self, item: Comparison, a: Keys, b: Keys) -> Floats:
        believed = belief(item).u
        levels = item.compare(self._found, a, b)
        counted = np.bincount(levels[levels >= 0], minlength=len(believed))
        shares: Floats = counted + believed * FIRMNESS.u
        shares /= shares.sum()
        if item.exact is None:
            return shares
        held = self._found[item.exact].frequencies.astype(float)
        pairs = held.sum() * (held.sum() - 1) / 2
        equal = (held * (held - 1) / 2).sum() + believed[0] * FIRMNESS.u
        exact = max(equal / (pairs + FIRMNESS.u), 1e-9)
        return np.append(exact, shares[1:] / shares[1:].sum() * (1 - exact))

    def in_rule(self, rule: Rule, strangers: Sequence[Floats]) -> _Fit | None:
        """What the pairs of one blocking rule teach; None if they are too few, or tell nothing."""
        places = tuple(
            n for n, item in enumerate(self.comparisons) if not (rule.features & item.reads)
        )
        if len(places) < 2 or rule.pairs < LEAST_PAIRS:  # noqa: PLR2004 - one comparison tells nothing
            return None
        within = np.flatnonzero(rule.covers(self._blocked.a, self._blocked.b))
        if len(within) > RULE_SAMPLE:
            within = self._random.choice(within, RULE_SAMPLE, replace=False)
        items = [self.comparisons[place] for place in places]
        beliefs = [belief(item) for item in items]
        household = (
            self._roofed
            and rule.features <= _HOUSEHOLD_RULES
            and any(item.name == readings.GIVEN for item in items)
        )
        classes = [Class(tuple(item.m for item in beliefs), firmness=FIRMNESS.m)]
        if household:
            classes.append(Class(tuple(item.h for item in beliefs), firmness=FIRMNESS.h))
        classes.append(Class(tuple(strangers[place] for place in places), fixed=True))
        sizes = (0.3, 0.3, 0.4) if household else (0.3, 0.7)
        patterns = Patterns.of(
            [self._levels[place][within] for place in places],
            [len(item.levels) for item in items],
        )
        return _Fit(rule, places, learn(patterns, classes, sizes), household)


def _model(items: Sequence[Comparison], strangers: Sequence[Floats], fits: Sequence[_Fit]) -> Model:
    households = _shares(items, fits, 1)
    people = _shares(items, fits, 0)
    odds = _household_odds(items, fits, people, households)
    trained = []
    for place, item in enumerate(items):
        m, told = people[place]
        h = households[place][0] if odds is not None else None
        trained.append(Trained(item, m, strangers[place], h, told))
    return Model(tuple(trained), odds)


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
            believed = belief(item)
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
    shares = dict(zip([item.name for item in items], [h for h, _ in households], strict=True))
    if not any(fit.household for fit in fits) or not _is_household(shares):
        return None
    found = []
    for fit in fits:
        person, household = (float(fit.mixture.sizes[number]) for number in (0, 1))
        if not fit.household or household < LEAST_TOLD:
            continue
        odds = np.log2(max(person, 1.0) / household)
        for place, item in enumerate(items):
            if fit.rule.features & item.reads:
                odds += np.log2(households[place][0][0] / people[place][0][0])
        found.append(float(odds))
    return float(np.median(found)) if found else None


def _is_household(shares: dict[str, Floats]) -> bool:
    """Whether a class is of people with one family name and several given names."""
    given, family = shares[readings.GIVEN], shares[readings.FAMILY]
    same = sum(given[place] for place in _GIVEN_AGREES)
    return bool(same <= SAME_GIVEN_AT_MOST and family[0] >= SAME_FAMILY_AT_LEAST)
