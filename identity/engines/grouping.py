"""From weighed pairs to persons: components, all pairs inside, correlation clustering.

Pairs heavier than nothing tie records into components. Inside a component every pair is weighed,
also those that no rule brought up, and the heaviest clusters become one until no two weigh more
than nothing (greedy additive edge contraction, Keuper et al. 2015). Sums are of whole numbers and
ties go to the earliest records, so the order of the records does not matter.
"""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from identity.clustering import Near, contraction
from identity.engines.columns import Floats, Keys, groups


def components(size: int, a: Keys, b: Keys) -> Keys:
    """The number of each record's component."""
    ties = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(size, size))
    found: Keys = connected_components(ties, directed=False)[1].astype(np.int64)
    return found


def bounded_components(
    size: int, a: Keys, b: Keys, weights: Floats, most: int
) -> tuple[Keys, tuple[int, ...]]:
    """Components of at most so many records, and the sizes of those that were larger.

    Of a larger one only the heavier ties are kept, more bits every time, until it falls apart.
    """
    label = components(size, a, b)
    sizes = np.bincount(label, minlength=1)
    larger = tuple(sorted(sizes[sizes > most].tolist(), reverse=True))
    least = 0.0
    while (sizes > most).any():
        least += STEP
        within = sizes[label[a]] > most
        kept = ~within | (weights > least)
        a, b, weights = a[kept], b[kept], weights[kept]
        label = components(size, a, b)
        sizes = np.bincount(label, minlength=1)
    return label, larger


STEP = 4.0
"""Bits by which a tie in a component that is too large must be heavier, every time."""


def contract(label: Keys, a: Keys, b: Keys, weights: Keys) -> Keys:
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
    mixed = (least < 0) & (most > 0)
    for start, size in zip(starts[mixed].tolist(), sizes[mixed].tolist(), strict=True):
        part = slice(start, start + size)
        _contract_one(person, a[part].tolist(), b[part].tolist(), weights[part].tolist())
    return person


def _by_component(label: Keys) -> tuple[Keys, Keys, Keys]:
    order = np.argsort(label, kind="stable")
    ordered = label[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return order, starts, np.diff(np.r_[starts, len(ordered)])


def _contract_one(person: Keys, a: list[int], b: list[int], weights: list[int]) -> None:
    near: Near = {}
    for first, second, weight in zip(a, b, weights, strict=True):
        near.setdefault(first, {})[second] = weight
        near.setdefault(second, {})[first] = weight
    members = {record: [record] for record in near}
    for stays, goes in contraction(near, lambda _a, _b: True):
        members[stays] += members.pop(goes)
    for records in members.values():
        person[records] = min(records)


def of_components(label: Keys) -> tuple[Keys, Keys, Keys]:
    """Records by component, for `pairs_within`."""
    return groups(label)
