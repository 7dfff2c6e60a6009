"""Resolve: who the records that wait are, and what that changes.

Only the components that a waiting record touches, now or before, are clustered again. Identity
sees opaque tokens; ids are given by lineage. A change of an existing profile is a restriction:
its views are void from the commit on and are built again.

The workspace's counter is taken first and held until commit: two of these never interleave, and
consent events bind under the same lock.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from cdp.facts import FactReader, RecordReading, Said
from cdp.ids import new_id
from cdp.store import jobs, keys, links, records
from cdp.store.protocol import Restriction
from cdp.store.tx import Tx
from cdp.vault.custodian import Custodian
from cdp.vault.envelope import CannotOpen
from identity.evidence import Evidence, Token, Value
from identity.lineage import Assignment, assign
from identity.partition import Partition
from identity.resolver import resolve as partition_of
from identity.rules import Rules


@dataclass(frozen=True)
class ResolveReport:
    """What one batch did. `unusable`: identifiers or cells that could not be understood.

    `unreadable`: records that do not open under their key, `unopened` is why one of them does
    not; they wait until an operator acts.
    `said`: what the records that were read say about consent, for `import_consents`.
    """

    records: int = 0
    created: int = 0
    merged: int = 0
    split: int = 0
    refused: int = 0
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
            unusable=self.unusable + other.unusable,
            unreadable=max(self.unreadable, other.unreadable),
            unopened=self.unopened or other.unopened,
        )


@dataclass(frozen=True)
class Component:
    """Every record that can be tied to the ones that wait, and what is known of values."""

    evidence: tuple[Evidence, ...]
    blocked: frozenset[Value]
    generic: frozenset[Value]


def resolve(
    tx: Tx, custodian: Custodian, rules: Rules, now: datetime, *, limit: int = 1000
) -> ResolveReport:
    """Resolve up to `limit` waiting records; `records == 0` means that none waits."""
    tx.lock_counter()
    marks = records.pending_marks(tx.main, tx.workspace, limit)
    if not marks:
        return ResolveReport()
    reader = FactReader(tx, custodian)
    read, failed = _read(reader, list(marks))
    if not read:
        return ResolveReport(unreadable=len(failed), unopened=next(iter(failed), None))
    waiting = sorted(read)
    seq = tx.take_seq()
    before = _before(tx, waiting)
    values = _values(tx, waiting)
    _index(tx, custodian, read)
    values |= _values(tx, waiting)
    component = find_component(tx, rules, {*waiting, *before}, values)
    partition = partition_of(
        component.evidence, rules, blocked=component.blocked, generic=component.generic
    )
    previous = _previous(tx, component.evidence, before)
    assignment = _assign(tx, previous, partition)
    shift = _Shift(
        previous,
        _links(read, previous, partition, assignment),
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
        unreadable=len(failed),
        unopened=next(iter(failed), None),
        unusable=sum(reading.problems for reading in read.values()),
        said=tuple(reader.said(read)),
    )


def _read(
    reader: FactReader, ids: Sequence[UUID]
) -> tuple[dict[UUID, RecordReading], list[CannotOpen]]:
    """What opens; a record that does not keeps waiting and holds back no other."""
    try:
        return reader.read(ids), []
    except CannotOpen as error:
        if len(ids) == 1:
            return {}, [error]
    middle = len(ids) // 2
    first, second = _read(reader, ids[:middle]), _read(reader, ids[middle:])
    return first[0] | second[0], first[1] + second[1]


def find_component(
    tx: Tx, rules: Rules, seeds: Collection[UUID], values: Collection[Value] = frozenset()
) -> Component:
    """Follow shared values from the seeds until nothing new is found, in whole rounds.

    `values`: what the seeds carry now or carried before. A value over its type's limit says
    nothing about persons and is not followed, except here: one that the seeds may just have
    pushed over the limit had tied records that have to be looked at again.
    """
    search = _Search(tx, rules, keys.blocked(tx.custody, tx.workspace))
    open_records = set(seeds) | search.follow(set(values), slack=len(seeds))
    rows: dict[UUID, list[keys.IndexRow]] = {}
    while open_records:
        found = keys.tokens_of(tx.custody, open_records)
        rows |= {record: [] for record in open_records}
        for row in found:
            rows[row.record_id].append(row)
        open_records = search.follow({(row.type, row.token) for row in found}) - rows.keys()
    order = keys.order_keys(tx.custody, rows)
    evidence = tuple(
        Evidence(str(record), order[record], tuple(map(_token, rows[record])))
        for record in sorted(rows)
        if record in order
    )
    return Component(evidence, search.blocked, frozenset(search.generic))


class _Search:
    """Values that were asked for already, and those found to be generic."""

    def __init__(self, tx: Tx, rules: Rules, blocked: frozenset[Value]) -> None:
        self.blocked = blocked
        self.generic: set[Value] = set()
        self._tx = tx
        self._rules = rules
        self._asked: set[Value] = set()

    def follow(self, values: set[Value], *, slack: int = 0) -> set[UUID]:
        """The records that carry one of these values and are tied by it."""
        tx = self._tx
        new = {value for value in values - self._asked - self.blocked if self._merges(value)}
        self._asked |= new
        counts = keys.frequencies(tx.custody, tx.workspace, new)
        limits = {value: self._rules.types[value[0]].limit for value in counts}
        self.generic |= {value for value, count in counts.items() if count > limits[value]}
        near = {value for value, count in counts.items() if count <= limits[value] + slack}
        return set().union(*keys.holders(tx.custody, tx.workspace, near).values())

    def _merges(self, value: Value) -> bool:
        kind = self._rules.types.get(value[0])
        return kind is not None and kind.merges


def _token(row: keys.IndexRow) -> Token:
    return Token(row.type, row.token, row.confirmed)


def _before(tx: Tx, waiting: Collection[UUID]) -> dict[UUID, links.Link]:
    """The links of every record in a profile that holds a waiting record."""
    own = links.links_of(tx.main, waiting)
    return links.members(tx.main, {link.profile_id for link in own.values()})


def _values(tx: Tx, waiting: Collection[UUID]) -> set[Value]:
    return {(row.type, row.token) for row in keys.tokens_of(tx.custody, waiting)}


def _index(tx: Tx, custodian: Custodian, read: dict[UUID, RecordReading]) -> None:
    order_keys = {record: reading.order_key for record, reading in read.items()}
    gone = [record for record, reading in read.items() if reading.gone]
    tokens = [
        keys.IndexRow(item.type, item.token, record, item.confirmed)
        for record, reading in read.items()
        for item in reading.identifiers
    ]
    generation = custodian.index_generations[-1]
    keys.replace_index(tx.custody, tx.workspace, order_keys, tokens, generation)
    keys.forget_index(tx.custody, gone)


def _previous(
    tx: Tx, evidence: Iterable[Evidence], before: dict[UUID, links.Link]
) -> dict[UUID, links.Link]:
    """The links of all records of all profiles that the component touches."""
    found = links.links_of(tx.main, [UUID(item.record_id) for item in evidence])
    profiles = {link.profile_id for link in (*found.values(), *before.values())}
    return links.members(tx.main, profiles)


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
    def touched(self) -> set[UUID]:
        """Profiles that gained, lost or saw a record change."""
        moved = self.gone | {link.record_id for link in self.changed}
        before = {self.previous[record].profile_id for record in moved & self.previous.keys()}
        return before | {link.profile_id for link in self.changed}

    @cached_property
    def existing(self) -> set[UUID]:
        """Those of the touched profiles that had a view to lose."""
        return self.touched - self.created

    @cached_property
    def bound(self) -> set[UUID]:
        """Every record that is or was in one of the existing profiles."""
        links_ = (*self.previous.values(), *self.new)
        return {link.record_id for link in links_ if link.profile_id in self.existing}


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
                records=tuple(sorted(shift.bound)),
                profiles=tuple(sorted(existing)),
                at=now,
            )
        )


def _links(
    read: dict[UUID, RecordReading],
    previous: dict[UUID, links.Link],
    partition: Partition,
    assignment: Assignment,
) -> list[links.Link]:
    """Every record of the component with its profile, its kind and what its source says of it."""
    made = []
    for cluster, profile in zip(partition.clusters, assignment.profiles, strict=True):
        for member in cluster.members:
            record = UUID(member.record_id)
            relation = read[record].relation if record in read else previous[record].relation
            made.append(links.Link(record, UUID(profile.profile_id), member.kind.value, relation))
    return made


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
