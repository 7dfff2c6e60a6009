"""Real processes for races and crashes: started from one warm server, so that each costs little.

Not forked from the caller, whose open SQLite files would take their locks along.
"""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from types import TracebackType
from typing import Any, Final, Self

from benchmarks import stage
from cdp.store.tx import Stores

PATIENCE_SECONDS: Final = 60
Action = Callable[[Stores], Any]


def context() -> ForkServerContext:
    """The way to start processes here."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["__main__", "benchmarks.stage"])
    return found


@dataclass(frozen=True)
class Ended:
    """How a process ended: the boundary it was killed at (None: unharmed), or what it returned."""

    killed: str | None
    result: Any = None


@dataclass
class KillSwitch:
    """Ends the process, without a last word to anybody but the pipe, at the n-th boundary."""

    at: int
    pipe: Connection
    passed: int = 0

    def __call__(self, boundary: str) -> None:
        """One boundary reached."""
        self.passed += 1
        if self.passed == self.at:
            self.pipe.send(boundary)
            os.kill(os.getpid(), signal.SIGKILL)


class Victims:
    """Processes that are killed at a boundary of their own; the next ones are started meanwhile."""

    def __init__(self, place: stage.Place, spare: int = 2) -> None:
        """Victims on these stores."""
        self._place = place
        self._spare = spare
        self._waiting: deque[tuple[ForkServerProcess, Connection]] = deque()

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process, pipe in self._waiting:
            end(process)
            pipe.close()

    def die_at(self, at: int, action: Action) -> Ended:
        """Run `action(stores)` in a process of its own that is killed at its `at`-th boundary.

        Raises:
            RuntimeError: it ended in a third way.
        """
        process, pipe = self._waiting.popleft()
        pipe.send((at, action))
        self._start()
        process.join(PATIENCE_SECONDS)
        if process.exitcode not in {0, -signal.SIGKILL}:
            end(process)
            raise RuntimeError(f"the process ended with {process.exitcode}")
        said = pipe.recv()
        pipe.close()
        return Ended(None, said) if process.exitcode == 0 else Ended(said)

    def _start(self) -> None:
        while len(self._waiting) < self._spare:
            here, there = multiprocessing.Pipe()
            process = context().Process(target=_victim, args=(self._place, there))
            process.start()
            there.close()
            self._waiting.append((process, here))


def end(process: ForkServerProcess) -> None:
    """Kill -9 and bury."""
    process.kill()
    process.join()


def _victim(place: stage.Place, pipe: Connection) -> None:
    stores = place.open()
    for database in stores.all:
        if not database.sqlite:
            database.begin(None).close()
    at, action = pipe.recv()
    stage.watch(stores, KillSwitch(at, pipe))
    pipe.send(action(stores))
