"""Root causes: the problem records a customer's cases and orders were traced to.

A cause is claimed only where a problem record exists (`problem.linked`): what merely happens at the
same time is no cause. The record is open until `problem.closed`, or until its newest link says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cdp.outcomes.claims import Evidence
from cdp.outcomes.trail import Mark, Trail


@dataclass(frozen=True, slots=True)
class Cause:
    """One problem record, as far as this customer's trail tells of it."""

    problem: str = field(repr=False)
    title: str = field(repr=False)
    status: str
    owner: str
    cases: tuple[str, ...] = field(repr=False)
    orders: tuple[str, ...] = field(repr=False)
    evidence: tuple[Evidence, ...]

    def document(self) -> dict[str, Any]:
        """As it stands in the claim `resolution`; what is not known is absent."""
        entry = {
            "problem": self.problem,
            "title": self.title,
            "status": self.status,
            "owner": self.owner,
            "cases": list(self.cases),
            "orders": list(self.orders),
        }
        return {name: value for name, value in entry.items() if value}


def causes(trail: Trail) -> tuple[Cause, ...]:
    """Every problem record that a case or an order of this trail is linked to, in order of id."""
    return tuple(
        _cause(problem, marks)
        for problem, marks in trail.problems.items()
        if any(mark.type == "problem.linked" for mark in marks)
    )


def _cause(problem: str, marks: Sequence[Mark]) -> Cause:
    links = [mark for mark in marks if mark.type == "problem.linked"]
    closed = [mark for mark in marks if mark.type == "problem.closed"]
    status = _newest(marks, "status") or "open"
    if closed and closed[-1].at >= links[-1].at:
        status = "closed"
    return Cause(
        problem=problem,
        title=_newest(marks, "title"),
        status=status,
        owner=_newest(marks, "owner"),
        cases=tuple(sorted({mark.get("case") for mark in links} - {""})),
        orders=tuple(sorted({mark.get("about") for mark in links} - {""})),
        evidence=tuple(mark.evidence() for mark in (*links, *closed[-1:])),
    )


def _newest(marks: Sequence[Mark], name: str) -> str:
    return next((mark.get(name) for mark in reversed(marks) if mark.get(name)), "")
