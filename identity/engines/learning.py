"""Rules learned from records: the weights, the prior, and how common values are.

What is compared, which types of identifiers there are and how clusters are made stay as they were
in the rules one starts from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from identity.comparisons import Comparison
from identity.engines.candidates import Candidates, candidates
from identity.engines.columns import Column, Flags, Keys, Levels, Spread
from identity.engines.keying import Keyed, choose
from identity.engines.training import LEAST_TOLD, train
from identity.engines.weighing import Scale, compare, expected_prior, frequencies
from identity.rules import Rules

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Learning:
    """Rules, and what they were learned from.

    `told`: by comparison, how many pairs of one person told of it. `pairs`: how many were looked
    at.
    """

    rules: Rules
    told: Mapping[str, float] = field(default_factory=dict)
    pairs: int = 0

    @property
    def untrained(self) -> tuple[str, ...]:
        """Comparisons that too few pairs told of: they are judged by what is believed of them."""
        return tuple(name for name, pairs in self.told.items() if pairs < LEAST_TOLD)


def learn(
    found: Mapping[str, Column],
    size: int,
    start: Rules,
    progress: Progress = lambda _stage: None,
) -> Learning:
    """Learn the weights of `start` from so many records; the same records, the same rules.

    A comparison that no record says anything of keeps what is believed of it.
    """
    progress("blocking")
    keyed = Keyed(found)
    blocked = candidates(keyed, size, choose(keyed, size), _anybody)
    progress("comparing")
    items = tuple(item for item in start.comparisons if item.subject & found.keys())
    compared = compare(items, found, blocked.a, blocked.b)
    progress("training")
    told = learn_from(found, size, replace(start, comparisons=items), blocked, compared)
    return _over(start, told)


def learn_from(
    found: Mapping[str, Column],
    size: int,
    start: Rules,
    blocked: Candidates,
    compared: Sequence[Levels],
    *,
    spread: Spread = map,
) -> Learning:
    """The same from pairs that were compared already, by the comparisons of `start`."""
    learned = train(start.comparisons, found, size, blocked, compared, spread=spread)
    wanted = {
        level.rarity.feature
        for item in learned.comparisons
        for level in item.levels
        if level.rarity
    }
    names = sorted(wanted & found.keys())
    odds = None if learned.household is None else _decimal(learned.household)
    rules = replace(
        start,
        comparisons=learned.comparisons,
        clustering=replace(start.clustering, household=odds),
        frequencies=dict(zip(names, spread(frequencies, map(found.get, names)), strict=True)),
    )
    weights = Scale(found, rules).weigh(blocked.a, blocked.b, compared)
    prior = _decimal(expected_prior(weights, size))
    rules = replace(rules, clustering=replace(rules.clustering, prior=prior))
    return Learning(rules, learned.told, len(blocked.a))


def _over(start: Rules, learning: Learning) -> Learning:
    """What was learned of some comparisons, and the others as they were."""
    learned = {item.name: item for item in learning.rules.comparisons}
    every = (learned.get(item.name, item) for item in start.comparisons)
    rules = replace(
        learning.rules, comparisons=tuple(_roofed(item, learning.rules) for item in every)
    )
    told = {item.name: learning.told.get(item.name, 0.0) for item in start.comparisons}
    return replace(learning, rules=rules, told=told)


def _roofed(item: Comparison, rules: Rules) -> Comparison:
    """Without shares of households where no such class was found."""
    if rules.clustering.household is not None:
        return item
    return replace(item, levels=tuple(replace(level, household=None) for level in item.levels))


def _anybody(a: Keys, _b: Keys) -> Flags:
    return np.zeros(len(a), bool)


def _decimal(bits: float) -> Decimal:
    return Decimal(str(round(bits, 3)))
