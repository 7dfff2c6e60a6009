"""Where a customer stands in each journey: instances keyed by goal and object, many at once.

An instance begins with the first milestone without an `after` that was reached. Its position is the
last milestone reached, never the channel. Progress is |LCS(trace, ideal)| / |ideal|, where the
ideal is the order of the milestones that the partial order permits and that follows the trace;
what the trace holds beyond it is rework. *Stuck* is a next milestone missing for longer than its
declared 90th percentile; *dropped* a declared chance of failure above 80 percent.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cdp.clock import instant, text
from cdp.outcomes.claims import Absence, Claim, Confidence, Evidence, Method, fraction, stated
from cdp.outcomes.journeys import Journey, Journeys, Milestone
from cdp.outcomes.trail import Mark, Trail

METHOD = Method("journey.declared-pace", "1", "rule")
FRESH_FOR = timedelta(hours=1)
SHOWN_AFTER_END = timedelta(days=30)
SHOWN_WHEN_SILENT = timedelta(days=180)
MOST = 12
"""How many instances a context lists: those that run first, then the latest that ended."""

_DROPPED_ABOVE = 80
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Instance:
    """One journey about one object.

    `trace` holds (milestone, mark) in order of time; `round` is where in it the journey began, or
    began again; `exit` is how it ended since then and by which mark.
    """

    journey: Journey
    object: str = field(repr=False)
    trace: tuple[tuple[str, Mark], ...] = field(repr=False)
    round: int
    exit: tuple[str, Mark] | None
    channels: tuple[str, ...]

    @property
    def reached(self) -> frozenset[str]:
        """The milestones that were reached in this round."""
        return frozenset(name for name, _ in self.trace[self.round :])

    @property
    def state(self) -> str:
        """`active`, or how it ended."""
        if self.journey.last <= self.reached:
            return "achieved"
        return self.exit[0] if self.exit else "active"

    @property
    def since(self) -> datetime:
        """When the position was reached."""
        return self.trace[-1][1].at

    @property
    def ended_at(self) -> datetime | None:
        """When it ended, None while it runs."""
        if self.state == "active":
            return None
        return self.exit[1].at if self.exit and self.state == self.exit[0] else self.since

    def next(self) -> tuple[Milestone, ...]:
        """The milestones that can be reached now, as the definition orders them."""
        reached = self.reached
        return tuple(
            one
            for one in self.journey.milestones
            if one.id not in reached and reached.issuperset(one.after)
        )

    def expected(self) -> tuple[Milestone, datetime] | None:
        """The milestone that is due first and when; None where no pace is declared."""
        due = [(moment, one) for one in self.next() if (moment := self._due(one)) is not None]
        if not due:
            return None
        moment, one = min(due, key=lambda pair: pair[0])
        return one, moment

    def _due(self, milestone: Milestone) -> datetime | None:
        declared = [mark.get(milestone.due) for _, mark in self.trace if milestone.due]
        named = next((each for each in declared if each), "")
        if named:
            return instant(named)
        return self.since + milestone.expected_hours * _HOUR if milestone.expected_hours else None


def instances(trail: Trail, journeys: Journeys, now: datetime) -> tuple[Instance, ...]:
    """Every instance worth showing: running ones by age, then those that ended last."""
    found = [
        instance
        for journey in journeys.listed
        for name, marks in _objects(trail, journey.object).items()
        if (instance := _instance(journey, name, marks)) is not None and _shown(instance, now)
    ]
    about = {instance.object for instance in found}
    touched = _channels_of_contacts(trail, about)
    found = [_with_channels(instance, touched) for instance in found]
    found.sort(key=lambda one: (one.since, one.journey.id, one.object), reverse=True)
    found.sort(key=lambda one: one.state != "active")
    return tuple(found[:MOST])


def journey_claims(found: Iterable[Instance], now: datetime) -> tuple[Claim, ...]:
    """One claim for each instance, in the order given."""
    return tuple(_claim(instance, now) for instance in found)


def progress(trace: Sequence[str], milestones: Sequence[Milestone]) -> tuple[int, int]:
    """Steps of the trace that lie on the ideal path, and steps beyond it (rework)."""
    common = _common(trace, _ideal(trace, milestones))
    return common, len(trace) - common


def _objects(trail: Trail, about: str) -> Mapping[str, tuple[Mark, ...]]:
    if about == "order":
        return trail.orders
    return trail.cases if about == "case" else trail.problems


def _instance(journey: Journey, name: str, marks: Sequence[Mark]) -> Instance | None:
    by_event = {event: one for one in journey.milestones for event in one.events}
    starts = (place for place, mark in enumerate(marks) if _starts(by_event.get(mark.type)))
    begins = next(starts, None)
    if begins is None:
        return None
    own, origin = marks[begins:], by_event[marks[begins].type].id
    trace, again = [], 0
    exit_: tuple[str, Mark] | None = None
    for mark in own:
        if mark.type in by_event:
            trace.append((by_event[mark.type].id, mark))
        elif mark.type in journey.returns:
            again, exit_ = len(trace), None
            trace.append((origin, mark))
        elif mark.type in journey.exits and exit_ is None:
            exit_ = (journey.exits[mark.type], mark)
    channels = sorted({mark.get("channel") for _, mark in trace} - {""})
    return Instance(journey, name, tuple(trace), again, exit_, tuple(channels))


def _starts(milestone: Milestone | None) -> bool:
    return milestone is not None and not milestone.after


def _shown(instance: Instance, now: datetime) -> bool:
    ended = instance.ended_at
    if ended is not None:
        return now - ended <= SHOWN_AFTER_END
    return now - instance.since <= SHOWN_WHEN_SILENT


def _channels_of_contacts(trail: Trail, about: Collection[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for contact in (*trail.contacts, *trail.made):
        channel = contact.mark.get("channel")
        for name in (contact.about, contact.case):
            if channel and name in about:
                found.setdefault(name, set()).add(channel)
    return found


def _with_channels(instance: Instance, touched: Mapping[str, set[str]]) -> Instance:
    seen = sorted({*instance.channels, *touched.get(instance.object, ())})
    return replace(instance, channels=tuple(seen))


def _claim(instance: Instance, now: datetime) -> Claim:
    journey = instance.journey
    on_path, rework = progress([name for name, _ in instance.trace], journey.milestones)
    state = instance.state
    value: dict[str, Any] = {
        "journey": journey.id,
        "goal": journey.goal,
        journey.object: instance.object,
        "state": state,
        "position": instance.trace[-1][0],
        "since": text(instance.since),
        "progress": fraction(1000 * on_path // len(journey.milestones)),
        "rework": rework,
        "channels_seen": list(instance.channels),
    }
    strange = sorted(set(instance.channels) - set(journey.channels)) if journey.channels else []
    if strange:
        value["channels_unplanned"] = strange
    evidence: list[Evidence] = [mark.evidence() for mark in _telling(instance)]
    confidence = None
    if state == "active":
        pace, absence = _pace(instance, now)
        value |= pace
        evidence += absence
        percent = pace.get("stuck", {}).get("p_fail")
        confidence = Confidence(percent, "declared_hazard") if percent else None
    elif instance.ended_at is not None:
        value["ended_at"] = text(instance.ended_at)
    return stated(
        value,
        status="observed",
        method=METHOD,
        evidence=evidence,
        as_of=now,
        fresh_for=FRESH_FOR,
        confidence=confidence,
    )


def _telling(instance: Instance) -> list[Mark]:
    """The marks that show the position: the first, the last, and the exit."""
    marks = [instance.trace[0][1], instance.trace[-1][1]]
    return [*marks, instance.exit[1]] if instance.exit else marks


def _pace(instance: Instance, now: datetime) -> tuple[dict[str, Any], list[Absence]]:
    """What is to come and whether it is late, with the named absence that says so."""
    pace: dict[str, Any] = {"ideal_next": [one.id for one in instance.next()]}
    expected = instance.expected()
    if expected is None:
        return pace, []
    milestone, due = expected
    pace["expected_by"] = text(due)
    if due >= now:
        return pace | {"stuck": {"state": False}}, []
    limit = max(due, instance.since + milestone.p90_hours * _HOUR)
    stuck: dict[str, Any] = {"state": now > limit, "hours_overdue": (now - due) // _HOUR}
    hazard = instance.journey.hazard
    percent = hazard.percent((now - due) // _DAY)
    if percent:
        stuck |= {"p_fail": fraction(10 * percent), "p_fail_source": hazard.source}
        pace["dropped"] = percent > _DROPPED_ABOVE
    rule = f"no {' or '.join(milestone.events)} for {instance.object} by {text(now)}"
    return pace | {"stuck": stuck}, [Absence(rule, now, "milestone_missing/1")]


def _ideal(trace: Sequence[str], milestones: Sequence[Milestone]) -> list[str]:
    """The permitted order that follows the trace wherever it may."""
    first_at = {name: -place for place, name in reversed(list(enumerate(trace)))}
    ideal: list[str] = []
    while len(ideal) < len(milestones):
        ready = [
            one.id for one in milestones if one.id not in ideal and set(one.after).issubset(ideal)
        ]
        ideal.append(max(ready, key=lambda name: first_at.get(name, -len(trace))))
    return ideal


def _common(trace: Sequence[str], ideal: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    before = [0] * (len(ideal) + 1)
    for step in trace:
        row = [0]
        for place, wanted in enumerate(ideal):
            row.append(before[place] + 1 if step == wanted else max(before[place + 1], row[place]))
        before = row
    return before[-1]
