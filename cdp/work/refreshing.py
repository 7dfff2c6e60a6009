"""Refresh: build the views that are asked for and due, and ask for those that time alone voids."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from cdp import clock, logs
from cdp.flows.refresh_views import RefreshReport, build_views, publish_views
from cdp.platform import ORPHAN_AGE, VIEW_PURPOSES, Platform
from cdp.store import jobs, keys, links, views
from cdp.vault.envelope import CannotOpen
from cdp.work.leasing import Outcome, Terms, Worked, work_batch
from cdp.work.pace import BREATH, Progress, silent

TERMS: Final = Terms(jobs.REFRESH, batch=200)
_log = logs.get("work")


def refresh_all(platform: Platform, progress: Progress = silent) -> RefreshReport:
    """Build every view that is asked for and due.

    Raises:
        CannotOpen: of a batch, not one profile could be built.
    """
    total = RefreshReport()
    while True:
        report, worked = _batch(platform)
        if worked.jobs == 0:
            return total
        total += report
        progress("refreshed", report.profiles)
        time.sleep(BREATH)


def refresh_some(platform: Platform) -> RefreshReport:
    """One batch of build jobs: lease, build from a snapshot, publish under the fences, settle.

    Raises: as `refresh_all`.
    """
    return _batch(platform)[0]


def _batch(platform: Platform) -> tuple[RefreshReport, Worked]:
    total, failures = RefreshReport(), dict[UUID, CannotOpen]()

    def run(platform: Platform, subjects: Sequence[UUID], _progress: Progress) -> Outcome:
        nonlocal total
        report, published, failed = _refresh(platform, subjects)
        total += report
        failures.update(failed)
        return _outcome(subjects, published, failed)

    worked = work_batch(platform, TERMS, run)
    if failures and not worked.done:
        raise next(iter(failures.values()))
    return total, worked


def refresh(platform: Platform, profile_ids: Sequence[UUID]) -> Outcome:
    """Build the views of these profiles; what came of each."""
    _, published, failed = _refresh(platform, profile_ids)
    return _outcome(profile_ids, published, failed)


def _outcome(
    asked: Sequence[UUID], published: Collection[UUID], failed: Mapping[UUID, CannotOpen]
) -> Outcome:
    """A newer fence: again at once, a few times. Then, or unreadable: later and later."""
    contended = [one for one in asked if one not in published and one not in failed]
    return Outcome(
        failed={one: error.reason for one, error in failed.items()},
        contended=dict.fromkeys(contended, "fence_newer"),
    )


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


def sweep(platform: Platform) -> int:
    """What has to be looked at again by the time alone: due views, the outbox, emptied slots.

    Returns how many restrictions views and custody have still not heard of.
    """
    platform.stores.apply_outbox(platform.workspace)
    platform.stores.views.checkpoint()
    with platform.read() as tx:
        due = views.due(tx.views, platform.workspace, clock.now())
    if due:
        with platform.write() as tx:
            jobs.remind(tx.main, platform.workspace, jobs.REFRESH, due, clock.now())
    return platform.outbox_pending()


def tidy(platform: Platform) -> int:
    """Take away what nobody needs: keys that a crash left in custody. Returns how many rows."""
    with platform.write() as tx:
        return keys.sweep_orphans(tx.custody, tx.main, platform.workspace, clock.now() - ORPHAN_AGE)


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
