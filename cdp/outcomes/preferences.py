"""Preferences, under `profiling_offers` only: what the customer says they like, and what shows.

What was declared (`category`, `category_avoid`) beats what is observed. The observed affinity of a
category is the sum over acts of a weight that halves every 90 days, as a share of all. A category
the customer asked to be spared is never an affinity; the acts that speak against the declaration
are kept with it as counter-evidence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cdp.outcomes.claims import Claim, Confidence, Method, Seen, fraction, stated
from cdp.outcomes.knowledge import DECLARED, Fact, facts
from cdp.outcomes.trail import Mark, Trail

AFFINITY = Method("preferences.affinity-decay", "1", "rule")
AFFINITY_FRESH_FOR = timedelta(days=7)
HALF_LIFE_DAYS = 90
WEIGHTS: Mapping[str, float] = {"order.placed": 1.0, "review.published": 0.5, "page.viewed": 0.1}
MOST = 5
"""How many categories a claim names."""

_CITED = 3
_KEYS = ("category", "category_avoid")


@dataclass(frozen=True, slots=True)
class Tastes:
    """What is declared and observed of categories. `shares` is by category, the greatest first."""

    declared: tuple[Fact, ...] = field(repr=False)
    overruled: tuple[Fact, ...] = field(repr=False)
    shares: Mapping[str, float] = field(repr=False)
    acts: Mapping[str, tuple[Mark, ...]] = field(repr=False)

    def liking(self, category: str) -> float:
        """How much speaks for a category, 0 to 1; 1 when declared, 0 when it is to be spared."""
        said = {fact.value: fact.name for fact in self.declared}
        if category in said:
            return int(said[category] == "category")
        return self.shares.get(category, 0)

    def proofs(self, category: str) -> list[Seen]:
        """The evidence of `liking`."""
        said = [fact.proof for fact in self.declared if fact.value == category]
        return said or [mark.evidence() for mark in self.acts.get(category, ())[-_CITED:]]


def tastes(state: Mapping[str, Any], trail: Trail, now: datetime) -> Tastes:
    """The tastes of a `profiling_offers` state and its trail, as of now."""
    said = [fact for fact in facts(state, now) if fact.name in _KEYS]
    said = [replace(fact, value=_code(fact.value)) for fact in said]
    newest: dict[str, Fact] = {}
    for fact in said:
        newest.setdefault(fact.value, fact)
    overruled = tuple(fact for fact in said if newest[fact.value].name != fact.name)
    spared = {value for value, fact in newest.items() if fact.name == "category_avoid"}
    acts: dict[str, list[Mark]] = {}
    for mark in trail.of(*WEIGHTS):
        for category in filter(None, (mark.get("categories") or mark.get("category")).split(",")):
            acts.setdefault(category, []).append(mark)
    return Tastes(
        declared=tuple(newest.values()),
        overruled=overruled,
        shares=_shares(acts, spared, now),
        acts={category: tuple(marks) for category, marks in acts.items()},
    )


def preference_claims(known: Tastes, now: datetime) -> tuple[Claim, ...]:
    """One claim for each declared category, and one with the observed affinities."""
    return (*(_declared(fact, known, now) for fact in known.declared), *_observed(known, now))


def _code(value: str) -> str:
    """A declared category as the codes of events are written."""
    return "_".join(value.lower().split())


def _declared(fact: Fact, known: Tastes, now: datetime) -> Claim:
    against = [one.proof for one in known.overruled if one.value == fact.value]
    if fact.name == "category_avoid":
        against += [mark.evidence() for mark in known.acts.get(fact.value, ())[-_CITED:]]
    return stated(
        {fact.name: fact.value},
        status="declared",
        method=DECLARED,
        evidence=[fact.proof],
        counter_evidence=against,
        as_of=now,
        fresh_for=fact.fresh_for(now),
    )


def _observed(known: Tastes, now: datetime) -> Iterable[Claim]:
    if not known.shares:
        return
    top = list(known.shares.items())[:MOST]
    yield stated(
        {"category_affinity": [[category, share] for category, share in top]},
        status="inferred",
        method=AFFINITY,
        evidence=[
            mark.evidence() for category, _ in top for mark in known.acts[category][-_CITED:]
        ],
        counter_evidence=[fact.proof for fact in known.declared if fact.name == "category_avoid"],
        confidence=Confidence(min(top[0][1], 0.999), "uncalibrated_score"),
        as_of=now,
        fresh_for=AFFINITY_FRESH_FOR,
    )


def _shares(
    acts: Mapping[str, Sequence[Mark]], spared: set[str], now: datetime
) -> dict[str, float]:
    sums = {
        category: sum(_weight(mark, now) for mark in marks)
        for category, marks in acts.items()
        if category not in spared
    }
    whole = sum(sums[category] for category in sorted(sums))
    if not whole:
        return {}
    shares = {category: fraction(round(1000 * weight / whole)) for category, weight in sums.items()}
    ordered = sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))
    return {category: share for category, share in ordered if share > 0}


def _weight(mark: Mark, now: datetime) -> float:
    days = (now - mark.at) / timedelta(days=1)
    return float(WEIGHTS[mark.type] * 0.5 ** (days / HALF_LIFE_DAYS))
