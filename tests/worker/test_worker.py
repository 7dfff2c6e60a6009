"""The worker: every kind is done, what fails rests and dies alone, a stop is obeyed."""

import io
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest
from sqlalchemy import update

from cdp import clock, logs, work
from cdp.errors import Refused, TryAgain
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.store import jobs, records, sources
from cdp.store.rows import main as rows
from cdp.work import kinds
from cdp.work.leasing import Outcome, Run, Terms, Worked, work_batch
from cdp.work.pace import Progress, Stopped, until
from cdp.worker import EVERY_KIND, Worker, work_off
from tests.flows.seeding import Seeded
from tests.worker.processes import held, more_customers, open_jobs, wait_for

QUICK = Terms("test", batch=8, patience=jobs.Patience(timedelta(0), timedelta(0), 2))


def want(platform: Platform, kind: str, *subjects: UUID) -> None:
    with platform.write() as tx:
        jobs.want(tx.main, platform.workspace, kind, subjects, clock.now())


def off(platform: Platform, *chosen: str) -> dict[str, Worked]:
    return work_off(platform, chosen or EVERY_KIND, Event())


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged."""
    stream = io.StringIO()
    logs.configure("info", "json", stream)
    yield stream
    logs.configure("warning", "json")


def test_a_source_asked_for_later_is_read_resolved_and_built(
    seeded: Seeded, tmp_path: Path
) -> None:
    platform = seeded.platform
    before = held(platform)
    more_customers(tmp_path / "silos/crm.csv", 3, "new")

    assert work.sync_later(platform, ["crm"]) == ["crm"]
    assert work.sync_later(platform, ["crm"]) == ["crm"]
    worked = off(platform)

    after = held(platform)
    assert worked["sync"] == Worked(done=1)
    assert after["records"]["customers"] == before["records"]["customers"] + 3
    assert after["profiles"] == before["profiles"] + 3
    assert (after["waiting"], after["refresh"], after["dead"]) == ([], 0, 0)
    assert work.measure(platform).missing == 0


def test_records_that_another_process_landed_are_resolved(seeded: Seeded) -> None:
    platform = seeded.platform
    with platform.write() as tx:
        for stream in sources.streams_of(tx.main, tx.workspace):
            records.mark_stream_pending(tx.main, tx.workspace, stream.id)

    worked = off(platform)

    assert worked["resolve"] == Worked(done=1)
    assert held(platform)["waiting"] == []
    assert open_jobs(platform, "resolve") == 0


def test_restrictions_that_were_not_carried_on_are(seeded: Seeded) -> None:
    platform = seeded.platform
    with platform.write() as tx:
        tx.main.execute(
            update(rows.outbox)
            .where(rows.outbox.c.workspace_id == platform.workspace)
            .values(applied_at=None)
        )
    assert work.watch(platform).outbox > 0

    off(platform)

    assert work.watch(platform).outbox == 0


def test_the_workspaces_own_work_comes_again_by_itself(seeded: Seeded) -> None:
    first = off(seeded.platform)
    second = off(seeded.platform)

    assert {kind for kind, count in first.items() if count.done} >= {"sweep", "tidy", "rewrap"}
    assert not any(count.jobs for count in second.values())
    resting = {kind.kind: kind.resting for kind in work.watch(seeded.platform).kinds}
    assert resting == {"rewrap": 1, "sweep": 1, "tidy": 1}


def test_a_source_that_is_gone_leaves_nothing_to_do(platform: Platform) -> None:
    want(platform, kinds.SYNC, new_id())

    assert off(platform, kinds.SYNC)["sync"] == Worked(done=1)


def test_a_source_that_fails_rests_and_says_why(seeded: Seeded, tmp_path: Path) -> None:
    (tmp_path / "silos/crm.csv").unlink()
    work.sync_later(seeded.platform, [])

    worked = off(seeded.platform)

    assert worked["sync"] == Worked(done=1, failed=1), "the shop was read all the same"
    (failed,) = work.watch(seeded.platform, most=10).troubled
    assert (failed.kind, failed.reason, failed.dead_at) == ("sync", "stream_failed", None)
    assert str(tmp_path) not in repr(failed)


def test_only_the_chosen_work_is_done(seeded: Seeded) -> None:
    work.sync_later(seeded.platform, ["crm"])

    worked = off(seeded.platform, jobs.REFRESH)

    assert list(worked) == [jobs.REFRESH]
    assert open_jobs(seeded.platform, "sync") == 1


def bad(poison: set[UUID], error: Exception, seen: list[Sequence[UUID]]) -> Run:
    def run(_platform: Platform, subjects: Sequence[UUID], _progress: Progress) -> Outcome:
        seen.append(subjects)
        if poison & set(subjects):
            raise error
        return Outcome()

    return run


def test_a_job_at_fault_is_found_and_dies_alone(platform: Platform, lines: io.StringIO) -> None:
    subjects = [new_id() for _ in range(8)]
    want(platform, "test", *subjects)
    seen: list[Sequence[UUID]] = []
    run = bad({subjects[3]}, ValueError("jane@example.org"), seen)

    assert work_batch(platform, QUICK, run) == Worked(done=7, failed=1)
    assert work_batch(platform, QUICK, run) == Worked(failed=1, dead=1)
    assert work_batch(platform, QUICK, run) == Worked()

    (dead,) = work.watch(platform, most=10).troubled
    assert (dead.subject_id, dead.reason, dead.attempts) == (subjects[3], "fault", 2)
    assert len(seen) == 1 + 2 + 2 + 2 + 1
    assert "jane" not in lines.getvalue()
    assert work.retry(platform, None) == 1
    assert work_batch(platform, QUICK, bad(set(), ValueError(), [])) == Worked(done=1)


def test_an_error_tells_its_code_and_only_if_it_is_one(platform: Platform) -> None:
    for error, reason in (
        (Refused("no", reason="not_allowed"), "not_allowed"),
        (Refused("no", reason="Jane <jane@example.org>"), "fault"),
    ):
        want(platform, "test", new_id())
        work_batch(platform, replace(QUICK, batch=1), bad_always(error))
        newest = [job.reason for job in work.watch(platform, most=10).troubled]
        assert reason in newest


def bad_always(error: Exception) -> Run:
    def run(_platform: Platform, _subjects: Sequence[UUID], _progress: Progress) -> Outcome:
        raise error

    return run


def test_what_is_wrong_with_the_platform_is_no_jobs_fault(platform: Platform) -> None:
    want(platform, "test", new_id())
    away = bad_always(TryAgain("away", reason="store_away"))

    for _ in range(5):
        with pytest.raises(TryAgain):
            work_batch(platform, QUICK, away)
        wait_for(lambda: work.watch(platform).kinds[0].waiting == 1)

    seen = work.watch(platform)
    assert (seen.dead, seen.failing) == (0, 0)


def test_long_work_keeps_its_lease(platform: Platform) -> None:
    want(platform, "test", new_id())
    overlapping: list[Worked] = []

    def run(_platform: Platform, _subjects: Sequence[UUID], _progress: Progress) -> Outcome:
        for _ in range(5):
            time.sleep(0.5)
            overlapping.append(work_batch(platform, QUICK, bad_always(ValueError())))
        return Outcome()

    assert work_batch(platform, replace(QUICK, seconds=1), run) == Worked(done=1)
    assert overlapping == [Worked()] * 5
    assert open_jobs(platform, "test") == 0


def test_a_stop_in_the_middle_puts_the_job_back(seeded: Seeded, tmp_path: Path) -> None:
    platform, stopping = seeded.platform, Event()
    more_customers(tmp_path / "silos/crm.csv", 3, "new")
    work.sync_later(platform, ["crm"])
    told: list[str] = []

    def stop_when_landed(what: str, _count: int) -> None:
        told.append(what)
        stopping.set()

    with pytest.raises(Stopped):
        work_batch(
            platform,
            kinds.KINDS["sync"].terms,
            kinds.KINDS["sync"].run,
            until(stopping, stop_when_landed),
        )

    assert told == ["landed"]
    assert len(held(platform)["waiting"]) == 3, "what landed stays"
    (queue,) = [kind for kind in work.watch(platform).kinds if kind.kind == "sync"]
    assert (queue.waiting, queue.failing) == (1, 0)
    off(platform)
    assert held(platform)["waiting"] == []


def test_a_worker_stops_within_seconds(seeded: Seeded) -> None:
    worker = Worker(seeded.platform)
    worker.start()
    wait_for(lambda: open_jobs(seeded.platform) == 0 and worker.worked["sweep"].done == 1)

    began = time.monotonic()
    worker.stop()

    assert not worker.alive
    assert time.monotonic() - began < 5
    assert worker.worked["sweep"].done == 1


def test_asking_for_work_that_is_under_way_does_it_again(platform: Platform) -> None:
    subject = new_id()
    want(platform, "test", subject)
    runs: list[int] = []

    def run(_platform: Platform, _subjects: Sequence[UUID], _progress: Progress) -> Outcome:
        runs.append(1)
        if len(runs) == 1:
            want(platform, "test", subject)
        return Outcome()

    first, second = (work_batch(platform, QUICK, run) for _ in range(2))

    assert (first.jobs, second.jobs, len(runs)) == (1, 1, 2)
    assert open_jobs(platform, "test") == 0


def test_every_kind_says_why_it_may_be_done_twice() -> None:
    assert all(kind.repeated and kind.about for kind in kinds.KINDS.values())
    whole = [kind for kind in kinds.KINDS.values() if kind.about == "workspace"]
    assert all(kind.terms.patience.attempts is None and kind.is_due for kind in whole)


def test_the_logged_failure_of_a_lane_holds_no_value(
    platform: Platform, lines: io.StringIO
) -> None:
    want(platform, jobs.REFRESH, new_id())
    worker = Worker(platform, [jobs.REFRESH])
    platform.stores.views.close()
    broken, platform.stores.views = platform.stores.views, platform.stores.main
    worker.start()
    try:
        wait_for(lambda: "background work failed" in lines.getvalue())
    finally:
        worker.stop()
        platform.stores.views = broken
    assert json.loads(lines.getvalue().splitlines()[0])["reason"]


def test_the_operators_page_names_every_kind() -> None:
    page = (Path(__file__).parents[2] / "docs/operators.md").read_text("utf-8")

    named = re.findall(r"^\| `(\w+)` \| an? (?:\w+) \||^\| `(\w+)` \| the workspace", page, re.M)

    assert {one or other for one, other in named} == set(kinds.KINDS)
