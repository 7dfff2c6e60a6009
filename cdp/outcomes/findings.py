"""What one answer works out of the opened service views, each part at most once.

The claims, the gates of offers and the actions read the same findings, so that they cannot differ
within a document. Findings live as long as the answer and hold personal data: never keep them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from cdp.outcomes.readings import Reading
from cdp.outcomes.resolution import Issue, issues
from cdp.outcomes.satisfaction import Score, score
from cdp.outcomes.state import State
from cdp.outcomes.trail import Trail, read_trail


@dataclass(frozen=True)
class Findings:
    """The trail and issues of `service` and the score of `service_insight`, as of one moment."""

    service: State | None = field(repr=False)
    insight: State | None = field(repr=False)
    now: datetime

    @classmethod
    def of(cls, readings: Iterable[Reading], now: datetime) -> "Findings":
        """Opens what the two readings permit; None where there is nothing to open."""
        opened = {reading.purpose: reading.opened(now) for reading in readings}
        return cls(opened.get("service"), opened.get("service_insight"), now)

    @cached_property
    def trail(self) -> Trail:
        """The trail of the service view; empty when it is not open."""
        return read_trail(self.service or {})

    @cached_property
    def issues(self) -> tuple[Issue, ...]:
        """Every issue of that trail."""
        return issues(self.trail, self.now)

    @cached_property
    def score(self) -> Score:
        """The satisfaction score of the insight view."""
        return score(read_trail(self.insight or {}), self.now)
