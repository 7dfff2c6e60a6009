"""Following: read sources again and again, land, resolve and refresh, until somebody says stop.

A source that fails rests, longer and longer, and keeps no other from being read. What is read is
read from where the last reading ended, so that following may be killed at any instant and begun
again.
"""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import Final

from cdp import logs
from cdp.errors import Misconfigured, TryAgain
from cdp.platform import Platform
from cdp.store import sources
from cdp.store.jobs import Patience
from cdp.vault.envelope import CannotOpen
from cdp.work.leasing import code_of
from cdp.work.pace import Progress, Stopped, silent, until
from cdp.work.syncing import SyncReport, sync

LONGEST_REST: Final = timedelta(minutes=5)
_SEEN: Final = frozenset({"unchanged", "repeated"})
_log = logs.get("work")


@dataclass(frozen=True)
class Turn:
    """One reading of one source: what it did, or the code of why it could not be done."""

    source: str
    report: SyncReport = field(default_factory=SyncReport)
    reason: str | None = None
    rest_seconds: float = 0.0

    @property
    def is_change(self) -> bool:
        """Something landed, was resolved or was built; or a stream stopped."""
        landed = any(
            count
            for stream in self.report.landed.values()
            for kind, count in stream.counts.items()
            if kind not in _SEEN
        )
        worked = self.report.resolved.records or self.report.refreshed.profiles
        return bool(self.reason or landed or worked)


def follow(
    platform: Platform,
    names: Collection[str],
    *,
    every: timedelta,
    stopping: Event,
    progress: Progress = silent,
) -> Iterator[Turn]:
    """Turn after turn until `stopping` is set; no names: all sources, also those added meanwhile.

    Raises:
        NotFound: no such source, before anything is read.
        Misconfigured: an operator must act; following would not help.
    """
    for name in names:
        with platform.read() as tx:
            sources.find(tx.main, platform.workspace, name)
    following = _Following(platform, every, until(stopping, progress))
    while not stopping.is_set():
        for name in following.due(names):
            try:
                yield following.turn(name)
            except Stopped:
                return
            if stopping.is_set():
                return
        stopping.wait(following.rest())


class _Following:
    """When each source is due, and how often in a row it failed."""

    def __init__(self, platform: Platform, every: timedelta, progress: Progress) -> None:
        self._platform = platform
        self._every = every
        self._progress = progress
        self._patience = Patience(first=every, longest=max(LONGEST_REST, every), attempts=None)
        self._failed: dict[str, int] = {}
        self._due: dict[str, float] = {}

    def due(self, names: Collection[str]) -> list[str]:
        """The sources to be read now."""
        try:
            every = list(names) or self._known()
        except TryAgain as error:
            _log.warning("sources not listed", reason=error.reason)
            return []
        self._due = {name: self._due.get(name, 0.0) for name in every}
        now = time.monotonic()
        return [name for name, at in self._due.items() if at <= now]

    def rest(self) -> float:
        """Seconds until the next source is due, at most the interval: there may be a new one."""
        most = self._every.total_seconds()
        soonest = min(self._due.values(), default=time.monotonic() + most)
        return max(0.0, min(most, soonest - time.monotonic()))

    def turn(self, name: str) -> Turn:
        """Read one source; it is due again after the interval, or later if it failed."""
        report, reason = SyncReport(), None
        try:
            report = sync(self._platform, [name], self._progress)
            reason = "stream_failed" if report.failed else None
        except Stopped:
            raise
        except Exception as error:
            if isinstance(error, Misconfigured) and not isinstance(error, CannotOpen):
                raise
            reason = code_of(error)
            _log.error("source not read", error_kind=type(error).__name__, reason=reason)
        failed = self._failed.get(name, 0) + 1 if reason else 0
        self._failed[name] = failed
        rest = self._patience.pause(failed) if failed else self._every
        self._due[name] = time.monotonic() + rest.total_seconds()
        return Turn(name, report, reason, rest.total_seconds())

    def _known(self) -> list[str]:
        with self._platform.read() as tx:
            found = sources.find_all(tx.main, self._platform.workspace)
        return [source.name for source in found]
