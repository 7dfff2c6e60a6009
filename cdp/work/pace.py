"""The pace of bulk work: how much at once, how long between units, who is told, who stops it."""

from collections.abc import Callable
from threading import Event
from typing import Final

# Between two units of bulk work, so that whoever waits for the lock gets it.
BREATH: Final = 0.01

Progress = Callable[[str, int], None]


class Stopped(Exception):
    """Bulk work was asked to end, and ended between two of its units."""


def silent(_what: str, _count: int) -> None:
    """No progress is shown."""


def until(stopping: Event, progress: Progress = silent) -> Progress:
    """Progress that ends bulk work once `stopping` is set: every unit tells of itself when done.

    Raises (when called):
        Stopped: it is set.
    """

    def told(what: str, count: int) -> None:
        progress(what, count)
        if stopping.is_set():
            raise Stopped

    return told
