"""Knowledge: plain facts about the customer that a conversation may use, each with its evidence.

What the customer declared beats what a source holds; within a class the newest wins, and on a tie
the greater value, so that the choice does not depend on order. A differing value that lost is
counter-evidence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cdp.clock import instant
from cdp.outcomes.claims import Claim, Method, Seen, stated

DECLARED = Method("knowledge.declared", "1", "declared")
RECORDED = Method("knowledge.newest-record", "1", "rule")
FRESH_FOR = timedelta(days=365)

SERVICE_FACTS = ("given_name", "family_name", "language", "contact_time", "preferred_channel")
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


def facts(state: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Every fact of the state, the strongest of each name and topic first."""
    found = [_recorded(entry) for entry in state.get("facts", ())]
    found += [_declared(entry) for entry in state.get("declared", ())]
    return tuple(sorted(found, key=lambda fact: fact.rank, reverse=True))


def value(known: Sequence[Fact], name: str) -> str:
    """The winning value of a name, empty when nothing is known."""
    return next((fact.value for fact in known if fact.name == name and not fact.topic), "")


def knowledge(state: Mapping[str, Any], names: Sequence[str], now: datetime) -> tuple[Claim, ...]:
    """One claim for each known name, and for each topic a preference was declared for."""
    known = facts(state)
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
        fresh_for=FRESH_FOR,
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
