"""Real processes for races and crashes: started from one warm server, so that each costs little.

Not forked from the caller, whose open SQLite files would take their locks along.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from types import TracebackType
from typing import Any, Final, Self

from benchmarks import stage
from cdp.store.tx import Stores

PATIENCE_SECONDS: Final = 60
READY: Final = "ready"
COVERAGE: Final = "COVERAGE_PROCESS_CONFIG"
Action = Callable[[Stores], Any]


@cache
def context() -> ForkServerContext:
    """The way to start processes here.

    A process that is killed hands in no coverage, so the server is started unmeasured.
    """
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["__main__", "benchmarks.stage"])
    measuring = os.environ.pop(COVERAGE, None)  # noqa: TID251 - not a setting of ours
    forkserver.ensure_running()
    if measuring is not None:
        os.environ[COVERAGE] = measuring  # noqa: TID251
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
            self.pipe.send(Ended(boundary))
            os.kill(os.getpid(), signal.SIGKILL)


class Victims:
    """Processes that are killed at a boundary each.

    They are forked from one that holds no connection and may have rehearsed, so that all of its
    statements are compiled.
    """

    def __init__(self, place: stage.Place, rehearsal: Action | None = None) -> None:
        """Victims on these stores, which do the like of `rehearsal(stores)`."""
        self._pipe, there = multiprocessing.Pipe()
        self._origin = context().Process(target=_origin, args=(place, rehearsal, there))

    def __enter__(self) -> Self:
        """Ready once the rehearsal is over, so that it meets nothing of what is played."""
        self._origin.start()
        assert self._pipe.recv() == READY
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        end(self._origin)
        self._pipe.close()

    def die_at(self, at: int, action: Action) -> Ended:
        """Run `action(stores)` in a process of its own that is killed at its `at`-th boundary.

        Raises:
            RuntimeError: it ended in a third way.
        """
        self._pipe.send((at, action))
        ended: Ended = self._pipe.recv()
        code = self._pipe.recv()
        if code != (0 if ended.killed is None else -signal.SIGKILL):
            raise RuntimeError(f"the process ended with {code}: {ended}")
        return ended


def end(process: ForkServerProcess) -> None:
    """Kill -9 and bury."""
    process.kill()
    process.join()


def _origin(place: stage.Place, rehearsal: Action | None, pipe: Connection) -> None:
    stores = place.open()
    if rehearsal is not None:
        rehearsal(stores)
        stores.close()
    pipe.send(READY)
    while True:
        at, action = pipe.recv()
        child = os.fork()
        if child == 0:
            _die(stores, at, action, pipe)
        _, status = os.waitpid(child, 0)
        pipe.send(os.waitstatus_to_exitcode(status))


def _die(stores: Stores, at: int, action: Action, pipe: Connection) -> None:
    code = 1
    try:
        stage.watch(stores, KillSwitch(at, pipe))
        pipe.send(Ended(None, action(stores)))
        stores.close()
        code = 0
    finally:
        os._exit(code)
