"""Blocking: which pairs of records are worth comparing.

Records that agree on all parts of a rule are candidates. A group larger than the rule's limit is
not compared by that rule; it is reported, never silently dropped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from identity.engines.columns import (
    Codes,
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


@dataclass(frozen=True)
class Block:
    """A rule in use: the numbers of the parts of every record's key (-1: none), and its pairs."""

    rule: BlockingRule
    parts: tuple[Codes, ...] = field(repr=False)
    pairs: int

    def covers(self, a: Keys, b: Keys) -> Flags:
        """Which pairs agree by this rule."""
        agree = np.ones(len(a), bool)
        for codes in self.parts:
            ours = codes[a]
            agree &= (ours >= 0) & (ours == codes[b])
        return agree


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
    spread: Spread = map,
) -> Candidates:
    """Pairs of `size` records by these rules; a rule whose columns are not there finds none.

    `barred`: which pairs can be no one, whatever they say (of one source without duplicates).
    `standing`: for how many records, copies that were set apart, each stands; one for itself.
    """
    many = np.ones(size, np.int64) if standing is None else standing
    blocks: list[Block] = []
    pairs: list[Keys] = []
    oversized: list[Oversized] = []

    def proposed(rule: BlockingRule, parts: Sequence[Column]) -> tuple[Keys, int, Oversized | None]:
        grouped, over = _grouped(rule, combined(parts), many)
        a, b = pairs_within(*grouped)
        allowed = ~barred(a, b)
        return a[allowed] * size + b[allowed], len(a), over

    served = [rule for rule in rules if keyed.serves(rule)]
    parts = [keyed.parts(rule) for rule in served]
    for rule, of, (found, count, over) in zip(
        served, parts, spread(proposed, served, parts), strict=True
    ):
        oversized += [over] if over else []
        if count:
            blocks.append(Block(rule, tuple(part.codes for part in of), count))
            pairs.append(found)
    every = distinct(np.concatenate([np.zeros(0, np.int64), *pairs]))
    a, b = np.divmod(every, max(size, 1))
    return Candidates(a, b, tuple(blocks), tuple(oversized), every, size)


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
