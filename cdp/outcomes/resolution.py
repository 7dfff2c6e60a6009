"""Resolution: what is unresolved, judged by what the customer did next and not by the ticket.

Every case walks `open → answered → resolved_unconfirmed → resolved_confirmed`. A closed ticket is
only unconfirmed; the customer confirms it, in words or by seven days without a repeat in the same
topic or about the same order, on any channel. A repeat or a refund in those days returns it to
open, a reopening at any time. When the repeat is a case of its own, the issue is `continued` there.

An issue without an open ticket (a bare complaint, a return to open that only a contact or a refund
caused) has nobody to close it, so 30 days of silence do: 27.6 % of topics repeat within 30 days and
most of those long before (ServiceNow incident log, complete follow-up only).

An order is a problem while its promise has passed and nothing was delivered, cancelled or refunded,
for 60 days at most: after that the silence says more about the source than about the parcel.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import merge
from typing import Any

from cdp.clock import instant, text
from cdp.outcomes.causes import Cause
from cdp.outcomes.claims import Absence, Claim, Evidence, Method, stated
from cdp.outcomes.first_contact import first_contact
from cdp.outcomes.trail import (
    CONVERSATION,
    SILENCE,
    Contact,
    Mark,
    Moment,
    Trail,
    first,
    promise,
    repeats,
)

METHOD = Method("resolution.ledger", "2", "rule")
FRESH_FOR = timedelta(hours=1)
MOST = 25
"""How many issues of each kind a claim names; if there are more, `unsettled_count` says so."""

WITHOUT_TICKET = timedelta(days=30)
OVERDUE_FOR = timedelta(days=60)
UNSETTLED = frozenset({"open", "answered", "resolved_unconfirmed"})

_OWN = {
    "case.answered": "answer",
    "case.closed": "close",
    "case.confirmed": "confirm",
    "case.reopened": "reopen",
}
_NEXT = {
    ("open", "answer"): "answered",
    ("open", "close"): "resolved_unconfirmed",
    ("open", "confirm"): "resolved_confirmed",
    ("open", "repeat"): "open",
    ("answered", "close"): "resolved_unconfirmed",
    ("answered", "confirm"): "resolved_confirmed",
    ("answered", "reopen"): "open",
    ("answered", "repeat"): "open",
    ("answered", "continue"): "open",
    ("resolved_unconfirmed", "confirm"): "resolved_confirmed",
    ("resolved_unconfirmed", "reopen"): "open",
    ("resolved_unconfirmed", "repeat"): "open",
    ("resolved_unconfirmed", "refund"): "open",
    ("resolved_unconfirmed", "continue"): "continued",
    ("resolved_confirmed", "reopen"): "open",
    ("continued", "reopen"): "open",
}
_FOREIGN = frozenset({"repeat", "refund", "continue"})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an issue stands: its state, since when, by which mark, and whether a ticket is open."""

    state: str
    since: datetime
    mark: Mark
    ticket: bool
    returns: int = 0


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing the customer needs solved: a case, an order problem or a bare complaint."""

    subject: tuple[str, str] = field(repr=False)
    kind: str
    topic: str
    opened_at: datetime
    standing: Standing
    evidence: tuple[Evidence, ...]
    due_at: datetime | None = None

    @property
    def unsettled(self) -> bool:
        """True while it is open, answered, or resolved without confirmation."""
        return self.standing.state in UNSETTLED

    def age_hours(self, now: datetime) -> int:
        """Whole hours since it was opened."""
        return (now - self.opened_at) // timedelta(hours=1)

    def document(self, now: datetime) -> dict[str, Any]:
        """As it stands in the claim; what is not known is absent."""
        entry: dict[str, Any] = {self.subject[0]: self.subject[1], "kind": self.kind}
        if self.topic:
            entry["topic"] = self.topic
        entry |= {
            "state": self.standing.state,
            "since": text(self.standing.since),
            "age_hours": self.age_hours(now),
            "returned": self.standing.returns,
        }
        if self.due_at is not None:
            entry |= {"sla_due": text(self.due_at), "sla_breached": self.due_at < now}
        return entry


@dataclass(frozen=True, slots=True)
class _Step:
    action: str
    mark: Mark


def issues(trail: Trail, now: datetime) -> tuple[Issue, ...]:
    """Every issue of the trail with its standing at `now`: cases, then orders, then complaints."""
    found = list(case_issues(trail, now))
    for order, marks in trail.orders.items():
        issue = order_problem(order, marks, now)
        if issue is not None:
            found.append(issue)
    found += [_complaint(one, trail, now) for one in trail.contacts if _is_bare(one, trail)]
    return tuple(found)


def case_issues(trail: Trail, now: datetime) -> tuple[Issue, ...]:
    """The issues that have a ticket."""
    return tuple(_case(case, trail, now) for case in trail.cases)


def resolution(
    trail: Trail, found: Sequence[Issue], now: datetime, known_causes: Sequence[Cause] = ()
) -> Claim:
    """The claim `resolution`: what is open, what is closed but unconfirmed, repeats, root causes.

    `found` are the `issues` of the trail, `known_causes` its root causes. With a trail in which
    nothing is open the evidence is a named absence; without any trail the claim is unknown.
    """
    known = [issue for issue in found if issue.unsettled]
    open_ones = [issue for issue in known if issue.standing.state != "resolved_unconfirmed"]
    unconfirmed = [issue for issue in known if issue.standing.state == "resolved_unconfirmed"]
    again = repeats(trail, now)
    named = (*open_ones[:MOST], *unconfirmed[:MOST])
    evidence: list[Evidence] = [piece for issue in named for piece in issue.evidence]
    evidence += [contact.mark.evidence() for contact in again[-MOST:]]
    evidence += [piece for cause in known_causes for piece in cause.evidence]
    if not open_ones and not trail.empty:
        looked = f"no open case, complaint or order problem known at {text(now)}"
        evidence.append(Absence(looked, now, "nothing_open/1"))
    value: dict[str, Any] = {
        "open": [issue.document(now) for issue in open_ones[:MOST]],
        "unconfirmed": [issue.document(now) for issue in unconfirmed[:MOST]],
        "repeat_contact": {"within_days": SILENCE.days, "count": len(again)},
    }
    if len(named) < len(known):
        value["unsettled_count"] = len(known)
    if known_causes:
        value["root_causes"] = [cause.document() for cause in known_causes]
    counts = first_contact(trail, now)
    if counts is not None:
        value["first_contact"] = counts.document()
    return stated(
        value,
        status="observed",
        method=METHOD,
        evidence=evidence,
        as_of=now,
        fresh_for=FRESH_FOR,
    )


def overdue(marks: Sequence[Mark], now: datetime) -> tuple[Mark, datetime] | None:
    """The mark with the promise of an order that is late and not delivered, and the promise."""
    given = promise(marks)
    if given is None or first(marks, "delivery.delivered", "order.cancelled", "refund.issued"):
        return None
    return given if given[1] < now <= given[1] + OVERDUE_FOR else None


def not_delivered(order: str, now: datetime) -> Absence:
    """The named absence that goes with `overdue`."""
    return Absence(f"no delivery.delivered for {order} by {text(now)}", now, "late_undelivered/1")


def order_problem(order: str, marks: Sequence[Mark], now: datetime) -> Issue | None:
    """What is wrong with an order now: a failed delivery, a missed promise, a pending return."""
    failed = _unanswered(
        marks, "delivery.failed", ("delivery.delivered", "order.cancelled", "refund.issued"), now
    )
    if failed is not None:
        return _order_issue(order, "delivery_failed", failed.at, failed, ())
    late = overdue(marks, now)
    if late is not None:
        return _order_issue(order, "order_overdue", late[1], late[0], (not_delivered(order, now),))
    pending = _unanswered(marks, "return.requested", ("refund.issued",), now)
    if pending is not None:
        return _order_issue(order, "return_pending", pending.at, pending, ())
    return None


def _unanswered(
    marks: Sequence[Mark], kind: str, answers: tuple[str, ...], now: datetime
) -> Mark | None:
    """The latest mark of a kind that none of the answers followed, for 30 days."""
    latest = first(tuple(reversed(marks)), kind)
    if latest is None or first(marks, *answers, after=latest.at):
        return None
    return latest if now - latest.at < WITHOUT_TICKET else None


def _order_issue(
    order: str, kind: str, since: datetime, mark: Mark, absences: tuple[Absence, ...]
) -> Issue:
    standing = Standing("open", since, mark, ticket=False)
    return Issue(("order", order), kind, "", since, standing, (mark.evidence(), *absences))


def _case(case: str, trail: Trail, now: datetime) -> Issue:
    marks = trail.cases[case]
    topic, about = trail.about_case(case)
    opened = first(marks, "case.opened") or marks[0]
    own = [_Step(_OWN[mark.type], mark) for mark in marks if mark.type in _OWN]
    standing = _walk(
        Standing("open", opened.at, opened, ticket=True),
        own,
        lambda moment: _foreign(case, topic, about, trail, moment),
        now,
    )
    due = opened.get("due_at")
    return Issue(
        subject=("case", case),
        kind=opened.get("kind") or "unknown",
        topic=opened.get("topic"),
        opened_at=opened.at,
        standing=standing,
        evidence=_evidence(opened, standing),
        due_at=instant(due) if due else None,
    )


def _foreign(case: str, topic: str, about: str, trail: Trail, moment: Moment) -> Iterator[_Step]:
    """What others than the ticket say about its issue from a moment on, in order of time."""
    touches = (
        _Step("continue" if contact.mark.type == "case.opened" else "repeat", contact.mark)
        for contact in trail.touching.since(topic, about, case, moment=moment)
        if contact.mark.object != case
    )
    replies = (
        _Step("reply", contact.mark)
        for contact in trail.helping.since(topic, about, case, moment=moment)
    )
    refunds = (
        _Step("refund", mark)
        for mark in trail.orders.get(about, ())
        if mark.type == "refund.issued" and mark.order >= moment
    )
    return merge(touches, replies, refunds, key=_in_time)


def _is_bare(contact: Contact, trail: Trail) -> bool:
    """True for a complaint that no case takes up: named by it, or near it on the same subject."""
    if contact.mark.type != "complaint.received" or contact.case in trail.cases:
        return False
    return not trail.began_near(contact, SILENCE)


def _complaint(contact: Contact, trail: Trail, now: datetime) -> Issue:
    mark = contact.mark

    def later(moment: Moment) -> Iterator[_Step]:
        about = (contact.topic, contact.about)
        again = (_Step("repeat", one.mark) for one in trail.touching.since(*about, moment=moment))
        replies = (_Step("reply", one.mark) for one in trail.helping.since(*about, moment=moment))
        return (step for step in merge(again, replies, key=_in_time) if step.mark.at > mark.at)

    standing = _walk(Standing("open", mark.at, mark, ticket=False), (), later, now)
    return Issue(
        subject=("complaint", mark.id),
        kind="complaint",
        topic=contact.topic,
        opened_at=mark.at,
        standing=standing,
        evidence=_evidence(mark, standing),
    )


def _evidence(opened: Mark, standing: Standing) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys((opened.evidence(), standing.mark.evidence())))


def _walk(
    standing: Standing,
    own: Iterable[_Step],
    foreign: Callable[[Moment], Iterator[_Step]],
    now: datetime,
) -> Standing:
    """From the beginning to now: the ticket's own steps, and between them those of others.

    A customer with a thousand cases has thousands of contacts about each topic, so others are
    listened to only while they can change something.
    """
    heard: Moment = (standing.since, "")
    for step in sorted(own, key=_in_time):
        standing = _until(standing, foreign, heard, step.mark.order)
        standing = _next(_silent(standing, step.mark.at), step)
        heard = step.mark.order
    standing = _until(standing, foreign, heard, None)
    return _silent(standing, now)


def _until(
    standing: Standing,
    foreign: Callable[[Moment], Iterator[_Step]],
    heard: Moment,
    moment: Moment | None,
) -> Standing:
    """What others make of a standing from where they were heard last until a moment."""
    if _deaf(standing):
        return standing
    for step in foreign(heard):
        if moment is not None and step.mark.order >= moment:
            break
        standing = _next(_silent(standing, step.mark.at), step)
        if _deaf(standing):
            break
    return standing


def _deaf(standing: Standing) -> bool:
    """True when nothing but the ticket itself changes a standing: an open one waits for its answer,
    and what is settled only a reopening returns."""
    return standing.state not in UNSETTLED or (standing.state == "open" and standing.ticket)


def _in_time(step: _Step) -> Moment:
    return step.mark.order


def _silent(standing: Standing, moment: datetime) -> Standing:
    """What silence alone makes of a standing by this moment."""
    limit = None
    if standing.state == "resolved_unconfirmed":
        limit = SILENCE
    elif standing.state in {"open", "answered"} and not standing.ticket:
        limit = WITHOUT_TICKET
    if limit is None or moment - standing.since < limit:
        return standing
    return replace(standing, state="resolved_confirmed", since=standing.since + limit)


def _next(standing: Standing, step: _Step) -> Standing:
    at = step.mark.at
    action = "answer" if step.action == "reply" and not standing.ticket else step.action
    state = _NEXT.get((standing.state, action))
    if state is None or at < standing.since or _same_conversation(standing, step):
        return standing
    if state == standing.state and standing.ticket:
        return standing
    returned = state == "open" and standing.state != "open"
    ticket = standing.ticket if action != "reopen" else True
    if standing.state == "resolved_unconfirmed" and action in _FOREIGN:
        ticket = False
    return Standing(state, at, step.mark, ticket, standing.returns + returned)


def _same_conversation(standing: Standing, step: _Step) -> bool:
    """A contact within the hour of an answer or closing still belongs to that conversation."""
    return (
        step.action in {"repeat", "continue"}
        and standing.state in {"answered", "resolved_unconfirmed"}
        and step.mark.at - standing.since <= CONVERSATION
    )
