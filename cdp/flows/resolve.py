"""Resolve: who the records that wait are, and what that changes.

Only the components that a waiting record touches, now or before, are clustered again. Identity
sees opaque tokens, and names and the like in memory only; ids are given by lineage. A change of an
existing profile is a restriction: its views are void from the commit on and are built again.

The workspace's counter is taken first and held until commit: two of these never interleave, and
consent events bind under the same lock.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from cdp.facts import FactReader, RecordReading, Said
from cdp.ids import new_id
from cdp.neighbours import Neighbours, open_each
from cdp.store import jobs, keys, links, records
from cdp.store.protocol import Restriction
from cdp.store.tx import Tx
from cdp.vault.custodian import Custodian
from cdp.vault.envelope import CannotOpen
from identity.evidence import Value
from identity.lineage import Assignment, assign
from identity.partition import Member, Partition
from identity.resolver import resolve as partition_of
from identity.rules import Rules


@dataclass(frozen=True)
class ResolveReport:
    """What one batch did. `unusable`: identifiers or cells that could not be understood.

    `capped`: components that were too large and were parted where they hang together least.

    `weighed`: how many records the components of those that waited hold in all.

    `unreadable`: records that do not open under their key, `unopened` is why one of them does
    not; they wait until an operator acts.
    `said`: what the records that were read say about consent, for `import_consents`.
    """

    records: int = 0
    created: int = 0
    merged: int = 0
    split: int = 0
    refused: int = 0
    capped: int = 0
    weighed: int = 0
    unusable: int = 0
    unreadable: int = 0
    unopened: CannotOpen | None = None
    said: tuple[Said, ...] = field(default=(), repr=False)

    def __add__(self, other: "ResolveReport") -> "ResolveReport":
        return ResolveReport(
            records=self.records + other.records,
            created=self.created + other.created,
            merged=self.merged + other.merged,
            split=self.split + other.split,
            refused=self.refused + other.refused,
            capped=max(self.capped, other.capped),
            weighed=max(self.weighed, other.weighed),
            unusable=self.unusable + other.unusable,
            unreadable=max(self.unreadable, other.unreadable),
            unopened=self.unopened or other.unopened,
        )


def resolve(
    tx: Tx, custodian: Custodian, rules: Rules, now: datetime, *, limit: int = 1000
) -> ResolveReport:
    """Resolve up to `limit` waiting records; `records == 0` means that none waits."""
    tx.lock_counter()
    marks = records.pending_marks(tx.main, tx.workspace, limit)
    if not marks:
        return ResolveReport()
    reader = FactReader(tx, custodian)
    read, failed = open_each(reader.read, list(marks))
    if not read:
        return ResolveReport(unreadable=len(failed), unopened=next(iter(failed), None))
    waiting = sorted(read)
    seq = tx.take_seq()
    before = _before(tx, waiting)
    told = {record: reading.told for record, reading in read.items()}
    search = Neighbours(tx, rules, reader, told)
    former = _values(tx, waiting)
    _index(tx, custodian, reader, search, read)
    slack = len(waiting)
    seeds = {*waiting, *before, *search.holders(former, slack=slack)}
    seeds |= search.holders(_values(tx, waiting), slack=slack, over=True)
    component = search.component(seeds)
    partition = partition_of(
        component.evidence, rules, blocked=component.blocked, generic=component.generic
    )
    previous = _previous(tx, component.ids.values(), before)
    assignment = _assign(tx, previous, partition)
    shift = _Shift(
        previous,
        _links(component.ids, read, previous, _placed(partition, assignment)),
        frozenset(map(UUID, assignment.created)),
        frozenset(map(UUID, assignment.retired)),
    )
    _write(tx, shift, assignment, seq, now)
    renewed = {link.profile_id for link in shift.new if link.record_id in read}
    stale = (shift.touched | renewed) - shift.retired
    jobs.want(tx.main, tx.workspace, jobs.REFRESH, stale, now)
    records.clear_pending(tx.main, {record: marks[record] for record in waiting})
    kinds = [change.kind.value for change in assignment.changes]
    return ResolveReport(
        records=len(waiting),
        created=len(assignment.created),
        merged=kinds.count("merged"),
        split=kinds.count("split"),
        refused=len(partition.refusals),
        capped=len(partition.capped),
        weighed=len(component.evidence),
        unreadable=len(failed),
        unopened=next(iter(failed), None),
        unusable=sum(reading.problems for reading in read.values()),
        said=tuple(reader.said(read)),
    )


def _before(tx: Tx, waiting: Collection[UUID]) -> dict[UUID, links.Link]:
    """The links of every record in a profile that holds a waiting record."""
    own = links.links_of(tx.main, waiting)
    return links.members(tx.main, {link.profile_id for link in own.values()})


def _values(tx: Tx, waiting: Collection[UUID]) -> set[Value]:
    return {(row.type, row.token) for row in keys.tokens_of(tx.custody, waiting)}


def _index(
    tx: Tx,
    custodian: Custodian,
    reader: FactReader,
    search: Neighbours,
    read: dict[UUID, RecordReading],
) -> None:
    order_keys = {record: reading.order_key for record, reading in read.items()}
    gone = [record for record, reading in read.items() if reading.gone]
    tokens = [
        keys.IndexRow(item.type, item.token, record, item.confirmed)
        for record, reading in read.items()
        for item in reading.identifiers
    ]
    tokens += [
        keys.IndexRow(type_, token, record, confirmed=False)
        for record in read
        for type_, token in reader.blocking_tokens(search.told[record], search.rules.blocking)
    ]
    generation = custodian.index_generations[-1]
    keys.replace_index(tx.custody, tx.workspace, order_keys, tokens, generation)
    keys.forget_index(tx.custody, gone)


def _previous(
    tx: Tx, component: Iterable[UUID], before: dict[UUID, links.Link]
) -> dict[UUID, links.Link]:
    """The links of all records of all profiles that the component touches."""
    profiles = links.profiles_of(tx.main, component)
    return links.members(tx.main, profiles | {link.profile_id for link in before.values()})


def _assign(tx: Tx, previous: dict[UUID, links.Link], partition: Partition) -> Assignment:
    profiles = links.profiles(tx.main, {link.profile_id for link in previous.values()})
    return assign(
        {str(record): str(link.profile_id) for record, link in previous.items()},
        {str(profile): row.created_at for profile, row in profiles.items()},
        [cluster.record_ids for cluster in partition.clusters],
        lambda: str(new_id()),
    )


@dataclass(frozen=True)
class _Shift:
    """What a new partition changes, as sets of ids."""

    previous: dict[UUID, links.Link]
    new: list[links.Link]
    created: frozenset[UUID]
    retired: frozenset[UUID]

    @cached_property
    def changed(self) -> list[links.Link]:
        """Links that are new or differ."""
        return [link for link in self.new if self.previous.get(link.record_id) != link]

    @cached_property
    def gone(self) -> set[UUID]:
        """Records that belong to nobody any more."""
        return self.previous.keys() - {link.record_id for link in self.new}

    @cached_property
    def moved(self) -> set[UUID]:
        """Records that came, went, or belong in another way or to another profile."""
        return self.gone | {link.record_id for link in self.changed}

    @cached_property
    def touched(self) -> set[UUID]:
        """Profiles that gained, lost or saw a record change."""
        before = {self.previous[record].profile_id for record in self.moved & self.previous.keys()}
        return before | {link.profile_id for link in self.changed}

    @cached_property
    def existing(self) -> set[UUID]:
        """Those of the touched profiles that had a view to lose."""
        return self.touched - self.created


def _write(tx: Tx, shift: _Shift, assignment: Assignment, seq: int, now: datetime) -> None:
    existing = shift.existing
    descents, merged = _descents(assignment)
    links.create(tx.main, tx.workspace, shift.created, seq, now)
    links.keep_links(tx.main, tx.workspace, shift.changed, seq)
    links.remove_links(tx.main, shift.gone)
    links.change(
        tx.main,
        changed=existing - shift.retired,
        merged=merged,
        retired=shift.retired,
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


def _links(
    ids: Mapping[str, UUID],
    read: dict[UUID, RecordReading],
    previous: dict[UUID, links.Link],
    placed: Iterable[tuple[UUID, Member]],
) -> list[links.Link]:
    """Every record of the component with its profile, its kind and what its source says of it."""
    made = []
    for profile, member in placed:
        record = ids[member.record_id]
        relation = read[record].relation if record in read else previous[record].relation
        made.append(links.Link(record, profile, member.kind.value, relation))
    return made


def _placed(partition: Partition, assignment: Assignment) -> Iterator[tuple[UUID, Member]]:
    """Every member of the partition, and the profile it belongs to."""
    for cluster, profile in zip(partition.clusters, assignment.profiles, strict=True):
        profile_id = UUID(profile.profile_id)
        yield from ((profile_id, member) for member in cluster.members)


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
