"""Random worlds: two records of one person, with trails that reach past `NOW`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from cdp.outcomes.events import CATALOGUE, Interaction
from cdp.outcomes.facts import RecordFacts
from tests.outcomes.builders import ADA, EMAIL, NOW, PHONE, event, record

RECORDS = ("rec-crm", "rec-shop")
_TYPES = sorted(CATALOGUE)
_OBJECTS = {"order": ["O-1", "O-2"], "case": ["C-1", "C-2"], "problem": ["P-1"], "": [""]}
_KINDS: dict[str, Any] = {
    "count": st.integers(0, 9),
    "integer": st.integers(0, 9),
    "amount": st.sampled_from(["0", "19.90", "250"]),
    "code": st.sampled_from(["x1", "x2"]),
    "codes": st.sampled_from(["garden", "garden,tools"]),
    "phrase": st.sampled_from(["where is my parcel", "parcel where", "blue shoes"]),
    "path": st.sampled_from(["/track", "/garden"]),
    "ref": st.sampled_from(["A-1", "A-2"]),
    "text": st.just("words"),
}
_DATA: dict[str, Any] = {
    "promised_at": st.sampled_from(["2026-03-01", "2026-03-15", "2026-03-18", "2026-04-01"]),
    "kind": st.sampled_from(["order_problem", "question"]),
    "topic": st.sampled_from(["late_delivery", "invoice"]),
    "about": st.sampled_from(["O-1", "O-2"]),
    "case": st.sampled_from(["C-1", "C-2"]),
    "channel": st.sampled_from(["chat", "email", "phone"]),
    "key": st.sampled_from(
        ["language", "contact_time", "preferred_channel", "category", "category_avoid"]
    ),
    "value": st.sampled_from(["en", "de", "chat", "garden"]),
    "currency": st.sampled_from(["eur", "usd"]),
    "category": st.sampled_from(["garden", "tools"]),
    "exit": st.sampled_from(["left", "served"]),
    "by": st.sampled_from(["customer", "merchant"]),
}


@st.composite
def interactions(draw: st.DrawFn, record_id: str) -> Interaction:
    kind = CATALOGUE[draw(st.sampled_from(_TYPES))]
    wanted = [*kind.required, *(name for name in kind.optional if draw(st.booleans()))]
    at = NOW + timedelta(minutes=draw(st.integers(-60 * 24 * 60, 10 * 24 * 60)))
    lag = timedelta(minutes=draw(st.sampled_from([0, 1, 600, 6000])))
    about = draw(st.sampled_from(_OBJECTS[kind.object]))
    fields = {**kind.required, **kind.optional}
    return event(
        kind.name,
        at,
        about,
        record=record_id,
        name=f"{kind.name}-{draw(st.integers(0, 9))}",
        received=at + lag,
        **{
            name: draw(_DATA[name] if name in _DATA else _KINDS[fields[name]])
            for name in wanted
            if name in _DATA or fields[name] in _KINDS
        },
    )


@st.composite
def worlds(draw: st.DrawFn) -> list[RecordFacts]:
    return [
        record(
            *draw(st.lists(interactions(name), max_size=12)),
            name=name,
            relation=draw(st.sampled_from(["customer", "prospect", ""])),
            attributes=ADA if draw(st.booleans()) else {},
            contacts=(EMAIL, PHONE) if draw(st.booleans()) else (),
            seen_at=NOW + timedelta(days=draw(st.sampled_from([-30, -1, 0, 2]))),
        )
        for name in RECORDS
    ]


def before(world: Sequence[RecordFacts], moment: datetime) -> list[RecordFacts]:
    """The world without what happened or arrived after a moment."""
    return [
        replace(
            one,
            attributes=one.attributes if one.seen_at <= moment else {},
            relation=one.relation if one.seen_at <= moment else "",
            contacts=one.contacts if one.seen_at <= moment else (),
            interactions=tuple(
                each for each in one.interactions if each.at <= moment and each.received <= moment
            ),
        )
        for one in world
    ]
