"""Real processes for races and crashes: started from one warm server, so that each costs 20 ms.

Not forked from the caller, whose open SQLite files would take their locks along.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any, Final

from benchmarks import stage

UNHARMED_WITHIN_SECONDS: Final = 60


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


def die_at(place: stage.Place, at: int, action: Callable[[Any], Any]) -> Ended:
    """Run `action(stores)` in a process of its own that is killed at its `at`-th boundary.

    Raises:
        RuntimeError: it ended in a third way.
    """
    here, there = multiprocessing.Pipe()
    process = context().Process(target=_perform, args=(place, at, action, there))
    process.start()
    there.close()
    process.join(UNHARMED_WITHIN_SECONDS)
    if process.exitcode not in {0, -signal.SIGKILL}:
        end(process)
        raise RuntimeError(f"the process ended with {process.exitcode}")
    said = here.recv()
    return Ended(None, said) if process.exitcode == 0 else Ended(said)


def end(process: ForkServerProcess) -> None:
    """Kill -9 and bury."""
    process.kill()
    process.join()


def _perform(place: stage.Place, at: int, action: Callable[[Any], Any], pipe: Connection) -> None:
    stores = place.open()
    stage.watch(stores, KillSwitch(at, pipe))
    pipe.send(action(stores))
