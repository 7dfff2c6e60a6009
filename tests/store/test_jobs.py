"""Background work: asked for once, leased once, done at least once."""

from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdp.clock import instant
from cdp.ids import new_id
from cdp.store import jobs
from cdp.store.tx import Stores

NOW = instant("2026-03-01T09:00:00Z")
SECOND = timedelta(seconds=1)
ONCE = jobs.Patience(attempts=1)


def lease(
    stores: Stores, workspace: UUID, at: datetime = NOW, *, limit: int = 10, seconds: int = 60
) -> list[jobs.Job]:
    with stores.write(workspace) as tx:
        return jobs.lease(tx.main, workspace, jobs.REFRESH, at, limit=limit, seconds=seconds)


def want(stores: Stores, workspace: UUID, *subjects: UUID, at: datetime = NOW) -> None:
    with stores.write(workspace) as tx:
        jobs.want(tx.main, workspace, jobs.REFRESH, subjects, at)


def done(stores: Stores, workspace: UUID, finished: list[jobs.Job]) -> None:
    with stores.write(workspace) as tx:
        jobs.done(tx.main, workspace, finished)


def waiting(stores: Stores, workspace: UUID) -> int:
    with stores.read(workspace) as tx:
        return jobs.waiting(tx.main, workspace, jobs.REFRESH)


def test_a_job_asked_for_twice_is_done_once(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    subject = new_id()
    want(opened, workspace, subject)
    want(opened, workspace, subject)

    (leased,) = lease(opened, workspace)
    done(opened, workspace, [leased])

    assert (leased.subject_id, leased.wanted, leased.attempts) == (subject, 2, 0)
    assert waiting(opened, workspace) == 0


def test_asking_for_nothing_asks_for_nothing(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    want(opened, workspace)
    assert waiting(opened, workspace) == 0


def test_a_leased_job_is_nobody_elses_until_the_lease_ends(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    want(opened, workspace, new_id())
    assert len(lease(opened, workspace, seconds=60)) == 1

    assert lease(opened, workspace, NOW + 60 * SECOND) == []
    (again,) = lease(opened, workspace, NOW + 61 * SECOND)

    assert again.attempts == 1, "a worker died with it once"


def test_a_job_asked_for_while_it_was_done_is_due_at_once(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    subject = new_id()
    want(opened, workspace, subject)
    leased = lease(opened, workspace)
    want(opened, workspace, subject)

    done(opened, workspace, leased)

    (again,) = lease(opened, workspace)
    assert (again.wanted, again.attempts) == (2, 0)


def test_a_job_put_off_is_due_when_its_time_has_come(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    want(opened, workspace, new_id())
    leased = lease(opened, workspace)

    with opened.write(workspace) as tx:
        jobs.later(tx.main, workspace, leased, NOW + 5 * SECOND)

    assert lease(opened, workspace, NOW + 4 * SECOND) == []
    assert len(lease(opened, workspace, NOW + 5 * SECOND)) == 1


def test_the_longest_waiting_jobs_come_first_up_to_the_limit(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    late, early, middle = new_id(), new_id(), new_id()
    for subject, at in ((late, 3), (early, 1), (middle, 2)):
        want(opened, workspace, subject, at=NOW + at * SECOND)

    leased = lease(opened, workspace, NOW + 9 * SECOND, limit=2)

    assert [job.subject_id for job in leased] == [early, middle]


def test_two_workers_never_lease_the_same_job(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    want(opened, workspace, *(new_id() for _ in range(6)))

    first = lease(opened, workspace, limit=4)
    second = lease(opened, workspace, limit=4)

    assert len(first) == 4
    assert len(second) == 2
    assert not {job.subject_id for job in first} & {job.subject_id for job in second}


def test_a_job_asked_for_again_keeps_its_place(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    first, second = new_id(), new_id()
    want(opened, workspace, first, at=NOW)
    want(opened, workspace, second, at=NOW + SECOND)

    want(opened, workspace, first, at=NOW + 2 * SECOND)

    (leased,) = lease(opened, workspace, NOW + 3 * SECOND, limit=1)
    assert leased.subject_id == first


def test_what_one_worker_lost_is_not_its_to_settle(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    want(opened, workspace, new_id())
    lost = lease(opened, workspace)
    want(opened, workspace, lost[0].subject_id)
    (held,) = lease(opened, workspace, NOW + 61 * SECOND)

    with opened.write(workspace) as tx:
        jobs.done(tx.main, workspace, lost)
        jobs.fail(tx.main, workspace, {lost[0]: "late"}, NOW, patience=ONCE)
        jobs.later(tx.main, workspace, lost, NOW)
        renewed = jobs.renew(tx.main, workspace, lost, NOW + 61 * SECOND, seconds=600)

    assert renewed == []
    assert lease(opened, workspace, NOW + 121 * SECOND) == [], "the other worker still holds it"
    done(opened, workspace, [held])
    assert waiting(opened, workspace) == 0


def test_a_renewed_lease_lasts_from_then_on(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    want(opened, workspace, new_id())
    leased = lease(opened, workspace, seconds=60)

    with opened.write(workspace) as tx:
        held = jobs.renew(tx.main, workspace, leased, NOW + 50 * SECOND, seconds=60)

    assert lease(opened, workspace, NOW + 110 * SECOND) == []
    done(opened, workspace, held)
    assert waiting(opened, workspace) == 0


def test_a_job_put_off_counts_no_attempt(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    want(opened, workspace, new_id())
    for turn in range(3):
        leased = lease(opened, workspace, NOW + turn * SECOND)
        with opened.write(workspace) as tx:
            jobs.later(tx.main, workspace, leased, NOW + (turn + 1) * SECOND)

    (last,) = lease(opened, workspace, NOW + 3 * SECOND)

    assert last.attempts == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.lists(st.sampled_from(["want", "lease", "done", "die"]), max_size=12))
def test_what_was_wanted_last_is_never_forgotten(
    stores: tuple[Stores, UUID], steps: list[str]
) -> None:
    """Whatever workers do, the subject is leased once more after it was last asked for."""
    opened, workspace = stores
    subject, at = new_id(), NOW
    held: list[jobs.Job] = []
    seen_since_wanted = True
    for step in steps:
        if step == "want":
            want(opened, workspace, subject, at=at)
            seen_since_wanted = False
        elif step == "lease":
            found = [job for job in lease(opened, workspace, at) if job.subject_id == subject]
            held += found
            seen_since_wanted = seen_since_wanted or bool(found)
        elif step == "done":
            done(opened, workspace, held)
            held = []
        else:
            held, at = [], at + 61 * SECOND

    at += 61 * SECOND
    rest = [job for job in lease(opened, workspace, at) if job.subject_id == subject]
    done(opened, workspace, rest)
    assert seen_since_wanted or rest
