"""Knowledge: plain facts about the customer that a conversation may use, each with its evidence.

What the customer declared beats what a source holds; within a class the newest wins, and on a tie
the greater value, so that the choice does not depend on order. A differing value that lost is
counter-evidence. A declared preference that is older than its time to live is no longer known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from cdp.clock import instant
from cdp.outcomes.claims import Claim, Method, Seen, stated

DECLARED = Method("knowledge.declared", "1", "declared")
RECORDED = Method("knowledge.newest-record", "1", "rule")
FRESH_FOR = timedelta(days=365)
TIME_TO_LIVE: Mapping[str, timedelta] = MappingProxyType(
    {
        "contact_time": timedelta(days=365),
        "preferred_channel": timedelta(days=730),
        "category": timedelta(days=365),
    }
)
"""How long a declaration holds, by predicate. What is not listed holds until it is changed: a
language does not wear off, and neither does a wish to be spared something."""

SERVICE_FACTS = ("given_name", "family_name", "language", "contact_time")
OFFER_FACTS = ("given_name", "language", "country")


@dataclass(frozen=True, slots=True)
class Fact:
    """One value somebody declared or a record holds."""

    name: str
    topic: str
    value: str = field(repr=False)
    declared: bool
    proof: Seen

    @property
    def rank(self) -> tuple[bool, datetime, str]:
        """What decides between two values of one name."""
        return self.declared, self.proof.at, self.value

    def fresh_for(self, now: datetime) -> timedelta:
        """How long it may be held from now on."""
        lives = TIME_TO_LIVE.get(self.name) if self.declared else None
        return FRESH_FOR if lives is None else self.proof.at + lives - now


def facts(state: Mapping[str, Any], now: datetime) -> tuple[Fact, ...]:
    """Every fact of the state that holds now, the strongest of each name and topic first."""
    found = [_recorded(entry) for entry in state.get("facts", ())]
    found += [_declared(entry) for entry in state.get("declared", ())]
    live = [fact for fact in found if fact.fresh_for(now) > timedelta(0)]
    return tuple(sorted(live, key=lambda fact: fact.rank, reverse=True))


def value(known: Sequence[Fact], name: str) -> str:
    """The winning value of a name, empty when nothing is known."""
    return next((fact.value for fact in known if fact.name == name and not fact.topic), "")


def knowledge(known: Sequence[Fact], names: Sequence[str], now: datetime) -> tuple[Claim, ...]:
    """One claim for each known name, and for each topic a preference was declared for.

    `known`: the `facts` of a state.
    """
    claims = []
    for name in names:
        topics = sorted({fact.topic for fact in known if fact.name == name})
        claims += [
            _claim([one for one in known if one.name == name and one.topic == topic], now)
            for topic in topics
        ]
    return tuple(claims)


def _claim(candidates: Sequence[Fact], now: datetime) -> Claim:
    best = candidates[0]
    content = {best.name: best.value}
    if best.topic:
        content["topic"] = best.topic
    return stated(
        content,
        status="declared" if best.declared else "observed",
        method=DECLARED if best.declared else RECORDED,
        evidence=[best.proof],
        counter_evidence=[one.proof for one in candidates if one.value != best.value],
        as_of=now,
        fresh_for=best.fresh_for(now),
    )


def _recorded(entry: Mapping[str, Any]) -> Fact:
    proof = Seen(
        "record",
        entry["rec"],
        instant(entry["seen"]),
        entry["source"],
        entry["name"],
        entry["value"],
    )
    return Fact(entry["name"], "", entry["value"], declared=False, proof=proof)


def _declared(entry: Mapping[str, Any]) -> Fact:
    proof = Seen(
        "preference.declared",
        entry["id"],
        instant(entry["at"]),
        entry["source"],
        entry["key"],
        entry["value"],
    )
    return Fact(entry["key"], entry.get("topic", ""), entry["value"], declared=True, proof=proof)
