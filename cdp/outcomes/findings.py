"""What one answer works out of the opened views, each part at most once.

The claims, the gates of offers and the actions read the same findings, so that they cannot differ
within a document. Findings live as long as the answer and hold personal data: never keep them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from cdp.outcomes.causes import Cause, causes
from cdp.outcomes.claims import Seen
from cdp.outcomes.intent import Guess, guess
from cdp.outcomes.knowledge import Fact, facts
from cdp.outcomes.preferences import Tastes, tastes
from cdp.outcomes.readings import ContextRequest, Reading
from cdp.outcomes.resolution import Issue, issues
from cdp.outcomes.satisfaction import Score, score
from cdp.outcomes.state import State
from cdp.outcomes.trail import Trail, read_trail


@dataclass(frozen=True)
class Findings:
    """What `service`, `service_insight` and `profiling_offers` tell, as of one moment."""

    service: State | None = field(repr=False)
    insight: State | None = field(repr=False)
    profiling: State | None = field(repr=False)
    request: ContextRequest

    @classmethod
    def of(cls, readings: Iterable[Reading], request: ContextRequest) -> "Findings":
        """Opens what the readings permit; None where there is nothing to open."""
        opened = {
            reading.purpose: reading.opened(request.now)
            for reading in readings
            if reading.purpose != "offers"
        }
        return cls(
            opened.get("service"),
            opened.get("service_insight"),
            opened.get("profiling_offers"),
            request,
        )

    @property
    def now(self) -> datetime:
        """The moment of the answer."""
        return self.request.now

    @cached_property
    def trail(self) -> Trail:
        """The trail of the service view; empty when it is not open."""
        return read_trail(self.service or {})

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """The plain facts of the service view."""
        return facts(self.service or {}, self.now)

    @cached_property
    def issues(self) -> tuple[Issue, ...]:
        """Every issue of that trail."""
        return issues(self.trail, self.now)

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """The root causes of that trail."""
        return causes(self.trail)

    @cached_property
    def insight_trail(self) -> Trail:
        """The trail of the insight view."""
        return read_trail(self.insight or {})

    @cached_property
    def insight_issues(self) -> tuple[Issue, ...]:
        """The issues of that trail: what service insight may know of them."""
        return issues(self.insight_trail, self.now)

    @cached_property
    def score(self) -> Score:
        """The satisfaction score of the insight view."""
        return score(self.insight_trail, self.now, self.insight_issues)

    @cached_property
    def guess(self) -> Guess:
        """What the customer probably came for."""
        return guess(self.insight_trail, self.insight_issues, self.hint, self.now)

    @property
    def hint(self) -> tuple[str, Seen] | None:
        """The topic the request itself names, and itself as the evidence."""
        request = self.request
        if not request.topic:
            return None
        name = request.interaction_id or "request"
        seen = Seen("request", name, request.now, request.client, "topic", request.topic)
        return request.topic, seen

    @cached_property
    def behaviour(self) -> Trail:
        """The trail of the profiling view."""
        return read_trail(self.profiling or {})

    @cached_property
    def tastes(self) -> Tastes:
        """The preferences of the profiling view."""
        return tastes(self.profiling or {}, self.behaviour, self.now)
