"""Facts: records with their versions, events, quarantine, and what is still to be resolved.

Versions are only ever added. The current version is a number on the record; a deletion by the
source is a version without a body.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from cdp.store import bulk
from cdp.store.protocol import chunks
from cdp.store.rows.main import (
    batch,
    event,
    link,
    pending,
    quarantine,
    record,
    record_version,
    source,
    stream,
)


@dataclass(frozen=True)
class Known:
    """A record as landing finds it."""

    id: UUID
    version: int
    deleted: bool
    content_mac: bytes | None
    generation: int = 0


@dataclass(frozen=True)
class Landed:
    """Rows of one landed batch, ready to insert; see the tables for their columns."""

    records: list[dict[str, Any]] = field(default_factory=list, repr=False)
    versions: list[dict[str, Any]] = field(default_factory=list, repr=False)
    events: list[dict[str, Any]] = field(default_factory=list, repr=False)
    quarantined: list[dict[str, Any]] = field(default_factory=list, repr=False)
    # record id -> (version, deleted)
    current: dict[UUID, tuple[int, bool]] = field(default_factory=dict)


@dataclass(frozen=True)
class SealedRecord:
    """A record's current version, still sealed; `key_id` is None when it has no body."""

    id: UUID
    stream_id: UUID
    source: str
    stream: str
    order_key: bytes
    version: int
    deleted: bool
    key_id: UUID | None
    body: bytes | None = field(repr=False)
    seen_at: datetime | None


@dataclass(frozen=True)
class SealedEvent:
    """An event, still sealed."""

    id: UUID
    record_id: UUID
    key_id: UUID
    kind: str
    body: bytes = field(repr=False)
    received_at: datetime


def known(connection: Connection, stream_id: UUID, macs: Collection[bytes]) -> dict[bytes, Known]:
    """Which of these keys are known already."""
    statement = _KNOWN.where(record.c.stream_id == stream_id)
    rows = bulk.found(connection, statement, record.c.key_mac, macs)
    return {bytes(row.key_mac): Known(*tuple(row)[1:]) for row in rows}


_KNOWN = select(
    record.c.key_mac,
    record.c.id,
    record.c.version,
    record.c.deleted,
    record_version.c.content_mac,
    record.c.generation,
).outerjoin(
    record_version,
    and_(
        record_version.c.record_id == record.c.id,
        record_version.c.version == record.c.version,
    ),
)


def insert_batch(
    connection: Connection,
    workspace: UUID,
    *,
    batch_id: UUID,
    stream_id: UUID,
    at: datetime,
    counts: dict[str, int],
) -> None:
    """The batch row: from its commit on, the batch has landed."""
    connection.execute(
        insert(batch).values(
            id=batch_id, workspace_id=workspace, stream_id=stream_id, landed_at=at, counts=counts
        )
    )


def insert_landed(connection: Connection, workspace: UUID, landed: Landed) -> None:
    """All rows of a batch, and a pending mark on every record it touched."""
    bulk.insert(connection, record, landed.records)
    bulk.insert(connection, record_version, landed.versions)
    insert_new(connection, event, landed.events)
    insert_new(connection, quarantine, landed.quarantined)
    if landed.current:
        connection.execute(
            _MOVE_ON,
            [
                {"record": record_id, "to_version": version, "gone": gone}
                for record_id, (version, gone) in sorted(landed.current.items())
            ],
        )
    touched = {row["record_id"] for row in (*landed.versions, *landed.events)}
    mark_pending(connection, workspace, touched)


def mark_seen(connection: Connection, ids: Collection[UUID], generation: int) -> None:
    """A full refresh saw these records."""
    for part in chunks(sorted(ids)):
        connection.execute(
            update(record).where(record.c.id.in_(part)).values(generation=generation)
        )


def unseen(connection: Connection, stream_id: UUID, generation: int, limit: int) -> dict[UUID, int]:
    """Up to `limit` live records that the full refresh did not see, with their version."""
    rows = connection.execute(
        select(record.c.id, record.c.version)
        .where(*_live(stream_id), record.c.generation < generation)
        .order_by(record.c.id)
        .limit(limit)
    )
    return {row.id: row.version for row in rows}


def count_unseen(connection: Connection, stream_id: UUID, generation: int) -> tuple[int, int]:
    """How many live records of a stream the full refresh did not see, and how many there are."""
    gone = func.coalesce(func.sum(case((record.c.generation < generation, 1), else_=0)), 0)
    row = connection.execute(select(gone, func.count()).where(*_live(stream_id))).one()
    return int(row[0]), int(row[1])


def _live(stream_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """What the source said and did not take back; not what only events named."""
    return record.c.stream_id == stream_id, ~record.c.deleted, record.c.version > 0


_MOVE_ON = (
    update(record)
    .where(record.c.id == bindparam("record"))
    .values(version=bindparam("to_version"), deleted=bindparam("gone"))
)


def mark_pending(connection: Connection, workspace: UUID, ids: Iterable[UUID]) -> None:
    """These records are to be read by `resolve` again, even while it is reading them."""
    rows = [
        {"record_id": record_id, "workspace_id": workspace, "wanted": 1}
        for record_id in sorted(ids, key=_number)
    ]
    bulk.insert(connection, pending, rows, _AGAIN)


def _number(record_id: UUID) -> int:
    return record_id.int


_AGAIN = "ON CONFLICT (record_id) DO UPDATE SET wanted = pending.wanted + 1"


def mark_stream_pending(connection: Connection, workspace: UUID, stream_id: UUID) -> int:
    """Every record of a stream: its mapping changed."""
    ids = connection.execute(select(record.c.id).where(record.c.stream_id == stream_id)).scalars()
    found = list(ids)
    mark_pending(connection, workspace, found)
    return len(found)


def insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert what is not there yet; a row that is there already stays as it is."""
    bulk.insert(connection, table, rows, bulk.NEW_ONLY)


def known_messages(connection: Connection, workspace: UUID, macs: Collection[bytes]) -> set[bytes]:
    """Which of these event messages have landed before."""
    statement = select(event.c.message_mac).where(event.c.workspace_id == workspace)
    return {
        bytes(row.message_mac)
        for row in bulk.found(connection, statement, event.c.message_mac, macs)
    }


def pending_marks(connection: Connection, workspace: UUID, limit: int) -> dict[UUID, int]:
    """Up to `limit` records that wait for `resolve`, oldest first, each with its mark."""
    statement = (
        select(pending.c.record_id, pending.c.wanted)
        .where(pending.c.workspace_id == workspace)
        .order_by(pending.c.record_id)
        .limit(limit)
    )
    return {row.record_id: int(row.wanted) for row in connection.execute(statement)}


def pending_ids(connection: Connection, workspace: UUID, limit: int) -> list[UUID]:
    """Up to `limit` records that wait for `resolve`, oldest first."""
    return list(pending_marks(connection, workspace, limit))


def count_pending(connection: Connection, workspace: UUID) -> int:
    """How many records wait for `resolve`."""
    statement = select(func.count()).select_from(pending).where(pending.c.workspace_id == workspace)
    return int(connection.execute(statement).scalar_one())


def clear_pending(connection: Connection, marks: Mapping[UUID, int]) -> None:
    """These records have been read as of these marks; what was marked since goes on waiting."""
    if marks:
        connection.execute(
            _CLEAR, [{"of_record": record, "marked": mark} for record, mark in marks.items()]
        )


_CLEAR = delete(pending).where(
    pending.c.record_id == bindparam("of_record"), pending.c.wanted == bindparam("marked")
)


def sealed_records(
    connection: Connection, ids: Collection[UUID], *, streams: Collection[UUID] | None = None
) -> list[SealedRecord]:
    """The current versions of these records, in id order; `streams`: of those among these only."""
    statement = _SEALED
    if streams is not None:
        # As an expression, for which there is no index: SQLite would go through whole streams.
        of = func.coalesce(record.c.stream_id, record.c.stream_id)
        statement = statement.where(of.in_(sorted(streams)))
    rows = bulk.found(connection, statement, record.c.id, ids)
    return sorted((SealedRecord(*tuple(row)) for row in rows), key=_id)


_SEALED = (
    select(
        record.c.id,
        record.c.stream_id,
        source.c.name,
        stream.c.name,
        record.c.order_key,
        record.c.version,
        record.c.deleted,
        record_version.c.key_id,
        record_version.c.body,
        record_version.c.landed_at,
    )
    .join(stream, stream.c.id == record.c.stream_id)
    .join(source, source.c.id == stream.c.source_id)
    .outerjoin(
        record_version,
        and_(
            record_version.c.record_id == record.c.id,
            record_version.c.version == record.c.version,
        ),
    )
)


def sealed_events(
    connection: Connection, record_ids: Sequence[UUID], kind: str = "event"
) -> list[SealedEvent]:
    """Every event of these records, oldest first."""
    statement = select(
        event.c.id,
        event.c.record_id,
        event.c.key_id,
        event.c.kind,
        event.c.body,
        event.c.received_at,
    ).where(event.c.kind == kind)
    rows = bulk.found(connection, statement, event.c.record_id, record_ids)
    return sorted((SealedEvent(*tuple(row)) for row in rows), key=_id)


def _id(row: SealedRecord | SealedEvent) -> UUID:
    return row.id


def profiles_of(connection: Connection, record_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The current profile of each of these records that has one."""
    statement = select(link.c.record_id, link.c.profile_id)
    rows = bulk.found(connection, statement, link.c.record_id, record_ids)
    return {row.record_id: row.profile_id for row in rows}


def quarantined(connection: Connection, workspace: UUID) -> list[tuple[str, str, str, str]]:
    """What could not be read: source, stream, position, reason code; oldest first."""
    rows = connection.execute(
        select(source.c.name, stream.c.name, quarantine.c.position, quarantine.c.reason)
        .join(stream, stream.c.id == quarantine.c.stream_id)
        .join(source, source.c.id == stream.c.source_id)
        .where(quarantine.c.workspace_id == workspace, quarantine.c.replayed_at.is_(None))
        .order_by(quarantine.c.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def count_quarantined(connection: Connection, workspace: UUID) -> dict[UUID, dict[str, int]]:
    """How many rows could not be read, by stream and reason code."""
    rows = connection.execute(
        select(quarantine.c.stream_id, quarantine.c.reason, func.count())
        .where(quarantine.c.workspace_id == workspace, quarantine.c.replayed_at.is_(None))
        .group_by(quarantine.c.stream_id, quarantine.c.reason)
        .order_by(quarantine.c.stream_id, quarantine.c.reason)
    )
    found: dict[UUID, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row[0], {})[row[1]] = int(row[2])
    return found
