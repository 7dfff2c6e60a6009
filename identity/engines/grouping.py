"""From weighed pairs to persons: components, all pairs inside, correlation clustering.

Pairs heavier than nothing tie records into components. Inside a component every pair is weighed,
also those that no rule brought up, and the heaviest clusters become one until no two weigh more
than nothing (greedy additive edge contraction, Keuper et al. 2015). Sums are of whole numbers and
ties go to the earliest records, so the order of the records does not matter.
"""

from itertools import pairwise

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from identity.clustering import Near, contraction
from identity.engines.columns import Keys, Spread, groups


def components(size: int, a: Keys, b: Keys) -> Keys:
    """The number of each record's component."""
    ties = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(size, size))
    found: Keys = connected_components(ties, directed=False)[1].astype(np.int64)
    return found


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


PARTS = 16
"""Runs that contraction is done in, so that it can be spread."""

STEP = 4000
"""Thousandths of a bit by which a tie in a component too large must be heavier, every time."""


def contract(label: Keys, a: Keys, b: Keys, weights: Keys, spread: Spread = map) -> Keys:
    """The person of each record, named by their first record; pairs lie inside components."""
    person = np.arange(len(label))
    if not len(a):
        return person
    order, starts, sizes = _by_component(label[a])
    a, b, weights = a[order], b[order], weights[order]
    least = np.minimum.reduceat(weights, starts)
    most = np.maximum.reduceat(weights, starts)
    # Where nothing speaks against one person, contraction joins whoever anything speaks for.
    agreed = np.repeat(least >= 0, sizes) & (weights > 0)
    joined = components(len(label), a[agreed], b[agreed])
    first = np.full(int(joined.max()) + 1, len(label))
    np.minimum.at(first, joined, person)
    person = first[joined]
    mixed = np.repeat((least < 0) & (most > 0), sizes)
    parts = _parts(label[a[mixed]])
    arrays = [[of[mixed][part] for part in parts] for of in (a, b, weights)]
    for records, people in spread(contract_part, *arrays):
        person[records] = people
    return person


def contract_part(a: Keys, b: Keys, weights: Keys) -> tuple[Keys, Keys]:
    """Whole components one after the other: their records, and the person of each."""
    records: list[int] = []
    people: list[int] = []
    near: Near = {}
    for first, second, weight in zip(a.tolist(), b.tolist(), weights.tolist(), strict=True):
        near.setdefault(first, {})[second] = weight
        near.setdefault(second, {})[first] = weight
    members = {record: [record] for record in near}
    for stays, goes in contraction(near, lambda _a, _b: True):
        members[stays] += members.pop(goes)
    for together in members.values():
        records += together
        people += [min(together)] * len(together)
    return np.array(records, np.int64), np.array(people, np.int64)


def _parts(label: Keys) -> list[slice]:
    """Pairs, ordered by component, in a few runs of whole components."""
    starts = np.flatnonzero(np.append(True, label[1:] != label[:-1]))[: len(label)]
    wanted = np.searchsorted(starts, np.arange(1, PARTS) * len(label) // PARTS)
    ends = np.append(starts, len(label))[wanted]
    cuts = [0, *ends.tolist(), len(label)]
    return [slice(start, end) for start, end in pairwise(cuts) if start < end]


def _by_component(label: Keys) -> tuple[Keys, Keys, Keys]:
    order = np.argsort(label, kind="stable")
    ordered = label[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return order, starts, np.diff(np.r_[starts, len(ordered)])


def of_components(label: Keys) -> tuple[Keys, Keys, Keys]:
    """Records by component, for `pairs_within`."""
    return groups(label)
