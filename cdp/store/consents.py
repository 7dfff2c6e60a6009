"""The consent ledger and its projection.

`append` adds an event with its leaf; nothing updates or deletes one (triggers and grants refuse
it too). `consent_current` is what the live path reads: per record the facts that decide() needs.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from cdp.store.protocol import chunks
from cdp.store.rows.main import consent_binding, consent_current, consent_event


@dataclass(frozen=True)
class LedgerEntry:
    """One event as the ledger shows it: ids, class, seq, day and two hashes."""

    id: UUID
    seq: int
    event_class: str
    received: datetime
    said_mac: bytes = field(repr=False)
    commitment: bytes = field(repr=False)
    leaf_hash: bytes = field(repr=False)


def exists(connection: Connection, event_id: UUID) -> int | None:
    """The seq of this event if it has been recorded: the caller is retrying."""
    seq: int | None = connection.execute(
        select(consent_event.c.seq).where(consent_event.c.id == event_id)
    ).scalar()
    return seq


def said(connection: Connection, event_id: UUID) -> tuple[int, bytes] | None:
    """The seq of an event that has been recorded, and the MAC of what its caller said."""
    row = connection.execute(
        select(consent_event.c.seq, consent_event.c.said_mac).where(consent_event.c.id == event_id)
    ).first()
    return None if row is None else (int(row.seq), bytes(row.said_mac))


def known(connection: Connection, event_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these events have been recorded."""
    found: set[UUID] = set()
    for part in chunks(sorted(event_ids)):
        statement = select(consent_event.c.id).where(consent_event.c.id.in_(part))
        found.update(connection.execute(statement).scalars())
    return found


def append(
    connection: Connection,
    workspace: UUID,
    entries: Sequence[LedgerEntry],
    bound: Mapping[UUID, Collection[UUID]],
) -> None:
    """Add events; `bound`: the records of each, by event id."""
    connection.execute(
        insert(consent_event),
        [
            {
                "id": entry.id,
                "workspace_id": workspace,
                "seq": entry.seq,
                "event_class": entry.event_class,
                "received_day": entry.received.astimezone(UTC).date(),
                "said_mac": entry.said_mac,
                "commitment": entry.commitment,
                "leaf_hash": entry.leaf_hash,
            }
            for entry in entries
        ],
    )
    connection.execute(
        insert(consent_binding),
        [
            {"event_id": event_id, "record_id": record, "workspace_id": workspace}
            for event_id, records in bound.items()
            for record in sorted(records)
        ],
    )


def facts_of(
    connection: Connection, record_ids: Iterable[UUID]
) -> dict[UUID, list[dict[str, Any]]]:
    """The projection: consent facts per record."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for part in chunks(sorted(record_ids)):
        rows = connection.execute(
            select(consent_current.c.record_id, consent_current.c.facts).where(
                consent_current.c.record_id.in_(part)
            )
        )
        found.update({row.record_id: list(row.facts) for row in rows})
    return found


def keep_facts(
    connection: Connection,
    workspace: UUID,
    facts: Mapping[UUID, list[dict[str, Any]]],
    seq: int,
) -> None:
    """Replace the projection of these records."""
    if not facts:
        return
    dialect = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    statement = dialect(consent_current)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["record_id"],
            set_={"facts": statement.excluded.facts, "seq": statement.excluded.seq},
        ),
        [
            {"record_id": record, "workspace_id": workspace, "facts": rows, "seq": seq}
            for record, rows in sorted(facts.items())
        ],
    )
