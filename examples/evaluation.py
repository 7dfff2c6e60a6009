"""How well found clusters agree with the truth: pairwise, by B-cubed, and by kind of difficulty.

    score = evaluate(truth, found)
    missed = recall_by_kind(truth, found, kinds)

Pure, and linear in the number of records. `truth` maps a record to the person it is, `found` to the
cluster it was put in; only records of the truth count, and one that was never found is alone.

Pairwise: of all pairs of records put together, the share that belongs together (precision), and of
all pairs that belong together, the share put together (recall). B-cubed (Bagga and Baldwin 1998):
the same asked of each record about its own cluster, then averaged over records, so that a large
cluster does not outweigh many small ones.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

R = TypeVar("R", bound=Hashable)
Labels = Mapping[R, Hashable]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Precision and recall, each from 0 to 1; 1 where there was nothing to get wrong."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one clustering.

    `exact`: people whose records are one cluster, and nobody else's. `pairs`, `wrong`, `missed`:
    pairs of records that belong together; that were put together and do not; that were not put
    together and do.
    """

    records: int
    people: int
    clusters: int
    exact: int
    pairs: int
    wrong: int
    missed: int
    pairwise: Agreement
    b_cubed: Agreement


@dataclass(frozen=True, slots=True)
class Recall:
    """How many of the pairs with a record of some kind were found."""

    pairs: int
    found: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.found / self.pairs if self.pairs else 1.0


def evaluate(truth: Labels[R], found: Labels[R]) -> Score:
    """The figures of `found` against `truth`."""
    cells: Counter[tuple[Hashable, Hashable]] = Counter()
    for record, person in truth.items():
        cells[person, _cluster(found, record)] += 1
    people, clusters = _summed(cells, 0), _summed(cells, 1)
    together = sum(map(_pairs, cells.values()))
    pairs, put = sum(map(_pairs, people.values())), sum(map(_pairs, clusters.values()))
    return Score(
        records=len(truth),
        people=len(people),
        clusters=len(clusters),
        exact=sum(
            size == people[person] == clusters[cluster] for (person, cluster), size in cells.items()
        ),
        pairs=pairs,
        wrong=put - together,
        missed=pairs - together,
        pairwise=Agreement(_share(together, put), _share(together, pairs)),
        b_cubed=Agreement(
            _share(sum(n * n / clusters[cluster] for (_, cluster), n in cells.items()), len(truth)),
            _share(sum(n * n / people[person] for (person, _), n in cells.items()), len(truth)),
        ),
    )


def recall_by_kind(
    truth: Labels[R], found: Labels[R], kinds: Mapping[R, Collection[str]]
) -> dict[str, Recall]:
    """By kind: of the pairs that belong together and hold a record of that kind, how many were
    found; `""` is the pairs without any difficulty. Kinds nobody has are left out."""
    people: Counter[tuple[str, Hashable]] = Counter()
    cells: Counter[tuple[str, Hashable, Hashable]] = Counter()
    plain: Counter[Hashable] = Counter()
    plain_cells: Counter[tuple[Hashable, Hashable]] = Counter()
    for record, person in truth.items():
        cluster = _cluster(found, record)
        own = kinds.get(record, ())
        plain[person] += not own
        plain_cells[person, cluster] += not own
        for kind in own:
            people[kind, person] += 1
            cells[kind, person, cluster] += 1
    sizes = Counter(truth.values())
    inner = Counter((person, _cluster(found, record)) for record, person in truth.items())
    pairs: Counter[str] = Counter({"": sum(map(_pairs, plain.values()))})
    hit: Counter[str] = Counter({"": sum(map(_pairs, plain_cells.values()))})
    for (kind, person), some in people.items():
        pairs[kind] += _pairs(sizes[person]) - _pairs(sizes[person] - some)
    for (kind, person, cluster), some in cells.items():
        size = inner[person, cluster]
        hit[kind] += _pairs(size) - _pairs(size - some)
    return {kind: Recall(pairs[kind], hit[kind]) for kind in sorted(pairs) if pairs[kind]}


def wrong_by_reason(
    truth: Mapping[R, str], found: Labels[R], groups: Mapping[str, str]
) -> dict[str, int]:
    """Pairs of records wrongly put together: `group` if the two people share a household or firm
    (`groups` by person), `strangers` if they do not."""
    cells: Counter[tuple[Hashable, str]] = Counter()
    clusters: Counter[Hashable] = Counter()
    for record, person in truth.items():
        cluster = _cluster(found, record)
        cells[cluster, person] += 1
        clusters[cluster] += 1
    every = sum(map(_pairs, clusters.values())) - sum(map(_pairs, cells.values()))
    shared: Counter[tuple[Hashable, str]] = Counter()
    own = 0
    for (cluster, person), size in cells.items():
        if person in groups:
            shared[cluster, groups[person]] += size
            own += _pairs(size)
    among = sum(map(_pairs, shared.values())) - own
    return {"group": among, "strangers": every - among}


def _cluster(found: Labels[R], record: R) -> Hashable:
    """A record that was never found is a cluster of its own."""
    return found.get(record, ("not found", record))


def _summed(cells: Mapping[tuple[Hashable, Hashable], int], place: int) -> Counter[Hashable]:
    summed: Counter[Hashable] = Counter()
    for labels, size in cells.items():
        summed[labels[place]] += size
    return summed


def _pairs(size: int) -> int:
    return size * (size - 1) // 2


def _share(some: float, all_: float) -> float:
    return some / all_ if all_ else 1.0
