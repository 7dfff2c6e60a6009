"""Everybody at once, by given rules: the partition that resolving one by one arrives at.

Arrays find what hangs together, which is nearly all of the work; who is who inside a component is
then said by `identity.resolver`, which is what resolving one by one asks as well. So both agree by
construction as long as the components found here are never too small.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np

from identity.blocking import Key, Standing, key_of, muted_types, standing_of
from identity.engines.columns import Column, Keys, Spread, distinct, groups, pairs_within
from identity.engines.grouping import components
from identity.engines.weighing import Scale
from identity.evidence import Evidence, Value, Verdict
from identity.partition import Cluster, LinkKind, Member, Partition
from identity.resolver import resolve
from identity.rules import Rules

# Records of a task that is handed to another process.
TASK: Final = 20_000
_CHUNK: Final = 2_000_000

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Population:
    """All records of a workspace, the rules, and what people said of values and records."""

    evidence: tuple[Evidence, ...] = field(repr=False)
    rules: Rules
    blocked: frozenset[Value] = frozenset()
    verdicts: tuple[Verdict, ...] = ()


def partition(
    population: Population,
    progress: Progress = lambda _stage: None,
    spread: Spread = map,
    *,
    task: int = TASK,
) -> Partition:
    """Who is who among all records; equal to `resolve` of all of them.

    `task`: about as many records are handed out together.

    Raises:
        ValueError: two different pieces of evidence for one record.
    """
    records = population.evidence
    progress("blocking")
    holders = _holders(records)
    generic = _generic(holders, population)
    label = _labels(population, holders, generic, progress)
    progress("clustering")
    tasks = list(_tasks(population, generic, groups(label), task))
    found = [*spread(_resolved, tasks)]
    sizes = np.bincount(label, minlength=1)
    alone = (
        Cluster((Member(records[place].record_id, LinkKind.VERIFIED),), ())
        for place in np.flatnonzero(sizes[label] == 1).tolist()
    )
    return Partition(
        clusters=(*(cluster for part in found for cluster in part.clusters), *alone),
        refusals=tuple(refusal for part in found for refusal in part.refusals),
        capped=tuple(component for part in found for component in part.capped),
        reviews=tuple(review for part in found for review in part.reviews),
    )


def _holders(records: Sequence[Evidence]) -> dict[Key, list[int]]:
    """The records that hold each value or key."""
    found: dict[Key, list[int]] = {}
    for place, record in enumerate(records):
        for key in {key_of(token) for token in record.tokens}:
            found.setdefault(key, []).append(place)
    return {key: held for key, held in found.items() if len(held) > 1}


def _generic(holders: dict[Key, list[int]], population: Population) -> frozenset[Value]:
    """Values and keys that too many share to tell of anybody."""
    return frozenset(
        (key[0], key[2])
        for key, held in holders.items()
        if standing_of(key, len(held), population.rules, blocked=population.blocked)
        is Standing.GENERIC_VALUE
    )


def _labels(
    population: Population,
    holders: dict[Key, list[int]],
    generic: frozenset[Value],
    progress: Progress,
) -> Keys:
    """The number of each record's component."""
    records, rules = population.evidence, population.rules
    tied: list[tuple[int, int]] = []
    proposed: list[Keys] = []
    for key, held in holders.items():
        standing = standing_of(key, len(held), rules, blocked=population.blocked, generic=generic)
        if standing in {Standing.LINKS, Standing.ATTACHES}:
            tied += pairwise(held)
        elif standing is Standing.COMPARES:
            a, b = pairs_within(np.array(held), np.array([0]), np.array([len(held)]))
            proposed.append(a * len(records) + b)
    places = {record.record_id: place for place, record in enumerate(records)}
    for verdict in population.verdicts:
        for group in verdict.groups:
            tied += pairwise(sorted(places[name] for name in group if name in places))
    progress("comparing")
    pairs = distinct(np.concatenate([np.zeros(0, np.int64), *proposed]))
    a, b = pairs // max(len(records), 1), pairs % max(len(records), 1)
    held_together = _proposed(population, generic, a, b)
    first, second = np.array(tied, np.int64).reshape(-1, 2).T
    return components(
        len(records),
        np.concatenate([first, a[held_together]]),
        np.concatenate([second, b[held_together]]),
    )


def _proposed(population: Population, generic: frozenset[Value], a: Keys, b: Keys) -> Keys:
    """The pairs that their weight or a level ties."""
    names = {
        (feature, record.told[feature]): name
        for record in population.evidence
        for feature, name in record.names.items()
        if feature in record.told
    }
    scale = Scale(
        _columns(population, generic),
        population.rules,
        lambda feature, value: names.get((feature, value), value),
    )
    found = [np.zeros(0, np.int64)]
    for at in range(0, len(a), _CHUNK):
        ours, theirs = a[at : at + _CHUNK], b[at : at + _CHUNK]
        compared = scale.compare(ours, theirs)
        weights = scale.weigh(ours, theirs, compared)
        ties = (weights.edges(population.rules.clustering) > 0) & (weights.said > 0)
        found.append(at + np.flatnonzero(ties | scale.tied(len(ours), compared)))
    return np.concatenate(found)


def _columns(population: Population, generic: frozenset[Value]) -> dict[str, Column]:
    """What records say; but no identifier that identifies nobody, as `Blocks.muted` has it."""
    idle = population.blocked | generic
    told = [record.told for record in population.evidence]
    muted = [muted_types(record, population.rules, idle) for record in population.evidence]
    return {
        name: column
        for name in sorted(population.rules.features)
        if (
            column := Column.of(
                [
                    None if name in silent else said.get(name)
                    for said, silent in zip(told, muted, strict=True)
                ]
            )
        ).values
    }


def _tasks(
    population: Population,
    generic: frozenset[Value],
    grouped: tuple[Keys, Keys, Keys],
    task: int,
) -> Iterable["Task"]:
    """Whole components, so many records of them together."""
    order, starts, sizes = grouped
    places: list[int] = []
    for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
        places += order[start : start + size].tolist()
        if len(places) >= task:
            yield _task(population, generic, places)
            places = []
    if places:
        yield _task(population, generic, places)


@dataclass(frozen=True)
class Task:
    """Whole components to be resolved, with what is said of their values and records."""

    evidence: tuple[Evidence, ...] = field(repr=False)
    rules: Rules
    blocked: frozenset[Value]
    generic: frozenset[Value]
    verdicts: tuple[Verdict, ...]


def _task(population: Population, generic: frozenset[Value], places: Sequence[int]) -> Task:
    evidence = tuple(population.evidence[place] for place in places)
    names = {record.record_id for record in evidence}
    values = {(token.type, token.value) for record in evidence for token in record.tokens}
    return Task(
        evidence,
        population.rules,
        population.blocked & values,
        generic & values,
        tuple(
            verdict
            for verdict in population.verdicts
            if any(not group.isdisjoint(names) for group in verdict.groups)
        ),
    )


def _resolved(task: Task) -> Partition:
    return resolve(
        task.evidence,
        task.rules,
        blocked=task.blocked,
        generic=task.generic,
        verdicts=task.verdicts,
    )
