"""Background work: asked for in the transaction that makes it necessary, done at least once.

A row per (kind, subject). `want` gives a new reason and raises `wanted`; finishing deletes the row
only if nobody wanted it meanwhile. `remind` says only that it should be there: it gives a job that
waits, is leased, is put off or is dead no new chance. Rows hold ids and reason codes, never data.

A lease is known by its end, which only grows: who lost a lease changes nothing that is another's.
Rows are locked in the order of their subjects, so that two units never wait in a circle; `lease`
itself waits for nobody.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, Row, and_, delete, func, or_, select, update

from cdp.store import bulk
from cdp.store.protocol import chunks
from cdp.store.rows.main import job

# A row of which the columns are known where it is made.
_Row: TypeAlias = Row[*tuple[Any, ...]]
REFRESH: Final = "refresh_views"
# Where dead jobs wait, behind everything that a search for due ones reads.
NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
WORKER_ENDED: Final = "worker_ended"


@dataclass(frozen=True)
class Job:
    """Work on one subject, as of `wanted`; `attempts` began before, `until` ends the lease."""

    kind: str
    subject_id: UUID
    wanted: int
    attempts: int
    until: datetime | None = None


@dataclass(frozen=True)
class Patience:
    """How often a job is tried (None: for ever), and how long it rests between two attempts."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(hours=1)
    attempts: int | None = 10

    def pause(self, failed: int) -> timedelta:
        """The rest after so many failed attempts: doubled each time, up to the longest."""
        if failed <= 0:
            return timedelta(0)
        doubled: int = 1 << min(failed - 1, 32)
        return min(self.longest, self.first * doubled)

    def ends(self, attempts: int) -> bool:
        """So many attempts are enough."""
        return self.attempts is not None and attempts >= self.attempts


DEFAULT: Final = Patience()


def want(
    connection: Connection, workspace: UUID, kind: str, subjects: Collection[UUID], at: datetime
) -> None:
    """There is a new reason for this work: due at once, whatever came of earlier attempts.

    A job that waits keeps its place in the queue; one that rests after a failure or is dead starts
    afresh; one that is leased is due again when its worker has finished.
    """
    bulk.insert(connection, job, _rows(workspace, kind, subjects, at), _WANTED)


_WANTED: Final = (
    "ON CONFLICT (workspace_id, kind, subject_id) DO UPDATE SET wanted = job.wanted + 1,"
    " run_at = CASE WHEN job.run_at < excluded.run_at THEN job.run_at ELSE excluded.run_at END,"
    " attempts = CASE WHEN job.lease_until IS NULL THEN 0 ELSE job.attempts END,"
    " reason = CASE WHEN job.lease_until IS NULL THEN NULL ELSE job.reason END,"
    " dead_at = NULL"
)


def remind(
    connection: Connection, workspace: UUID, kind: str, subjects: Collection[UUID], at: datetime
) -> None:
    """This work should be asked for; where it is, in whatever state, nothing changes."""
    bulk.insert(connection, job, _rows(workspace, kind, subjects, at), bulk.NEW_ONLY)


def lease(
    connection: Connection,
    workspace: UUID,
    kind: str,
    at: datetime,
    *,
    limit: int,
    seconds: int,
    patience: Patience = DEFAULT,
) -> list[Job]:
    """Take due jobs for `seconds`; a job whose worker died is due again after that.

    Jobs that a worker died with come apart from the others and in ever smaller batches, until
    the one that kills workers is alone; then it dies as `worker_ended`.
    """
    due = (
        select(job.c.subject_id, job.c.wanted, job.c.attempts, job.c.lease_until)
        .where(
            job.c.workspace_id == workspace,
            job.c.kind == kind,
            job.c.run_at <= at,
            job.c.dead_at.is_(None),
            or_(job.c.lease_until.is_(None), job.c.lease_until < at),
        )
        .order_by(job.c.run_at, job.c.subject_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    while found := connection.execute(due).all():
        lethal = [row for row in found if row.lease_until and patience.ends(row.attempts)]
        if lethal:
            _change(connection, workspace, kind, lethal, _dead(at) | {"reason": WORKER_ENDED})
            continue
        taken, until = _apart(found, limit), at + timedelta(seconds=seconds)
        changed = {"lease_until": until, "attempts": job.c.attempts + 1}
        _change(connection, workspace, kind, taken, changed)
        return [Job(kind, row.subject_id, row.wanted, row.attempts, until) for row in taken]
    return []


def _apart(found: Sequence[_Row], limit: int) -> list[_Row]:
    """Either jobs that no worker died with, or a few of those that one did."""
    head = found[0]
    if head.lease_until is None:
        return [row for row in found if row.lease_until is None]
    few = max(1, limit >> 2 * min(head.attempts, 16))
    return [row for row in found if row.lease_until is not None][:few]


def renew(
    connection: Connection, workspace: UUID, jobs: Collection[Job], at: datetime, *, seconds: int
) -> list[Job]:
    """Hold these leases for `seconds` from now on; those that were lost are left out."""
    held, until = [], at + timedelta(seconds=seconds)
    for kind, items in _by_kind(jobs).items():
        rows = _locked(connection, workspace, kind, items)
        mine = [item for item in items if _is_mine(item, rows)]
        _change(connection, workspace, kind, mine, {"lease_until": until})
        held += [replace(item, until=until) for item in mine]
    return held


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


def hold(connection: Connection, workspace: UUID, jobs: Collection[Job]) -> None:
    """Lock these rows in order, for a unit that settles some of them in one way, some in another.

    Without it the second way could wait for somebody who waits for the first.
    """
    for kind, items in _by_kind(jobs).items():
        _locked(connection, workspace, kind, items)


def done(connection: Connection, workspace: UUID, jobs: Collection[Job]) -> None:
    """Finished as of what was wanted when leased; wanted again meanwhile: due at once."""
    for kind, items in _by_kind(jobs).items():
        rows = _locked(connection, workspace, kind, items)
        finished = [item for item in items if _is_as_wanted(item, rows)]
        for part in chunks(finished):
            connection.execute(delete(job).where(_these(workspace, kind, part)))
        again = [item for item in items if _is_mine(item, rows) and not _is_as_wanted(item, rows)]
        _change(connection, workspace, kind, again, _FRESH)


def fail(
    connection: Connection,
    workspace: UUID,
    failures: Mapping[Job, str],
    at: datetime,
    *,
    patience: Patience,
    grace: int = 0,
) -> int:
    """Attempts that failed, each with a reason code: they rest, or die. Returns how many died.

    Of the failed attempts `grace` cost no rest. A job that was wanted meanwhile starts afresh.
    """
    died = 0
    for kind, items in _by_kind(failures).items():
        rows = _locked(connection, workspace, kind, items)
        mine = [item for item in items if _is_mine(item, rows)]
        again = [item for item in mine if not _is_as_wanted(item, rows)]
        _change(connection, workspace, kind, again, _FRESH)
        alike: dict[tuple[str, int], list[Job]] = {}
        for item in mine:
            if _is_as_wanted(item, rows):
                alike.setdefault((failures[item], rows[item.subject_id].attempts), []).append(item)
        for (reason, attempts), group in alike.items():
            ends = patience.ends(attempts)
            rest = {"run_at": at + patience.pause(attempts - grace)}
            changed = {"lease_until": None, "reason": reason, **(_dead(at) if ends else rest)}
            _change(connection, workspace, kind, group, changed)
            died += len(group) if ends else 0
    return died


def later(connection: Connection, workspace: UUID, jobs: Collection[Job], run_at: datetime) -> None:
    """Not attempted after all: due at `run_at`, and no attempt is counted.

    A job that was wanted meanwhile keeps its place and is due at once.
    """
    for attempts in sorted({item.attempts for item in jobs}):
        alike = [item for item in jobs if item.attempts == attempts]
        _put_off(connection, workspace, alike, {"lease_until": None, "attempts": attempts}, run_at)


def again(connection: Connection, workspace: UUID, jobs: Collection[Job], run_at: datetime) -> None:
    """Done, and to be done once more at `run_at`; wanted meanwhile: at once."""
    _put_off(connection, workspace, jobs, _FRESH, run_at)


def _put_off(
    connection: Connection,
    workspace: UUID,
    jobs: Collection[Job],
    values: Mapping[str, Any],
    run_at: datetime,
) -> None:
    for kind, items in _by_kind(jobs).items():
        rows = _locked(connection, workspace, kind, items)
        mine = [item for item in items if _is_mine(item, rows)]
        _change(connection, workspace, kind, mine, values)
        resting = [item for item in mine if _is_as_wanted(item, rows)]
        _change(connection, workspace, kind, resting, {"run_at": run_at})


def waiting(connection: Connection, workspace: UUID, kind: str) -> int:
    """How many jobs of a kind are open; dead ones are not."""
    statement = (
        select(func.count())
        .select_from(job)
        .where(job.c.workspace_id == workspace, job.c.kind == kind, job.c.dead_at.is_(None))
    )
    return int(connection.execute(statement).scalar_one())


_FRESH: Final[Mapping[str, Any]] = {"lease_until": None, "attempts": 0, "reason": None}


def _dead(at: datetime) -> dict[str, Any]:
    return {"lease_until": None, "dead_at": at, "run_at": NEVER}


def _rows(
    workspace: UUID, kind: str, subjects: Collection[UUID], at: datetime
) -> list[dict[str, Any]]:
    row = {"workspace_id": workspace, "kind": kind, "wanted": 1, "run_at": at, "attempts": 0}
    return [{**row, "subject_id": subject} for subject in sorted(subjects)]


def _by_kind(jobs: Collection[Job]) -> dict[str, list[Job]]:
    """Kind by kind and in the order of subjects, as `want` takes them."""
    kinds: dict[str, list[Job]] = {}
    for item in sorted(jobs, key=lambda item: (item.kind, item.subject_id)):
        kinds.setdefault(item.kind, []).append(item)
    return kinds


def _locked(
    connection: Connection, workspace: UUID, kind: str, jobs: Sequence[Job]
) -> dict[UUID, _Row]:
    """The rows as they are now, locked in order."""
    columns = (job.c.subject_id, job.c.wanted, job.c.attempts, job.c.lease_until)
    return {
        row.subject_id: row
        for part in chunks(jobs)
        for row in connection.execute(
            select(*columns)
            .where(_these(workspace, kind, part))
            .order_by(job.c.subject_id)
            .with_for_update()
        )
    }


def _is_mine(item: Job, rows: Mapping[UUID, _Row]) -> bool:
    row = rows.get(item.subject_id)
    return row is not None and item.until is not None and row.lease_until == item.until


def _is_as_wanted(item: Job, rows: Mapping[UUID, _Row]) -> bool:
    row = rows.get(item.subject_id)
    return row is not None and row.wanted == item.wanted


def _change(
    connection: Connection,
    workspace: UUID,
    kind: str,
    rows: Sequence[Job | _Row],
    values: Mapping[str, Any],
) -> None:
    """Rows that are locked already."""
    for part in chunks(rows):
        connection.execute(update(job).where(_these(workspace, kind, part)).values(**values))


def _these(workspace: UUID, kind: str, rows: Sequence[Job | _Row]) -> Any:
    subjects = [row.subject_id for row in rows]
    return and_(job.c.workspace_id == workspace, job.c.kind == kind, job.c.subject_id.in_(subjects))
