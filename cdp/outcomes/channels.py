"""The channel a customer prefers, by topic: what they declared, else where they come from.

A declaration for a topic beats one for every topic; both beat what is observed. Observed is the
channel of at least two contacts within a year and of more than half of all, since one call shows
nothing. What the contacts say against a declaration is kept as counter-evidence.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from cdp.outcomes.claims import Claim, Method, stated
from cdp.outcomes.fields import CHANNELS
from cdp.outcomes.knowledge import DECLARED, RECORDED, Fact
from cdp.outcomes.trail import Contact, Trail

OBSERVED = Method("channels.most-used", "1", "rule")
LOOK_BACK = timedelta(days=365)
OBSERVED_FRESH_FOR = timedelta(days=30)
PREDICATE = "preferred_channel"

_LEAST = 2
_CITED = 3


def preferred_channels(known: Sequence[Fact], trail: Trail, now: datetime) -> tuple[Claim, ...]:
    """One claim for each topic something is known of, the general one (no topic) first.

    `known`: the `facts` of the service state.
    """
    said = [fact for fact in known if fact.name == PREDICATE and fact.value in CHANNELS]
    used: dict[str, list[Contact]] = {"": []}
    for contact in trail.contacts:
        if contact.mark.at > now - LOOK_BACK and contact.mark.get("channel"):
            used[""].append(contact)
            if contact.topic:
                used.setdefault(contact.topic, []).append(contact)
    topics = sorted({fact.topic for fact in said} | used.keys())
    claims = (
        _claim(topic, [one for one in said if one.topic == topic], used.get(topic, ()), now)
        for topic in topics
    )
    return tuple(claim for claim in claims if claim is not None)


def _claim(
    topic: str, said: Sequence[Fact], used: Sequence[Contact], now: datetime
) -> Claim | None:
    if said:
        return _declared(topic, said, used, now)
    counts = Counter(contact.mark.get("channel") for contact in used)
    channel, times = max(counts.items(), key=lambda pair: (pair[1], pair[0]), default=("", 0))
    if times < _LEAST or 2 * times <= len(used):
        return None
    return stated(
        _value(channel, topic) | {"contacts": times, "of": len(used)},
        status="observed",
        method=OBSERVED,
        evidence=[one.mark.evidence() for one in used if _by(one, channel)][-_CITED:],
        counter_evidence=[one.mark.evidence() for one in used if not _by(one, channel)][-_CITED:],
        as_of=now,
        fresh_for=OBSERVED_FRESH_FOR,
    )


def _declared(topic: str, said: Sequence[Fact], used: Sequence[Contact], now: datetime) -> Claim:
    best = said[0]
    against = [one.proof for one in said if one.value != best.value]
    against += [one.mark.evidence() for one in used if not _by(one, best.value)][-_CITED:]
    return stated(
        _value(best.value, topic),
        status="declared" if best.declared else "observed",
        method=DECLARED if best.declared else RECORDED,
        evidence=[best.proof],
        counter_evidence=against,
        as_of=now,
        fresh_for=best.fresh_for(now),
    )


def _value(channel: str, topic: str) -> dict[str, Any]:
    return {PREDICATE: channel} | ({"topic": topic} if topic else {})


def _by(contact: Contact, channel: str) -> bool:
    return contact.mark.get("channel") == channel
