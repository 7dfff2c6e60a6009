"""One invented person, who they are and who they were, and the many ways to write their number.

A spelling never changes who is meant: every e-mail and phone spelling of a person normalises to one
match key. What does change it (a typo, a move, a new surname) is in `examples.spellings`.
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from examples.names import COUNTRIES, DOMAINS, City, Country

_OLDEST = date(1944, 1, 1)
_BIRTH_DAYS = 22_000
_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "'": "", " ": ""})
_STEP, _NUMBERS = 7_654_321, 9_000_000
_PHONE_STEP = 7_919
_MOVED, _RENAMED, _NEW_MAILBOX = 0.16, 0.08, 0.18


@dataclass(frozen=True, slots=True)
class Name:
    """A name as the person writes it."""

    given: str
    surname: str

    @property
    def full(self) -> str:
        """`Given Surname`."""
        return f"{self.given} {self.surname}".strip()

    @property
    def shouted(self) -> str:
        """`SURNAME, Given`, as shops print it on parcels."""
        return f"{self.surname.upper()}, {self.given}"

    @property
    def swapped(self) -> str:
        """`Surname Given`."""
        return f"{self.surname} {self.given}"

    @property
    def initial(self) -> str:
        """`G. Surname`."""
        return f"{self.given[0]}. {self.surname}"

    @property
    def plain(self) -> str:
        """Without accents."""
        return bare(self.full)


@dataclass(frozen=True, slots=True)
class Phone:
    """A number of a range kept for fiction: `+49`, `030`, `23125017`; all empty is no phone."""

    prefix: str = ""
    area: str = ""
    number: str = ""

    @property
    def national(self) -> str:
        """As dialled within the country."""
        if not self.number:
            return ""
        if self.prefix == "+1":
            return f"({self.area}) {self.number[:3]}-{self.number[3:]}"
        return f"{self.area} {self.number[:4]} {self.number[4:]}"

    @property
    def international(self) -> str:
        """With the country's prefix and spaces."""
        if not self.number:
            return ""
        return f"{self.prefix} {self.area.removeprefix('0')} {self.number}"

    @property
    def dotted(self) -> str:
        """The national number with the separators of people in a hurry."""
        return f"{self.area}-{self.number[:3]}.{self.number[3:]}" if self.number else ""

    @property
    def key(self) -> str:
        """E.164."""
        return f"{self.prefix}{self.area.removeprefix('0')}{self.number}"

    @property
    def spellings(self) -> tuple[str, ...]:
        """The one number in four hands; nothing if there is none."""
        return (self.national, self.international, self.dotted, self.key) if self.number else ()


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives."""

    country: Country
    city: City
    street: str


@dataclass(frozen=True, slots=True)
class Past:
    """What a person left behind and some silo still believes; empty where nothing changed."""

    home: Home | None = None
    surname: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is meant. `customer_no` is empty for people who only ever ordered as guests.

    `group`: the household or company whose contact points they share, as the truth names it.
    """

    key: str
    name: Name = field(repr=False)
    email: str = field(repr=False)
    phone: Phone = field(repr=False)
    home: Home = field(repr=False)
    born: date = field(repr=False)
    customer_no: str = field(repr=False)
    past: Past = field(default=Past(), repr=False)
    group: str = ""

    @property
    def email_key(self) -> str:
        """The address as it is compared."""
        return self.email.lower()


def invent(rng: Random, place: int) -> Person:
    """The person of that place: mail address, phone and customer number are nobody else's.

    Names are drawn, so namesakes occur. Where a country runs out of numbers kept for fiction, the
    people of later places have no phone.
    """
    country = tuple(COUNTRIES.values())[place % len(COUNTRIES)]
    name = Name(
        rng.choice(tuple(country.given)), rng.choice(country.stems) + rng.choice(country.endings)
    )
    past = Past(
        home(rng, country) if rng.random() < _MOVED else None,
        rng.choice(country.stems) + rng.choice(country.endings) if rng.random() < _RENAMED else "",
        f"{_local(name.given)}{place}@{rng.choice(DOMAINS)}" if rng.random() < _NEW_MAILBOX else "",
    )
    return Person(
        key=f"person_{place:06}",
        name=name,
        email=address(name, rng.choice(DOMAINS), place),
        phone=_phone(country, place // len(COUNTRIES)),
        home=home(rng, country),
        born=_OLDEST + timedelta(days=rng.randrange(_BIRTH_DAYS)),
        customer_no=f"K-{scattered(place):07}",
        past=past,
    )


def home(rng: Random, country: Country) -> Home:
    """Some address of that country."""
    city, street = rng.choice(country.cities), rng.choice(country.streets)
    return Home(country, city, f"{street} {rng.randint(1, 240)}")


def address(name: Name, domain: str, place: int | None = None) -> str:
    """A mail address of that name; with the place it is nobody else's."""
    number = "" if place is None else str(place)
    return f"{_local(name.given)}.{_local(name.surname)}{number}@{domain}"


def latin(text: str) -> str:
    """The text as a till of 1998 can hold it: what is not in cp1252 loses its accents."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return bare(text)
    return text


def scattered(place: int) -> int:
    """A number from 1 000 000 to 9 999 999 that no other place below nine million has."""
    return place * _STEP % _NUMBERS + 1_000_000


def bare(text: str) -> str:
    """The text without accents."""
    apart = unicodedata.normalize("NFD", text)
    return "".join(char for char in apart if not unicodedata.combining(char))


def _phone(country: Country, place: int) -> Phone:
    """The number of that place in the ranges of a country; neighbours live far apart."""
    if place >= country.numbers:
        return Phone()
    place = place * _PHONE_STEP % country.numbers
    for kept in country.ranges:
        if place < kept.count:
            return Phone(
                country.prefix, kept.area, f"{kept.stem}{kept.first + place:0{kept.digits}}"
            )
        place -= kept.count
    return Phone()


def _local(text: str) -> str:
    return bare(text.lower().translate(_ASCII))
