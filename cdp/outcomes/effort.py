"""Effort: how much of the customer's time we take.

Counts of the last 30 days: contacts, transfers between teams, repeats in one topic, and for each
case the minutes to its resolution (or so far) against the median its journey declares. The band is
a rule over those counts and is never a goal of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cdp.outcomes.claims import Absence, Claim, Evidence, Method, stated
from cdp.outcomes.resolution import Issue
from cdp.outcomes.trail import Trail, conversations, first, repeats

METHOD = Method("effort.counts", "1", "rule")
FRESH_FOR = timedelta(hours=6)
LOOK_BACK = timedelta(days=30)

_HIGH = {"contacts": 4, "transfers": 2, "repeats": 2, "percent_of_median": 200}
_LOW = {"contacts": 1, "transfers": 0, "repeats": 0, "percent_of_median": 100}
_MOST = 20
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Case:
    name: str = field(repr=False)
    minutes: int
    resolved: bool
    percent: int
    evidence: tuple[Evidence, ...]

    def document(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"case": self.name, "resolved": self.resolved}
        entry["minutes"] = self.minutes
        return entry | ({"percent_of_median": self.percent} if self.percent else {})


def effort(trail: Trail, found: Sequence[Issue], median_minutes: int, now: datetime) -> Claim:
    """The claim `effort` from a `service_insight` trail; unknown where there is no trail.

    Args:
        trail: the insight trail.
        found: its issues.
        median_minutes: to the resolution of a case, as the journey about cases declares; 0 if none.
        now: the moment.
    """
    contacts = [one for one in conversations(trail) if one.mark.at > now - LOOK_BACK]
    transfers = trail.of("case.transferred", after=now - LOOK_BACK)
    again = repeats(trail, now, LOOK_BACK)
    cases = _cases(trail, found, median_minutes, now)
    counts = {
        "contacts": len(contacts),
        "transfers": len(transfers),
        "repeats": len(again),
        "percent_of_median": max((case.percent for case in cases), default=0),
    }
    evidence: list[Evidence] = [one.mark.evidence() for one in contacts[-_MOST:]]
    evidence += [mark.evidence() for mark in transfers[-_MOST:]]
    evidence += [piece for case in cases[:_MOST] for piece in case.evidence]
    if not evidence and not trail.empty:
        looked = f"no contact in the {LOOK_BACK.days} days before this moment"
        evidence.append(Absence(looked, now, "no_contact/1"))
    value: dict[str, Any] = {
        "window_days": LOOK_BACK.days,
        "contacts": counts["contacts"],
        "transfers": counts["transfers"],
        "repeats": counts["repeats"],
        "cases": [case.document() for case in cases[:_MOST]],
        "band": _band(counts),
    }
    if median_minutes:
        value["median_minutes"] = median_minutes
    return stated(
        value,
        status="observed",
        method=METHOD,
        evidence=evidence,
        as_of=now,
        fresh_for=FRESH_FOR,
    )


def _band(counts: dict[str, int]) -> str:
    if any(counts[name] >= limit for name, limit in _HIGH.items()):
        return "high"
    if all(counts[name] <= limit for name, limit in _LOW.items()):
        return "low"
    return "usual"


def _cases(
    trail: Trail, found: Sequence[Issue], median_minutes: int, now: datetime
) -> tuple[_Case, ...]:
    """The cases that ran within the look-back, the oldest first."""
    cases = []
    for issue in found:
        kind, name = issue.subject
        if kind != "case":
            continue
        closed = first(tuple(reversed(trail.cases[name])), "case.closed", "case.confirmed")
        resolved = closed is not None and issue.standing.state.startswith("resolved_")
        end = closed.at if resolved and closed is not None else now
        if end <= now - LOOK_BACK or issue.standing.state == "continued":
            continue
        minutes = (end - issue.opened_at) // _MINUTE
        percent = 100 * minutes // median_minutes if median_minutes else 0
        evidence = issue.evidence if closed is None else (*issue.evidence, closed.evidence())
        cases.append(_Case(name, minutes, resolved, percent, evidence))
    return tuple(sorted(cases, key=lambda case: (-case.minutes, case.name)))
