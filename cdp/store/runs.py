"""Runs: one reading of one stream, from its first message to its last; counts and codes only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from cdp.ids import new_id
from cdp.store.rows.main import run, source, stream

RUNNING: Final = "running"
DONE: Final = "done"
FAILED: Final = "failed"
INTERRUPTED: Final = "interrupted"


@dataclass(frozen=True)
class Run:
    """One run. `reason`: why it failed, a code; `ended_at` is None while it is under way."""

    id: UUID
    source: str
    stream: str
    started_at: datetime
    ended_at: datetime | None
    status: str
    reason: str | None
    counts: dict[str, int]


def begin(connection: Connection, workspace: UUID, stream_id: UUID, at: datetime) -> UUID:
    """A run begins. One of the same stream that never ended was killed: it says so from now on."""
    connection.execute(
        update(run)
        .where(run.c.stream_id == stream_id, run.c.status == RUNNING)
        .values(status=INTERRUPTED, ended_at=at)
    )
    run_id = new_id()
    connection.execute(
        insert(run).values(
            id=run_id,
            workspace_id=workspace,
            stream_id=stream_id,
            started_at=at,
            status=RUNNING,
            counts={},
        )
    )
    return run_id


def count(connection: Connection, run_id: UUID, counts: Mapping[str, int]) -> None:
    """What has landed so far; commits together with it."""
    connection.execute(update(run).where(run.c.id == run_id).values(counts=dict(counts)))


def end(
    connection: Connection, run_id: UUID, status: str, at: datetime, reason: str | None = None
) -> None:
    """A run ends, however it ends."""
    connection.execute(
        update(run).where(run.c.id == run_id).values(status=status, ended_at=at, reason=reason)
    )


def was_read(connection: Connection, stream_id: UUID) -> bool:
    """Whether the stream was ever read to its end, under whatever configuration."""
    found = select(run.c.id).where(run.c.stream_id == stream_id, run.c.status == DONE).limit(1)
    return connection.execute(found).first() is not None


def newest(
    connection: Connection, workspace: UUID, limit: int, source_name: str | None = None
) -> list[Run]:
    """The newest runs of the workspace, or of one source, newest first."""
    statement = (
        select(
            run.c.id,
            source.c.name,
            stream.c.name,
            run.c.started_at,
            run.c.ended_at,
            run.c.status,
            run.c.reason,
            run.c.counts,
        )
        .join(stream, stream.c.id == run.c.stream_id)
        .join(source, source.c.id == stream.c.source_id)
        .where(run.c.workspace_id == workspace)
        .order_by(run.c.started_at.desc(), run.c.id.desc())
        .limit(limit)
    )
    if source_name is not None:
        statement = statement.where(source.c.name == source_name)
    return [Run(*tuple(row)) for row in connection.execute(statement)]
