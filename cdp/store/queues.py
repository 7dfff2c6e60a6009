"""What waits, for those who watch: jobs by kind, jobs in trouble, the outbox; dead jobs revived.

Nothing here is part of doing the work (`cdp.store.jobs`) or of applying a restriction
(`cdp.store.protocol`).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, and_, case, func, or_, select, update

from cdp.store.protocol import chunks
from cdp.store.rows.main import job, outbox


@dataclass(frozen=True)
class Figures:
    """The jobs of one kind: `waiting` are due, `resting` are not yet; `oldest` is due longest."""

    kind: str
    waiting: int
    resting: int
    leased: int
    dead: int
    failing: int
    oldest: datetime | None


@dataclass(frozen=True)
class Troubled:
    """A job that failed: dead since `dead_at`, or to be tried again at `run_at`."""

    kind: str
    subject_id: UUID
    attempts: int
    reason: str | None
    run_at: datetime
    dead_at: datetime | None


def figures(connection: Connection, workspace: UUID, at: datetime) -> list[Figures]:
    """How the queue of every kind stands."""
    alive = job.c.dead_at.is_(None)
    leased = and_(alive, job.c.lease_until >= at)
    free = and_(alive, or_(job.c.lease_until.is_(None), job.c.lease_until < at))
    due = and_(free, job.c.run_at <= at)
    states = (
        due,
        and_(free, job.c.run_at > at),
        leased,
        job.c.dead_at.is_not(None),
        and_(alive, job.c.reason.is_not(None)),
    )
    statement = (
        select(
            job.c.kind,
            *(func.count(case((state, 1))) for state in states),
            func.min(case((due, job.c.run_at))),
        )
        .where(job.c.workspace_id == workspace)
        .group_by(job.c.kind)
        .order_by(job.c.kind)
    )
    return [Figures(*row) for row in connection.execute(statement)]


def troubled(
    connection: Connection, workspace: UUID, *, dead_only: bool, limit: int
) -> list[Troubled]:
    """Jobs that died, or failed and will be tried again; the dead first."""
    dead = job.c.dead_at.is_not(None)
    shown = dead if dead_only else or_(dead, job.c.reason.is_not(None))
    columns = ("kind", "subject_id", "attempts", "reason", "run_at", "dead_at")
    statement = (
        select(*(job.c[column] for column in columns))
        .where(job.c.workspace_id == workspace, shown)
        .order_by(job.c.run_at.desc(), job.c.kind, job.c.subject_id)
        .limit(limit)
    )
    return [Troubled(*row) for row in connection.execute(statement)]


def outbox_figures(connection: Connection, workspace: UUID) -> tuple[int, datetime | None]:
    """How many restrictions views and custody have not heard of, and since when the oldest."""
    statement = select(func.count(), func.min(outbox.c.created_at)).where(
        outbox.c.workspace_id == workspace, outbox.c.applied_at.is_(None)
    )
    count, oldest = connection.execute(statement).one()
    return int(count), oldest


def retry(connection: Connection, workspace: UUID, kind: str | None, at: datetime) -> int:
    """Give dead jobs of a kind, or all of them, another life. Returns how many."""
    dead = (
        select(job.c.kind, job.c.subject_id)
        .where(job.c.workspace_id == workspace, job.c.dead_at.is_not(None))
        .order_by(job.c.kind, job.c.subject_id)
        .with_for_update()
    )
    found = connection.execute(dead if kind is None else dead.where(job.c.kind == kind)).all()
    for named in sorted({row.kind for row in found}):
        subjects = [row.subject_id for row in found if row.kind == named]
        for part in chunks(subjects):
            connection.execute(
                update(job)
                .where(
                    job.c.workspace_id == workspace,
                    job.c.kind == named,
                    job.c.subject_id.in_(part),
                )
                .values(dead_at=None, reason=None, attempts=0, run_at=at)
            )
    return len(found)
