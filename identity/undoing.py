"""Undoing a merge: the verdict that gives back who was who before it, exactly, and lasts.

The former groups are kept apart from each other, and each of them together. Whoever came since is
free to go where the evidence leads. Taking a person apart can change who else of the component
weighs enough to join whom; whoever would be drawn in or torn is named in the verdict as well, as
they are now, so that nothing else moves.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

from identity.evidence import Verdict
from identity.partition import Partition

Group = frozenset[str]


def restoring(
    former: Collection[Collection[str]],
    others: Collection[Collection[str]],
    resolve: Callable[[Verdict], Partition],
    *,
    rank: int,
) -> Verdict:
    """The verdict that undoes a merge.

    `former`: the persons before it. `others`: the persons of the component now that have none of
    their records. `resolve`: the partition of the component under one more verdict. `rank`: above
    that of every verdict before.

    Raises:
        ValueError: fewer than two former persons.
    """
    groups, left = [*map(frozenset, former)], [*map(frozenset, others)]
    while True:
        verdict = Verdict.apart(*groups, whole=True, rank=rank)
        moved = set(_moved(resolve(verdict), groups, left))
        if not moved:
            return verdict
        groups += [group for group in left if group in moved]
        left = [group for group in left if group not in moved]


def _moved(partition: Partition, groups: Sequence[Group], left: Sequence[Group]) -> Iterator[Group]:
    """Which of those that are left would be torn, or joined to somebody else."""
    home = {record: n for n, found in enumerate(partition.clusters) for record in found.record_ids}
    homes = {group: {home[record] for record in group if record in home} for group in left}
    taken = [number for group in groups for number in {home[r] for r in group if r in home}]
    taken += [number for found in homes.values() for number in found]
    for group, found in homes.items():
        if len(found) > 1 or any(taken.count(number) > 1 for number in found):
            yield group
