"""The pace of bulk work: how much at once, how long between two units, who is told."""

from collections.abc import Callable
from typing import Final

# Between two units of bulk work, so that whoever waits for the lock gets it.
BREATH: Final = 0.01

Progress = Callable[[str, int], None]


def silent(_what: str, _count: int) -> None:
    """No progress is shown."""
