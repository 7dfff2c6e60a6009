"""Value exchanged: one line for each closed interaction, what the customer got, what we learned.

An interaction here is a case whose resolution held, or an order that was delivered or paid back.
The customer got what the marks name (an answer, the goods in time or late, money back); we learned
what was declared meanwhile, the topic, and the cause where a problem record names one. Nothing is
guessed: a line may hold an empty list, which is what it says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cdp.clock import instant, text
from cdp.outcomes.causes import Cause
from cdp.outcomes.claims import Claim, Evidence, Method, stated
from cdp.outcomes.resolution import Issue
from cdp.outcomes.trail import Mark, Trail, first, promise

METHOD = Method("exchanged.closed-interactions", "1", "rule")
FRESH_FOR = timedelta(hours=24)
LOOK_BACK = timedelta(days=90)
MOST = 5
"""How many lines a context lists, the latest first."""

_GOT = {"case.answered": "answer", "answer.used": "answer", "refund.issued": "refund"}


@dataclass(frozen=True, slots=True)
class Line:
    """One closed interaction."""

    subject: tuple[str, str] = field(repr=False)
    closed_at: datetime
    got: tuple[str, ...]
    learned: tuple[str, ...] = field(repr=False)
    evidence: tuple[Evidence, ...]


def exchanged(
    state: Mapping[str, Any],
    trail: Trail,
    found: Sequence[Issue],
    known: Sequence[Cause],
    now: datetime,
) -> tuple[Claim, ...]:
    """One claim for each interaction closed in the last 90 days, the latest first."""
    said = [
        (entry["key"], instant(entry["at"]))
        for entry in state.get("declared", ())
        if instant(entry["at"]) > now - LOOK_BACK
    ]
    since = now - LOOK_BACK
    held = [
        issue
        for issue in found
        if issue.subject[0] == "case"
        and issue.standing.state == "resolved_confirmed"
        and trail.cases[issue.subject[1]][-1].at > since
    ]
    lines = [*_cases(trail, held, known, said), *_orders(trail)]
    recent = [line for line in lines if line.closed_at > since]
    recent.sort(key=lambda line: (line.closed_at, line.subject), reverse=True)
    return tuple(_claim(line, now) for line in recent[:MOST])


def _claim(line: Line, now: datetime) -> Claim:
    kind, name = line.subject
    return stated(
        {
            kind: name,
            "closed_at": text(line.closed_at),
            "customer_got": list(line.got),
            "we_learned": list(line.learned),
        },
        status="observed",
        method=METHOD,
        evidence=line.evidence,
        as_of=now,
        fresh_for=FRESH_FOR,
    )


def _cases(
    trail: Trail,
    held: Sequence[Issue],
    known: Sequence[Cause],
    said: Sequence[tuple[str, datetime]],
) -> Iterable[Line]:
    answers: dict[str, list[Mark]] = {}
    for mark in trail.of("answer.used"):
        answers.setdefault(mark.get("case"), []).append(mark)
    for issue in held:
        name = issue.subject[1]
        own = trail.cases[name]
        order = trail.about_case(name)[1]
        ends = max(own[-1].at, issue.opened_at)
        told = [key for key, at in said if issue.opened_at <= at <= ends]
        causes = [one for one in known if name in one.cases]
        given = [*own, *answers.get(name, ()), *_refunds(trail.orders.get(order, ()), issue)]
        got = [mark for mark in given if mark.type in _GOT]
        learned = [f"topic:{issue.topic}"] if issue.topic else []
        learned += [f"cause:{one.problem}" for one in causes]
        yield Line(
            subject=("case", name),
            closed_at=ends,
            got=tuple(sorted({_GOT[mark.type] for mark in got})),
            learned=(*learned, *sorted(set(told))),
            evidence=(
                *issue.evidence,
                *(mark.evidence() for mark in got),
                *(piece for one in causes for piece in one.evidence),
            ),
        )


def _refunds(marks: Sequence[Mark], issue: Issue) -> list[Mark]:
    return [mark for mark in marks if mark.type == "refund.issued" and mark.at >= issue.opened_at]


def _orders(trail: Trail) -> Iterable[Line]:
    for order, marks in trail.orders.items():
        end = first(marks, "delivery.delivered", "refund.issued")
        if end is None:
            continue
        yield Line(
            subject=("order", order),
            closed_at=end.at,
            got=(_goods(marks, end),),
            learned=tuple(
                f"reason:{mark.get('reason')}"
                for mark in marks
                if mark.type == "return.requested" and mark.get("reason")
            ),
            evidence=(marks[0].evidence(), end.evidence()),
        )


def _goods(marks: Sequence[Mark], end: Mark) -> str:
    if end.type == "refund.issued":
        return "refund"
    given = promise(marks)
    if given is None:
        return "goods"
    return "goods_in_time" if end.at <= given[1] else "goods_late"
