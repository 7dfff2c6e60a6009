"""From weighed pairs to persons: components, all pairs inside, correlation clustering.

Pairs heavier than nothing tie records into components. Inside a component every pair is weighed,
also those that no rule brought up, and the heaviest clusters become one until no two weigh more
than nothing (greedy additive edge contraction, Keuper et al. 2015). Sums are of whole numbers and
ties go to the earliest records, so the order of the records does not matter.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from identity.engines.columns import Keys, groups


def components(size: int, a: Keys, b: Keys) -> Keys:
    """The first record of each one's component.

    Of two that tie, the later one's root points to the earlier one's, then all point to their
    roots, until no tie is between two (Shiloach and Vishkin 1982).
    """
    root = np.arange(size)
    while len(a):
        ours, theirs = root[a], root[b]
        apart = ours != theirs
        a, b, ours, theirs = a[apart], b[apart], ours[apart], theirs[apart]
        np.minimum.at(root, np.maximum(ours, theirs), np.minimum(ours, theirs))
        while not np.array_equal(root, higher := root[root]):
            root = higher
    return root


def bounded_components(
    size: int, a: Keys, b: Keys, weights: Keys, most: int
) -> tuple[Keys, tuple[int, ...]]:
    """Components of at most so many records, and the sizes of those that were larger.

    Of a larger one only the heavier ties are kept, more bits every time, until it falls apart.
    """
    label = components(size, a, b)
    sizes = np.bincount(label, minlength=1)
    larger = tuple(sorted(sizes[sizes > most].tolist(), reverse=True))
    least = 0
    while (sizes > most).any():
        least += STEP
        within = sizes[label[a]] > most
        kept = ~within | (weights > least)
        a, b, weights = a[kept], b[kept], weights[kept]
        label = components(size, a, b)
        sizes = np.bincount(label, minlength=1)
    return label, larger


STEP = 4000
"""Thousandths of a bit by which a tie in a component too large must be heavier, every time."""

_DEAD: Final = np.iinfo(np.int64).min // 2


def of_components(label: Keys, pairs: int) -> Iterator[Keys]:
    """Components of two records or more, in tables of those of one size: a row each, ascending.

    `pairs`: as many pairs as lie in the components of one table, or one component.
    """
    order, starts, sizes = groups(label)
    for size in np.unique(sizes).tolist():
        begins = starts[sizes == size]
        step = max(1, pairs // (size * (size - 1) // 2))
        for at in range(0, len(begins), step):
            yield order[begins[at : at + step, None] + np.arange(size)]


def contract(weights: Keys, size: int) -> Keys:
    """Correlation clustering of components of one size: the place of each record's first fellow.

    `weights`: a row for each component, of all its pairs in the order of `np.triu_indices`. The
    heaviest first, ties to the earliest records, as `identity.clustering.contraction`; all
    components at once, one contraction each.
    """
    near = square(weights, size)
    home = np.tile(np.arange(size), (len(weights), 1))
    at = np.arange(len(weights))
    while len(at):
        # Both halves are there, so the first of the heaviest has the earlier record first.
        best = near.reshape(len(at), -1).argmax(1)
        stays, goes = best // size, best % size
        row = np.arange(len(at))
        on = near[row, stays, goes] > 0
        near, at, stays, goes = near[on], at[on], stays[on], goes[on]
        row = row[: len(at)]
        ours, theirs = near[row, stays], near[row, goes]
        total = np.where((ours > _DEAD) & (theirs > _DEAD), ours + theirs, _DEAD)
        near[row, stays], near[row, :, stays] = total, total
        near[row, goes], near[row, :, goes] = _DEAD, _DEAD
        home[at] = np.where(home[at] == goes[:, None], stays[:, None], home[at])
    return home


def square(weights: Keys, size: int) -> Keys:
    """The weight between any two records of each component; of one with itself, no weight."""
    found = np.full((len(weights), size, size), _DEAD)
    first, second = np.triu_indices(size, 1)
    found[:, first, second] = weights
    found[:, second, first] = weights
    return found


def strongest(weights: Keys, home: Keys, apart: int) -> Keys:
    """For each record the heaviest pair with a fellow that is heavier than `apart`; else 0."""
    near = square(weights, home.shape[1])
    near[(home[:, :, None] != home[:, None, :]) | (near <= apart)] = _DEAD
    found: Keys = near.max(2)
    found[found == _DEAD] = 0
    return found
