"""Partitioning: a component taken apart into persons again, and everything that this changes.

Ids are given by lineage. A change of an existing profile is a restriction: its views are void from
the commit on and are built again. The caller holds the workspace's counter, so two of these never
interleave.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final
from uuid import UUID

from cdp.ids import new_id
from cdp.neighbours import Component, Neighbours
from cdp.store import jobs, keys, links, memberships, reviews, verdicts
from cdp.store.protocol import Restriction
from cdp.store.tx import Tx
from identity.evidence import Value, Verdict
from identity.keys import BLOCK
from identity.lineage import Assignment, assign
from identity.partition import Member, Partition, Review, ReviewKind
from identity.resolver import resolve
from identity.rules import Rules

ACTIVE: Final = "active"


@dataclass(frozen=True)
class Scene:
    """A component, and the links that all records of its profiles had.

    `read`: what their sources say of those records that were read just now.
    """

    component: Component
    previous: Mapping[UUID, links.Link]
    read: Mapping[UUID, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        tx: Tx,
        search: Neighbours,
        seeds: Collection[UUID],
        before: Mapping[UUID, links.Link],
        read: Mapping[UUID, str],
    ) -> "Scene":
        """The components of these records, and of everybody who was in a profile with them.

        A record that is in the index and nowhere else is left out: it landed, or was resolved, in
        a unit that did not commit, and waits to be read.
        """
        component = search.component({*seeds, *before})
        profiles = links.profiles_of(tx.main, component.ids.values())
        previous = links.members(tx.main, profiles | {link.profile_id for link in before.values()})
        known = {
            name: record
            for name, record in component.ids.items()
            if record in read or record in previous
        }
        return cls(component.only(known), previous, read)

    @classmethod
    def around(cls, tx: Tx, search: Neighbours, records: Collection[UUID]) -> "Scene":
        """The components of these records and of everybody who is in a profile with them."""
        profiles = links.profiles_of(tx.main, records)
        return cls.of(tx, search, records, links.members(tx.main, profiles), {})

    def partition(self, rules: Rules, *more: Verdict) -> Partition:
        """Who is who in it, were these verdicts given as well."""
        found = self.component
        return resolve(
            found.evidence,
            rules,
            blocked=found.blocked,
            generic=found.generic,
            verdicts=(*found.verdicts, *more),
        )


@dataclass(frozen=True)
class Shift:
    """What a new partition changes, as sets of ids."""

    previous: Mapping[UUID, links.Link]
    new: list[links.Link]
    assignment: Assignment

    @cached_property
    def created(self) -> set[UUID]:
        """Profiles that are new."""
        return set(map(UUID, self.assignment.created))

    @cached_property
    def retired(self) -> set[UUID]:
        """Profiles that are none any more."""
        return set(map(UUID, self.assignment.retired))

    @cached_property
    def changed(self) -> list[links.Link]:
        """Links that are new or differ."""
        return [link for link in self.new if self.previous.get(link.record_id) != link]

    @cached_property
    def gone(self) -> set[UUID]:
        """Records that belong to nobody any more."""
        return self.previous.keys() - {link.record_id for link in self.new}

    @cached_property
    def left(self) -> set[UUID]:
        """Records that are no longer in the profile that they were in."""
        return self.gone | {UUID(move.record_id) for move in self.assignment.moves}

    @cached_property
    def moved(self) -> set[UUID]:
        """Records that came, went, or belong in another way or to another profile."""
        return self.gone | {link.record_id for link in self.changed}

    @cached_property
    def touched(self) -> set[UUID]:
        """Profiles that gained, lost or saw a record change."""
        before = {self.previous[record].profile_id for record in self.moved & self.previous.keys()}
        return before | {link.profile_id for link in self.changed}

    @property
    def existing(self) -> set[UUID]:
        """Those of the touched profiles that had a view to lose."""
        return self.touched - self.created

    def count(self, kind: str) -> int:
        """How many former ids merged, or split."""
        return sum(change.kind.value == kind for change in self.assignment.changes)


@dataclass(frozen=True)
class VerdictReport:
    """A verdict, the profiles its records are in now, and what giving or taking it changed.

    `repeated`: it was given, or taken back, before; nothing changed.
    """

    verdict: verdicts.Verdict
    profiles: tuple[UUID, ...]
    created: int = 0
    merged: int = 0
    split: int = 0
    repeated: bool = False

    @classmethod
    def of(
        cls,
        tx: Tx,
        verdict: verdicts.Verdict,
        shift: Shift | None = None,
        *,
        repeated: bool = False,
    ) -> "VerdictReport":
        """As the profiles are at the end of this unit of work."""
        profiles = tuple(sorted(links.profiles_of(tx.main, verdict.records)))
        if shift is None:
            return cls(verdict, profiles, repeated=repeated)
        created, merged, split = len(shift.created), shift.count("merged"), shift.count("split")
        return cls(verdict, profiles, created, merged, split)


def enact(
    tx: Tx,
    scene: Scene,
    partition: Partition,
    *,
    seq: int,
    now: datetime,
    former: Mapping[UUID, UUID] | None = None,
) -> Shift:
    """Make this partition of a scene the one that holds, and ask for the views it voids.

    `former`: for an undo, record to the profile it was in then; those ids come back.
    """
    assignment = _assign(tx, scene.previous, partition, former or {})
    shift = Shift(scene.previous, _links(scene, _placed(partition, assignment)), assignment)
    _write(tx, shift, seq, now)
    _queue(tx, scene, partition, shift.gone, seq)
    renewed = {link.profile_id for link in shift.new if link.record_id in scene.read}
    stale = (shift.touched | renewed) - shift.retired
    jobs.want(tx.main, tx.workspace, jobs.REFRESH, stale, now)
    return shift


def _assign(
    tx: Tx,
    previous: Mapping[UUID, links.Link],
    partition: Partition,
    former: Mapping[UUID, UUID],
) -> Assignment:
    current = {link.profile_id for link in previous.values()}
    profiles = links.profiles(tx.main, current | set(former.values()))
    return assign(
        {str(record): str(link.profile_id) for record, link in previous.items()},
        {
            str(id_): row.created_at
            for id_, row in profiles.items()
            # An id that somebody else has now does not come back, nor one that is being erased.
            if id_ in current or (row.retired_at is not None and row.lifecycle == ACTIVE)
        },
        [cluster.record_ids for cluster in partition.clusters],
        lambda: str(new_id()),
        {str(record): str(profile) for record, profile in former.items()},
    )


def _links(scene: Scene, placed: Iterator[tuple[UUID, Member]]) -> list[links.Link]:
    """Every record of the component with its profile, its kind and what its source says of it."""
    made = []
    for profile, member in placed:
        record = scene.component.ids[member.record_id]
        read = record in scene.read
        relation = scene.read[record] if read else scene.previous[record].relation
        made.append(links.Link(record, profile, member.kind.value, relation))
    return made


def _placed(partition: Partition, assignment: Assignment) -> Iterator[tuple[UUID, Member]]:
    """Every member of the partition, and the profile it belongs to."""
    for cluster, profile in zip(partition.clusters, assignment.profiles, strict=True):
        profile_id = UUID(profile.profile_id)
        yield from ((profile_id, member) for member in cluster.members)


def _write(tx: Tx, shift: Shift, seq: int, now: datetime) -> None:
    existing = shift.existing
    descents, merged = _descents(shift.assignment)
    links.create(tx.main, tx.workspace, shift.created, seq, now)
    memberships.leave(tx.main, tx.workspace, shift.left, seq)
    links.keep_links(tx.main, tx.workspace, shift.changed, seq)
    links.remove_links(tx.main, shift.gone)
    links.change(
        tx.main,
        changed=existing - shift.retired,
        merged=merged,
        retired=shift.retired,
        revived=set(map(UUID, shift.assignment.revived)),
        seq=seq,
        at=now,
    )
    links.record_descent(tx.main, tx.workspace, descents, seq, now)
    if existing:
        tx.restrict(
            Restriction(
                seq=seq,
                kind="partition",
                # The others of these profiles stay where they are: views that rest on them are
                # views of these profiles, whose own fences void them.
                records=tuple(sorted(shift.moved)),
                profiles=tuple(sorted(existing)),
                at=now,
            )
        )


def _descents(assignment: Assignment) -> tuple[list[links.Descent], set[UUID]]:
    """Lineage rows, and the profiles that absorbed another one."""
    rows, merged = [], set()
    for change in assignment.changes:
        former = UUID(change.profile_id)
        for successor in map(UUID, change.current):
            if successor != former:
                rows.append(links.Descent(former, successor, change.kind.value))
                if change.kind.value == "merged":
                    merged.add(successor)
    return rows, merged


def _queue(tx: Tx, scene: Scene, partition: Partition, gone: Collection[UUID], seq: int) -> None:
    """What a person should look at, of this component, and of values that too many share."""
    ids = scene.component.ids
    items = [_item(ids[item.a], ids[item.b], item, seq) for item in partition.reviews]
    crowded = {v: count for v, count in scene.component.over.items() if not v[0].startswith(BLOCK)}
    first = keys.first_holders(tx.custody, tx.workspace, crowded)
    crowds = {record: _crowd(record, v, crowded[v], seq) for v, record in sorted(first.items())}
    reviewed = {*ids.values(), *gone}
    items += [item for record, item in crowds.items() if record in reviewed]
    reviews.replace(tx.main, tx.workspace, reviewed, items)
    # Of a value, the first record that holds it may be in no component that is looked at here.
    reviews.keep(tx.main, tx.workspace, [crowds[one] for one in sorted(crowds.keys() - reviewed)])


def _item(a: UUID, b: UUID, item: Review, seq: int) -> reviews.Item:
    first, second = sorted((a, b))
    return reviews.Item(item.kind.value, first, second, item.weight, item.size, item.type, seq)


def _crowd(record: UUID, value: Value, size: int, seq: int) -> reviews.Item:
    """A value that many share is named by its type and the first record that holds it."""
    return reviews.Item(ReviewKind.OVERSIZED.value, record, record, 0, size, value[0], seq)
