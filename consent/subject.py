"""The person asked about, as of the moment of asking: records, circumstances, contact points.

Circumstances travel inside sealed views as plain JSON, so that an answer needs nothing but the view
and the consent facts of the records. What is not known stays empty, and empty is the strictest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from consent.events import ConsentFact
from consent.reading import CHANNELS, EVERY, Invalid, Reader, text_of

LIFECYCLES: Final = ("active", "erasing", "erasure_pending", "erased", "restricted", "legal_hold")
LINKS: Final = ("verified", "household", "probabilistic")
CUSTOMER: Final = "customer"
# A birthday is over everywhere at UTC-12 and begins first at UTC+14.
LAST_ZONE: Final = timedelta(hours=12)
FIRST_ZONE: Final = timedelta(hours=-14)
MOST_MINUTES: Final = 15 * 60


class InvalidSubject(Invalid):
    """Circumstances or a subject that cannot be understood; the message holds no values."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact point: an opaque reference, never the address.

    `suppressed`: the channels (or "*") on which it is on the workspace's suppression list.
    """

    ref: str
    type: str
    channels: frozenset[str]
    verified: bool = False
    bounced: bool = False
    suppressed: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, source: Mapping[str, Any]) -> "Contact":
        """Read the JSON form. Raises `InvalidSubject`."""
        read = Reader.of(source, _CONTACT, InvalidSubject)
        return cls(
            ref=read.text("ref"),
            type=read.text("type"),
            channels=frozenset(read.texts("channels", CHANNELS)),
            verified=read.flag("verified"),
            bounced=read.flag("bounced"),
            suppressed=frozenset(read.texts("suppressed", _LISTABLE)),
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON; `parse` reads it back."""
        return {
            "ref": self.ref,
            "type": self.type,
            "channels": sorted(self.channels),
            "verified": self.verified,
            "bounced": self.bounced,
            "suppressed": sorted(self.suppressed),
        }


@dataclass(frozen=True, slots=True)
class Preference:
    """Something switched off: a channel, a topic, or a topic on one channel."""

    channel: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class SoftOptIn:
    """A sale that may allow e-mail about own similar goods (Directive 2002/58/EC Art 13(2)).

    `record_id`: the record of the sale, the only one it speaks for; None where that is not known.
    """

    sale_at: datetime
    similar: bool
    optout_offered: bool
    record_id: str | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision needs of the person besides consent.

    `regimes`: every plausible one. `birth_date`: ISO date; `age` where only that is known.
    `utc_offsets`: minutes, every candidate zone. `sent`: instants of messages per channel.
    """

    regimes: frozenset[str] = frozenset()
    birth_date: str | None = field(default=None, repr=False)
    age: int | None = field(default=None, repr=False)
    utc_offsets: tuple[int, ...] = ()
    contacts: tuple[Contact, ...] = ()
    preferences: frozenset[Preference] = frozenset()
    soft_optin: SoftOptIn | None = None
    sent: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict, hash=False)

    def contact(self, ref: str) -> Contact | None:
        """The contact point of this reference."""
        return next((contact for contact in self.contacts if contact.ref == ref), None)

    def ages(self, now: datetime) -> tuple[int, ...]:
        """The age now: one, or on a birthday that is not everywhere yet, the lower and the higher.

        Empty if nothing is known. A birth date that cannot be read is that of a newborn child.
        """
        if self.birth_date is None:
            return () if self.age is None else (self.age,)
        born = _day(self.birth_date)
        if born is None:
            return (0,)
        low = _age(born, (now.astimezone(UTC) - LAST_ZONE).date())
        high = _age(born, (now.astimezone(UTC) - FIRST_ZONE).date())
        return (low,) if low == high else (low, high)

    def birthdays(self, age: int) -> tuple[datetime, ...]:
        """When the person reaches an age: first anywhere, and last everywhere. Empty if unknown."""
        born = _day(self.birth_date) if self.birth_date else None
        if born is None:
            return ()
        year = born.year + age
        leapling = (born.month, born.day) == (2, 29)
        # Who was born on 29 February reaches an age on 1 March of a common year.
        day = date(year, 2, 28) + timedelta(days=1) if leapling else born.replace(year=year)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return (midnight + FIRST_ZONE, midnight + LAST_ZONE)

    @classmethod
    def parse(cls, source: Mapping[str, Any]) -> "Circumstances":
        """Read the JSON form. Raises `InvalidSubject`."""
        read = Reader.of(source, _CIRCUMSTANCES, InvalidSubject)
        return cls(
            regimes=frozenset(read.texts("regimes")),
            birth_date=read.optional_text("birth_date"),
            age=read.optional_number("age", 0, 150),
            utc_offsets=tuple(_offsets(read)),
            contacts=tuple(Contact.parse(item) for item in read.items("contacts")),
            preferences=frozenset(_preference(item) for item in read.items("preferences")),
            soft_optin=_soft(read),
            sent=_sent(read),
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON without floats; `parse` reads it back."""
        soft = self.soft_optin
        return {
            "regimes": sorted(self.regimes),
            "birth_date": self.birth_date,
            "age": self.age,
            "utc_offsets": list(self.utc_offsets),
            "contacts": [contact.as_dict() for contact in self.contacts],
            "preferences": [
                {"channel": item.channel, "topic": item.topic}
                for item in sorted(
                    self.preferences, key=lambda item: (item.channel or "", item.topic or "")
                )
            ],
            "soft_optin": None
            if soft is None
            else {
                "sale_at": text_of(soft.sale_at),
                "similar": soft.similar,
                "optout_offered": soft.optout_offered,
                "record_id": soft.record_id,
            },
            "sent": {
                channel: [text_of(moment) for moment in moments]
                for channel, moments in sorted(self.sent.items())
            },
        }


@dataclass(frozen=True, slots=True)
class Member:
    """One record of a profile: how strongly it belongs, what its source says of the relation."""

    record_id: str
    link: str
    relation: str | None = None
    facts: tuple[ConsentFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A profile as a decision sees it. `merged_at`: when its records last became one person."""

    profile_id: str
    lifecycle: str = "active"
    merged_at: datetime | None = None
    circumstances: Circumstances = field(default_factory=Circumstances)
    members: tuple[Member, ...] = ()


_CONTACT: Final = frozenset(item.name for item in fields(Contact))
_LISTABLE: Final = frozenset({*CHANNELS, EVERY})
_CIRCUMSTANCES: Final = frozenset(item.name for item in fields(Circumstances))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _offsets(read: Reader) -> list[int]:
    found = read.items("utc_offsets")
    if not all(type(item) is int and abs(item) <= MOST_MINUTES for item in found):
        raise InvalidSubject("'utc_offsets' must be whole minutes", "invalid_utc_offsets")
    return found


def _preference(source: Any) -> Preference:
    read = Reader.of(source, {"channel", "topic"}, InvalidSubject)
    channel, topic = read.optional_text("channel"), read.optional_text("topic")
    if channel is None and topic is None:
        raise InvalidSubject("a preference names a channel or a topic", "invalid_preference")
    return Preference(channel, topic)


def _soft(read: Reader) -> SoftOptIn | None:
    if read.source.get("soft_optin") is None:
        return None
    known = {"sale_at", "similar", "optout_offered", "record_id"}
    inner = Reader.of(read.source["soft_optin"], known, InvalidSubject)
    return SoftOptIn(
        sale_at=inner.instant("sale_at"),
        similar=inner.flag("similar"),
        optout_offered=inner.flag("optout_offered"),
        record_id=inner.optional_text("record_id"),
    )


def _sent(read: Reader) -> dict[str, tuple[datetime, ...]]:
    found = {}
    for channel in read.mapping("sent"):
        if channel not in CHANNELS:
            raise InvalidSubject("'sent' is kept per known channel", "unknown_channel")
        times = Reader(read.mapping("sent"), InvalidSubject).texts(channel)
        found[channel] = tuple(
            Reader({"sent": item}, InvalidSubject).instant("sent") for item in times
        )
    return found
