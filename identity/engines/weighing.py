"""The weight of many pairs: bits of evidence that two records are one person, for and against.

W = sum of log2(m/u), and for equal values log2 of how much rarer this value is than the usual one
(Winkler 1989); H = the same against two people of one household. Both odds are combined,
W' = -log2(2^-W + 2^-H), so a shared roof alone never makes two people one.

Weights are whole thousandths of a bit, so that sums are exact in any order. A pair that has nothing
to say to each other weighs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from identity.engines.agreement import Columns
from identity.engines.columns import Floats, Keys, Levels
from identity.engines.training import Model, Trained

MILLI = 1000
RARITY_LEAST, RARITY_MOST = -8.0, 6.0
SMOOTHING = 100.0
TELLS_OF_HOUSEHOLDS = frozenset({"given_name", "birth_date", "middle_initial"})
"""Comparisons whose rare values tell one person from another of the same household as well."""

ENOUGH_SAID = 3
"""Comparisons that must say something before the prior counts in full."""


@dataclass(frozen=True)
class Weights:
    """The evidence of pairs in bits, without a prior: against strangers, against a household.

    `said`: how many comparisons say something of each pair.
    """

    strangers: Floats = field(repr=False)
    household: Floats | None = field(repr=False)
    said: Keys = field(repr=False)

    def total(self, prior: float, share: Floats | float = 1.0) -> Floats:
        """Both odds combined, with a prior (bits) for strangers, or each pair's share of it."""
        strangers: Floats = self.strangers + prior * share
        if self.household is None:
            return strangers
        found: Floats = -np.logaddexp2(-strangers, -self.household)
        return found

    def inside(self, prior: float) -> Keys:
        """Thousandths of a bit for pairs of one component; the less is said, the less prior."""
        weights = self.total(prior, np.minimum(1.0, self.said / ENOUGH_SAID))
        weights[self.said == 0] = 0.0
        return np.rint(weights * MILLI).astype(np.int64)


class Scale:
    """A model and the rarity of the values at hand, ready to weigh."""

    def __init__(self, found: Columns, model: Model) -> None:
        self._found = found
        self._model = model
        self._rarity = [_rarity(found, item) for item in model.comparisons]

    def weigh(self, a: Keys, levels: Sequence[Levels]) -> Weights:
        """The evidence of pairs whose levels are known; `a`: the first record of each."""
        strangers = np.zeros(len(a))
        said = np.zeros(len(a), np.int64)
        against = self._model.against_household
        household = None if against is None else np.full(len(a), against)
        for item, rarity, column in zip(self._model.comparisons, self._rarity, levels, strict=True):
            said += column >= 0
            strangers += _looked_up(np.log2(item.m / item.u), column)
            if household is not None and item.h is not None:
                household += _looked_up(np.log2(item.m / item.h), column)
            if rarity is None or item.comparison.exact is None:
                continue
            equal = np.flatnonzero(column == 0)
            more = rarity[self._found[item.comparison.exact].codes[a[equal]]]
            strangers[equal] += more
            if household is not None and item.comparison.name in TELLS_OF_HOUSEHOLDS:
                household[equal] += more
        return Weights(strangers, household, said)

    def compare(self, a: Keys, b: Keys) -> list[Levels]:
        """The levels of every comparison."""
        return [item.comparison.compare(self._found, a, b) for item in self._model.comparisons]


def _looked_up(bits: Floats, levels: Levels) -> Floats:
    # The last place is where -1, "says nothing", points.
    found: Floats = np.append(bits, 0.0)[levels]
    return found


def _rarity(found: Columns, item: Trained) -> Floats | None:
    """Bits by value for an equal value that is rarer, or less rare, than usual."""
    if item.comparison.exact is None:
        return None
    held = found[item.comparison.exact].frequencies.astype(float)
    usual = item.u[0]
    # How often another record holds it: whoever holds a value does not meet himself.
    share = (np.maximum(held - 1, 0.5) + SMOOTHING * usual) / (held.sum() + SMOOTHING)
    bits: Floats = np.clip(np.log2(usual / share), RARITY_LEAST, RARITY_MOST)
    return bits


def expected_prior(weights: Weights, size: int) -> float:
    """The odds (bits) that two random records of so many are one person.

    Found where it agrees with itself: as many pairs are expected to be one person as it says there
    are.
    """
    pairs = max(size * (size - 1) / 2, 1.0)
    most = min(np.log2(MOST_RECORDS_OF_ONE / max(size, 1)), LIKELIEST)
    prior = most
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp2(-np.clip(weights.total(prior), -60, 60)))
        expected = min(float(np.log2(max(chance.sum(), 1.0) / pairs)), most)
        if abs(expected - prior) < SETTLED:
            break
        prior = expected
    return float(prior)


MOST_RECORDS_OF_ONE, LIKELIEST = 16.0, -4.0
ROUNDS, SETTLED = 20, 0.01
