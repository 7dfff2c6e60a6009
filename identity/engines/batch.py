"""Many records at once: who is who, trained on the records themselves.

Read, block, compare, learn, weigh, group. Nothing here knows a source or a file by its name; what
is compared follows from the types of the columns alone.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from identity.engines.agreement import comparisons
from identity.engines.candidates import IDENTIFIERS, Oversized, candidates
from identity.engines.columns import Column, Flags, Keys, Levels, Spread, pairs_within
from identity.engines.copies import Copies, part_copies
from identity.engines.features import features
from identity.engines.grouping import bounded_components, contract, of_components
from identity.engines.readings import GIVEN
from identity.engines.training import Model, train
from identity.engines.weighing import Scale, expected_prior

EDGE_BITS = 1.0
"""How much milder than among all records the prior is while components form, in bits."""

INSIDE_BITS = 4.0
"""How much milder it is inside a component: whoever is tied through others may well be the same."""

MOST_TOGETHER = 300
"""Records of a component; a larger one is parted at its lightest ties."""

APART = -(10**12)
"""Heavier than all that the pairs of a component can say together, in thousandths of a bit."""

_CHUNK = 2_000_000

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Records:
    """Records of all sources together.

    `columns`: by field type, over all records in order; birth dates read source by source.
    `source`: the number of each record's source. `distinct`: sources without duplicates.
    """

    columns: Mapping[str, Column] = field(repr=False)
    source: Keys = field(repr=False)
    distinct: frozenset[int] = frozenset()

    def barred(self, a: Keys, b: Keys) -> Flags:
        """Pairs of one source that holds nobody twice."""
        found: Flags = (self.source[a] == self.source[b]) & np.isin(
            self.source[a], list(self.distinct)
        )
        return found


@dataclass(frozen=True)
class Resolution:
    """Who is who.

    `person`: for each record the first record of its person. `weight`: thousandths of a bit of the
    heaviest pair that ties it to another record of its person; 0 for one alone. `pairs`: how many
    were compared. `oversized`, `parted`: what was too large to be compared or kept whole.
    """

    person: Keys = field(repr=False)
    weight: Keys = field(repr=False)
    model: Model
    prior: float
    pairs: int
    oversized: tuple[Oversized, ...]
    parted: tuple[int, ...]

    def reordered(self, place: Keys, order: Keys) -> "Resolution":
        """The same for records in another order; `place`: where each of them stands here.

        `order`: which of the new records stands at each place here.
        """
        return replace(self, person=order[self.person[place]], weight=self.weight[place])

    @property
    def persons(self) -> int:
        """How many people there are."""
        return len(np.unique(self.person))

    @property
    def sizes(self) -> dict[int, int]:
        """How many people have so many records."""
        _, counts = np.unique(self.person, return_counts=True)
        return dict(sorted(Counter(counts.tolist()).items()))


def resolve_records(
    records: Records, progress: Progress = lambda _stage: None, spread: Spread = map
) -> Resolution:
    """Train on the records and resolve them; `progress` is told what begins."""
    progress("reading values")
    told = features(records.columns, spread)
    alone = np.isin(records.source, list(records.distinct))
    copies = part_copies(told, len(records.source), alone)
    found = _kept(told, copies)
    records = replace(records, source=records.source[copies.kept])
    size = len(records.source)
    progress("blocking")
    blocked = candidates(found, size, records.barred, copies.standing)
    progress("comparing")
    levels = _in_order(found, blocked.a, blocked.b)
    progress("training")
    model = train(found, size, blocked, levels)
    scale = Scale(found, model)
    progress("weighing")
    weights = scale.weigh(blocked.a, levels)
    prior = expected_prior(weights, size)
    total = weights.total(prior + EDGE_BITS)
    ties = (total > 0) | _share_an_identifier(model, levels)
    label, parted = bounded_components(
        size, blocked.a[ties], blocked.b[ties], total[ties], MOST_TOGETHER
    )
    progress("clustering")
    a, b = pairs_within(*of_components(label))
    inside = _inside(scale, a, b, prior + INSIDE_BITS)
    inside[records.barred(a, b)] = APART
    person = contract(label, a, b, inside, spread)
    person, weight = copies.follow(person, _strongest(person, a, b, inside))
    return Resolution(
        person=person,
        weight=weight,
        model=model,
        prior=prior,
        pairs=len(blocked.a),
        oversized=blocked.oversized,
        parted=parted,
    )


def _kept(told: Mapping[str, Column], copies: Copies) -> Mapping[str, Column]:
    if not len(copies.left):
        return told
    return {name: column.take(copies.kept) for name, column in told.items()}


def _in_order(found: Mapping[str, Column], a: Keys, b: Keys) -> list[Levels]:
    return [item.compare(found, a, b) for item in comparisons(found)]


def _share_an_identifier(model: Model, levels: Sequence[Levels]) -> Flags:
    """Pairs that one value of an identifier ties whatever else they say, but for first names."""
    found = np.zeros(len(levels[0]) if levels else 0, bool)
    for item, column in zip(model.comparisons, levels, strict=True):
        if item.comparison.name in IDENTIFIERS:
            found |= column == 0
    for item, column in zip(model.comparisons, levels, strict=True):
        if item.comparison.name == GIVEN:
            found &= column != len(item.comparison.levels) - 1
    return found


def _inside(scale: Scale, a: Keys, b: Keys, prior: float) -> Keys:
    """Weights of pairs inside components, a share at a time so that memory stays flat."""
    parts = [np.zeros(0, np.int64)]
    for at in range(0, len(a), _CHUNK):
        ours, theirs = a[at : at + _CHUNK], b[at : at + _CHUNK]
        parts.append(scale.weigh(ours, scale.compare(ours, theirs)).inside(prior))
    return np.concatenate(parts)


def _strongest(person: Keys, a: Keys, b: Keys, weights: Keys) -> Keys:
    """For each record the heaviest pair with another record of its person."""
    one = (person[a] == person[b]) & (weights > APART)
    found = np.full(len(person), np.iinfo(np.int64).min)
    np.maximum.at(found, a[one], weights[one])
    np.maximum.at(found, b[one], weights[one])
    found[found == np.iinfo(np.int64).min] = 0
    return found
