"""Three small silos from a seed: a CRM, a shop and a help desk that know the same invented people.

    silos = make_silos(seed=7, people=120, now=now)
    files = write(silos, folder)

A pure function of its arguments: the same seed, number and moment give the same bytes. A few rows
are broken on purpose, so that quarantine and mapping reports have something to show.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from random import Random

from examples.heroes import HEROES
from examples.ledger import Ledger, Row
from examples.people import Person, invent
from examples.stories import tell_customer, tell_guest, tell_heroes, tell_households
from examples.streams import FILES, File

LEAST_PEOPLE, MOST_PEOPLE = 20, 500
SHORTEST_KNOWN = 5
_HOUSEHOLDS = 3
_GUEST_EVERY = 6


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that no reader can use: its bytes, the reason code, and what in it is personal."""

    stream: str
    reason: str
    raw: bytes = field(repr=False)
    personal: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A cell that cannot be used in a row that can: where, and the reason code."""

    stream: str
    key: str = field(repr=False)
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Silos:
    """The rows of every stream, and what only their inventor knows.

    `truth`: a person's key to the (stream, row key) of each of their rows. `people`: by key.
    """

    rows: Mapping[str, tuple[Row, ...]] = field(repr=False)
    truth: Mapping[str, tuple[tuple[str, str], ...]] = field(repr=False)
    people: Mapping[str, Person] = field(repr=False)
    broken: tuple[Broken, ...]
    spoiled: tuple[Spoiled, ...]

    @property
    def known_values(self) -> tuple[str, ...]:
        """Everything personal as it is written in the files, each once: names, addresses, numbers.

        Values shorter than five characters are left out: their bytes occur by chance.
        """
        found = {
            row[column]
            for stream, rows in self.rows.items()
            for row in rows
            for column in FILES[stream].personal
        }
        found.update(value for row in self.broken for value in row.personal)
        return tuple(sorted(value for value in found if len(value) >= SHORTEST_KNOWN))

    @property
    def match_keys(self) -> tuple[str, ...]:
        """E-mails and phones in the one spelling in which they are compared, each once."""
        keys = {key for person in self.people.values() for key in _keys(person)}
        return tuple(sorted(keys))


@dataclass(frozen=True, slots=True)
class Files:
    """Where the files were written: the folder, and the path of each stream."""

    folder: Path
    paths: Mapping[str, Path]


def make_silos(seed: int, people: int, now: datetime) -> Silos:
    """Silos of that many people (20 to 500, the four heroes among them) as of an aware `now`.

    Raises:
        ValueError: too few or too many people, or `now` has no offset.
    """
    if not LEAST_PEOPLE <= people <= MOST_PEOPLE:
        raise ValueError(f"people must be from {LEAST_PEOPLE} to {MOST_PEOPLE}")
    if now.tzinfo is None:
        raise ValueError("now needs its offset")
    rng = Random(seed)
    ledger = Ledger(rng, now, careful=HEROES)
    tell_heroes(ledger)
    numbers = map("K-{:06}".format, iter(rng.sample(range(200_000, 999_999), people)))
    others = invent(rng, people - len(HEROES), numbers)
    paired, alone = others[: 2 * _HOUSEHOLDS], _with_guests(others[2 * _HOUSEHOLDS :])
    pairs = list(zip(paired[::2], paired[1::2], strict=True))
    told = [*HEROES.values(), *tell_households(ledger, rng, pairs), *alone]
    for person in alone:
        tell = tell_customer if person.customer_no else tell_guest
        tell(ledger, rng, person)
    spoiled = tuple(_spoil(ledger))
    return Silos(
        rows={stream: tuple(rows) for stream, rows in ledger.rows.items()},
        truth={key: tuple(rows) for key, rows in ledger.truth.items()},
        people={person.key: person for person in told},
        broken=_broken(),
        spoiled=spoiled,
    )


def write(silos: Silos, folder: Path) -> Files:
    """Write every file below the folder, which is made; broken rows go to the middle."""
    paths = {}
    for stream, file in FILES.items():
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(_lines(silos, file)))
        paths[stream] = path
    return Files(folder, paths)


def _with_guests(people: list[Person]) -> list[Person]:
    """The same people, every sixth without a customer number."""
    return [
        person if place % _GUEST_EVERY else replace(person, customer_no="")
        for place, person in enumerate(people)
    ]


def _lines(silos: Silos, file: File) -> Iterator[bytes]:
    rows = silos.rows[file.stream]
    yield _line(file, dict(zip(file.columns, file.columns, strict=True)))
    for place, row in enumerate(rows):
        if place == len(rows) // 2:
            yield from (broken.raw for broken in silos.broken if broken.stream == file.stream)
        yield _line(file, row)


def _line(file: File, row: Row) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=file.delimiter, lineterminator="\n")
    writer.writerow([row[column] for column in file.columns])
    return text.getvalue().encode(file.encoding)


def _spoil(ledger: Ledger) -> Iterator[Spoiled]:
    """Write what people write into forms; the last rows of customers and contacts are no hero's."""
    entries = (
        ("customers", -1, "birth_date", "00.00.1961", "bad_date"),
        ("customers", -2, "newsletter", "perhaps", "unknown_value"),
        ("orders", -1, "phone", "call my wife", "not_a_phone"),
    )
    for stream, place, column, value, reason in entries:
        row = ledger.rows[stream][place]
        row[column] = value
        yield Spoiled(stream, row[FILES[stream].key], column, reason)


def _broken() -> tuple[Broken, ...]:
    """Pasted from an old system, a semicolon too many, cut off, and without a number."""
    customer = FILES["customers"]
    pasted = {
        "entry_no": "CRM-099001",
        "first_name": "Zoë",
        "surname": "Böttcherling",
        "email": "z.boettcherling@example.org",
    }
    cells = [pasted.get(column, "") for column in customer.columns]
    line = ",".join(cells) + "\n"
    order = "B26-099002;;Pfefferkorn; Ludmilla;l.pfefferkorn@example.net\n"
    nobody = FILES["cases"]
    entry = {"type": "inbound", "email": "torsten.ohnezahl@example.com"}
    unnumbered = ",".join(entry.get(column, "") for column in nobody.columns) + "\n"
    return (
        Broken(
            "customers",
            "bad_encoding",
            line.encode("latin-1"),
            ("CRM-099001", "z.boettcherling@example.org"),
        ),
        Broken(
            "orders",
            "wrong_column_count",
            order.encode("cp1252"),
            ("B26-099002", "Pfefferkorn", "l.pfefferkorn@example.net"),
        ),
        Broken(
            "contacts",
            "wrong_column_count",
            b"Z-099003,,Hortense Vandersmissen\n",
            ("Z-099003", "Hortense Vandersmissen"),
        ),
        Broken("cases", "missing_key", unnumbered.encode(), ("torsten.ohnezahl@example.com",)),
    )


def _keys(person: Person) -> tuple[str, str]:
    return person.email_key, person.phone.key
