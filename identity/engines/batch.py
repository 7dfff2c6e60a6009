"""Many records at once: who is who, trained on the records themselves.

Read, block, compare, learn, weigh, group. Nothing here knows a source or a file by its name; what
is compared follows from the types of the columns alone.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from identity.engines.candidates import Candidates, Oversized, candidates
from identity.engines.columns import Column, Flags, Keys, Spread
from identity.engines.copies import Copies, part_copies
from identity.engines.counting import with_counts
from identity.engines.features import features
from identity.engines.grouping import bounded_components, contract, of_components, strongest
from identity.engines.keying import Keyed, choose
from identity.engines.learning import learn_from
from identity.engines.weighing import Scale, compare
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

_CHUNK = 250_000
"""Pairs that are weighed at once, so that memory stays flat."""

Barred = Callable[[Keys, Keys], Flags]

Progress = Callable[[str], None]
Keep = Callable[[str, Mapping[str, Keys]], None]
"""Takes what one stage hands to the next: the stage, and columns by name."""


@dataclass(frozen=True)
class Records:
    """Records of all sources together.

    `columns`: by field type, over all records in order; birth dates read source by source.
    `source`: the number of each record's source. `distinct`: sources without duplicates.
    """

    columns: Mapping[str, Column] = field(repr=False)
    source: Keys = field(repr=False)
    distinct: frozenset[int] = frozenset()

    @property
    def alone(self) -> Flags:
        """Records of sources that hold nobody twice."""
        return np.isin(self.source, list(self.distinct))

    def barred(self, a: Keys, b: Keys) -> Flags:
        """Pairs of one source that holds nobody twice."""
        if not self.distinct:
            return np.zeros(len(a), bool)
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
    keep: Keep = lambda _stage, _columns: None,
) -> Resolution:
    """Resolve records by rules, or by rules learned from the records themselves.

    `progress` is told what begins, `keep` what ends: candidates, their weights, components.
    """
    progress("reading values")
    # What was read takes the place of the values, so that memory holds one of the two.
    records = replace(records, columns=features(records.columns, spread))
    return resolve_features(records, progress, spread, rules, keep=keep)


def resolve_features(
    records: Records,
    progress: Progress = lambda _stage: None,
    spread: Spread = map,
    rules: Rules | None = None,
    *,
    keep: Keep = lambda _stage, _columns: None,
) -> Resolution:
    """The same for records whose columns are features already."""
    rules = rules and with_counts(rules, records.columns)
    copies = part_copies(records.columns, len(records.source), records.alone)
    found = _kept(records.columns, copies)
    records = replace(records, columns={}, source=records.source[copies.kept])
    progress("blocking")
    blocked = _blocked(found, records, copies, spread, rules)
    keep("candidates", copies.ends(blocked.a, blocked.b))
    progress("comparing")
    items = library(found) if rules is None else rules.comparisons
    compared = compare(items, found, blocked.a, blocked.b, spread)
    told = None
    if rules is None:
        progress("training")
        start = Rules({}, items, blocked.rules, SETTINGS)
        learned = learn_from(found, len(copies.kept), start, blocked, compared, spread=spread)
        rules, told = learned.rules, learned.told
    progress("weighing")
    scale = Scale(found, rules)
    weights = scale.weigh(blocked.a, blocked.b, compared)
    total = weights.edges(rules.clustering)
    keep("weights", {**copies.ends(blocked.a, blocked.b), "millibits": total})
    ties = np.flatnonzero((total > 0) | scale.tied(len(total), compared))
    tied = blocked.a[ties], blocked.b[ties], total[ties]
    progress("components")
    label, parted = bounded_components(len(copies.kept), *tied, rules.clustering.together)
    keep("components", {"record": copies.kept, "component": copies.kept[label]})
    progress("clustering")
    inside = _Inside(scale, records.barred, blocked, weights.inside(rules.clustering))
    person, weight = copies.follow(*_clustered(label, inside, spread))
    return Resolution(person, weight, rules, told, len(blocked.a), blocked.oversized, parted)


def _blocked(
    found: Mapping[str, Column],
    records: Records,
    copies: Copies,
    spread: Spread,
    rules: Rules | None,
) -> Candidates:
    """Candidates; the parts of keys, as large as the features, are dropped with this."""
    keyed, size = Keyed(found), len(records.source)
    blocking = choose(keyed, size, spread) if rules is None else rules.blocking
    return candidates(keyed, size, blocking, records.barred, copies.standing, spread=spread)


def _kept(told: Mapping[str, Column], copies: Copies) -> Mapping[str, Column]:
    if not len(copies.left):
        return told
    return {name: column.take(copies.kept) for name, column in told.items()}


class _Inside:
    """Persons of components, from all pairs inside them."""

    def __init__(self, scale: Scale, barred: Barred, known: Candidates, weights: Keys) -> None:
        """`known`: pairs that were weighed before, and their weights."""
        self._scale, self._barred, self._known, self._weights = scale, barred, known, weights

    def persons(self, records: Keys) -> tuple[Keys, Keys, Keys]:
        """Records of components of one size, a row each; their persons, and their weights."""
        size = records.shape[1]
        first, second = np.triu_indices(size, 1)
        pairs = self._weigh(records[:, first].ravel(), records[:, second].ravel())
        weights = pairs.reshape(len(records), -1)
        home = contract(weights, size)
        person = np.take_along_axis(records, home, 1)
        return records, person, strongest(weights, home, APART)

    def _weigh(self, a: Keys, b: Keys) -> Keys:
        """What pairs weigh; only those are compared that were not before."""
        place = self._known.places(a, b)
        found = self._weights[place]
        new = np.flatnonzero(place < 0)
        ours, theirs = a[new], b[new]
        weights = self._scale.weigh(ours, theirs, self._scale.compare(ours, theirs))
        found[new] = weights.inside(self._scale.rules.clustering)
        found[self._barred(a, b)] = APART
        return found


def _clustered(label: Keys, inside: _Inside, spread: Spread) -> tuple[Keys, Keys]:
    """Person and weight of every record."""
    people, weights = np.arange(len(label)), np.zeros(len(label), np.int64)
    for records, person, weight in spread(inside.persons, of_components(label, _CHUNK)):
        people[records], weights[records] = person, weight
    return people, weights
