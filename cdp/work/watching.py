"""Watching: how the queues stand, for the doctor, the metrics and `cdp jobs list`."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from weakref import WeakKeyDictionary

from cdp import clock, metrics
from cdp.platform import Platform
from cdp.store import queues
from cdp.store.queues import Figures, Troubled

GAUGE_SECONDS: Final = 1.0
STATES: Final = ("waiting", "resting", "leased", "dead", "failing")
_GAUGED: Final[WeakKeyDictionary[Platform, float]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Queues:
    """Jobs by kind, jobs in trouble (not all, if there are very many), the outbox; as of `at`."""

    at: datetime
    kinds: tuple[Figures, ...]
    troubled: tuple[Troubled, ...]
    outbox: int
    outbox_oldest: datetime | None

    @property
    def dead(self) -> int:
        """How many jobs were given up."""
        return sum(kind.dead for kind in self.kinds)

    @property
    def failing(self) -> int:
        """How many jobs failed and will be tried again."""
        return sum(kind.failing for kind in self.kinds)

    def age(self, since: datetime | None) -> int:
        """Whole seconds from then until this was seen; 0 for nothing."""
        return 0 if since is None else max(0, int((self.at - since).total_seconds()))


def watch(platform: Platform, *, dead_only: bool = False, most: int = 0) -> Queues:
    """How everything stands that waits, with up to `most` of the jobs in trouble."""
    workspace, at = platform.workspace, clock.now()
    with platform.read() as tx:
        return Queues(
            at,
            tuple(queues.figures(tx.main, workspace, at)),
            tuple(queues.troubled(tx.main, workspace, dead_only=dead_only, limit=most)),
            *queues.outbox_figures(tx.main, workspace),
        )


def gauge(platform: Platform) -> None:
    """Set the gauges of queues and outbox, at most once a second: counting reads every job.

    Raises:
        TryAgain: main is away; the gauges stay as they are.
    """
    now = time.monotonic()
    if now - _GAUGED.get(platform, -GAUGE_SECONDS) < GAUGE_SECONDS:
        return
    _GAUGED[platform] = now
    seen = watch(platform)
    # A kind without a row has no figures; what it had before must not stay.
    metrics.JOBS.clear()
    metrics.JOB_OLDEST.clear()
    for kind in seen.kinds:
        for state in STATES:
            metrics.JOBS.labels(kind.kind, state).set(getattr(kind, state))
        metrics.JOB_OLDEST.labels(kind.kind).set(seen.age(kind.oldest))
    metrics.OUTBOX_PENDING.set(seen.outbox)
    metrics.OUTBOX_OLDEST.set(seen.age(seen.outbox_oldest))


def retry(platform: Platform, kind: str | None) -> int:
    """Give dead jobs of a kind, or all of them, another life; returns how many."""
    with platform.write() as tx:
        revived = queues.retry(tx.main, platform.workspace, kind, clock.now())
    platform.work_waits.set()
    return revived
