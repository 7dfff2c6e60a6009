"""Custody's rows: data keys and batch keys, blind index, blocked values, ledger bodies."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from cdp.store import bulk
from cdp.store.protocol import CHUNK, chunks
from cdp.store.records import insert_new
from cdp.store.rows import main
from cdp.store.rows.custody import (
    batch_key,
    blind_index,
    blocked_value,
    consent_body,
    data_key,
    indexed_record,
)


@dataclass(frozen=True)
class WrappedKey:
    """A record's data key, wrapped under its batch key, or (no batch) under the custodian's."""

    id: UUID
    record_id: UUID
    batch_id: UUID | None
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True)
class WrappedBatchKey:
    """A batch key, sealed to the custodian and signed by intake."""

    batch_id: UUID
    sealed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True)
class IndexRow:
    """One identifier of one record, as the blind index holds it."""

    type: str
    token: bytes = field(repr=False)
    record_id: UUID
    confirmed: bool


def insert_keys(
    connection: Connection,
    workspace: UUID,
    batch: WrappedBatchKey,
    keys: Sequence[WrappedKey],
    at: datetime,
) -> None:
    """The keys of a landed batch: custody's part, which commits before main's."""
    connection.execute(
        insert(batch_key).values(
            batch_id=batch.batch_id,
            workspace_id=workspace,
            sealed=batch.sealed,
            signature=batch.signature,
            created_at=at,
        )
    )
    bulk.insert(
        connection,
        data_key,
        [
            {
                "id": key.id,
                "workspace_id": workspace,
                "record_id": key.record_id,
                "batch_id": key.batch_id,
                "wrapped": key.wrapped,
            }
            for key in keys
        ],
    )


def wrapped_keys(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, WrappedKey]:
    """Data keys by id; one that was destroyed is missing from the answer."""
    rows = bulk.found(connection, _WRAPPED, data_key.c.id, set(ids))
    return {row.id: WrappedKey(*tuple(row)) for row in rows}


_WRAPPED = select(data_key.c.id, data_key.c.record_id, data_key.c.batch_id, data_key.c.wrapped)


def batch_keys(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, WrappedBatchKey]:
    """Sealed batch keys by batch."""
    found: dict[UUID, WrappedBatchKey] = {}
    for part in chunks(sorted(ids)):
        rows = connection.execute(
            select(batch_key.c.batch_id, batch_key.c.sealed, batch_key.c.signature).where(
                batch_key.c.batch_id.in_(part)
            )
        )
        found.update({row.batch_id: WrappedBatchKey(*tuple(row)) for row in rows})
    return found


def landed_keys(
    connection: Connection, main_connection: Connection, workspace: UUID, limit: int
) -> list[WrappedKey]:
    """Keys still under the batch key they landed with, of batches that main has committed.

    A batch that main does not know is either landing now or an orphan; both are left alone.
    """
    mine = (data_key.c.workspace_id == workspace) & data_key.c.batch_id.is_not(None)
    landed: list[UUID] = []
    batches = connection.execute(select(data_key.c.batch_id).distinct().where(mine)).scalars()
    for part in chunks(sorted(batches)):
        statement = select(main.batch.c.id).where(main.batch.c.id.in_(part))
        landed.extend(main_connection.execute(statement).scalars())
    rows = connection.execute(
        select(data_key.c.id, data_key.c.record_id, data_key.c.batch_id, data_key.c.wrapped)
        .where(mine, data_key.c.batch_id.in_(sorted(landed)[:CHUNK]))
        .limit(limit)
    )
    return [WrappedKey(*tuple(row)) for row in rows]


def rewrap(connection: Connection, keys: Sequence[WrappedKey], batch_ids: Collection[UUID]) -> None:
    """Keep keys as wrapped by the custodian, and forget the batch keys nobody needs any more."""
    if keys:
        connection.execute(_REWRAP, [{"key": key.id, "bytes": key.wrapped} for key in keys])
    used = exists().where(data_key.c.batch_id == batch_key.c.batch_id)
    for part in chunks(sorted(batch_ids)):
        connection.execute(delete(batch_key).where(batch_key.c.batch_id.in_(part), ~used))


_REWRAP = (
    update(data_key)
    .where(data_key.c.id == bindparam("key"))
    .values(wrapped=bindparam("bytes"), batch_id=None)
)


@dataclass(frozen=True)
class Orphans:
    """Batches and ledger bodies that custody has and main never committed."""

    batches: tuple[UUID, ...]
    bodies: tuple[UUID, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.batches) + len(self.bodies)


def find_orphans(
    connection: Connection, main_connection: Connection, workspace: UUID, before: datetime
) -> Orphans:
    """What a crash between custody's commit and main's left behind; it opens nothing.

    `before` keeps the search away from batches that are landing now.
    """
    found = []
    for table, key, landed in (
        (batch_key, batch_key.c.batch_id, main.batch.c.id),
        (consent_body, consent_body.c.event_id, main.consent_event.c.id),
    ):
        old = connection.execute(
            select(key).where(table.c.workspace_id == workspace, table.c.created_at < before)
        ).scalars()
        orphans: list[UUID] = []
        for part in chunks(sorted(old)):
            known = set(main_connection.execute(select(landed).where(landed.in_(part))).scalars())
            orphans += [one for one in part if one not in known]
        found.append(tuple(orphans))
    return Orphans(*found)


def sweep_orphans(
    connection: Connection, main_connection: Connection, workspace: UUID, before: datetime
) -> int:
    """Delete the keys of batches that main never committed. Returns how many rows went."""
    orphans = find_orphans(connection, main_connection, workspace, before)
    swept = 0
    for key, ids in (
        (data_key.c.batch_id, orphans.batches),
        (batch_key.c.batch_id, orphans.batches),
        (consent_body.c.event_id, orphans.bodies),
    ):
        for part in chunks(ids):
            gone = connection.execute(delete(key.table).where(key.in_(part)))
            swept += gone.rowcount
    return swept


def replace_index(
    connection: Connection,
    workspace: UUID,
    order_keys: dict[UUID, bytes],
    rows: Sequence[IndexRow],
    generation: int,
) -> None:
    """The index rows of these records become exactly `rows`."""
    forget_index(connection, order_keys)
    insert_new(
        connection,
        indexed_record,
        [
            {"record_id": record_id, "workspace_id": workspace, "order_key": order_key}
            for record_id, order_key in order_keys.items()
        ],
    )
    insert_new(
        connection,
        blind_index,
        [
            {
                "workspace_id": workspace,
                "type": row.type,
                "token": row.token,
                "record_id": row.record_id,
                "confirmed": row.confirmed,
                "generation": generation,
            }
            for row in rows
        ],
    )


def forget_index(connection: Connection, record_ids: Collection[UUID]) -> None:
    """These records identify nobody any more: their source deleted them."""
    for part in chunks(sorted(record_ids)):
        for table in (blind_index, indexed_record):
            connection.execute(delete(table).where(table.c.record_id.in_(part)))


def tokens_of(connection: Connection, record_ids: Iterable[UUID]) -> list[IndexRow]:
    """Every index row of these records."""
    statement = select(
        blind_index.c.type,
        blind_index.c.token,
        blind_index.c.record_id,
        blind_index.c.confirmed,
    )
    rows = bulk.found(connection, statement, blind_index.c.record_id, set(record_ids))
    return [IndexRow(*tuple(row)) for row in rows]


def holders(
    connection: Connection, workspace: UUID, tokens: Collection[tuple[str, bytes]]
) -> dict[tuple[str, bytes], set[UUID]]:
    """Which records carry each of these (type, token)."""
    statement = select(blind_index.c.type, blind_index.c.token, blind_index.c.record_id)
    found: dict[tuple[str, bytes], set[UUID]] = {}
    for row in _of_tokens(connection, workspace, statement, tokens):
        found.setdefault((row.type, bytes(row.token)), set()).add(row.record_id)
    return found


def _of_tokens(
    connection: Connection,
    workspace: UUID,
    statement: Select[Any],
    tokens: Collection[tuple[str, bytes]],
) -> Iterator[Row[Any]]:
    """The rows of these (type, token). Type by type: no index is found for pairs of values."""
    by_type: dict[str, list[bytes]] = {}
    for kind, token in tokens:
        by_type.setdefault(kind, []).append(token)
    for kind, found in sorted(by_type.items()):
        of_kind = statement.where(
            blind_index.c.workspace_id == workspace, blind_index.c.type == kind
        )
        yield from bulk.found(connection, of_kind, blind_index.c.token, found)


def frequencies(
    connection: Connection, workspace: UUID, tokens: Collection[tuple[str, bytes]]
) -> dict[tuple[str, bytes], int]:
    """How many records carry each of these (type, token)."""
    statement = select(
        blind_index.c.type, blind_index.c.token, func.count().label("carried")
    ).group_by(blind_index.c.type, blind_index.c.token)
    rows = _of_tokens(connection, workspace, statement, tokens)
    return {(row.type, bytes(row.token)): int(row.carried) for row in rows}


def first_holders(
    connection: Connection, workspace: UUID, tokens: Collection[tuple[str, bytes]]
) -> dict[tuple[str, bytes], UUID]:
    """The record with the smallest id that carries each of these (type, token)."""
    found = {}
    for kind, token in sorted(tokens):
        carried = select(blind_index.c.record_id).where(
            blind_index.c.workspace_id == workspace,
            blind_index.c.type == kind,
            blind_index.c.token == token,
        )
        first = connection.execute(carried.order_by(blind_index.c.record_id).limit(1)).scalar()
        if first is not None:
            found[kind, token] = first
    return found


def order_keys(connection: Connection, record_ids: Iterable[UUID]) -> dict[UUID, bytes]:
    """The order keys of indexed records."""
    statement = select(indexed_record.c.record_id, indexed_record.c.order_key)
    rows = bulk.found(connection, statement, indexed_record.c.record_id, set(record_ids))
    return {row.record_id: bytes(row.order_key) for row in rows}


def blocked(connection: Connection, workspace: UUID) -> frozenset[tuple[str, bytes]]:
    """The values that never link anybody."""
    rows = connection.execute(
        select(blocked_value.c.type, blocked_value.c.token).where(
            blocked_value.c.workspace_id == workspace
        )
    )
    return frozenset((row.type, bytes(row.token)) for row in rows)


def block(
    connection: Connection, workspace: UUID, value: tuple[str, bytes], reason: str, at: datetime
) -> None:
    """Add a blocked value, by its token."""
    rows: list[dict[str, Any]] = [
        {
            "workspace_id": workspace,
            "type": value[0],
            "token": value[1],
            "reason": reason,
            "created_at": at,
        }
    ]
    insert_new(connection, blocked_value, rows)


def keep_bodies(
    connection: Connection, workspace: UUID, sealed: Mapping[UUID, bytes], at: datetime
) -> None:
    """Ledger bodies by event, sealed to the custodian; grants come here before main commits."""
    rows: list[dict[str, Any]] = [
        {"event_id": event_id, "workspace_id": workspace, "sealed": body, "created_at": at}
        for event_id, body in sealed.items()
    ]
    insert_new(connection, consent_body, rows)


def bodies(connection: Connection, event_ids: Iterable[UUID]) -> dict[UUID, bytes]:
    """Ledger bodies by event; an erased one is missing from the answer."""
    found: dict[UUID, bytes] = {}
    for part in chunks(sorted(event_ids)):
        rows = connection.execute(
            select(consent_body.c.event_id, consent_body.c.sealed).where(
                consent_body.c.event_id.in_(part)
            )
        )
        found.update({row.event_id: bytes(row.sealed) for row in rows})
    return found
