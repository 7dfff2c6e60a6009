"""What was answered to a write that may be sent again: MACs of key and request, and the answer.

A claim says that a request is under way under this key; its answer is kept when there is one. A
claim without an answer was interrupted: the same request may finish it, another may not.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from cdp.store.records import insert_new
from cdp.store.rows.main import idempotency

KEPT_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Attempt:
    """One request under one key of one client; `request_mac` is of everything that was asked."""

    client_id: UUID
    key_mac: bytes = field(repr=False)
    request_mac: bytes = field(repr=False)


@dataclass(frozen=True)
class Kept:
    """What is known of a key. No status: the first request is under way, or was interrupted."""

    request_mac: bytes = field(repr=False)
    status: int | None
    answer: dict[str, Any] | None = field(repr=False)

    def answers(self, attempt: Attempt) -> bool:
        """Whether this is the answer to that very request."""
        return self.status is not None and self.request_mac == attempt.request_mac


def find(connection: Connection, workspace: UUID, attempt: Attempt, now: datetime) -> Kept | None:
    """What is kept of this attempt's key; nothing once it is `KEPT_FOR` old."""
    row = connection.execute(
        select(idempotency.c.request_mac, idempotency.c.status, idempotency.c.answer).where(
            _place(workspace, attempt), idempotency.c.created_at >= now - KEPT_FOR
        )
    ).first()
    return None if row is None else Kept(bytes(row.request_mac), row.status, row.answer)


def claim(connection: Connection, workspace: UUID, attempt: Attempt, now: datetime) -> Kept:
    """Take the key for this request where it is free; returns what stands there then.

    Two at once meet at the row: the second one sees what the first has written.
    """
    stale = idempotency.c.created_at < now - KEPT_FOR
    connection.execute(delete(idempotency).where(_place(workspace, attempt), stale))
    row = {
        "workspace_id": workspace,
        "client_id": attempt.client_id,
        "key_mac": attempt.key_mac,
        "request_mac": attempt.request_mac,
        "created_at": now,
    }
    insert_new(connection, idempotency, [row])
    found = find(connection, workspace, attempt, now)
    return found or Kept(attempt.request_mac, None, None)


def keep(
    connection: Connection,
    workspace: UUID,
    attempt: Attempt,
    status: int,
    answer: dict[str, Any],
) -> None:
    """Keep the answer of a claimed attempt; the first one stands."""
    connection.execute(
        update(idempotency)
        .where(
            _place(workspace, attempt),
            idempotency.c.request_mac == attempt.request_mac,
            idempotency.c.status.is_(None),
        )
        .values(status=status, answer=answer)
    )


def release(connection: Connection, workspace: UUID, attempt: Attempt) -> None:
    """Give back a claim of this very request that came to nothing."""
    connection.execute(
        delete(idempotency).where(
            _place(workspace, attempt),
            idempotency.c.request_mac == attempt.request_mac,
            idempotency.c.status.is_(None),
        )
    )


def forget(connection: Connection, workspace: UUID, before: datetime) -> int:
    """Drop what was kept before a moment (`KEPT_FOR` ago); returns how many rows went."""
    done = connection.execute(
        delete(idempotency).where(
            idempotency.c.workspace_id == workspace, idempotency.c.created_at < before
        )
    )
    return int(done.rowcount)


def _place(workspace: UUID, attempt: Attempt) -> ColumnElement[bool]:
    return and_(
        idempotency.c.workspace_id == workspace,
        idempotency.c.client_id == attempt.client_id,
        idempotency.c.key_mac == attempt.key_mac,
    )
