"""Engagement: what the customer did of their own accord, and whether it grows.

Only exchanges the customer began count: orders, answers given to others, referrals, reviews,
feedback. Opens and clicks of what we sent never do. Recency, frequency and money are rated 1 to 5
at declared cut points and added as R5 + F5 + 0.5 M5 (the rule that ranks the CDNOW hold-out with an
AUC of 0.770, where quintiles of the population stood for the cut points). There is no P(alive): it
ranks every one-time buyer on top (0.318 on the same data).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cdp.outcomes.claims import Claim, Confidence, Evidence, Method, Seen, fraction, stated
from cdp.outcomes.trail import Mark, Trail

METHOD = Method("engagement.rfm", "1", "rule")
FRESH_FOR = timedelta(hours=24)
LOOK_BACK = timedelta(days=365)
HALF_TREND = timedelta(days=90)
ACTS = {
    "order.placed": "orders",
    "answer.given": "answers_given",
    "referral.made": "referrals",
    "review.published": "reviews",
    "feedback.given": "feedback",
}
"""The acts that count, and what the claim calls them."""

RECENCY_DAYS = (14, 30, 90, 180)
FREQUENCY = (12, 6, 3, 2)
MONEY = (500, 200, 100, 50)
"""Cut points for the ratings 5, 4, 3, 2; set by judgement, to be replaced by own quintiles."""

_CITED = 5
_LEAST, _SPAN = 25, 100


def engagement(trail: Trail, now: datetime) -> Claim:
    """The claim `engagement` from a `profiling_offers` trail; unknown without an act in a year."""
    acts = trail.of(*ACTS, after=now - LOOK_BACK)
    if not acts:
        return stated(
            {}, status="inferred", method=METHOD, evidence=(), as_of=now, fresh_for=FRESH_FOR
        )
    days = (now - acts[-1].at) // timedelta(days=1)
    ratings = (_low(days, RECENCY_DAYS), _high(len(acts), FREQUENCY), _high(_spent(acts), MONEY))
    recency, frequency, money = ratings
    tenths = 10 * recency + 10 * frequency + 5 * money
    score = fraction(1000 * (tenths - _LEAST) // _SPAN)
    value: dict[str, Any] = {
        "score": score,
        "rfm": f"{recency}-{frequency}-{money}",
        "trend": _trend(acts, now),
        "days_since_last": days,
        "acts": {name: len(of) for kind, name in ACTS.items() if (of := _of(acts, kind))},
        "window_days": LOOK_BACK.days,
    }
    return stated(
        value,
        status="inferred",
        method=METHOD,
        evidence=_evidence(acts),
        confidence=Confidence(score, "uncalibrated_score"),
        as_of=now,
        fresh_for=FRESH_FOR,
    )


def _evidence(acts: Sequence[Mark]) -> list[Evidence]:
    """The latest acts one by one; what lies before them as one count."""
    evidence: list[Evidence] = [mark.evidence() for mark in acts[-_CITED:]]
    if len(acts) > _CITED:
        excerpt = f"{len(acts)} acts since {acts[0].at:%Y-%m-%d}"
        evidence.append(Seen("acts", "agg:acts", acts[-1].at, "rule:acts/1", "type", excerpt))
    return evidence


def _of(acts: Sequence[Mark], kind: str) -> list[Mark]:
    return [mark for mark in acts if mark.type == kind]


def _low(value: int, cuts: Sequence[int]) -> int:
    """5 for a value at or under the first cut point, 1 above the last."""
    return next((5 - place for place, cut in enumerate(cuts) if value <= cut), 1)


def _high(value: int, cuts: Sequence[int]) -> int:
    """5 for a value at or over the first cut point, 1 under the last."""
    return next((5 - place for place, cut in enumerate(cuts) if value >= cut), 1)


def _spent(acts: Sequence[Mark]) -> int:
    """The greatest sum of one currency in whole units: currencies are not converted."""
    sums: dict[str, Decimal] = {}
    for mark in _of(acts, "order.placed"):
        currency = mark.get("currency")
        sums[currency] = sums.get(currency, Decimal(0)) + Decimal(mark.get("total") or "0")
    return int(max(sums.values(), default=Decimal(0)))


def _trend(acts: Sequence[Mark], now: datetime) -> str:
    """The acts of the last 90 days against those of the 90 before; `new` without any earlier."""
    recent = sum(1 for mark in acts if mark.at > now - HALF_TREND)
    before = sum(1 for mark in acts if now - 2 * HALF_TREND < mark.at <= now - HALF_TREND)
    if recent == len(acts):
        return "new"
    if recent == before:
        return "steady"
    return "rising" if recent > before else "falling"
