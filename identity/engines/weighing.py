"""The weight of many pairs, by the rules: what `identity.scoring` says of two records, in arrays.

All is whole thousandths of a bit, so both say the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from identity.comparisons import MILLI, Bond, Comparison, Level, Rarity
from identity.engines.columns import Codes, Column, Flags, Floats, Keys, Levels, Spread
from identity.engines.deciding import SILENT, Columns, levels
from identity.engines.texts import Texts
from identity.frequencies import MOST_KEPT, Frequencies
from identity.odds import CORRECTION
from identity.rules import Rules
from identity.settings import Clustering

_CORRECTION: Final = np.array([*CORRECTION, 0], np.int64)
_FURTHEST: Final = len(CORRECTION)
_UNSAID: Final = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Weights:
    """The evidence of pairs without a prior: against strangers, against a household.

    `said`: how many comparisons say something of each pair.
    """

    strangers: Keys = field(repr=False)
    household: Keys | None = field(repr=False)
    said: NDArray[np.int16] = field(repr=False)

    def edges(self, settings: Clustering) -> Keys:
        """What pairs weigh while components form."""
        return self._weighed(settings.edge_prior)

    def inside(self, settings: Clustering) -> Keys:
        """What pairs of one component weigh; the less is said, the less prior."""
        priors = np.array(
            [settings.inside_prior(n) for n in range(int(self.said.max(initial=0)) + 1)]
        )
        return self._weighed(priors[self.said])

    def bits(self, prior: float) -> Floats:
        """Bits with a prior that is not in the rules yet."""
        strangers: Floats = self.strangers / MILLI + prior
        if self.household is None:
            return strangers
        found: Floats = -np.logaddexp2(-strangers, -self.household / MILLI)
        return found

    def _weighed(self, prior: Keys | int) -> Keys:
        """Both odds combined; nothing where nothing is said."""
        total = self.strangers + prior
        if self.household is not None:
            far = np.minimum(np.abs(total - self.household), _FURTHEST)
            total = np.minimum(total, self.household) - _CORRECTION[far]
        total[self.said == 0] = 0
        return total


class Scale:
    """Rules, and the rarity of the values at hand, ready to weigh."""

    def __init__(
        self,
        found: Columns,
        rules: Rules,
        name: Callable[[str, str], str] | None = None,
    ) -> None:
        """`name`: how the frequencies of the rules call the value of a feature; None: by itself."""
        self._found = found
        self.rules = rules
        self._name = name
        self.comparisons = rules.comparisons
        self._rarity = [
            [self._rarities(level) for level in item.levels] for item in self.comparisons
        ]

    def compare(self, a: Keys, b: Keys) -> list[Levels]:
        """The levels of every comparison."""
        return compare(self.comparisons, self._found, a, b)

    def weigh(self, a: Keys, b: Keys, compared: Sequence[Levels]) -> Weights:
        """The evidence of pairs whose levels are known."""
        odds = self.rules.clustering.household_odds
        strangers = np.zeros(len(a), np.int64)
        household = None if odds is None else np.full(len(a), odds)
        said = np.zeros(len(a), np.int16)
        for item, rarity, column in zip(self.comparisons, self._rarity, compared, strict=True):
            said += column != SILENT
            strangers += _looked_up([level.weight for level in item.levels], column)
            if household is not None:
                household += _looked_up([level.against_household for level in item.levels], column)
            for place, (level, more) in enumerate(zip(item.levels, rarity, strict=True)):
                if level.rarity is None or more is None:
                    continue
                codes = self._found[level.rarity.feature].codes
                at = np.flatnonzero(column == place)
                extra = _extra(level.rarity, more, codes[a[at]], codes[b[at]])
                strangers[at] += extra
                if household is not None and level.rarity.household:
                    household[at] += extra
        return Weights(strangers, household, said)

    def tied(self, pairs: int, compared: Sequence[Levels]) -> Flags:
        """Which of so many pairs hang together whatever they weigh."""
        found = np.zeros(pairs, bool)
        for item, column in zip(self.comparisons, compared, strict=True):
            found |= np.isin(column, _bonds(item, Bond.TIES))
        for item, column in zip(self.comparisons, compared, strict=True):
            found &= ~np.isin(column, _bonds(item, Bond.PARTS))
        return found

    def _rarities(self, level: Level) -> Keys | None:
        """By value, what agreeing on it says more than agreeing on the usual one."""
        if level.rarity is None:
            return None
        column = self._found.get(level.rarity.feature)
        known = self.rules.frequencies.get(level.rarity.feature)
        if column is None or known is None:
            return None
        usual, counted = float(level.u), level.rarity.counted
        held = np.full(len(column.values), known.others)
        feature, name = level.rarity.feature, self._name
        if name is None:
            places = column.packed.places(Texts.of(list(known.counts)))
            counts = np.fromiter(known.counts.values(), np.int64, len(known.counts))
            held[places[places >= 0]] = counts[places >= 0]
        else:
            of = known.counts
            held[:] = [of.get(name(feature, value), known.others) for value in column.values]
        distinct, place = np.unique(held, return_inverse=True)
        bits = [
            known.counted(counted, count) if counted else known.of_count(usual, count)
            for count in distinct.tolist()
        ]
        found: Keys = np.array(bits, np.int64)[place]
        return found


def _extra(rarity: Rarity, more: Keys, ours: Codes, theirs: Codes) -> Keys:
    """What rarity adds to pairs that hold these values (-1: none)."""
    # The last place is where -1 points.
    if rarity.counted is None:
        same = np.append(more, 0)[ours]
        same[ours != theirs] = 0
        return same
    bits = np.append(more, _UNSAID)
    # The more common of two values is worth less.
    common: Keys = np.minimum(bits[ours], bits[theirs])
    common[common == _UNSAID] = 0
    return common


def compare(
    comparisons: Sequence[Comparison], found: Columns, a: Keys, b: Keys, spread: Spread = map
) -> list[Levels]:
    """The levels of every comparison, an array for each."""
    return list(spread(lambda item: levels(item, found, a, b), comparisons))


def frequencies(column: Column, most: int = MOST_KEPT) -> Frequencies:
    """How common the values of a column are: `Frequencies.of`, in arrays."""
    held = column.frequencies
    several = np.flatnonzero(held > 1)
    if len(several) > most:
        least = np.sort(held[several])[-most]
        tied = several[held[several] == least]
        several = several[held[several] > least]
        # Of those that are as common as one another, the first in the order of letters.
        texts = column.packed.take(tied).strings()
        first = sorted(range(len(tied)), key=texts.__getitem__)[: most - len(several)]
        several = np.append(several, tied[first])
    kept = dict(zip(column.packed.take(several).strings(), held[several].tolist(), strict=True))
    left = int((held > 0).sum()) - len(kept)
    rest = int(held.sum()) - sum(kept.values())
    return Frequencies(int(held.sum()), -(-rest // left) if left else 1, kept)


def _bonds(item: Comparison, bond: Bond) -> list[int]:
    return [place for place, level in enumerate(item.levels) if level.bond is bond]


def _looked_up(weights: Sequence[int], column: Levels) -> Keys:
    # The last place is where `SILENT` points.
    found: Keys = np.array([*weights, 0], np.int64)[column]
    return found


def expected_prior(weights: Weights, size: int) -> float:
    """The odds (bits) that two random records of so many are one person.

    Found where it agrees with itself: as many pairs are expected to be one person as it says there
    are.
    """
    pairs = max(size * (size - 1) / 2, 1.0)
    most = min(np.log2(MOST_RECORDS_OF_ONE / max(size, 1)), LIKELIEST)
    prior = most
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp2(-np.clip(weights.bits(prior), -60, 60)))
        expected = min(float(np.log2(max(chance.sum(), 1.0) / pairs)), most)
        if abs(expected - prior) < SETTLED:
            break
        prior = expected
    return float(prior)


MOST_RECORDS_OF_ONE, LIKELIEST = 16.0, -4.0
ROUNDS, SETTLED = 20, 0.01
