"""Intent: what the customer probably came for, from the state of their affairs and recent signs.

A log-linear prior: every label of the taxonomy starts at its base, each signal adds its weight to
the labels it speaks for, and the chances are the normalised exponentials. Each signal counts once,
however many pages were viewed. Without a signal nothing is claimed; what speaks only for other
labels is counter-evidence. The chances are a score that was not calibrated, and say so.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp
from typing import Final

from cdp.outcomes.claims import Claim, Confidence, Evidence, Method, Seen, fraction, stated
from cdp.outcomes.resolution import Issue
from cdp.outcomes.taxonomy import BASE, OUT_OF_SCOPE, SAID, STATE, UNKNOWN_TOPIC, VERSION, WORDS
from cdp.outcomes.trail import Mark, Trail, first

METHOD = Method("intent.state-prior", "1", "rule")
FRESH_FOR = timedelta(hours=1)
RECENT = timedelta(hours=24)
CANCELLED_WITHIN = timedelta(days=14)
ON_ITS_WAY_FOR = timedelta(days=60)
ALTERNATIVES = 3

_CITED = 3
_TOKEN = re.compile(r"[^\W_]+")
_ISSUES = {
    "order_overdue": "late_order",
    "delivery_failed": "failed_delivery",
    "return_pending": "pending_return",
}
_PLACES = {
    "message.received": ("message_topic", "topic"),
    "contact.received": ("message_topic", "topic"),
    "ivr.selected": ("ivr_choice", "node"),
    "search.performed": ("recent_search", "query"),
    "page.viewed": ("recent_page", "path"),
    "form.abandoned": ("left_form", "form"),
}


@dataclass(frozen=True, slots=True)
class Sign:
    """One signal with what it adds to each label, and where it was seen."""

    name: str
    weights: Mapping[str, float]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Guess:
    """Every label with its chance in thousandths, the likeliest first, and the signs behind it."""

    chances: tuple[tuple[str, int], ...]
    signs: tuple[Sign, ...] = field(repr=False)

    @property
    def likely(self) -> dict[str, int]:
        """The labels the claim names, with their chances; none when nothing speaks for any."""
        return dict(self.chances[: 1 + ALTERNATIVES]) if self.signs else {}


def guess(
    trail: Trail, found: Sequence[Issue], hint: tuple[str, Seen] | None, now: datetime
) -> Guess:
    """The chances of every label.

    Args:
        trail: the insight trail.
        found: its issues.
        hint: a topic that the interaction itself names, with where it was named.
        now: the moment.
    """
    signs = (*_hinted(hint), *_standing(trail, found, now), *_spoken(trail, now))
    return _weighed(signs) if signs else _PRIOR


def _weighed(signs: tuple[Sign, ...]) -> Guess:
    scores = {
        label: BASE.get(label, 0.0) + sum(sign.weights.get(label, 0.0) for sign in signs)
        for label in WORDS
    }
    top = max(scores.values())
    odds = {label: exp(score - top) for label, score in scores.items()}
    whole = sum(odds.values())
    chances = [(label, round(1000 * part / whole)) for label, part in odds.items()]
    chances.sort(key=lambda pair: (-scores[pair[0]], pair[0]))
    return Guess(tuple(chances), signs)


_PRIOR: Final = _weighed(())
"""Where nothing speaks for anything, which is so of most people."""


def intent(known: Guess, now: datetime) -> Claim:
    """The claim `intent`: the label, its chance, the alternatives; unknown without a sign."""
    label, chance = known.chances[0]
    speaking = [sign for sign in known.signs if label in sign.weights]
    against = [sign for sign in known.signs if label not in sign.weights]
    p = fraction(min(max(chance, 1), 999))
    return stated(
        {
            "label": label,
            "p": p,
            "alternatives": [
                [name, fraction(share)] for name, share in known.chances[1 : 1 + ALTERNATIVES]
            ],
            "taxonomy": VERSION,
            "signals": [
                {"signal": sign.name, "weight": f"{sign.weights[label]:+.3f}"} for sign in speaking
            ],
        },
        status="inferred",
        method=METHOD,
        evidence=[piece for sign in speaking or known.signs for piece in sign.evidence],
        counter_evidence=[piece for sign in against for piece in sign.evidence if speaking],
        confidence=Confidence(p, "uncalibrated_score"),
        as_of=now,
        fresh_for=FRESH_FOR,
    )


def labels_of(words: str) -> tuple[str, ...]:
    """The labels that a topic, path or query points to; a label's own name points to it alone."""
    lowered = words.lower()
    if lowered in WORDS:
        return (lowered,)
    tokens = set(_TOKEN.findall(lowered))
    return tuple(label for label, known in WORDS.items() if tokens & known)


def _hinted(hint: tuple[str, Seen] | None) -> Iterable[Sign]:
    if hint is None:
        return
    topic, seen = hint
    labels = labels_of(topic)
    weights = dict.fromkeys(labels, SAID["request_topic"]) or {OUT_OF_SCOPE: UNKNOWN_TOPIC}
    yield Sign("request_topic", weights, (seen,))


def _standing(trail: Trail, found: Sequence[Issue], now: datetime) -> Iterable[Sign]:
    """What is open, on its way or just fell through; each kind once."""
    groups: dict[str, list[Evidence]] = {}
    for issue in found:
        if issue.unsettled:
            groups.setdefault(_name(issue), []).extend(issue.evidence)
    troubled = {issue.subject[1] for issue in found if issue.unsettled}
    for order, marks in trail.orders.items():
        if order not in troubled:
            for name, mark in _order_signs(marks, now):
                groups.setdefault(name, []).append(mark.evidence())
    left = _unfinished(trail, now)
    if left:
        groups["abandoned_checkout"] = [mark.evidence() for mark in left]
    for name, evidence in groups.items():
        yield Sign(name, STATE[name], tuple(evidence[:_CITED]))


def _name(issue: Issue) -> str:
    kind, state = issue.subject[0], issue.standing.state
    if kind == "complaint":
        return "unanswered_complaint"
    if kind == "case":
        return "case_to_confirm" if state == "resolved_unconfirmed" else "open_case"
    return _ISSUES[issue.kind]


def _order_signs(marks: Sequence[Mark], now: datetime) -> Iterable[tuple[str, Mark]]:
    cancelled = first(marks, "order.cancelled")
    if cancelled is not None:
        paid = first(marks, "refund.issued")
        if paid is None and now - cancelled.at <= CANCELLED_WITHIN:
            yield "cancelled_order", cancelled
    elif (
        not first(marks, "delivery.delivered", "refund.issued")
        and now - marks[-1].at <= ON_ITS_WAY_FOR
    ):
        yield "order_on_its_way", marks[-1]


def _unfinished(trail: Trail, now: datetime) -> list[Mark]:
    left = trail.of("checkout.abandoned", after=now - RECENT)
    ordered = trail.of("order.placed", after=now - RECENT)
    return [mark for mark in left if not any(one.at > mark.at for one in ordered)]


def _spoken(trail: Trail, now: datetime) -> Iterable[Sign]:
    """What was searched, read, chosen or written in the last day, by the place it stands in."""
    weights: dict[str, dict[str, float]] = {}
    seen: dict[str, list[Evidence]] = {}
    for mark in trail.of(*_PLACES, after=now - RECENT):
        name, where = _PLACES[mark.type]
        labels = {*labels_of(mark.get(where)), *labels_of(mark.get("topic"))}
        if labels:
            weights.setdefault(name, {}).update(dict.fromkeys(labels, SAID[name]))
            seen.setdefault(name, []).append(mark.evidence())
    for name, each in weights.items():
        yield Sign(
            name,
            {label: each[label] for label in WORDS if label in each},
            tuple(seen[name][-_CITED:]),
        )
