"""Rehearse: what a mapping would make of rows as events, held against the catalogue of events.

A column may be read without a fault and the event still lack what its type requires; then nothing
comes of it. Counts and words of the catalogue only, no value.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from cdp.errors import Refused
from cdp.mapping import EventFact, Mapping, apply, apply_event
from cdp.outcomes.events import Interaction
from connectors.base import Event, Message, Record

UNDERSTOOD: Final = "understood"


def rehearse(mapping: Mapping, messages: Iterable[Message]) -> dict[str, Counter[str]]:
    """By type of event: how many are understood, and the others by what is wrong with them."""
    found: dict[str, Counter[str]] = {}
    for message in messages:
        for event in _events(mapping, message):
            found.setdefault(event.type, Counter())[_verdict(event)] += 1
    return dict(sorted(found.items()))


def _events(mapping: Mapping, message: Message) -> tuple[EventFact, ...]:
    if isinstance(message, Record):
        return tuple(apply(mapping, message.data).events)
    if isinstance(message, Event):
        said = apply_event(mapping, message.type, message.at, message.data, event_id=message.id)
        return tuple(said.events)
    return ()


def _verdict(event: EventFact) -> str:
    told = {
        "id": event.id,
        "record_id": "rehearsed",
        "source": "rehearsed",
        "type": event.type,
        "at": event.at,
        "received": event.at,
        "object": event.object or "",
        "data": event.data,
    }
    try:
        known = Interaction.parse(told).known
    except Refused as error:
        return str(error)
    return UNDERSTOOD if known else "not in the catalogue of events: feeds nothing"
