"""Many records at once: who is who, trained on the records themselves.

Read, block, compare, learn, weigh, group. Nothing here knows a source or a file by its name; what
is compared follows from the types of the columns alone.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from identity.engines.candidates import Oversized, candidates
from identity.engines.columns import Column, Flags, Keys, Spread, pairs_within
from identity.engines.copies import Copies, part_copies
from identity.engines.counting import with_counts
from identity.engines.deciding import levels
from identity.engines.features import features
from identity.engines.grouping import bounded_components, contract, of_components
from identity.engines.keying import choose
from identity.engines.learning import learn_from
from identity.engines.weighing import Scale
from identity.library import library
from identity.rules import Rules
from identity.settings import Clustering

SETTINGS = Clustering(
    prior=Decimal(0),
    edge=Decimal("1.0"),
    inside=Decimal("4.0"),
    said=3,
    together=300,
    household=None,
)
"""Settings of clustering that are the same for all data; prior and households are learned."""

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
    heaviest pair that ties it to another record of its person; 0 for one alone. `told`: pairs that
    each comparison was learned from; None if the rules were given. `pairs`: how many were compared.
    `oversized`, `parted`: what was too large to be compared or kept whole.
    """

    person: Keys = field(repr=False)
    weight: Keys = field(repr=False)
    rules: Rules
    told: Mapping[str, float] | None
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
    records: Records,
    progress: Progress = lambda _stage: None,
    spread: Spread = map,
    rules: Rules | None = None,
) -> Resolution:
    """Resolve records by rules, or by rules learned from the records themselves.

    `progress` is told what begins.
    """
    progress("reading values")
    return resolve_features(features(records.columns, spread), records, progress, spread, rules)


def resolve_features(
    told: Mapping[str, Column],
    records: Records,
    progress: Progress = lambda _stage: None,
    spread: Spread = map,
    rules: Rules | None = None,
) -> Resolution:
    """The same for records whose features are known, whatever their columns are."""
    rules = rules and with_counts(rules, told)
    alone = np.isin(records.source, list(records.distinct))
    copies = part_copies(told, len(records.source), alone)
    found = _kept(told, copies)
    records = replace(records, source=records.source[copies.kept])
    size = len(records.source)
    progress("blocking")
    blocking = choose(found, size) if rules is None else rules.blocking
    blocked = candidates(found, size, blocking, records.barred, copies.standing)
    progress("comparing")
    items = library(found) if rules is None else rules.comparisons
    compared = [levels(item, found, blocked.a, blocked.b) for item in items]
    learned = None
    if rules is None:
        progress("training")
        start = Rules({}, items, tuple(block.rule for block in blocked.blocks), SETTINGS)
        learned = learn_from(found, size, start, blocked, compared)
        rules = learned.rules
    scale = Scale(found, rules)
    progress("weighing")
    weights = scale.weigh(blocked.a, blocked.b, compared)
    total = weights.edges(rules.clustering)
    ties = (total > 0) | scale.tied(len(total), compared)
    label, parted = bounded_components(
        size, blocked.a[ties], blocked.b[ties], total[ties], rules.clustering.together
    )
    progress("clustering")
    person, weight = copies.follow(*_clustered(records, scale, label, spread))
    return Resolution(
        person=person,
        weight=weight,
        rules=rules,
        told=learned.told if learned else None,
        pairs=len(blocked.a),
        oversized=blocked.oversized,
        parted=parted,
    )


def _kept(told: Mapping[str, Column], copies: Copies) -> Mapping[str, Column]:
    if not len(copies.left):
        return told
    return {name: column.take(copies.kept) for name, column in told.items()}


def _clustered(records: Records, scale: Scale, label: Keys, spread: Spread) -> tuple[Keys, Keys]:
    """Person and weight of every record, from all pairs of every component."""
    a, b = pairs_within(*of_components(label))
    inside = _inside(scale, a, b)
    inside[records.barred(a, b)] = APART
    person = contract(label, a, b, inside, spread)
    return person, _strongest(person, a, b, inside)


def _inside(scale: Scale, a: Keys, b: Keys) -> Keys:
    """Weights of pairs inside components, a share at a time so that memory stays flat."""
    parts = [np.zeros(0, np.int64)]
    for at in range(0, len(a), _CHUNK):
        ours, theirs = a[at : at + _CHUNK], b[at : at + _CHUNK]
        weights = scale.weigh(ours, theirs, scale.compare(ours, theirs))
        parts.append(weights.inside(scale.rules.clustering))
    return np.concatenate(parts)


def _strongest(person: Keys, a: Keys, b: Keys, weights: Keys) -> Keys:
    """For each record the heaviest pair with another record of its person."""
    one = (person[a] == person[b]) & (weights > APART)
    found = np.full(len(person), np.iinfo(np.int64).min)
    np.maximum.at(found, a[one], weights[one])
    np.maximum.at(found, b[one], weights[one])
    found[found == np.iinfo(np.int64).min] = 0
    return found
