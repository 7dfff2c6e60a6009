"""Background work: asked for in the transaction that makes it necessary, done at least once.

A row per (kind, subject). Asking again raises `wanted`; finishing deletes the row only if nobody
asked meanwhile. Rows hold ids, never data.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from cdp.store.protocol import chunks
from cdp.store.rows.main import job

REFRESH = "refresh_views"


@dataclass(frozen=True)
class Job:
    """Work on one subject, as of `wanted`."""

    kind: str
    subject_id: UUID
    wanted: int
    attempts: int


def want(
    connection: Connection, workspace: UUID, kind: str, subjects: Collection[UUID], at: datetime
) -> None:
    """Ask for work; a job that waits already is only asked for once more."""
    if not subjects:
        return
    dialect = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    statement = dialect(job)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["workspace_id", "kind", "subject_id"],
            set_={"wanted": job.c.wanted + 1, "run_at": statement.excluded.run_at},
        ),
        [
            {
                "workspace_id": workspace,
                "kind": kind,
                "subject_id": subject,
                "wanted": 1,
                "run_at": at,
                "attempts": 0,
            }
            for subject in sorted(subjects)
        ],
    )


def lease(
    connection: Connection, workspace: UUID, kind: str, at: datetime, *, limit: int, seconds: int
) -> list[Job]:
    """Take due jobs for `seconds`; a job whose worker died is due again after that."""
    due = (
        select(job.c.subject_id, job.c.wanted, job.c.attempts)
        .where(
            job.c.workspace_id == workspace,
            job.c.kind == kind,
            job.c.run_at <= at,
            or_(job.c.lease_until.is_(None), job.c.lease_until < at),
        )
        .order_by(job.c.run_at, job.c.subject_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [Job(kind, *row) for row in connection.execute(due)]
    for part in chunks([item.subject_id for item in found]):
        connection.execute(
            update(job)
            .where(job.c.workspace_id == workspace, job.c.kind == kind, job.c.subject_id.in_(part))
            .values(lease_until=at + timedelta(seconds=seconds), attempts=job.c.attempts + 1)
        )
    return found


def find(
    connection: Connection, workspace: UUID, kind: str, subjects: Collection[UUID]
) -> list[Job]:
    """The open jobs of these subjects, whoever holds them."""
    found = (
        select(job.c.subject_id, job.c.wanted, job.c.attempts)
        .where(job.c.workspace_id == workspace, job.c.kind == kind)
        .order_by(job.c.subject_id)
    )
    return [
        Job(kind, *row)
        for part in chunks(sorted(subjects))
        for row in connection.execute(found.where(job.c.subject_id.in_(part)))
    ]


def done(connection: Connection, workspace: UUID, jobs: Collection[Job]) -> None:
    """Finished as of what was wanted when leased; asked again meanwhile: due at once."""
    for item in _in_order(jobs):
        mine = (
            (job.c.workspace_id == workspace)
            & (job.c.kind == item.kind)
            & (job.c.subject_id == item.subject_id)
        )
        connection.execute(delete(job).where(mine, job.c.wanted == item.wanted))
        connection.execute(update(job).where(mine).values(lease_until=None, attempts=0))


def later(connection: Connection, workspace: UUID, jobs: Collection[Job], run_at: datetime) -> None:
    """Not finished: try again at `run_at`."""
    for item in _in_order(jobs):
        connection.execute(
            update(job)
            .where(
                job.c.workspace_id == workspace,
                job.c.kind == item.kind,
                job.c.subject_id == item.subject_id,
            )
            .values(lease_until=None, run_at=run_at)
        )


def _in_order(jobs: Collection[Job]) -> list[Job]:
    """The order in which `want` takes them: two units must not wait for each other."""
    return sorted(jobs, key=lambda item: (item.kind, item.subject_id))


def waiting(connection: Connection, workspace: UUID, kind: str) -> int:
    """How many jobs of a kind are open."""
    statement = (
        select(func.count())
        .select_from(job)
        .where(job.c.workspace_id == workspace, job.c.kind == kind)
    )
    return int(connection.execute(statement).scalar_one())
