"""The trail of a person, read from a state already cut to what may be used and was known.

Orders and cases are groups of marks with the same object. A *contact* is the customer reaching us
about a topic, on any channel; contacts on one topic less than an hour apart are one conversation,
and a conversation within seven days of the one before it on the same topic is a *repeat*.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

from cdp.clock import instant
from cdp.outcomes.claims import Seen
from cdp.outcomes.events import CATALOGUE

CONVERSATION = timedelta(minutes=60)
SILENCE = timedelta(days=7)
"""N of the definition of resolved: no repeat in the same topic for this long, on any channel."""

CONTACT_TYPES = frozenset(
    {
        "contact.received",
        "message.received",
        "complaint.received",
        "case.opened",
        "case.reopened",
    }
)
_STAMPS = frozenset({"type", "object", "id", "rec", "source", "at", "received"})


Moment: TypeAlias = tuple[datetime, str]
"""An instant, and the id of the mark where several are of one instant; no id comes first."""


@dataclass(frozen=True)
class Mark:
    """One event of the trail; `data` holds the fields the purpose may read."""

    type: str
    object: str = field(repr=False)
    id: str
    source: str
    at: datetime
    data: Mapping[str, Any] = field(repr=False)

    @property
    def order(self) -> Moment:
        """Where it stands among all marks of a trail."""
        return self.at, self.id

    def get(self, name: str) -> str:
        """A field as text, empty when it is not there."""
        return str(self.data.get(name, ""))

    def evidence(self) -> Seen:
        """This mark as a piece of evidence, in the fields the purpose may read."""
        return self._seen

    @cached_property
    def _seen(self) -> Seen:
        fields = {"object": self.object, **self.data} if self.object else dict(self.data)
        return Seen(
            type=self.type,
            event_id=self.id,
            at=self.at,
            source=self.source,
            fields=",".join(fields),
            excerpt="; ".join(f"{name} {value}" for name, value in fields.items()),
        )


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact with what it is about: a topic, and where known an order and a case."""

    mark: Mark
    topic: str
    about: str = field(repr=False)
    case: str = field(repr=False)

    @property
    def key(self) -> str:
        """What repeats are counted by: the topic, else the order, else the case."""
        return self.topic or self.about or self.case


class Related:
    """Contacts found by what they are about, so that nobody has to look at all for each issue."""

    def __init__(self, contacts: Sequence[Contact]) -> None:
        """`contacts` in order of time."""
        self._contacts = contacts
        self._times = [contact.mark.order for contact in contacts]
        self._places: dict[tuple[str, str], list[int]] = {}
        for place, contact in enumerate(contacts):
            for kind, name in (
                ("topic", contact.topic),
                ("about", contact.about),
                ("case", contact.case),
            ):
                if name:
                    self._places.setdefault((kind, name), []).append(place)

    def since(self, topic: str, about: str, case: str = "", *, moment: Moment) -> Iterator[Contact]:
        """Those with the same topic, order or case from a moment on, in their order.

        An empty part finds none. Only what is taken is looked for: who stops early pays little.
        """
        keys = (("topic", topic), ("about", about), ("case", case))
        lists = [places for key in keys if (places := self._places.get(key))]
        place = bisect_left(self._times, moment)
        while True:
            spots = [(places, bisect_left(places, place)) for places in lists]
            coming = [places[spot] for places, spot in spots if spot < len(places)]
            if not coming:
                return
            place = min(coming)
            yield self._contacts[place]
            place += 1


@dataclass(frozen=True)
class Trail:
    """All marks, those of each order and case, and the contacts; each in order of time."""

    orders: Mapping[str, tuple[Mark, ...]] = field(repr=False)
    cases: Mapping[str, tuple[Mark, ...]] = field(repr=False)
    contacts: tuple[Contact, ...] = field(repr=False)
    made: tuple[Contact, ...] = field(repr=False)
    marks: tuple[Mark, ...] = field(repr=False, default=())
    problems: Mapping[str, tuple[Mark, ...]] = field(repr=False, default_factory=dict)

    def of(self, *types: str, after: datetime | None = None) -> tuple[Mark, ...]:
        """The marks of these types in order of time, after a moment when one is given."""
        return tuple(
            mark for mark in self.marks if mark.type in types and (after is None or mark.at > after)
        )

    @cached_property
    def touching(self) -> Related:
        """The contacts of the customer by what they are about."""
        return Related(self.contacts)

    @cached_property
    def helping(self) -> Related:
        """Our own contacts by what they are about."""
        return Related(self.made)

    @cached_property
    def begun(self) -> Mapping[tuple[str, str], Sequence[datetime]]:
        """When the cases of each topic and order began, in order of time."""
        found: dict[tuple[str, str], list[datetime]] = {}
        for case, marks in self.cases.items():
            for key in zip(("topic", "about"), self.about_case(case), strict=True):
                found.setdefault(key, []).append(marks[0].at)
        return {key: sorted(moments) for key, moments in found.items()}

    def began_near(self, contact: Contact, within: timedelta) -> bool:
        """True when a case about the same began not longer than this before or after."""
        at = contact.mark.at
        for key in (("topic", contact.topic), ("about", contact.about)):
            begun = self.begun.get(key, ()) if key[1] else ()
            place = bisect_left(begun, at - within)
            if place < len(begun) and begun[place] <= at + within:
                return True
        return False

    @property
    def empty(self) -> bool:
        """True when nothing of the trail is known."""
        return not (self.orders or self.cases or self.contacts)

    def about_case(self, case: str) -> tuple[str, str]:
        """Topic and order of a case; without a topic its kind stands for it."""
        for mark in self.cases.get(case, ()):
            if mark.type == "case.opened":
                return mark.get("topic") or mark.get("kind"), mark.get("about")
        return "", ""


def read_trail(state: Mapping[str, Any]) -> Trail:
    """The trail of a state's marks; a state without marks gives an empty one."""
    marks = tuple(sorted(map(_mark, state.get("marks", ())), key=lambda mark: mark.order))
    orders, cases = _of_object(marks, "order"), _of_object(marks, "case")
    bare = Trail(orders, cases, (), ())
    touches = (_contact(mark, bare) for mark in marks if mark.type in CONTACT_TYPES)
    made = (_contact(mark, bare) for mark in marks if mark.type == "contact.made")
    kept = tuple(touch for touch in touches if touch.key)
    return Trail(orders, cases, kept, tuple(made), marks, _of_object(marks, "problem"))


def repeats(trail: Trail, now: datetime, within: timedelta = SILENCE) -> tuple[Contact, ...]:
    """The repeat contacts of the last `within` days before `now`, in order of time."""
    found = [
        later
        for contacts in _by_key(trail)
        for earlier, later in pairwise(_conversations(contacts))
        if later.mark.at - earlier.mark.at <= SILENCE and later.mark.at > now - within
    ]
    return tuple(sorted(found, key=lambda contact: (contact.mark.at, contact.mark.id)))


def conversations(trail: Trail) -> tuple[Contact, ...]:
    """The first contact of every conversation, in order of time."""
    found = [contact for contacts in _by_key(trail) for contact in _conversations(contacts)]
    return tuple(sorted(found, key=lambda contact: (contact.mark.at, contact.mark.id)))


def first(marks: Sequence[Mark], *types: str, after: datetime | None = None) -> Mark | None:
    """The earliest mark of these types, after a moment when one is given."""
    for mark in marks:
        if mark.type in types and (after is None or mark.at > after):
            return mark
    return None


def promise(marks: Sequence[Mark]) -> tuple[Mark, datetime] | None:
    """The mark that carries the first promise made for an order, and the promised instant."""
    for mark in marks:
        if mark.get("promised_at"):
            return mark, instant(mark.get("promised_at"))
    return None


def _by_key(trail: Trail) -> Iterable[list[Contact]]:
    by_key: dict[str, list[Contact]] = {}
    for contact in trail.contacts:
        by_key.setdefault(contact.key, []).append(contact)
    return by_key.values()


def _conversations(contacts: Sequence[Contact]) -> list[Contact]:
    """The first contact of every conversation; a pause of an hour ends one."""
    starts = list(contacts[:1])
    starts += [
        later
        for earlier, later in pairwise(contacts)
        if later.mark.at - earlier.mark.at > CONVERSATION
    ]
    return starts


def _mark(entry: Mapping[str, Any]) -> Mark:
    return Mark(
        type=entry["type"],
        object=entry.get("object", ""),
        id=entry["id"],
        source=entry["source"],
        at=instant(entry["at"]),
        data={name: value for name, value in entry.items() if name not in _STAMPS},
    )


def _contact(mark: Mark, trail: Trail) -> Contact:
    case = mark.object if mark.type.startswith("case.") else mark.get("case")
    topic, about = trail.about_case(case)
    contact = Contact(mark, mark.get("topic") or topic, mark.get("about") or about, case)
    if mark.type == "complaint.received" and not contact.key:
        return replace(contact, topic="complaint")
    return contact


def _of_object(marks: Iterable[Mark], about: str) -> dict[str, tuple[Mark, ...]]:
    groups: dict[str, list[Mark]] = {}
    for mark in marks:
        if CATALOGUE[mark.type].object == about:
            groups.setdefault(mark.object, []).append(mark)
    return {name: tuple(group) for name, group in sorted(groups.items())}
