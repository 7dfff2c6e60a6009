"""Quarantine: what could not be read, sealed, with its reason; read again later, never deleted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, select, update

from cdp.store.protocol import chunks
from cdp.store.rows.main import quarantine, record, record_version, source, stream


@dataclass(frozen=True)
class Listed:
    """One row as it may be shown: no value."""

    id: UUID
    source: str
    stream: str
    position: str
    reason: str
    created_at: datetime


@dataclass(frozen=True)
class Sealed:
    """One row with its bytes, still sealed."""

    id: UUID
    batch_id: UUID
    key_id: UUID
    position: str
    reason: str
    body: bytes = field(repr=False)
    created_at: datetime


def waiting(
    connection: Connection,
    workspace: UUID,
    *,
    source_name: str | None = None,
    reason: str | None = None,
    limit: int,
) -> list[Listed]:
    """Up to `limit` rows that were never understood, oldest first."""
    statement = (
        select(
            quarantine.c.id,
            source.c.name,
            stream.c.name,
            quarantine.c.position,
            quarantine.c.reason,
            quarantine.c.created_at,
        )
        .join(stream, stream.c.id == quarantine.c.stream_id)
        .join(source, source.c.id == stream.c.source_id)
        .where(quarantine.c.workspace_id == workspace, quarantine.c.replayed_at.is_(None))
        .order_by(quarantine.c.id)
        .limit(limit)
    )
    if source_name is not None:
        statement = statement.where(source.c.name == source_name)
    if reason is not None:
        statement = statement.where(quarantine.c.reason == reason)
    return [Listed(*tuple(row)) for row in connection.execute(statement)]


def waiting_of(
    connection: Connection, stream_id: UUID, after: UUID | None, limit: int
) -> list[Sealed]:
    """Up to `limit` rows of a stream that were never understood, in id order after `after`."""
    statement = (
        _SEALED.where(quarantine.c.stream_id == stream_id, quarantine.c.replayed_at.is_(None))
        .order_by(quarantine.c.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(quarantine.c.id > after)
    return [_sealed(row) for row in connection.execute(statement)]


def streams_with(connection: Connection, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The stream of each of these rows that is there."""
    found: dict[UUID, UUID] = {}
    for part in chunks(sorted(ids)):
        rows = connection.execute(
            select(quarantine.c.id, quarantine.c.stream_id).where(quarantine.c.id.in_(part))
        )
        found.update({row.id: row.stream_id for row in rows})
    return found


def understood(connection: Connection, ids: Collection[UUID], at: datetime) -> None:
    """These were read after all."""
    for part in chunks(sorted(ids)):
        connection.execute(
            update(quarantine)
            .where(quarantine.c.id.in_(part), quarantine.c.replayed_at.is_(None))
            .values(replayed_at=at)
        )


def still_unread(connection: Connection, reasons: Mapping[UUID, str]) -> None:
    """These were not, for these reasons now."""
    if reasons:
        connection.execute(
            _REASON, [{"row": row, "why": why} for row, why in sorted(reasons.items())]
        )


def landed_at(
    connection: Connection, stream_id: UUID, macs: Sequence[bytes]
) -> dict[bytes, datetime]:
    """When the current version of each of these records landed."""
    found: dict[bytes, datetime] = {}
    for part in chunks(macs):
        rows = connection.execute(
            select(record.c.key_mac, record_version.c.landed_at)
            .join(
                record_version,
                and_(
                    record_version.c.record_id == record.c.id,
                    record_version.c.version == record.c.version,
                ),
            )
            .where(record.c.stream_id == stream_id, record.c.key_mac.in_(part))
        )
        found.update({bytes(row.key_mac): row.landed_at for row in rows})
    return found


_SEALED = select(
    quarantine.c.id,
    quarantine.c.batch_id,
    quarantine.c.key_id,
    quarantine.c.position,
    quarantine.c.reason,
    quarantine.c.body,
    quarantine.c.created_at,
)
_REASON = (
    update(quarantine).where(quarantine.c.id == bindparam("row")).values(reason=bindparam("why"))
)


def _sealed(row: object) -> Sealed:
    return Sealed(*tuple(row))  # type: ignore[arg-type]  # a row is a tuple
