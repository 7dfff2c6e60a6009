"""Journeys as data: a named goal, its milestones as a partial order, its exits and its pace.

    {"id": "order_to_delivery", "goal": "the order reaches the customer", "object": "order",
     "milestones": [{"id": "placed", "events": ["order.placed"]},
                    {"id": "shipped", "events": ["shipment.sent"], "after": ["placed"],
                     "expected_hours": 48, "p90_hours": 96},
                    {"id": "delivered", "events": ["delivery.delivered"], "after": ["shipped"],
                     "due": "promised_at", "expected_hours": 72, "p90_hours": 168}],
     "exits": {"cancelled": ["order.cancelled"]}, "returns": [],
     "channels": ["web"], "median_hours": 96,
     "hazard": {"source": "declared", "table": [{"days": 0, "percent": 35}]}}

A milestone is open to be reached when every milestone of its `after` was reached; without `after`
it can begin the journey. `expected_hours` and `p90_hours` count from the milestone before; `due`
names a deadline field of an earlier event which then decides instead. An `optional` milestone is on
the ideal path and need not be reached. An event of `returns` leads back to the first milestone (a
case that is opened again). The hazard table gives the chance, in percent, that the goal is never
reached when the next milestone is this many days overdue.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cdp.canonical import digest
from cdp.outcomes.event_types import OBJECTS
from cdp.outcomes.events import CATALOGUE
from cdp.outcomes.forms import Form, entries
from cdp.outcomes.projections import SERVICE_MARKS

EXITS = ("achieved", "abandoned", "cancelled", "diverted")

_MOST_JOURNEYS = 100
_MOST_HOURS = 24 * 365 * 5
_FIELDS = (
    "id",
    "goal",
    "object",
    "milestones",
    "exits",
    "returns",
    "channels",
    "median_hours",
    "hazard",
)
_MILESTONE = ("id", "events", "after", "optional", "due", "expected_hours", "p90_hours")


@dataclass(frozen=True, slots=True)
class Milestone:
    """One step towards the goal; hours are 0 where nothing is declared."""

    id: str
    events: tuple[str, ...]
    after: tuple[str, ...] = ()
    optional: bool = False
    due: str = ""
    expected_hours: int = 0
    p90_hours: int = 0

    def document(self) -> dict[str, Any]:
        """In the form `parse` reads; empty parts are absent."""
        entry = {
            "id": self.id,
            "events": list(self.events),
            "after": list(self.after),
            "optional": self.optional,
            "due": self.due,
            "expected_hours": self.expected_hours,
            "p90_hours": self.p90_hours,
        }
        return {name: value for name, value in entry.items() if value}


@dataclass(frozen=True, slots=True)
class Hazard:
    """P(the goal is never reached | the next milestone is this many days overdue), declared."""

    source: str
    table: tuple[tuple[int, int], ...]

    def percent(self, days: int) -> int:
        """The chance at so many whole days, in percent: of the last row not after them."""
        return max((share for since, share in self.table if since <= days), default=0)

    def document(self) -> dict[str, Any]:
        """In the form `parse` reads."""
        rows = [{"days": days, "percent": share} for days, share in self.table]
        return {"source": self.source, "table": rows}


@dataclass(frozen=True, slots=True)
class Journey:
    """One definition. `exits` maps each event that ends the journey to how it ends."""

    id: str
    goal: str
    object: str
    milestones: tuple[Milestone, ...]
    exits: Mapping[str, str]
    returns: tuple[str, ...]
    channels: tuple[str, ...]
    median_hours: int
    hazard: Hazard

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> "Journey":
        """From the document above; what follows `milestones` may be missing.

        Raises:
            Refused: `journey_invalid`; the message names the field. A milestone that waits for
                itself over others (a cycle) is named too.
        """
        form = Form.of("journey", raw, _FIELDS)
        about = form.kept("object", "code")
        if about not in OBJECTS:
            raise form.invalid("object", f"must be one of {', '.join(sorted(OBJECTS))}")
        milestones = _milestones(form, about)
        exits = _exits(form, about, milestones)
        return cls(
            id=form.kept("id", "code"),
            goal=form.kept("goal", "phrase"),
            object=about,
            milestones=milestones,
            exits=exits,
            returns=_returns(form, about, milestones, exits),
            channels=form.channels("channels"),
            median_hours=_hours(form, "median_hours"),
            hazard=_hazard(form),
        )

    def document(self) -> dict[str, Any]:
        """The definition as canonical JSON, in the form `parse` reads; empty parts are absent."""
        exits = {
            end: sorted(event for event, ends in self.exits.items() if ends == end) for end in EXITS
        }
        entry = {
            "id": self.id,
            "goal": self.goal,
            "object": self.object,
            "milestones": [one.document() for one in self.milestones],
            "exits": {end: events for end, events in exits.items() if events},
            "returns": list(self.returns),
            "channels": list(self.channels),
            "median_hours": self.median_hours,
            "hazard": self.hazard.document() if self.hazard.table else None,
        }
        return {name: value for name, value in entry.items() if value}

    @property
    def last(self) -> frozenset[str]:
        """The milestones nothing comes after: with all of them the goal is reached."""
        before = {name for one in self.milestones for name in one.after}
        return frozenset(
            one.id for one in self.milestones if one.id not in before and not one.optional
        )


@dataclass(frozen=True, slots=True)
class Journeys:
    """The journeys of a workspace in order of id; `version` changes with any of them."""

    listed: tuple[Journey, ...] = ()
    version: str = ""

    @classmethod
    def parse(cls, raw: Sequence[Mapping[str, Any]]) -> "Journeys":
        """From a list of journeys.

        Raises:
            Refused: `journey_invalid`: one is not well formed, or an id occurs twice.
        """
        found = sorted(
            map(Journey.parse, entries("journey", raw, _MOST_JOURNEYS)), key=lambda one: one.id
        )
        if len({one.id for one in found}) < len(found):
            raise Form("journey", {}).invalid("id", "occurs twice")
        return cls(tuple(found), digest([one.document() for one in found]))

    def document(self) -> list[dict[str, Any]]:
        """The list in the form `parse` reads."""
        return [one.document() for one in self.listed]

    def median_minutes(self, about: str) -> int:
        """The declared median of the first journey about an object that declares one, else 0."""
        hours = [one.median_hours for one in self.listed if one.object == about]
        return 60 * next((each for each in hours if each), 0)


def _milestones(form: Form, about: str) -> tuple[Milestone, ...]:
    found = [
        _milestone(Form.of("journey", raw, _MILESTONE, f"milestones[{place}]."), about)
        for place, raw in enumerate(form.listed("milestones"))
    ]
    names = [one.id for one in found]
    if not found:
        raise form.invalid("milestones", "is required")
    if len(set(names)) < len(names):
        raise form.invalid("milestones", "names a milestone twice")
    events = [event for one in found for event in one.events]
    if all(one.optional for one in found):
        raise form.invalid("milestones", "needs one that is not optional")
    if len(set(events)) < len(events):
        raise form.invalid("milestones", "uses an event for two milestones")
    for place, one in enumerate(found):
        if not set(one.after).issubset(names):
            raise form.invalid(f"milestones[{place}].after", "names no milestone of this journey")
    return _in_order(form, found)


def _milestone(form: Form, about: str) -> Milestone:
    events = form.codes("events")
    if not events:
        raise form.invalid("events", "is required")
    for event in events:
        _must_be_readable(form, "events", event, about)
    due = form.maybe("due", "code")
    if due and due not in _DEADLINES:
        raise form.invalid("due", f"must be one of {', '.join(sorted(_DEADLINES))}")
    expected, p90 = _hours(form, "expected_hours"), _hours(form, "p90_hours")
    if p90 and p90 < expected:
        raise form.invalid("p90_hours", "must not be less than expected_hours")
    optional = form.raw.get("optional", False)
    if not isinstance(optional, bool):
        raise form.invalid("optional", "must be true or false")
    return Milestone(
        form.kept("id", "code"), events, form.codes("after"), optional, due, expected, p90
    )


_DEADLINES = frozenset(
    name
    for kind in CATALOGUE.values()
    for name, of in {**kind.required, **kind.optional}.items()
    if of == "deadline" and name in SERVICE_MARKS.get(kind.name, ())
)


def _must_be_readable(form: Form, name: str, event: str, about: str) -> None:
    """A journey reads the service view: an event that is not in it would never be seen."""
    if event not in SERVICE_MARKS:
        raise form.invalid(name, "names an event that service does not read")
    if CATALOGUE[event].object != about:
        raise form.invalid(name, f"names an event that is not about the {about}")


def _in_order(form: Form, found: Sequence[Milestone]) -> tuple[Milestone, ...]:
    """The milestones so that each stands after those it waits for, otherwise as they were."""
    placed: dict[str, Milestone] = {}
    while len(placed) < len(found):
        ready = [one for one in found if one.id not in placed and placed.keys() >= set(one.after)]
        if not ready:
            raise form.invalid("milestones", "has a cycle in its order")
        placed[ready[0].id] = ready[0]
    return tuple(placed.values())


def _exits(form: Form, about: str, milestones: Iterable[Milestone]) -> Mapping[str, str]:
    named = Form.of("journey", form.raw.get("exits") or {}, EXITS, "exits.")
    steps = {event for one in milestones for event in one.events}
    found: dict[str, str] = {}
    for end in EXITS:
        for event in named.codes(end):
            _must_be_readable(named, end, event, about)
            if event in found or event in steps:
                raise named.invalid(end, "names an event that is used already")
            found[event] = end
    return MappingProxyType(found)


def _returns(
    form: Form, about: str, milestones: Iterable[Milestone], exits: Mapping[str, str]
) -> tuple[str, ...]:
    found = form.codes("returns")
    used = {event for one in milestones for event in one.events} | set(exits)
    for event in found:
        _must_be_readable(form, "returns", event, about)
        if event in used:
            raise form.invalid("returns", "names an event that is used already")
    return found


def _hours(form: Form, name: str) -> int:
    return form.whole(name, most=_MOST_HOURS) if form.raw.get(name) is not None else 0


def _hazard(form: Form) -> Hazard:
    if form.raw.get("hazard") is None:
        return Hazard("", ())
    named = Form.of("journey", form.raw["hazard"], ("source", "table"), "hazard.")
    rows = [
        Form.of("journey", row, ("days", "percent"), f"hazard.table[{place}].")
        for place, row in enumerate(named.listed("table"))
    ]
    table = tuple((row.whole("days", most=3650), row.whole("percent", most=100)) for row in rows)
    if list(table) != sorted(set(table)) or [one[1] for one in table] != sorted(
        one[1] for one in table
    ):
        raise named.invalid("table", "must rise with the days")
    return Hazard(named.kept("source", "phrase"), table)
