"""Rates: a token bucket per client and process.

A bucket holds what a client may ask in one minute and fills evenly. Finding profiles by identifiers
has a bucket of a tenth of that, because there somebody may try addresses. With several processes a
client has its rate in each of them.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cdp.web.problems import RateExceeded

MINUTE: Final = 60.0
RESOLVE_SHARE: Final = 10


class Buckets:
    """One bucket for each holder that was admitted once; holders are known clients only."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now` in seconds, never going back."""
        self._now = now
        self._lock = threading.Lock()
        self._levels: dict[tuple[UUID, str], tuple[float, float]] = {}

    def take(self, client: UUID, kind: str, per_minute: int) -> float:
        """Take one token. Returns 0, or the seconds until there is one."""
        with self._lock:
            now = self._now()
            level, since = self._levels.get((client, kind), (float(per_minute), now))
            level = min(float(per_minute), level + (now - since) * per_minute / MINUTE)
            if level >= 1:
                self._levels[client, kind] = (level - 1, now)
                return 0.0
            self._levels[client, kind] = (level, now)
            return (1 - level) * MINUTE / per_minute


@dataclass(frozen=True)
class Meter:
    """What one client may still ask."""

    buckets: Buckets
    client: UUID
    per_minute: int

    def take(self) -> None:
        """One request.

        Raises:
            RateExceeded: none is left.
        """
        self._take("all", self.per_minute)

    def take_resolve(self) -> None:
        """One search by identifiers, which has a rate of its own.

        Raises:
            RateExceeded: none is left.
        """
        self._take("resolve", max(1, self.per_minute // RESOLVE_SHARE))

    def _take(self, kind: str, per_minute: int) -> None:
        seconds = self.buckets.take(self.client, kind, per_minute)
        if seconds:
            raise RateExceeded(seconds)
