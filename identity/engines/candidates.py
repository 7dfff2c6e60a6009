"""Blocking: which pairs of records are worth comparing.

Records that agree on all parts of a rule are candidates. A group larger than the rule's limit is
not compared by that rule; it is reported, never silently dropped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from identity.engines.columns import (
    Column,
    Flags,
    Keys,
    Spread,
    combined,
    distinct,
    groups,
    pairs_within,
)
from identity.engines.keying import Keyed
from identity.keys import BlockingRule

RULE_SAMPLE: Final = 150_000
"""Pairs of one rule that are remembered as its own."""


@dataclass(frozen=True)
class Block:
    """A rule in use: where its pairs are among the candidates, or some of them, and how many."""

    rule: BlockingRule
    places: Keys = field(repr=False)
    pairs: int


@dataclass(frozen=True)
class Oversized:
    """Groups that one rule did not compare because they are too large to tell of one person."""

    rule: BlockingRule
    groups: int
    records: int


@dataclass(frozen=True)
class Candidates:
    """Pairs worth comparing (`a` < `b`, each once), the rules that found them, what was left."""

    a: Keys = field(repr=False)
    b: Keys = field(repr=False)
    blocks: tuple[Block, ...]
    oversized: tuple[Oversized, ...]
    _keys: Keys = field(repr=False)
    _size: int

    @property
    def rules(self) -> tuple[BlockingRule, ...]:
        """The rules that found any."""
        return tuple(block.rule for block in self.blocks)

    def places(self, a: Keys, b: Keys) -> Keys:
        """Where pairs are among these; -1 for one that is not."""
        key = a * self._size + b
        place = np.searchsorted(self._keys, key)
        place[place == len(self._keys)] = -1
        place[self._keys[place] != key] = -1
        return place


def candidates(
    keyed: Keyed,
    size: int,
    rules: Sequence[BlockingRule],
    barred: Callable[[Keys, Keys], Flags],
    standing: Keys | None = None,
    *,
    spread: Spread = map,
) -> Candidates:
    """Pairs of `size` records by these rules; a rule whose columns are not there finds none.

    `barred`: which pairs can be no one, whatever they say (of one source without duplicates).
    `standing`: for how many records, copies that were set apart, each stands; one for itself.
    """
    many = np.ones(size, np.int64) if standing is None else standing

    def proposed(rule: BlockingRule, parts: Sequence[Column]) -> tuple[Keys, int, Oversized | None]:
        grouped, over = _grouped(rule, combined(parts), many)
        a, b = pairs_within(*grouped)
        allowed = ~barred(a, b)
        return a[allowed] * size + b[allowed], len(a), over

    served = [rule for rule in rules if keyed.serves(rule)]
    parts = [keyed.parts(rule) for rule in served]
    told = list(spread(proposed, served, parts))
    keys = distinct(np.concatenate([np.zeros(0, np.int64), *(found for found, _, _ in told)]))
    a, b = np.divmod(keys, max(size, 1))
    blocks = tuple(
        Block(rule, np.searchsorted(keys, np.sort(_some(found))), count)
        for rule, (found, count, _) in zip(served, told, strict=True)
        if count
    )
    oversized = tuple(over for _, _, over in told if over)
    return Candidates(a, b, blocks, oversized, keys, size)


def _some(pairs: Keys) -> Keys:
    """All pairs of a rule, or so many of them at even distances."""
    if len(pairs) <= RULE_SAMPLE:
        return pairs
    return pairs[np.arange(RULE_SAMPLE) * len(pairs) // RULE_SAMPLE]


def _grouped(
    rule: BlockingRule, key: Keys, many: Keys
) -> tuple[tuple[Keys, Keys, Keys], Oversized | None]:
    order, starts, sizes = groups(key)
    # How common a key is, its copies tell too.
    whole = sizes
    if len(starts):
        total = np.append(0, np.cumsum(many[order]))
        whole = total[starts + sizes] - total[starts]
    large = whole > rule.limit
    over = Oversized(rule, int(large.sum()), int(whole[large].sum())) if large.any() else None
    return (order, starts[~large], sizes[~large]), over
