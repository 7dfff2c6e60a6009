"""Jobs that fail: they rest, they die with a reason, they come back; and what is seen of them."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.clock import instant
from cdp.ids import new_id
from cdp.store import jobs, queues
from cdp.store.jobs import Job, Patience
from cdp.store.tx import Stores

NOW = instant("2026-03-01T09:00:00Z")
SECOND = timedelta(seconds=1)
THRICE = Patience(first=SECOND, longest=3 * SECOND, attempts=3)


class Desk:
    """One queue of one workspace, by the moment in seconds."""

    def __init__(self, stores: tuple[Stores, UUID]) -> None:
        self.opened, self.workspace = stores
        self.subject = new_id()

    def want(self, second: float = 0, subject: UUID | None = None) -> None:
        with self.opened.write(self.workspace) as tx:
            found = [subject or self.subject]
            jobs.want(tx.main, self.workspace, jobs.REFRESH, found, at(second))

    def remind(self, second: float = 0) -> None:
        with self.opened.write(self.workspace) as tx:
            jobs.remind(tx.main, self.workspace, jobs.REFRESH, [self.subject], at(second))

    def lease(self, second: float = 0, limit: int = 10) -> list[Job]:
        with self.opened.write(self.workspace) as tx:
            return jobs.lease(
                tx.main,
                self.workspace,
                jobs.REFRESH,
                at(second),
                limit=limit,
                seconds=60,
                patience=THRICE,
            )

    def fail(self, leased: list[Job], second: float, grace: int = 0) -> int:
        with self.opened.write(self.workspace) as tx:
            failures = dict.fromkeys(leased, "cannot_open")
            return jobs.fail(
                tx.main, self.workspace, failures, at(second), patience=THRICE, grace=grace
            )

    def kill(self) -> None:
        """Fail until it is dead, by second 100."""
        for second in (0, 50, 100):
            assert self.fail(self.lease(second), second) == (second == 100)

    def retry(self, kind: str | None = None) -> int:
        with self.opened.write(self.workspace) as tx:
            return queues.retry(tx.main, self.workspace, kind, at(200))

    def figures(self, second: float) -> queues.Figures:
        with self.opened.read(self.workspace) as tx:
            (found,) = queues.figures(tx.main, self.workspace, at(second))
        return found

    def troubled(self, *, dead_only: bool) -> list[queues.Troubled]:
        with self.opened.read(self.workspace) as tx:
            return queues.troubled(tx.main, self.workspace, dead_only=dead_only, limit=10)


def at(second: float) -> datetime:
    return NOW + second * SECOND


@pytest.fixture
def desk(stores: tuple[Stores, UUID]) -> Desk:
    return Desk(stores)


def test_a_job_that_failed_rests_longer_each_time_and_then_dies(desk: Desk) -> None:
    desk.want()

    assert desk.fail(desk.lease(0), 0) == 0
    assert desk.lease(0.9) == []
    assert desk.fail(desk.lease(1), 1) == 0
    assert desk.lease(2.9) == []
    assert desk.fail(desk.lease(3), 3) == 1

    assert desk.lease(1_000_000) == []
    (dead,) = desk.troubled(dead_only=True)
    assert (dead.attempts, dead.reason, dead.dead_at) == (3, "cannot_open", at(3))


def test_failed_attempts_under_grace_cost_no_rest(desk: Desk) -> None:
    desk.want()

    desk.fail(desk.lease(0), 0, grace=1)

    (again,) = desk.lease(0)
    desk.fail([again], 0, grace=1)
    assert desk.lease(0) == []
    assert len(desk.lease(1)) == 1


def test_a_new_reason_brings_a_dead_job_back(desk: Desk) -> None:
    desk.want()
    desk.kill()

    desk.want(200)

    (again,) = desk.lease(200)
    assert again.attempts == 0
    assert desk.troubled(dead_only=False) == []


def test_a_reminder_is_no_new_reason(desk: Desk) -> None:
    desk.want()
    (resting,) = desk.lease(0)
    desk.fail([resting], 0)
    desk.remind(0)
    assert desk.lease(0.5) == []
    desk.fail(desk.lease(50), 50)
    desk.fail(desk.lease(100), 100)

    desk.remind(200)

    assert desk.lease(200) == []
    assert desk.figures(200).dead == 1


def test_a_reminder_asks_for_what_nobody_asked_for(desk: Desk) -> None:
    desk.remind()
    assert [job.subject_id for job in desk.lease(0)] == [desk.subject]


def test_a_new_reason_ends_the_rest_of_a_job(desk: Desk) -> None:
    desk.want()
    desk.fail(desk.lease(0), 0)

    desk.want(0.1)

    (again,) = desk.lease(0.1)
    assert again.attempts == 0


def test_a_job_wanted_while_it_failed_starts_afresh(desk: Desk) -> None:
    desk.want()
    for second in (0, 50):
        desk.fail(desk.lease(second), second)
    last = desk.lease(100)
    desk.want(100)

    assert desk.fail(last, 100) == 0

    (again,) = desk.lease(100)
    assert (again.attempts, again.wanted) == (0, 2)


def test_a_job_wanted_while_it_is_leased_is_not_leased_twice(desk: Desk) -> None:
    desk.want()
    desk.lease(0)

    desk.want(1)

    assert desk.lease(1) == []


def test_what_is_done_in_another_way_is_dead_no_more(desk: Desk) -> None:
    desk.want()
    desk.kill()

    with desk.opened.write(desk.workspace) as tx:
        found = jobs.find(tx.main, desk.workspace, jobs.REFRESH, [desk.subject])
        jobs.done(tx.main, desk.workspace, found)

    assert desk.troubled(dead_only=True) == []


def test_dead_jobs_are_revived_by_kind_or_all(desk: Desk) -> None:
    desk.want()
    desk.kill()

    assert desk.retry("sync") == 0
    assert desk.retry(jobs.REFRESH) == 1
    (again,) = desk.lease(200)
    desk.fail([again], 200)
    assert desk.retry() == 0, "it rests; it is not dead"


def test_jobs_a_worker_died_with_come_in_ever_smaller_batches(desk: Desk) -> None:
    subjects = [new_id() for _ in range(16)]
    for subject in subjects:
        desk.want(0, subject)
    assert len(desk.lease(0, limit=16)) == 16
    desk.want(1)

    fresh = Desk((desk.opened, desk.workspace))
    first = desk.lease(61, limit=16)
    second = desk.lease(61, limit=16)

    assert len(first) == 4
    assert len(second) == 4
    assert {job.subject_id for job in first + second} <= set(subjects)
    rest = [desk.lease(61, limit=16) for _ in range(3)]
    assert [len(batch) for batch in rest] == [4, 4, 1]
    assert rest[2][0].subject_id == desk.subject, "never beside those that may kill a worker"
    assert fresh.figures(61).leased == 17


def test_a_job_that_kills_its_workers_dies(desk: Desk) -> None:
    desk.want()
    for second in (0, 61, 122):
        assert len(desk.lease(second)) == 1
    desk.want(150, other := new_id())

    assert [job.subject_id for job in desk.lease(183)] == [other]

    (dead,) = desk.troubled(dead_only=True)
    assert (dead.subject_id, dead.reason) == (desk.subject, jobs.WORKER_ENDED)


def test_figures_count_each_job_once(desk: Desk) -> None:
    subjects = sorted(new_id() for _ in range(5))
    desk.want(0, subjects[0])
    desk.lease(0)
    desk.want(1, subjects[1])
    desk.fail(desk.lease(1), 1)
    desk.want(3, subjects[2])
    desk.want(9, subjects[3])

    found = desk.figures(1.5)

    assert (found.waiting, found.resting, found.leased, found.dead) == (0, 3, 1, 0)
    assert found.failing == 1
    found = desk.figures(70)
    assert (found.waiting, found.leased, found.oldest) == (4, 0, at(0))


def test_an_outbox_in_order_has_no_age(desk: Desk) -> None:
    with desk.opened.read(desk.workspace) as tx:
        assert queues.outbox_figures(tx.main, desk.workspace) == (0, None)


@given(first=st.integers(1, 100), longest=st.integers(100, 10_000), failed=st.integers(-5, 10_000))
def test_a_rest_never_shrinks_and_never_exceeds_the_longest(
    first: int, longest: int, failed: int
) -> None:
    patience = Patience(first * SECOND, longest * SECOND, attempts=None)

    assert timedelta(0) <= patience.pause(failed) <= patience.pause(failed + 1)
    assert patience.pause(failed) <= longest * SECOND
    assert not patience.ends(failed)
