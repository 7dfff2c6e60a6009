"""One invented person, and the many ways in which three silos spell the same name, mail and phone.

A spelling never changes who is meant: every e-mail and phone spelling of a person normalises to one
match key. Names are worse: a typo stays a typo.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from examples.names import COUNTRIES, DOMAINS, City, Country

_GMAIL = "gmail.com"
_OLDEST = date(1944, 1, 1)
_BIRTH_DAYS = 22_000
_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "'": "", " ": ""})


@dataclass(frozen=True, slots=True)
class Name:
    """A name as the person writes it."""

    given: str
    surname: str

    @property
    def full(self) -> str:
        """`Given Surname`."""
        return f"{self.given} {self.surname}"

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
    def mistyped(self) -> str:
        """Two letters within the surname exchanged."""
        middle = len(self.surname) // 2
        left, right = self.surname[middle - 1], self.surname[middle]
        typo = self.surname[: middle - 1] + right + left + self.surname[middle + 1 :]
        return f"{self.given} {typo}"

    @property
    def plain(self) -> str:
        """Without accents."""
        return _bare(self.full)


@dataclass(frozen=True, slots=True)
class Phone:
    """A number of a range kept for fiction: `+49`, `030`, `23125017`."""

    prefix: str
    area: str
    number: str

    @property
    def national(self) -> str:
        """As dialled within the country."""
        if self.prefix == "+1":
            return f"({self.area}) {self.number[:3]}-{self.number[3:]}"
        return f"{self.area} {self.number[:4]} {self.number[4:]}"

    @property
    def international(self) -> str:
        """With the country's prefix and spaces."""
        return f"{self.prefix} {self.area.removeprefix('0')} {self.number}"

    @property
    def dotted(self) -> str:
        """The national number with the separators of people in a hurry."""
        return f"{self.area}-{self.number[:3]}.{self.number[3:]}"

    @property
    def key(self) -> str:
        """E.164."""
        return f"{self.prefix}{self.area.removeprefix('0')}{self.number}"


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives."""

    country: Country
    city: City
    street: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who is meant. `customer_no` is empty for people who only ever ordered as guests."""

    key: str
    name: Name = field(repr=False)
    email: str = field(repr=False)
    phone: Phone = field(repr=False)
    home: Home = field(repr=False)
    born: date = field(repr=False)
    customer_no: str = field(repr=False)

    @property
    def emails(self) -> tuple[str, ...]:
        """Spellings of the one address; Gmail ignores dots and what follows a plus."""
        local, _, domain = self.email.partition("@")
        spellings = [self.email, self.email.upper(), f"{local.title()}@{domain}"]
        if domain == _GMAIL:
            bare = local.replace(".", "")
            spellings += [f"{local}+shop@{_GMAIL}", f"{bare}@googlemail.com"]
        return tuple(dict.fromkeys(spellings))

    @property
    def email_key(self) -> str:
        """The address as it is compared."""
        local, _, domain = self.email.lower().partition("@")
        return f"{local.replace('.', '') if domain == _GMAIL else local}@{domain}"

    @property
    def phones(self) -> tuple[str, ...]:
        """Spellings of the one number."""
        phone = self.phone
        return (phone.national, phone.international, phone.dotted, phone.key)

    @property
    def names(self) -> tuple[str, ...]:
        """Spellings of the name, the right one first."""
        name = self.name
        spelled = (name.full, name.shouted, name.swapped, name.initial, name.plain, name.mistyped)
        return tuple(dict.fromkeys(spelled))


def invent(rng: Random, count: int, numbers: Iterator[str]) -> list[Person]:
    """`count` people with different names, addresses, phones; customer numbers from `numbers`."""
    names = _names(rng, count)
    phones = {country.code: _phones(rng, country, count) for country in COUNTRIES.values()}
    people = []
    for place, (country, name) in enumerate(names):
        city, street = rng.choice(country.cities), rng.choice(country.streets)
        people.append(
            Person(
                key=f"person_{place:04}",
                name=name,
                email=address(name, rng.choice((*DOMAINS, _GMAIL, _GMAIL))),
                phone=next(phones[country.code]),
                home=Home(country, city, f"{street} {rng.randint(1, 180)}"),
                born=_OLDEST + timedelta(days=rng.randrange(_BIRTH_DAYS)),
                customer_no=next(numbers),
            )
        )
    return people


def address(name: Name, domain: str) -> str:
    """A mail address of that name.

    Gmail is a real house, so its addresses carry a hyphen, which no Gmail address can have.
    """
    local = f"{_local(name.given)}.{_local(name.surname)}"
    return f"{local}-demo@{domain}" if domain == _GMAIL else f"{local}@{domain}"


def latin(text: str) -> str:
    """The text as a till of 1998 can hold it: what is not in cp1252 loses its accents."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return _bare(text)
    return text


def _names(rng: Random, count: int) -> list[tuple[Country, Name]]:
    every = [
        (country, Name(given, surname))
        for country in COUNTRIES.values()
        for given in country.given
        for surname in country.surnames
    ]
    return rng.sample(every, count)


def _phones(rng: Random, country: Country, count: int) -> Iterator[Phone]:
    every = [
        Phone(country.prefix, kept.area, f"{kept.stem}{kept.first + place:0{kept.digits}}")
        for kept in country.ranges
        for place in range(kept.count)
    ]
    return iter(rng.sample(every, min(count, len(every))))


def _local(text: str) -> str:
    return _bare(text.lower().translate(_ASCII))


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    return "".join(char for char in apart if not unicodedata.combining(char))
