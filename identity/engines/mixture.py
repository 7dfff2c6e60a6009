"""Latent classes behind patterns of agreement, found by expectation maximisation.

A pair of records is of one person, of one household, or of strangers; which, nobody says. Given its
class, comparisons are taken to be independent (Fellegi and Sunter 1969; Winkler 1988 for the EM;
Dawid and Skene 1979 for more classes than two). A comparison that says nothing of a pair counts
neither way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from identity.engines.columns import Floats, Levels

ROUNDS, SETTLED = 100, 1e-5


@dataclass(frozen=True)
class Patterns:
    """Distinct rows of levels (pattern, comparison), and how many pairs show each."""

    levels: Levels
    counts: Floats

    @classmethod
    def of(cls, levels: Sequence[Levels], sizes: Sequence[int]) -> "Patterns":
        """The patterns of pairs; `sizes`: how many levels each comparison has."""
        key = np.zeros(len(levels[0]), np.int64)
        for column, size in zip(levels, sizes, strict=True):
            key = key * (size + 1) + column + 1
        distinct, counts = np.unique(key, return_counts=True)
        rows = np.zeros((len(distinct), len(sizes)), np.int8)
        for place in reversed(range(len(sizes))):
            rows[:, place] = distinct % (sizes[place] + 1) - 1
            distinct //= sizes[place] + 1
        return cls(rows, counts.astype(float))


@dataclass(frozen=True)
class Class:
    """One class: the share of its pairs that show each level, by comparison.

    `fixed`: known from elsewhere and not to be learned. Else what is learned is drawn towards these
    shares as if `firmness` pairs had shown them.
    """

    shares: tuple[Floats, ...]
    fixed: bool = False
    firmness: float = 0.0


@dataclass(frozen=True)
class Mixture:
    """Classes as learned: their sizes in pairs, their shares, and how many pairs told of each."""

    sizes: Floats
    shares: tuple[tuple[Floats, ...], ...]
    told: tuple[tuple[float, ...], ...]


def learn(patterns: Patterns, classes: Sequence[Class], sizes: Sequence[float]) -> Mixture:
    """Fit the classes to patterns, from these shares and these sizes (which add up to one)."""
    mixing = np.array(sizes)
    shares = [list(item.shares) for item in classes]
    weights = np.zeros((len(patterns.counts), len(classes)))
    for _ in range(ROUNDS):
        weights = _belonging(patterns, shares, mixing) * patterns.counts[:, None]
        before, mixing = mixing, weights.sum(0) / max(weights.sum(), 1e-12)
        for number, item in enumerate(classes):
            if not item.fixed:
                shares[number] = [
                    _counted(patterns.levels[:, place], weights[:, number], believed, item.firmness)
                    for place, believed in enumerate(item.shares)
                ]
        if np.abs(mixing - before).max() < SETTLED:
            break
    told = tuple(
        tuple(
            float(weights[patterns.levels[:, place] >= 0, number].sum())
            for place in range(patterns.levels.shape[1])
        )
        for number in range(len(classes))
    )
    return Mixture(weights.sum(0), tuple(map(tuple, shares)), told)


def _belonging(patterns: Patterns, shares: Sequence[Sequence[Floats]], mixing: Floats) -> Floats:
    """How likely each pattern is of each class."""
    logs = np.tile(np.log(np.maximum(mixing, 1e-12)), (len(patterns.counts), 1))
    for number, of_class in enumerate(shares):
        for place, levels in enumerate(of_class):
            # The last place is where -1, "says nothing", points.
            logs[:, number] += np.append(np.log(levels), 0.0)[patterns.levels[:, place]]
    likely = np.exp(logs - logs.max(1, keepdims=True))
    found: Floats = likely / likely.sum(1, keepdims=True)
    return found


def _counted(levels: Levels, weights: Floats, believed: Floats, firmness: float) -> Floats:
    known = levels >= 0
    counted = np.bincount(levels[known], weights[known], minlength=len(believed))
    drawn = counted + believed * firmness
    found: Floats = drawn / drawn.sum()
    return found
