"""Four silos from a seed: CRM, shop, help desk and web shop that know the same invented people.

    silos = make_silos(seed=7, people=120, now=now)
    files = write(silos.parts, folder)

A pure function of its arguments: the same seed, number and moment give the same rows. `parts` gives
them piece by piece, for as many people as one likes, in the memory of one household. A few rows are
broken on purpose, so that quarantine and mapping reports have something to show. Who is meant by
which row is the truth; it is written beside the silos and is no part of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from random import Random

from examples.broken import BROKEN
from examples.groups import gathered
from examples.heroes import HEROES
from examples.ledger import Entry, Ledger, Row
from examples.people import Person
from examples.spellings import Kinds
from examples.streams import TABLES
from examples.tales import tell_heroes

LEAST_PEOPLE, MOST_PEOPLE = 20, 5_000
"""How many people `make_silos` invents; `parts` has no such end."""
SHORTEST_KNOWN = 5

Place = tuple[str, str]
"""A record: its stream and its key there."""


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A cell that cannot be used in a row that can: where, and the reason code."""

    stream: str
    key: str = field(repr=False)
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """People who belong together (a household, a firm, one person), and every row of theirs."""

    people: tuple[Person, ...] = field(repr=False)
    entries: tuple[Entry, ...] = field(repr=False)
    spoiled: tuple[Spoiled, ...] = ()


@dataclass(frozen=True)
class Silos:
    """The parts of a small world, and what only their inventor knows."""

    parts: tuple[Part, ...] = field(repr=False)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every row, with who is meant."""
        return tuple(entry for part in self.parts for entry in part.entries)

    @cached_property
    def rows(self) -> Mapping[str, tuple[Row, ...]]:
        """The rows of every stream."""
        found: dict[str, list[Row]] = {stream: [] for stream in TABLES}
        for entry in self.entries:
            found[entry.stream].append(entry.row)
        return {stream: tuple(rows) for stream, rows in found.items()}

    @cached_property
    def truth(self) -> Mapping[str, tuple[Place, ...]]:
        """A person's key to the place of each of their records, of which events are no more."""
        found: dict[str, dict[Place, None]] = {}
        for entry in self.entries:
            found.setdefault(entry.person, {})[entry.stream, entry.key] = None
        return {key: tuple(places) for key, places in found.items()}

    @cached_property
    def kinds(self) -> Mapping[Place, Kinds]:
        """What is difficult about each record."""
        return {(entry.stream, entry.key): entry.kinds for entry in self.entries}

    @cached_property
    def people(self) -> Mapping[str, Person]:
        """Everybody who was invented, firms and strangers too, by key."""
        return {person.key: person for part in self.parts for person in part.people}

    @property
    def groups(self) -> Mapping[str, str]:
        """The household or firm of everybody who has one."""
        return {key: person.group for key, person in self.people.items() if person.group}

    @property
    def spoiled(self) -> tuple[Spoiled, ...]:
        """Every spoiled cell."""
        return tuple(one for part in self.parts for one in part.spoiled)

    @property
    def known_values(self) -> tuple[str, ...]:
        """Everything personal as it is written in the files, each once: names, addresses, numbers.

        Values shorter than five characters are left out: their bytes occur by chance.
        """
        found = {
            str(entry.row[column])
            for entry in self.entries
            for column in TABLES[entry.stream].personal
        }
        found.update(value for row in BROKEN for value in row.personal)
        return tuple(sorted(value for value in found if len(value) >= SHORTEST_KNOWN))

    @property
    def match_keys(self) -> tuple[str, ...]:
        """E-mails and phones in the one spelling in which they are compared, each once."""
        keys = {
            key for person in self.people.values() for key in (person.email_key, person.phone.key)
        }
        return tuple(sorted(keys - {""}))


def make_silos(seed: int, people: int, now: datetime) -> Silos:
    """Silos of that many people (20 to 5000, the heroes among them) as of an aware `now`.

    Raises:
        ValueError: too few or too many people, or `now` has no offset.
    """
    if not LEAST_PEOPLE <= people <= MOST_PEOPLE:
        raise ValueError(f"people must be from {LEAST_PEOPLE} to {MOST_PEOPLE}")
    return Silos(tuple(parts(seed, people, now)))


def parts(seed: int, people: int, now: datetime) -> Iterator[Part]:
    """The world piece by piece, the heroes first; any number of people from twenty on.

    Raises:
        ValueError: too few people, or `now` has no offset.
    """
    if people < LEAST_PEOPLE:
        raise ValueError(f"people must be at least {LEAST_PEOPLE}")
    if now.tzinfo is None:
        raise ValueError("now needs its offset")
    ledger = Ledger(now)
    spoil = _Spoil()
    tell_heroes(ledger, Random(f"{seed}/heroes"))
    yield Part(tuple(HEROES.values()), ledger.take())
    place, left = 0, people - len(HEROES)
    while left:
        group = gathered(seed, place, left)
        group.tell(ledger, Random(f"{seed}/{place}/told"))
        yield spoil.part(Part(group.people, ledger.take()))
        place, left = place + group.places, left - group.counted


class _Spoil:
    """Writes into a few rows what people write into forms; each at the first row that fits."""

    def __init__(self) -> None:
        self._left = [
            ("customers", "birth_date", "00.00.1961", "bad_date"),
            ("customers", "newsletter", "perhaps", "unknown_value"),
            ("orders", "phone", "call my wife", "not_a_phone"),
        ]

    def part(self, part: Part) -> Part:
        """The part with one cell spoiled, as long as any is left to spoil."""
        if not self._left or len(part.people) > 1:
            return part
        stream, column, value, reason = self._left[0]
        for place, entry in enumerate(part.entries):
            if entry.stream == stream and entry.row[column]:
                self._left.pop(0)
                spoiled = replace(entry, row={**entry.row, column: value})
                entries = (*part.entries[:place], spoiled, *part.entries[place + 1 :])
                return Part(part.people, entries, (Spoiled(stream, entry.key, column, reason),))
        return part
