"""Satisfaction: the chance that the customer would rate us low, read from the trail.

An additive scorecard. It starts from the share of low ratings (1 or 2 of 5) where everything came
in time; the worst of the recent orders and every signal of the last 30 days add their points. A
survey never enters; surveys calibrate. The result is a binary `p_low` with its drivers, never a
star: stars inside a conversation cannot be predicted (kappa 0.17 at best in the literature).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from cdp.outcomes.claims import Claim, Confidence, Evidence, Method, fraction, stated
from cdp.outcomes.resolution import Issue, case_issues, not_delivered, overdue
from cdp.outcomes.struggle import abandoned, reformulated
from cdp.outcomes.trail import Mark, Trail, first, promise, repeats

METHOD = Method("satisfaction.trail-scorecard", "2", "rule")
FRESH_FOR = timedelta(hours=6)
LOOK_BACK = timedelta(days=30)
WATCH_FROM = 150
AT_RISK_FROM = 350
"""Bands in thousandths: fine below the first, at risk from the second."""

_BASE = 93
_LEAST, _MOST = 10, 970
_SLIGHTLY_LATE = timedelta(days=3)
_CITED, _MOST_CITED = 4, 20
_OLD_CASE_HOURS = (48, 168)


@dataclass(frozen=True, slots=True)
class Points:
    """What one signal adds, in thousandths, how often it may count, and where that comes from."""

    each: int
    at_most: int
    source: str


_OLIST = "share of low ratings minus the base, Olist orders (shop sample of 14 872 rated orders)"
_JUDGED = "set by judgement; to be calibrated on a workspace's own surveys"

SCORECARD: Mapping[str, Points] = MappingProxyType(
    {
        "not_delivered_by_promise": Points(677, 1, f"0.770 (n=1 495): {_OLIST}"),
        "cancelled_by_us": Points(685, 1, f"0.778 (n=108), whoever cancelled: {_OLIST}"),
        "delivered_late_over_3d": Points(300, 1, f"0.393 (n=28): {_OLIST}"),
        "delivered_late": Points(160, 1, f"0.253 (n=221): {_OLIST}"),
        "delivery_failed": Points(200, 1, _JUDGED),
        "complaint": Points(260, 1, _JUDGED),
        "repeat_contact": Points(60, 2, _JUDGED),
        "transfer": Points(40, 2, _JUDGED),
        "refund_or_return": Points(100, 1, _JUDGED),
        "reopened": Points(100, 1, _JUDGED),
        "open_case_over_48h": Points(80, 1, _JUDGED),
        "open_case_over_7d": Points(150, 1, _JUDGED),
        "reformulated_search": Points(80, 2, _JUDGED),
        "abandonment": Points(50, 2, _JUDGED),
        "thanks": Points(-60, 1, _JUDGED),
    }
)
"""Version 2 of the scorecard. The base is 0.093, delivered in time (n=18 472, the same source)."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One driver: its name in the scorecard, how often it was seen, and the evidence."""

    name: str
    count: int
    evidence: tuple[Evidence, ...]

    @property
    def points(self) -> int:
        """Thousandths it adds."""
        rule = SCORECARD[self.name]
        return rule.each * min(self.count, rule.at_most)

    def document(self) -> dict[str, Any]:
        """As it stands among the drivers."""
        return {
            "signal": self.name,
            "count": self.count,
            "weight": f"{self.points / 1000:+.3f}",
        }


@dataclass(frozen=True, slots=True)
class Score:
    """`p_low` in thousandths with what drove it, what speaks against it, and what was looked at."""

    thousandths: int
    signals: tuple[Signal, ...]
    counter: tuple[Evidence, ...]
    looked_at: tuple[Evidence, ...] = field(repr=False)

    @property
    def band(self) -> str:
        """`fine`, `watch` or `at_risk`."""
        if self.thousandths >= AT_RISK_FROM:
            return "at_risk"
        return "watch" if self.thousandths >= WATCH_FROM else "fine"

    @property
    def guarded(self) -> bool:
        """True when offers stay away: the band is `at_risk`."""
        return self.thousandths >= AT_RISK_FROM


def score(trail: Trail, now: datetime, found: Sequence[Issue] | None = None) -> Score:
    """The scorecard applied to the trail as of now; `found` are its issues where known already."""
    standing = case_issues(trail, now) if found is None else found
    recent = _recent_orders(trail, now)
    signals = [
        *_worst_order(recent, now),
        *_signals(trail, standing, now),
        *_of_behaviour(trail, now),
    ]
    signals.sort(key=lambda signal: (-signal.points, signal.name))
    in_time = [mark.evidence() for marks in recent.values() for mark in _delivered_in_time(marks)]
    in_time = in_time[-_MOST_CITED:]
    latest = sorted((marks[-1] for marks in recent.values()), key=lambda mark: (mark.at, mark.id))
    looked_at: list[Evidence] = [mark.evidence() for mark in latest[-_MOST_CITED:]]
    looked_at += [
        contact.mark.evidence()
        for contact in trail.contacts[-_MOST_CITED:]
        if contact.mark.at > now - LOOK_BACK
    ]
    total = _BASE + sum(signal.points for signal in signals)
    looked_at += [piece for signal in signals for piece in signal.evidence]
    thousandths = max(_LEAST, min(total, _MOST))
    return Score(thousandths, tuple(signals), tuple(in_time), tuple(looked_at))


def satisfaction(result: Score, now: datetime) -> Claim:
    """The claim `satisfaction`: `p_low`, `band`, `drivers`; unknown without a recent trail."""
    driving = [piece for signal in result.signals if signal.points > 0 for piece in signal.evidence]
    easing = [piece for signal in result.signals if signal.points < 0 for piece in signal.evidence]
    p_low = fraction(result.thousandths)
    return stated(
        {
            "p_low": p_low,
            "band": result.band,
            "drivers": [signal.document() for signal in result.signals],
        },
        status="inferred",
        method=METHOD,
        evidence=driving or result.looked_at,
        counter_evidence=(*result.counter, *easing) if driving else (),
        confidence=Confidence(p_low, "uncalibrated_score"),
        as_of=now,
        fresh_for=FRESH_FOR,
    )


def _recent_orders(trail: Trail, now: datetime) -> dict[str, Sequence[Mark]]:
    return {
        order: marks
        for order, marks in trail.orders.items()
        if marks[-1].at > now - LOOK_BACK or overdue(marks, now)
    }


def _worst_order(orders: Mapping[str, Sequence[Mark]], now: datetime) -> list[Signal]:
    """The one order signal with the most points: problems of orders do not add up."""
    found = [
        signal for order, marks in orders.items() for signal in _order_signals(order, marks, now)
    ]
    return sorted(found, key=lambda signal: -signal.points)[:1]


def _order_signals(order: str, marks: Sequence[Mark], now: datetime) -> Iterable[Signal]:
    late = overdue(marks, now)
    if late is not None:
        proof = (late[0].evidence(), not_delivered(order, now))
        yield Signal("not_delivered_by_promise", 1, proof)
    cancelled = first(marks, "order.cancelled")
    if cancelled is not None and cancelled.get("by") != "customer":
        yield Signal("cancelled_by_us", 1, (cancelled.evidence(),))
    failed = first(tuple(reversed(marks)), "delivery.failed")
    if failed is not None and not first(marks, "delivery.delivered", after=failed.at):
        yield Signal("delivery_failed", 1, (failed.evidence(),))
    yield from _late_delivery(marks)


def _late_delivery(marks: Sequence[Mark]) -> Iterable[Signal]:
    given, delivered = promise(marks), first(marks, "delivery.delivered")
    if given is None or delivered is None or delivered.at <= given[1]:
        return
    slightly = delivered.at - given[1] <= _SLIGHTLY_LATE
    name = "delivered_late" if slightly else "delivered_late_over_3d"
    yield Signal(name, 1, (given[0].evidence(), delivered.evidence()))


def _delivered_in_time(marks: Sequence[Mark]) -> list[Mark]:
    given, delivered = promise(marks), first(marks, "delivery.delivered")
    in_time = given is not None and delivered is not None and delivered.at <= given[1]
    return [delivered] if delivered is not None and in_time else []


def _signals(trail: Trail, standing: Sequence[Issue], now: datetime) -> Iterable[Signal]:
    """The signals of the last 30 days that are not the state of an order."""
    again = [contact.mark for contact in repeats(trail, now, LOOK_BACK)]
    complaints = [
        contact.mark for contact in trail.contacts if contact.mark.type == "complaint.received"
    ]
    of_cases = [mark for marks in trail.cases.values() for mark in marks]
    of_orders = [mark for marks in trail.orders.values() for mark in marks]
    groups = {
        "complaint": complaints,
        "repeat_contact": again,
        "transfer": _of(of_cases, "case.transferred"),
        "refund_or_return": _of(of_orders, "refund.issued", "return.requested"),
        "reopened": _of(of_cases, "case.reopened"),
    }
    for name, marks in groups.items():
        seen = [mark for mark in marks if mark.at > now - LOOK_BACK]
        if seen:
            yield Signal(name, len(seen), tuple(mark.evidence() for mark in seen[-_MOST_CITED:]))
    yield from _old_case(standing, now)


def _of_behaviour(trail: Trail, now: datetime) -> Iterable[Signal]:
    """What the customer did rather than reported: searched again, gave up, said thank you."""
    since = now - LOOK_BACK
    thanked = trail.of("thanks.received", after=since)
    complained = trail.of("complaint.received", after=thanked[-1].at if thanked else since)
    groups = {
        "reformulated_search": reformulated(trail, since),
        "abandonment": abandoned(trail, since),
        "thanks": () if complained else thanked,
    }
    for name, marks in groups.items():
        if marks:
            yield Signal(name, len(marks), tuple(mark.evidence() for mark in marks[-_CITED:]))


def _of(marks: Sequence[Mark], *types: str) -> list[Mark]:
    return [mark for mark in marks if mark.type in types]


def _old_case(standing: Sequence[Issue], now: datetime) -> Iterable[Signal]:
    """The oldest case whose ticket still waits for an answer."""
    waiting = [
        issue for issue in standing if issue.subject[0] == "case" and issue.standing.state == "open"
    ]
    if not waiting:
        return
    oldest = max(waiting, key=lambda issue: (issue.age_hours(now), issue.subject))
    days_2, days_7 = _OLD_CASE_HOURS
    if oldest.age_hours(now) >= days_7:
        yield Signal("open_case_over_7d", 1, oldest.evidence)
    elif oldest.age_hours(now) >= days_2:
        yield Signal("open_case_over_48h", 1, oldest.evidence)
