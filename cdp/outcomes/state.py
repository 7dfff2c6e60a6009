"""Folded state: what one purpose may read of a person, ready to be sealed into its view.

The state is the trail itself, narrowed to the types and fields of `PROJECTIONS`, each entry naming
the record it rests on and when it happened and arrived. So the two cuts that keep the promises are
filters: `restrict` drops what rests on other records, `known_at` what happened or arrived later.
Nothing is summed up here; a sum could not be cut again.

    {"schema": "outcome-state/1", "purpose": "service",
     "facts":    [{"name", "value", "rec", "source", "seen"}],
     "declared": [{"key", "value", "topic"?, "id", "rec", "source", "at", "received"}],
     "points":   [{"type", "value", "channels", "ref", "confirmed", "rec", "source", "seen"}],
     "marks":    [{"type", "object"?, "id", "rec", "source", "at", "received", ...fields}],
     "counted":  [marks of the types in `extra`, with the fields there],
     "extra":    {type: [fields]}: what is held for computed traits alone,
     "since":    the look-back of marks and counted}

A list a purpose may not hold is absent. Strings, integers and booleans only; the order of the
input never shows.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from unicodedata import is_normalized

import orjson

from cdp.canonical import canonical
from cdp.clock import text
from cdp.errors import Refused
from cdp.outcomes.events import Interaction
from cdp.outcomes.extras import Marks, extra_marks
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.projections import BEHAVIOUR_MARKS, BRIEF, INSIGHT_MARKS, SERVICE_MARKS

State = dict[str, Any]

SCHEMA = "outcome-state/1"
_LISTS = ("facts", "declared", "points", "marks", "counted")


@dataclass(frozen=True, slots=True)
class Projection:
    """What a purpose may read: attribute names, declared keys, event fields by type, addresses.

    `points` is "all" (every address of the record) or "reachable" (only the pairs of address and
    channel that the builder hands to `fold`).
    """

    attributes: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    marks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    points: str = ""


_ADDRESSING = ("relation", "given_name", "language", "country")

PROJECTIONS: Mapping[str, Projection] = MappingProxyType(
    {
        "service": Projection(
            attributes=(
                *_ADDRESSING,
                "family_name",
                "contact_time",
                "preferred_channel",
            ),
            declared=("language", "contact_time", "preferred_channel"),
            marks=SERVICE_MARKS,
            points="all",
        ),
        "service_insight": Projection(marks=INSIGHT_MARKS),
        "offers": Projection(attributes=_ADDRESSING, declared=("language",), points="reachable"),
        "profiling_offers": Projection(
            declared=("category", "category_avoid"), marks=BEHAVIOUR_MARKS
        ),
        "newsletter": Projection(
            attributes=_ADDRESSING, declared=("language",), points="reachable"
        ),
    }
)
"""The purposes that have a view. A purpose that is not listed holds nothing and has none."""


def always_marks(purpose: str) -> Marks:
    """The event types and fields that the view of a purpose holds in any case."""
    return PROJECTIONS.get(purpose, Projection()).marks


def fold(
    purpose: str,
    records: Iterable[RecordFacts],
    *,
    reachable: Collection[tuple[str, str]] = frozenset(),
    since: datetime | None = None,
    brief_since: datetime | None = None,
    wanted: Marks = MappingProxyType({}),
) -> State:
    """The state of one purpose from what is known of the usable records.

    Args:
        purpose: a key of `PROJECTIONS`.
        records: in any order; the result does not depend on it.
        reachable: pairs (ref of an address, channel) that the purpose may use. For `service` every
            address is held; for a marketing purpose only these, so none when nothing is given.
        since: the look-back. An order or case untouched since then, and a contact before it, is
            left out; None keeps all.
        brief_since: the look-back of `BRIEF`, what is only of use for days (page views, searches).
        wanted: events and fields that computed traits of this purpose need. They are held apart
            from `marks`, so that no claim depends on them, and as far as the purpose may hold them.

    Raises:
        Refused: `purpose_without_view`.
    """
    may = PROJECTIONS.get(purpose)
    if may is None:
        raise Refused("this purpose has no view to fold", reason="purpose_without_view")
    known = list(records)
    state: State = {"schema": SCHEMA, "purpose": purpose}
    if may.attributes:
        state["facts"] = _unique(fact for one in known for fact in _facts(one, may))
    if may.declared:
        state["declared"] = _first(entry for one in known for entry in _declarations(one, may))
    if may.points:
        state["points"] = _unique(entry for one in known for entry in _points(one, may, reachable))
    if may.marks:
        marks = _first(entry for one in known for entry in _marks(one, may))
        state["marks"] = _recent(_without_old_browsing(marks, brief_since), since)
    extra = extra_marks(may.marks, purpose, wanted)
    if extra:
        held = Projection(marks={event: tuple(extra[event]) for event in extra})
        counted = _first(entry for one in known for entry in _marks(one, held))
        state |= {"extra": extra, "counted": _recent(counted, since)}
    if since is not None and (may.marks or extra):
        state["since"] = text(since)
    return state


def restrict(state: Mapping[str, Any], usable: Collection[str]) -> State:
    """The state without what rests on records outside `usable`."""
    return _kept(state, lambda entry: entry["rec"] in usable)


def unsigned(state: Mapping[str, Any]) -> State:
    """The state without where each value comes from, each value once.

    For callers who may not know which records, sources and moments stand behind a person: how many
    entries name a source tells how often the person was in touch.
    """
    return {
        name: _unique(_bare(entry) for entry in value) if name in _LISTS else value
        for name, value in state.items()
    }


def _bare(entry: State) -> State:
    return {name: value for name, value in entry.items() if name not in _ORIGIN}


_ORIGIN = frozenset({"rec", "source", "seen", "id", "at", "received"})


def known_at(state: Mapping[str, Any], moment: datetime) -> State:
    """The state as of a moment: without what happened or arrived after it."""
    limit = text(moment)
    return _kept(state, lambda entry: _latest(entry) <= limit)


def usable_at(state: Mapping[str, Any], usable: Collection[str], moment: datetime) -> State:
    """`known_at` of `restrict`, in one pass."""
    limit = text(moment)
    return _kept(state, lambda entry: entry["rec"] in usable and _latest(entry) <= limit)


def _latest(entry: State) -> str:
    """The last of the moments an entry has."""
    seen: str = entry.get("seen", "")
    at: str = entry.get("at", "")
    received: str = entry.get("received", "")
    latest = at if at > received else received
    return latest if latest > seen else seen


def _kept(state: Mapping[str, Any], keep: Callable[[State], bool]) -> State:
    return {
        name: [entry for entry in value if keep(entry)] if name in _LISTS else value
        for name, value in state.items()
    }


def _facts(record: RecordFacts, may: Projection) -> Iterable[State]:
    values = {**record.attributes, "relation": record.relation}
    for name in may.attributes:
        if values.get(name):
            yield {"name": name, "value": values[name], **_origin(record)}


def _points(
    record: RecordFacts, may: Projection, reachable: Collection[tuple[str, str]]
) -> Iterable[State]:
    for point in record.contacts:
        channels = [
            channel
            for channel in sorted(set(point.channels))
            if may.points == "all" or (point.ref, channel) in reachable
        ]
        if channels or may.points == "all":
            yield {
                "type": point.type,
                "value": point.value,
                "channels": channels,
                "ref": point.ref,
                "confirmed": point.confirmed,
                **_origin(record),
            }


def _declarations(record: RecordFacts, may: Projection) -> Iterable[State]:
    for event in record.interactions:
        if event.type == "preference.declared" and event.data.get("key") in may.declared:
            yield {**_stamp(record, event), **_narrow(event, ("key", "value", "topic"))}


def _marks(record: RecordFacts, may: Projection) -> Iterable[State]:
    for event in record.interactions:
        fields = may.marks.get(event.type)
        if fields is not None:
            about = {"object": event.object} if event.object else {}
            yield {"type": event.type, **about, **_stamp(record, event), **_narrow(event, fields)}


def _narrow(event: Interaction, fields: Sequence[str]) -> State:
    return {name: event.data[name] for name in fields if name in event.data}


def _origin(record: RecordFacts) -> State:
    return {"rec": record.record_id, "source": record.source, "seen": text(record.seen_at)}


def _stamp(record: RecordFacts, event: Interaction) -> State:
    return {
        "id": event.id,
        "rec": record.record_id,
        "source": event.source,
        "at": text(event.at),
        "received": text(event.received),
    }


def _unique(entries: Iterable[State]) -> list[State]:
    by_bytes = dict(map(_keyed, entries))
    return [by_bytes[key] for key in sorted(by_bytes)]


def _keyed(entry: State) -> tuple[bytes, State]:
    """An entry in its canonical form, by its canonical bytes.

    Nearly every entry is in that form already; looking is much cheaper than writing it anew.
    """
    written = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
    if written.isascii() or is_normalized("NFC", written.decode()):
        return written, entry
    exact = canonical(entry)
    return exact, json.loads(exact)


def _first(entries: Iterable[State]) -> list[State]:
    """One entry per event and record, the first that arrived: a repeat never rewrites a fact."""
    kept: dict[tuple[str, str], State] = {}
    for entry in sorted(_unique(entries), key=lambda entry: entry["received"]):
        kept.setdefault((entry["rec"], entry["id"]), entry)
    return sorted(kept.values(), key=lambda entry: (entry["at"], entry["id"], entry["rec"]))


def _without_old_browsing(marks: list[State], since: datetime | None) -> list[State]:
    if since is None:
        return marks
    limit = text(since)
    return [entry for entry in marks if entry["type"] not in BRIEF or entry["at"] >= limit]


def _recent(marks: list[State], since: datetime | None) -> list[State]:
    if since is None:
        return marks
    limit = text(since)
    alive = {entry.get("object") for entry in marks if entry["at"] >= limit}
    return [
        entry
        for entry in marks
        if entry["at"] >= limit or (entry.get("object") and entry["object"] in alive)
    ]
