"""How silos get people wrong: each kind of difficulty by name, and what it does to a row.

    guise = disguised(rng, Guise.of(person), RATES)

A guise is the person as one row knows them; `kinds` says what is wrong with it, and goes to the
truth, so that a report can tell which kinds of difficulty were missed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random
from types import MappingProxyType

from examples.people import Home, Name, Person, bare

Kinds = frozenset[str]

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "nickname": "the name friends use",
        "initials": "the first letter of the given name only",
        "name_order": "given name and surname exchanged",
        "no_accents": "letters without their accents",
        "typo_name": "a slip in the surname or given name",
        "typo_email": "a slip in the mail address",
        "typo_phone": "a wrong digit in the phone number",
        "typo_date": "a wrong digit in the birth date",
        "swapped_date": "day and month of the birth date exchanged",
        "moved": "the address before the move",
        "new_surname": "the surname before it changed",
        "new_email": "the mail address before it changed",
        "no_contact": "neither mail address nor phone",
        "shared_contact": "mailbox and phone of a household",
        "company_contact": "phone and address of an employer",
        "anonymous_visit": "a device, and nobody signed in",
        "shared_device": "a device on which others sign in too",
    }
)
"""What can be wrong with a row, and what that means."""

RATES: Mapping[str, float] = MappingProxyType(
    {
        "moved": 0.6,
        "new_surname": 0.6,
        "new_email": 0.6,
        "nickname": 0.14,
        "initials": 0.05,
        "name_order": 0.05,
        "no_accents": 0.2,
        "typo_name": 0.10,
        "typo_email": 0.03,
        "typo_phone": 0.03,
        "typo_date": 0.03,
        "swapped_date": 0.06,
    }
)
"""How often a row of a shop or help desk has each of them, where the person's life allows it."""

_DAYS_OF_ANY_MONTH = 12
_NEAR = ("qwertzuiop", "asdfghjkl", "yxcvbnm")
_LEAST = 4


@dataclass(frozen=True, slots=True)
class Guise:
    """A person as one row knows them; "" where the row does not say."""

    person: Person = field(repr=False)
    name: Name = field(repr=False)
    email: str = field(repr=False)
    phone: str = field(repr=False)
    home: Home | None = field(repr=False)
    born: date | None = field(repr=False)
    kinds: Kinds = frozenset()

    @classmethod
    def of(cls, person: Person) -> "Guise":
        """Everything as it is today."""
        kinds = frozenset({"shared_contact"} if person.group.startswith("household") else ())
        phone = person.phone.international
        return cls(person, person.name, person.email, phone, person.home, person.born, kinds)

    def marked(self, *kinds: str) -> "Guise":
        """The same, known to be difficult in these ways as well."""
        return replace(self, kinds=self.kinds | {*kinds})

    def changed(self, rng: Random, *kinds: str) -> "Guise":
        """The same with these difficulties, where they are possible."""
        guise = self
        for kind in kinds:
            after = _CHANGES[kind](rng, guise)
            if after is not guise:
                guise = after.marked(kind)
        return guise


def disguised(rng: Random, guise: Guise, rates: Mapping[str, float] = RATES) -> Guise:
    """The guise with difficulties drawn at these rates."""
    return guise.changed(rng, *(kind for kind, rate in rates.items() if rng.random() < rate))


def slipped(rng: Random, text: str) -> str:
    """One slip of the fingers: two letters exchanged, one left out, doubled, or its neighbour.

    The first and the last letter stay, and so does a text too short to be read with a slip.
    """
    places = [place for place in range(1, len(text) - 2) if text[place].isalpha()]
    if len(places) < _LEAST:
        return text
    place = rng.choice(places)
    letter, after = text[place], text[place + 1]
    made = {
        "exchanged": text[:place] + after + letter + text[place + 2 :],
        "left out": text[:place] + text[place + 1 :],
        "doubled": text[:place] + letter + text[place:],
        "neighbour": text[:place] + _neighbour(letter) + text[place + 1 :],
    }[rng.choice(("exchanged", "left out", "doubled", "neighbour"))]
    return made if made != text else text[:place] + letter + text[place:]


def _neighbour(letter: str) -> str:
    """The key beside it, in the case of the letter; `e` for what is on no plain key."""
    for row in _NEAR:
        place = row.find(letter.lower())
        if place >= 0:
            near = row[place - 1] if place else row[1]
            return near.upper() if letter.isupper() else near
    return "e"


def _nickname(_rng: Random, guise: Guise) -> Guise:
    nick = guise.person.home.country.given.get(guise.name.given, "")
    return replace(guise, name=replace(guise.name, given=nick)) if nick else guise


def _initials(_rng: Random, guise: Guise) -> Guise:
    if not guise.name.given:
        return guise
    return replace(guise, name=replace(guise.name, given=f"{guise.name.given[0]}."))


def _name_order(_rng: Random, guise: Guise) -> Guise:
    return replace(guise, name=Name(guise.name.surname, guise.name.given))


def _no_accents(_rng: Random, guise: Guise) -> Guise:
    name = Name(bare(guise.name.given), bare(guise.name.surname))
    return guise if name == guise.name else replace(guise, name=name)


def _typo_name(rng: Random, guise: Guise) -> Guise:
    given, surname = guise.name.given, guise.name.surname
    if rng.random() < 0.7:
        name = Name(given, slipped(rng, surname))
    else:
        name = Name(slipped(rng, given), surname)
    return guise if name == guise.name else replace(guise, name=name)


def _typo_email(rng: Random, guise: Guise) -> Guise:
    local, at, domain = guise.email.partition("@")
    slip = slipped(rng, local)
    return guise if slip == local else replace(guise, email=f"{slip}{at}{domain}")


def _typo_phone(rng: Random, guise: Guise) -> Guise:
    """Another digit within the range: a number that exists, of somebody else or of nobody."""
    if not guise.phone:
        return guise
    last = int(guise.phone[-1])
    return replace(guise, phone=f"{guise.phone[:-1]}{(last + rng.randint(1, 9)) % 10}")


def _typo_date(rng: Random, guise: Guise) -> Guise:
    if guise.born is None:
        return guise
    year = guise.born.year + rng.choice((-10, -1, 1, 10))
    day = min(guise.born.day, 28)
    return replace(guise, born=guise.born.replace(year=year, day=day))


def _swapped_date(_rng: Random, guise: Guise) -> Guise:
    born = guise.born
    if born is None or born.day > _DAYS_OF_ANY_MONTH or born.day == born.month:
        return guise
    return replace(guise, born=born.replace(month=born.day, day=born.month))


def _moved(_rng: Random, guise: Guise) -> Guise:
    past = guise.person.past.home
    return replace(guise, home=past) if past and guise.home else guise


def _new_surname(_rng: Random, guise: Guise) -> Guise:
    past = guise.person.past.surname
    return replace(guise, name=replace(guise.name, surname=past)) if past else guise


def _new_email(_rng: Random, guise: Guise) -> Guise:
    past = guise.person.past.email
    return replace(guise, email=past) if past and guise.email else guise


def _no_contact(_rng: Random, guise: Guise) -> Guise:
    return replace(guise, email="", phone="") if guise.email or guise.phone else guise


_CHANGES: Mapping[str, Callable[[Random, Guise], Guise]] = MappingProxyType(
    {
        "nickname": _nickname,
        "initials": _initials,
        "name_order": _name_order,
        "no_accents": _no_accents,
        "typo_name": _typo_name,
        "typo_email": _typo_email,
        "typo_phone": _typo_phone,
        "typo_date": _typo_date,
        "swapped_date": _swapped_date,
        "moved": _moved,
        "new_surname": _new_surname,
        "new_email": _new_email,
        "no_contact": _no_contact,
    }
)
