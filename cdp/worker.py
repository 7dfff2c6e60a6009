"""The worker: does what the jobs table asks for, until it is told to stop.

Two lanes, a thread each: one for work that may not wait (views, the outbox), one for work that may
take minutes (reading sources, resolving). In a lane the kinds take turns, a batch each, so that no
queue keeps another waiting. Any number of workers may run at once and be killed at any instant:
jobs are leased, and whoever comes next takes them up. When a store is away a lane rests, longer and
longer, and goes on by itself.

A stop is obeyed between two units of work, also in the middle of a long job, which is put back.
"""

import signal
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from types import FrameType
from typing import Final

from cdp import logs
from cdp.errors import ContinuumError
from cdp.platform import Platform
from cdp.work.kinds import KINDS, remind
from cdp.work.leasing import Worked, work_batch
from cdp.work.pace import Stopped, until

IDLE_SECONDS: Final = 0.5
REMIND_SECONDS: Final = 1.0
LONGEST_PAUSE: Final = 30.0
STOP_SECONDS: Final = 10
EVERY_KIND: Final = tuple(KINDS)
_log = logs.get("worker")


class Lane:
    """Some kinds of work, taking turns."""

    def __init__(
        self, platform: Platform, kinds: Sequence[str], stopping: Event, wakes: Event | None = None
    ) -> None:
        """`stopping` ends it after the unit of work at hand; `wakes` says that work waits."""
        self.platform = platform
        self.worked = dict.fromkeys(kinds, Worked())
        self.failures = 0
        self._stopping = stopping
        self._wakes = wakes
        self._progress = until(stopping)
        self._reminded: float | None = None

    def run(self) -> None:
        """Work until stopped."""
        while not self._stopping.is_set():
            if self._wakes is not None:
                self._wakes.clear()
            try:
                self.round()
                self.failures = 0
            except Stopped:
                return
            except Exception as error:  # noqa: BLE001 - the edge of the worker
                self._failed(error)
            self._pause()

    def round(self) -> None:
        """Do what is due, until nothing is.

        One kind that cannot be worked on does not keep the others waiting.

        Raises:
            Stopped: as asked.
            Exception: what the first kind met that could not be worked on.
        """
        trouble: dict[str, Exception] = {}
        while True:
            self._remind()
            able = [kind for kind in self.worked if kind not in trouble]
            busy = [kind for kind in able if self._turn(kind, trouble)]
            if not busy:
                break
        for error in trouble.values():
            raise error

    def _turn(self, kind: str, trouble: dict[str, Exception]) -> bool:
        """One batch of a kind; whether there was anything to do."""
        if self._stopping.is_set():
            raise Stopped
        terms, run = KINDS[kind].terms, KINDS[kind].run
        try:
            done = work_batch(self.platform, terms, run, self._progress)
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001 - raised at the end of the round
            trouble[kind] = error
            return False
        self.worked[kind] += done
        return done.jobs > 0

    def _remind(self) -> None:
        now = time.monotonic()
        if self._reminded is None or now - self._reminded >= REMIND_SECONDS:
            remind(self.platform, tuple(self.worked))
            self._reminded = now

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        _log.error(
            "background work failed",
            error_kind=type(error).__name__,
            reason=error.reason if isinstance(error, ContinuumError) else "internal",
            attempts=self.failures,
        )

    def _pause(self) -> None:
        if self.failures:
            self._stopping.wait(min(LONGEST_PAUSE, IDLE_SECONDS * 2 ** min(self.failures, 6)))
        else:
            (self._wakes or self._stopping).wait(IDLE_SECONDS)


class Worker:
    """Both lanes, started and stopped once."""

    def __init__(self, platform: Platform, kinds: Collection[str] = EVERY_KIND) -> None:
        """`kinds`: the work it does; what is left out is for another worker."""
        self.platform = platform
        self._stopping = Event()
        short = [name for name in KINDS if name in kinds and not KINDS[name].is_long]
        long = [name for name in KINDS if name in kinds and KINDS[name].is_long]
        lanes = {
            "continuum-worker": Lane(platform, short, self._stopping, platform.work_waits),
            "continuum-worker-long": Lane(platform, long, self._stopping),
        }
        self._lanes = list(lanes.values())
        self._threads = [
            Thread(target=lane.run, name=name, daemon=True)
            for name, lane in lanes.items()
            if lane.worked
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the units of work at hand; returns when they have ended.

        A unit that takes longer than `STOP_SECONDS` is left behind; its lease runs out.
        """
        self._stopping.set()
        self.platform.work_waits.set()
        ends = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, ends - time.monotonic()))

    @property
    def alive(self) -> bool:
        """It is at work."""
        return any(thread.is_alive() for thread in self._threads)

    @property
    def failures(self) -> int:
        """How often in a row a lane could not work."""
        return max(lane.failures for lane in self._lanes)

    @property
    def worked(self) -> dict[str, Worked]:
        """The jobs it took, by kind."""
        return {kind: worked for lane in self._lanes for kind, worked in lane.worked.items()}


def work_off(platform: Platform, kinds: Collection[str], stopping: Event) -> dict[str, Worked]:
    """Do what is due now, all of it, and end; jobs that failed rest and are left.

    Raises:
        TryAgain, Misconfigured: a store is away or the installation is not in order.
    """
    lane = Lane(platform, [name for name in KINDS if name in kinds], stopping)
    try:
        lane.round()
    except Stopped:
        _log.info("stopped before everything was done")
    return lane.worked


@contextmanager
def signals() -> Iterator[Event]:
    """An event that is set by SIGTERM and SIGINT; for the main thread of a process."""
    stopping = Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        # Not here: the thread that was interrupted may hold the event's own lock.
        Thread(target=stopping.set).start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
