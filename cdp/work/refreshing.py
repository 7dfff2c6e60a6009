"""Refresh: build the views that are asked for and due, and ask for those that time alone voids."""

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from cdp import clock, logs
from cdp.flows.refresh_views import RefreshReport, build_views, publish_views
from cdp.platform import VIEW_PURPOSES, Platform
from cdp.store import jobs, links, views
from cdp.vault.envelope import CannotOpen
from cdp.work.pace import BREATH, Progress, silent

REFRESH_BATCH: Final = 200
LEASE_SECONDS: Final = 60
RETRY_AFTER: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
_log = logs.get("work")


def refresh_all(platform: Platform, progress: Progress = silent) -> RefreshReport:
    """Build every view that is asked for and due."""
    total = RefreshReport()
    while True:
        report = refresh_some(platform)
        if report.profiles == 0:
            return total
        total += report
        progress("refreshed", report.profiles)
        time.sleep(BREATH)


def refresh_some(platform: Platform) -> RefreshReport:
    """One batch of build jobs: lease, build from a snapshot, publish under the fences, finish."""
    workspace = platform.workspace
    with platform.write() as tx:
        leased = jobs.lease(
            tx.main,
            workspace,
            jobs.REFRESH,
            clock.now(),
            limit=REFRESH_BATCH,
            seconds=LEASE_SECONDS,
        )
    if not leased:
        return RefreshReport()
    report, published, failed = _refresh(platform, [job.subject_id for job in leased])
    now = clock.now()
    with platform.write() as tx:
        jobs.done(tx.main, workspace, [job for job in leased if job.subject_id in published])
        for job in leased:
            if job.subject_id not in published:
                # A newer fence: again at once. A second time, or unreadable: later and later.
                turns = job.attempts + (job.subject_id in failed)
                pause = min(LONGEST_PAUSE, RETRY_AFTER * (2 ** min(turns, 12) - 1))
                jobs.later(tx.main, workspace, [job], now + pause)
    if failed and not published:
        raise next(iter(failed.values()))
    return report


def _refresh(
    platform: Platform, profile_ids: Sequence[UUID]
) -> tuple[RefreshReport, set[UUID], dict[UUID, CannotOpen]]:
    """Build and publish; a record that does not open keeps back its own profile and no other."""
    try:
        with platform.read() as tx:
            built = build_views(
                tx,
                platform.keyring.custodian(),
                platform.policy(tx),
                profile_ids,
                purposes=VIEW_PURPOSES,
                now=clock.now(),
            )
    except CannotOpen as error:
        if len(profile_ids) == 1:
            _log.error("view not built", profile_id=str(profile_ids[0]), reason=error.reason)
            return RefreshReport(profiles=1), set(), {profile_ids[0]: error}
        middle = len(profile_ids) // 2
        first = _refresh(platform, profile_ids[:middle])
        second = _refresh(platform, profile_ids[middle:])
        return first[0] + second[0], first[1] | second[1], first[2] | second[2]
    with platform.publish() as tx:
        report, published = publish_views(tx, built)
    return report, published, {}


def refresh_now(platform: Platform, profile_id: UUID) -> RefreshReport:
    """Build one person's views before anybody else's."""
    workspace = platform.workspace
    with platform.read() as tx:
        current = sorted(links.current(tx.main, workspace, profile_id))
        asked = jobs.find(tx.main, workspace, jobs.REFRESH, current)
    if not current:
        return RefreshReport()
    report, published, _ = _refresh(platform, current)
    with platform.write() as tx:
        jobs.done(tx.main, workspace, [job for job in asked if job.subject_id in published])
    return report


def sweep(platform: Platform) -> None:
    """What has to be looked at again by the time alone: due views, the outbox, emptied slots."""
    platform.stores.apply_outbox(platform.workspace)
    platform.stores.views.checkpoint()
    with platform.read() as tx:
        due = views.due(tx.views, platform.workspace, clock.now())
    if due:
        with platform.write() as tx:
            jobs.want(tx.main, platform.workspace, jobs.REFRESH, due, clock.now())
    platform.outbox_pending()


def rebuild(platform: Platform) -> int:
    """Ask for every profile's views again. Returns how many."""
    count, after = 0, None
    while True:
        with platform.write() as tx:
            page = links.current_ids(tx.main, platform.workspace, after)
            jobs.want(tx.main, platform.workspace, jobs.REFRESH, page, clock.now())
        if not page:
            return count
        count, after = count + len(page), page[-1]


def pages(platform: Platform, size: int = 500) -> Iterator[list[UUID]]:
    """The ids of every current profile, a page at a time."""
    after: UUID | None = None
    while True:
        with platform.read() as tx:
            page = links.current_ids(tx.main, platform.workspace, after, size)
        if not page:
            return
        yield page
        after = page[-1]
