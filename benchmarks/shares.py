"""Where the time of one call goes: functions are watched from outside, the product has no timers.

Times are exclusive: what a watched function spends in another watched one counts for that one.
"""

import functools
import importlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any


class Stopwatch:
    """Adds up seconds by share; `parts` maps a share to the places `module:name` it is spent in."""

    def __init__(self, parts: Mapping[str, tuple[str, ...]]) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._parts = parts
        self._inner: list[float] = []

    @contextmanager
    def watching(self) -> Iterator["Stopwatch"]:
        """While this lasts.

        Raises:
            LookupError: a place that is not there: the product has changed, change the list.
        """
        undo: list[tuple[Any, str, Any]] = []
        try:
            for share, places in self._parts.items():
                for place in places:
                    owner, name, found = _find(place)
                    undo.append((owner, name, found))
                    setattr(owner, name, self._watched(share, found))
            yield self
        finally:
            for owner, name, found in reversed(undo):
                setattr(owner, name, found)

    def _watched(self, share: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self._inner.append(0.0)
            begun = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                spent = time.perf_counter() - begun
                self.seconds[share] += spent - self._inner.pop()
                if self._inner:
                    self._inner[-1] += spent

        return timed


def _find(place: str) -> tuple[Any, str, Any]:
    module, _, path = place.partition(":")
    *outer, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for step in outer:
        owner = getattr(owner, step, None)
    found = getattr(owner, name, None)
    if found is None:
        raise LookupError(f"there is no {place} to watch any more")
    return owner, name, found
