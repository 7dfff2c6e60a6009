"""Resolved at first contact: three counts side by side, for the cases of one customer.

Counts and never rates: one person has too few cases for a rate. Only cases whose first closing lies
seven days back are counted, since before that nobody knows whether the customer comes back. The
three definitions are those in use: not reopened; and no repeat within seven days in the same topic
or about the same order; and not transferred to another team.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from cdp.outcomes.trail import CONVERSATION, SILENCE, Mark, Trail, first

LOOK_BACK = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class FirstContact:
    """Closed cases with complete follow-up, and how many of them pass each definition in turn."""

    closed: int = 0
    not_reopened: int = 0
    and_no_repeat: int = 0
    and_not_transferred: int = 0

    def document(self) -> dict[str, int]:
        """As it stands in the claim `resolution`."""
        return {
            "closed": self.closed,
            "not_reopened": self.not_reopened,
            "and_no_repeat_7d": self.and_no_repeat,
            "and_not_transferred": self.and_not_transferred,
        }


def first_contact(trail: Trail, now: datetime) -> FirstContact | None:
    """The counts over a year; None where no case has a complete follow-up."""
    passed = list(_passed(trail, now))
    if not passed:
        return None
    return FirstContact(len(passed), *(sum(1 for each in passed if each >= n) for n in (1, 2, 3)))


def _passed(trail: Trail, now: datetime) -> Iterable[int]:
    """For each counted case how many definitions it passes, in their order."""
    for case, marks in trail.cases.items():
        closed = first(marks, "case.closed", "case.confirmed")
        if closed is None or not now - LOOK_BACK < closed.at <= now - SILENCE:
            continue
        tests = (
            not first(marks, "case.reopened"),
            not _came_back(trail, case, closed),
            not first(marks, "case.transferred"),
        )
        yield tests.index(False) if False in tests else len(tests)


def _came_back(trail: Trail, case: str, closed: Mark) -> bool:
    topic, about = trail.about_case(case)
    later = trail.touching.since(topic, about, case, moment=(closed.at, ""))
    return any(
        closed.at + CONVERSATION < contact.mark.at and contact.mark.object != case
        for contact in takewhile(lambda one: one.mark.at <= closed.at + SILENCE, later)
    )
