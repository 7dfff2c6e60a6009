"""Five silos of invented customers, of any size, with the truth about who is who.

    python -m benchmarks identity --generate 100000

Households share a name, a roof, now and then a telephone, a mailbox or a device. People move, take
other names, use short ones, have several mailboxes. Each silo knows something else of them and errs
in its own way; junk stands where somebody had to fill in a field. Everything follows from a seed;
names are put together from syllables and from those of `examples.names`.
"""

from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Final

import pyarrow as pa
import pyarrow.parquet

from examples.names import COUNTRIES

COLUMNS: Final = (
    "record_id",
    "source",
    "first_name",
    "last_name",
    "email",
    "phone",
    "street",
    "city",
    "zip",
    "dob",
    "customer_id",
    "device_id",
)
_SYLLABLES: Final = "ba be ca co da di el fa go ha in jo ka la le ma mi na no ol pa ra ri sa so ta"
_ENDS: Final = "n s r l th nd ck ler man sen son ton ford ling field wood"
_KINDS: Final = (
    ("Street", "St"),
    ("Avenue", "Ave"),
    ("Road", "Rd"),
    ("Lane", "Ln"),
    ("Drive", "Dr"),
)
_MAILERS: Final = ("gmail.com", "mail.example", "post.example", "box.example", "inbox.example")
_JUNK_MAIL: Final = ("test@test.com", "none@none.com", "na@na.example", "guest@shop.example")
_JUNK_PHONE: Final = ("0000000000", "1111111111", "1234567890", "9999999999")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_SIZES: Final = (1, 2, 3, 4, 5)
_ALPHABET_OF_CASES: Final = (str.upper, str.lower)

Row = dict[str, str | None]


class Common:
    """Things of which few are had by many, as names and cities are (Zipf)."""

    def __init__(self, things: Sequence[str], steepness: float) -> None:
        self._things = things
        weights = (1 / (place + 3) ** steepness for place in range(len(things)))
        self._sums = list(accumulate(weights))

    def one(self, random: Random) -> str:
        """One of them."""
        return self._things[bisect(self._sums, random.random() * self._sums[-1] * 0.999999)]


@dataclass
class Person:
    """Who somebody is, in every form that silos may know."""

    number: int
    names: list[tuple[str, str]]
    birth: tuple[int, int, int]
    mails: list[str]
    phones: list[str]
    homes: list[tuple[str, str, str]]
    devices: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Silo:
    """What one silo knows (shares of fields that are filled), how it errs, and how many rows."""

    name: str
    share: float
    rows: tuple[float, ...]
    filled: dict[str, float]
    errs: float = 0.03
    short: float = 0.08


SILOS: Final = (
    Silo("crm", 0.46, (0.92, 0.08), {"name": 1, "mail": 0.72, "phone": 0.66, "home": 0.82,
                                     "birth": 0.42, "customer": 1}),
    Silo("shop", 0.55, (0.66, 0.22, 0.08, 0.04), {"name": 1, "mail": 0.96, "phone": 0.42,
         "home": 0.86, "customer": 0.06, "device": 0.45}, 0.04, 0.13),
    Silo("support", 0.2, (0.7, 0.22, 0.08), {"name": 1, "mail": 0.62, "phone": 0.58,
                                             "customer": 0.2}, 0.06, 0.2),
    Silo("loyalty", 0.4, (0.99, 0.01), {"name": 1, "mail": 0.62, "phone": 0.72, "home": 0.6,
                                        "birth": 0.9}),
    Silo("web", 0.5, (0.52, 0.27, 0.14, 0.07), {"name": 0.12, "mail": 0.66, "phone": 0.05,
                                                "device": 1}, 0.02, 0.15),
)  # fmt: skip


class Town:
    """Where they live, and what there is of them."""

    def __init__(self, seed: int, size: int) -> None:
        self.random = Random(seed)  # noqa: S311 - people, not secrets
        shorts = {name: short for land in COUNTRIES.values() for name, short in land.given.items()}
        self.shorts = {name: short for name, short in shorts.items() if short}
        self._given = Common([*self._shuffled(shorts), *self._words(2500, 2)], 1.0)
        known = [a + b for land in COUNTRIES.values() for a in land.stems for b in land.endings]
        self._family = Common([*self._shuffled(known)[:4000], *self._words(25_000, 3)], 0.8)
        self._streets = Common(self._words(3000, 2), 0.7)
        cities = self._words(max(60, min(4000, size // 250)), 3)
        self._cities = Common(cities, 0.9)
        self._codes = {
            city: [f"{self.random.randrange(10000, 99999)}" for _ in range(1 + place % 7)]
            for place, city in enumerate(cities)
        }
        self._shared = [f"info@{word}.example" for word in self._words(max(3, size // 4000), 3)]
        self._count = 0

    def household(self) -> list[Person]:
        """People under one roof."""
        random = self.random
        homes = [self._home()] + ([self._home()] if random.random() < 0.28 else [])
        family = self._family.one(random)
        line = [self._phone()] if self._is(0.35) else []
        box = [self._mail("family", family, 0)] if self._is(0.06) else []
        device = [self._number("d")] if self._is(0.1) else []
        found = []
        for place in range(random.choices(_SIZES, (32, 33, 17, 12, 6))[0]):
            found.append(self._person(place, family if self._is(0.9) else self._family.one(random)))
            found[-1].homes += homes
            found[-1].mails += box
            found[-1].phones += line
            found[-1].devices += device
        return found

    def rows(self, person: Person, silo: Silo) -> list[Row]:
        """What one silo holds of one person; often nothing."""
        if not self._is(silo.share):
            return []
        count = self.random.choices(range(1, len(silo.rows) + 1), silo.rows)[0]
        return [self._row(person, silo) for _ in range(count)]

    def _person(self, place: int, family: str) -> Person:
        random = self.random
        given, year = self._given.one(random), random.randrange(1940, 2000) + 8 * (place > 1)
        names = [(given, family)]
        if self._is(0.05):
            names.append((given, self._family.one(random)))
        boxes, lines = (random.choices((0, 1, 2), of)[0] for of in ((7, 63, 30), (8, 74, 18)))
        mails = [self._mail(given, family, year) for _ in range(boxes)]
        phones = [self._phone() for _ in range(lines)]
        self._count += 1
        birth = (year, random.randrange(1, 13), random.randrange(1, 29))
        return Person(self._count, names, birth, mails, phones, [], [self._number("d")])

    def _row(self, person: Person, silo: Silo) -> Row:
        makers: dict[str, Callable[[Person, Silo], Row]] = {
            "name": self._names,
            "mail": self._mails,
            "phone": self._phones,
            "home": self._homes,
            "birth": self._births,
            "customer": lambda who, _silo: {"customer_id": f"C{who.number:08d}"},
            "device": lambda who, _silo: {"device_id": self._usual(who.devices)},
        }
        found: Row = dict.fromkeys(COLUMNS)
        for what, share in silo.filled.items():
            if self._is(share):
                found |= makers[what](person, silo)
        return found | {"source": silo.name}

    def _names(self, person: Person, silo: Silo) -> Row:
        given, family = self.random.choice(person.names)
        if given in self.shorts and self._is(silo.short):
            given = self.shorts[given]
        elif self._is(0.02):
            given = f"{given[0]}."
        given, family = (self._slip(text, silo.errs) for text in (given, family))
        if self._is(0.012):
            given, family = family, given
        if self._is(0.2):
            fold = self.random.choice(_ALPHABET_OF_CASES)
            given, family = fold(given), fold(family)
        return {"first_name": given, "last_name": family}

    def _mails(self, person: Person, silo: Silo) -> Row:
        if self._is(0.008):
            return {"email": self.random.choice((*_JUNK_MAIL, *self._shared))}
        mail = self._usual(person.mails)
        if mail is None:
            return {}
        box, _, domain = self._slip(mail, silo.errs / 3).partition("@")
        if domain == _MAILERS[0] and self._is(0.09):
            box = f"{box[:2]}.{box[2:]}" if self._is(0.5) else f"{box}+shop"
        text = f"{box}@{domain}"
        return {"email": text.upper() if self._is(0.06) else text}

    def _phones(self, person: Person, silo: Silo) -> Row:
        if self._is(0.006):
            return {"phone": self.random.choice(_JUNK_PHONE)}
        phone = self._usual(person.phones)
        if phone is None:
            return {}
        text = self._slip(phone, silo.errs / 3)
        forms = ("{}{}{}", "+1{}{}{}", "({}) {}-{}", "{}-{}-{}", "1 {} {} {}")
        return {"phone": self.random.choice(forms).format(text[:3], text[3:6], text[6:])}

    def _homes(self, person: Person, silo: Silo) -> Row:
        street, city, code = person.homes[-1] if self._is(0.25) else person.homes[0]
        # A street has a kind of its own, which is rarely taken for another.
        kind = self.random.choice(_KINDS) if self._is(0.1) else _KINDS[len(street) % len(_KINDS)]
        line, _, unit = self._slip(street, silo.errs).partition("#")
        end = self.random.choice((f" Apt {unit}", f" #{unit}")) if unit and self._is(0.8) else ""
        return {
            "street": f"{line} {kind[self._is(0.5)]}{end}",
            "city": None if self._is(0.03) else self._slip(city, 0.02),
            "zip": None if self._is(0.05) else self._slip(code, 0.015),
        }

    def _births(self, person: Person, silo: Silo) -> Row:
        year, month, day = person.birth
        if self._is(silo.errs):
            year, month, day = self.random.choice(
                ((year + 1, month, day), (year, min(day, 12), month), (year, month, day % 28 + 1))
            )
        if self._is(0.01):
            return {"dob": "1900-01-01"}
        iso = self._is(0.85)
        return {"dob": f"{year}-{month:02}-{day:02}" if iso else f"{month:02}/{day:02}/{year}"}

    def _is(self, share: float) -> bool:
        return self.random.random() < share

    def _usual(self, things: Sequence[str]) -> str | None:
        """Mostly the first one."""
        if not things:
            return None
        return things[0] if self._is(0.72) else self.random.choice(things)

    def _slip(self, text: str, share: float) -> str:
        """With luck the same text; else a letter or digit left out, doubled, exchanged or wrong."""
        if not self._is(share) or len(text) < 3:
            return text
        at = self.random.randrange(1, len(text) - 1)
        sign = self.random.choice("0123456789" if text[at].isdigit() else _LETTERS)
        return self.random.choice(
            (
                text[:at] + text[at + 1 :],
                text[:at] + text[at] + text[at:],
                text[:at] + text[at + 1] + text[at] + text[at + 2 :],
                text[:at] + sign + text[at + 1 :],
            )
        )

    def _home(self) -> tuple[str, str, str]:
        city = self._cities.one(self.random)
        unit = f"#{self.random.randrange(1, 60)}" if self._is(0.22) else ""
        street = f"{self.random.randrange(1, 900)} {self._streets.one(self.random)}{unit}"
        return street, city, self.random.choice(self._codes[city])

    def _mail(self, given: str, family: str, year: int) -> str:
        form = self.random.choice(("{0}.{1}", "{0}{1}", "{2}{1}", "{0}_{1}"))
        box = form.format(given.lower(), family.lower(), given[0].lower())
        more = self.random.choice((year % 100, self.random.randrange(10_000)))
        return f"{box}{more}@{self.random.choices(_MAILERS, (40, 20, 16, 14, 10))[0]}"

    def _phone(self) -> str:
        return f"{self.random.randrange(2_000_000_000, 9_999_999_999)}"

    def _number(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count:09d}"

    def _shuffled(self, words: Sequence[str] | dict[str, str]) -> list[str]:
        return self.random.sample(sorted(words), len(words))

    def _words(self, count: int, syllables: int) -> list[str]:
        """Words that can be said."""
        parts, ends = _SYLLABLES.split(), _ENDS.split()
        made: dict[str, None] = {}
        while len(made) < count:
            start = "".join(self.random.choices(parts, k=self.random.randint(2, syllables)))
            made[f"{start}{self.random.choice(ends)}".capitalize()] = None
        return list(made)


def generate(folder: Path, records: int, seed: int) -> None:
    """Write `records.parquet` and `truth.parquet`, about so many records in no order."""
    town = Town(seed, records)
    rows: list[tuple[Row, int]] = []
    while len(rows) < records:
        for person in town.household():
            rows += [(row, person.number) for silo in SILOS for row in town.rows(person, silo)]
    town.random.shuffle(rows)
    numbers = [str(number) for number in range(1, len(rows) + 1)]
    columns = {name: [row[name] for row, _ in rows] for name in COLUMNS} | {"record_id": numbers}
    folder.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pa.table(columns), folder / "records.parquet")
    truth = {"record_id": numbers, "person_id": [person for _, person in rows]}
    pyarrow.parquet.write_table(pa.table(truth), folder / "truth.parquet")
