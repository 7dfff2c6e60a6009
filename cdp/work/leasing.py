"""One batch of jobs: leased, attempted, settled. The edge of a job: whatever it raises ends here.

What a job does wrong is its own: a batch that fails is halved until the job at fault is alone, so
that no job keeps another from being done. What is wrong with the platform (a store that is busy or
away, a setting) is no job's fault: the batch is put back, no attempt is counted, and the error goes
to the caller. A lease is renewed while the work runs; a worker that is killed lets it run out.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Thread
from typing import Final
from uuid import UUID

from cdp import clock, logs, metrics
from cdp.errors import ContinuumError, Misconfigured, TryAgain
from cdp.platform import Platform
from cdp.store import jobs
from cdp.store.jobs import DEFAULT, Job, Patience
from cdp.vault.envelope import CannotOpen
from cdp.work.pace import Progress, Stopped, silent
from connectors.base import SourceError

PUT_BACK: Final = timedelta(seconds=1)
# Meeting somebody else's newer work is ordinary: so many turns follow each other at once.
GRACE: Final = 4
FAULT: Final = "fault"
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_log = logs.get("work")


@dataclass
class Outcome:
    """What came of subjects: those that failed, by reason, and those to be done again soon.

    The others are done.
    """

    failed: dict[UUID, str] = field(default_factory=dict)
    contended: dict[UUID, str] = field(default_factory=dict)


Run = Callable[[Platform, Sequence[UUID], Progress], Outcome]


@dataclass(frozen=True)
class Terms:
    """How jobs of a kind are taken: so many at once, for so long, with so much patience.

    `every`: done is not the end of it; the next turn is due after that time.
    """

    kind: str
    batch: int = 1
    seconds: int = 60
    patience: Patience = DEFAULT
    every: timedelta | None = None


@dataclass(frozen=True)
class Worked:
    """Jobs of one batch, counted. `dead` ones are among those that failed."""

    done: int = 0
    again: int = 0
    failed: int = 0
    dead: int = 0

    @property
    def jobs(self) -> int:
        """How many jobs were taken."""
        return self.done + self.again + self.failed

    def __add__(self, other: "Worked") -> "Worked":
        return Worked(
            done=self.done + other.done,
            again=self.again + other.again,
            failed=self.failed + other.failed,
            dead=self.dead + other.dead,
        )


def work_batch(platform: Platform, terms: Terms, run: Run, progress: Progress = silent) -> Worked:
    """Take one batch of due jobs and do them; nothing taken means that nothing was due.

    Raises:
        Stopped: `progress` said so; what was not attempted is due at once.
        TryAgain, Misconfigured: the platform cannot do it now; the jobs are put back.
    """
    with platform.write() as tx:
        leased = jobs.lease(
            tx.main,
            platform.workspace,
            terms.kind,
            clock.now(),
            limit=terms.batch,
            seconds=terms.seconds,
            patience=terms.patience,
        )
    if not leased:
        return Worked()
    attempt = _Attempt(platform, run, progress)
    with _renewed(platform, terms, leased) as held:
        try:
            attempt.make(sorted(job.subject_id for job in leased))
        except Stopped:
            attempt.settle(terms, held(), timedelta(0))
            raise
        except (TryAgain, Misconfigured):
            attempt.settle(terms, held(), PUT_BACK)
            raise
    return attempt.settle(terms, held(), PUT_BACK)


class _Attempt:
    """What is known of a batch while it is worked on."""

    def __init__(self, platform: Platform, run: Run, progress: Progress) -> None:
        self._platform = platform
        self._run = run
        self._progress = progress
        self._attempted: set[UUID] = set()
        self._outcome = Outcome()

    def make(self, subjects: Sequence[UUID]) -> None:
        """Work on these, halving them where they fail."""
        try:
            outcome = self._run(self._platform, subjects, self._progress)
        except Stopped:
            raise
        except Exception as error:
            if _is_the_platforms(error):
                raise
            if len(subjects) > 1:
                middle = len(subjects) // 2
                self.make(subjects[:middle])
                self.make(subjects[middle:])
                return
            outcome = Outcome(failed={subjects[0]: code_of(error)})
            _log.error(
                "job failed",
                error_kind=type(error).__name__,
                reason=outcome.failed[subjects[0]],
            )
        self._attempted |= set(subjects)
        self._outcome.failed |= outcome.failed
        self._outcome.contended |= outcome.contended

    def settle(self, terms: Terms, held: Collection[Job], pause: timedelta) -> Worked:
        """Tell the store, in one unit, what came of the batch."""
        workspace, now = self._platform.workspace, clock.now()
        failed = {job: why for job in held if (why := self._outcome.failed.get(job.subject_id))}
        contended = {
            job: why for job in held if (why := self._outcome.contended.get(job.subject_id))
        }
        attempted = [job for job in held if job.subject_id in self._attempted]
        done = [job for job in attempted if job not in failed and job not in contended]
        with self._platform.write() as tx:
            jobs.hold(tx.main, workspace, held)
            if terms.every is None:
                jobs.done(tx.main, workspace, done)
            else:
                jobs.again(tx.main, workspace, done, now + terms.every)
            dead = jobs.fail(tx.main, workspace, failed, now, patience=terms.patience)
            dead += jobs.fail(
                tx.main, workspace, contended, now, patience=terms.patience, grace=GRACE
            )
            rest = [job for job in held if job.subject_id not in self._attempted]
            jobs.later(tx.main, workspace, rest, now + pause)
        worked = Worked(len(done), len(contended), len(failed), dead)
        _count(terms.kind, worked)
        return worked


@contextmanager
def _renewed(
    platform: Platform, terms: Terms, leased: list[Job]
) -> Iterator[Callable[[], list[Job]]]:
    """Keeps leases from running out while the block works; gives those still held."""
    kept, ended = leased, Event()

    def renew() -> None:
        nonlocal kept
        while not ended.wait(terms.seconds / 3):
            try:
                with platform.write() as tx:
                    now = clock.now()
                    kept = jobs.renew(tx.main, platform.workspace, kept, now, seconds=terms.seconds)
            except ContinuumError as error:
                _log.warning("lease not renewed", job_kind=terms.kind, reason=error.reason)

    thread = Thread(target=renew, name=f"continuum-lease-{terms.kind}", daemon=True)
    thread.start()
    try:

        def held() -> list[Job]:
            ended.set()
            thread.join()
            return kept

        yield held
    finally:
        ended.set()
        thread.join()


def code_of(error: Exception) -> str:
    """What may be kept of an error: its reason code. Never its text, which could hold a value."""
    reason = error.reason if isinstance(error, ContinuumError | SourceError) else FAULT
    return reason if _CODE.fullmatch(reason) else FAULT


def _is_the_platforms(error: Exception) -> bool:
    return isinstance(error, TryAgain | Misconfigured) and not isinstance(error, CannotOpen)


def _count(kind: str, worked: Worked) -> None:
    counts = {"done": worked.done, "again": worked.again, "failed": worked.failed}
    for outcome, count in counts.items():
        metrics.JOBS_WORKED.labels(kind, outcome).inc(count)
