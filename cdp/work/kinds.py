"""The kinds of background work: what each does, how it is taken, and why it may be done twice.

Every kind is idempotent, because a worker may be killed after it has done a job and before it says
so; `repeated` says why. A kind whose subject is the whole workspace never dies: nobody else would
do its work. The functions are the same that the command line runs.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from cdp import clock
from cdp.platform import Platform
from cdp.store import jobs, records, sources
from cdp.store.jobs import Patience
from cdp.work import refreshing, resolving, syncing
from cdp.work.leasing import Outcome, Run, Terms
from cdp.work.pace import Progress

SYNC: Final = "sync"
RESOLVE: Final = "resolve"
SWEEP: Final = "sweep"
TIDY: Final = "tidy"
REWRAP: Final = "rewrap"
# The work of one workspace: tried for ever, never rarer than once a minute.
FOR_EVER: Final = Patience(longest=timedelta(minutes=1), attempts=None)
SOURCES: Final = Patience(first=timedelta(seconds=15), longest=timedelta(hours=1))


@dataclass(frozen=True)
class Kind:
    """One kind of work.

    `about`: what the subject is: profile, source or workspace. `is_long`: it may take minutes, so
    it must not hold up the kinds that may not wait. `is_due`: whether the workspace's one job
    should be asked for (None: others ask for it).
    """

    terms: Terms
    run: Run
    about: str
    repeated: str
    is_long: bool = False
    is_due: Callable[[Platform], bool] | None = None


def _refresh(platform: Platform, subjects: Sequence[UUID], _progress: Progress) -> Outcome:
    return refreshing.refresh(platform, subjects)


def _sync(platform: Platform, subjects: Sequence[UUID], progress: Progress) -> Outcome:
    with platform.read() as tx:
        known = {item.id: item.name for item in sources.find_all(tx.main, platform.workspace)}
    outcome = Outcome()
    for subject in subjects:
        # A source that is gone leaves nothing to do.
        if subject in known and syncing.sync(platform, [known[subject]], progress).failed:
            outcome.failed[subject] = "stream_failed"
    return outcome


def _resolve(platform: Platform, _subjects: Sequence[UUID], progress: Progress) -> Outcome:
    resolving.resolve_all(platform, progress)
    return Outcome()


def _sweep(platform: Platform, subjects: Sequence[UUID], _progress: Progress) -> Outcome:
    if refreshing.sweep(platform):
        return Outcome(failed=dict.fromkeys(subjects, "outbox_waits"))
    return Outcome()


def _tidy(platform: Platform, _subjects: Sequence[UUID], _progress: Progress) -> Outcome:
    refreshing.tidy(platform)
    return Outcome()


def _rewrap(platform: Platform, _subjects: Sequence[UUID], _progress: Progress) -> Outcome:
    resolving.rewrap_all(platform)
    return Outcome()


def _records_wait(platform: Platform) -> bool:
    with platform.read() as tx:
        return bool(records.pending_ids(tx.main, platform.workspace, 1))


def _always(_platform: Platform) -> bool:
    return True


KINDS: Final[Mapping[str, Kind]] = {
    kind.terms.kind: kind
    for kind in (
        Kind(
            Terms(SWEEP, patience=FOR_EVER, every=timedelta(seconds=30)),
            _sweep,
            about="workspace",
            repeated="fences only rise, and views that are due are asked for once",
            is_due=_always,
        ),
        Kind(
            refreshing.TERMS,
            _refresh,
            about="profile",
            repeated="a view is a function of facts, and replaces only an older one",
        ),
        Kind(
            Terms(RESOLVE, patience=FOR_EVER),
            _resolve,
            about="workspace",
            repeated="records wait until what was read of them is what had landed",
            is_long=True,
            is_due=_records_wait,
        ),
        Kind(
            Terms(SYNC, patience=SOURCES),
            _sync,
            about="source",
            repeated="rows land with the state that was read, each once by key and content",
            is_long=True,
        ),
        Kind(
            Terms(TIDY, patience=FOR_EVER, every=timedelta(hours=1)),
            _tidy,
            about="workspace",
            repeated="what is gone stays gone",
            is_long=True,
            is_due=_always,
        ),
        Kind(
            Terms(REWRAP, patience=FOR_EVER, every=timedelta(hours=1)),
            _rewrap,
            about="workspace",
            repeated="a key that was moved waits no more",
            is_long=True,
            is_due=_always,
        ),
    )
}


def remind(platform: Platform, kinds: Collection[str]) -> None:
    """Ask for the workspace's own work where it is due and nobody has asked."""
    due = [name for name in kinds if (is_due := KINDS[name].is_due) and is_due(platform)]
    if not due:
        return
    workspace = platform.workspace
    with platform.read() as tx:
        missing = [name for name in due if not jobs.find(tx.main, workspace, name, [workspace])]
    if missing:
        with platform.write() as tx:
            for name in sorted(missing):
                jobs.remind(tx.main, workspace, name, [workspace], clock.now())


def sync_later(platform: Platform, names: Collection[str]) -> list[str]:
    """Ask for these sources (none named: all) to be read by a worker; returns their names.

    Raises:
        NotFound: no such source; nothing is asked for then.
    """
    workspace = platform.workspace
    with platform.write() as tx:
        found = (
            [sources.find(tx.main, workspace, name) for name in names]
            if names
            else sources.find_all(tx.main, workspace)
        )
        jobs.want(tx.main, workspace, SYNC, {source.id for source in found}, clock.now())
    platform.work_waits.set()
    return sorted({source.name for source in found})
