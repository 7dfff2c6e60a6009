"""People invented for tests: households, silos that misspell, and the truth about who is who.

Nothing here is drawn from real people; everything follows from a seed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

import numpy as np

from identity.engines.batch import Records
from identity.engines.columns import Column, Keys
from identity.engines.features import source_dates

SYLLABLES = "ba ce di fo gu ka le mi no pu ra se ti vo zu lan mer tor bel gis"
FIELDS = ("given_name", "family_name", "birth_date", "email", "phone", "street", "postcode", "city")
Row = dict[str, str]


def word(random: Random, least: int, most: int) -> str:
    """A word that can be said."""
    return "".join(random.choices(SYLLABLES.split(), k=random.randint(least, most)))


@dataclass(frozen=True)
class Silo:
    """How badly a silo keeps what people tell it: shares of values that it drops or misspells."""

    drops: float = 0.15
    errs: float = 0.08


class Town:
    """Where invented people live; names are shared as names are, few of them by many."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - people, not secrets
        self._given = [word(self.random, 2, 3) for _ in range(120)]
        self._family = [word(self.random, 2, 4) for _ in range(300)]
        self._streets = [f"{word(self.random, 2, 3)} street" for _ in range(150)]
        self._cities = [word(self.random, 2, 3) for _ in range(15)]

    def person(self) -> Row:
        """Somebody who lives alone."""
        given, family = self._common(self._given), self._common(self._family)
        number = self.random.randint(100, 999_999)
        return {
            "given_name": given,
            "family_name": family,
            "birth_date": f"{self.random.randint(1930, 2005)}-{self.random.randint(1, 12):02}"
            f"-{self.random.randint(1, 28):02}",
            "email": f"{given}.{family}{number}@example.org",
            "phone": f"0{self.random.randint(10**8, 10**9 - 1)}",
            "street": f"{self.random.randint(1, 90)} {self.random.choice(self._streets)}",
            "postcode": f"{self.random.randint(10, 60)}0{self.random.randint(0, 9)}1",
            "city": self.random.choice(self._cities),
        }

    def household(self, size: int) -> list[Row]:
        """People of one name under one roof, some of whom share the telephone."""
        first = self.person()
        shared = {name: first[name] for name in ("family_name", "street", "postcode", "city")}
        others = [self.person() | shared for _ in range(size - 1)]
        for other in others:
            if self.random.random() < 0.5:
                other["phone"] = first["phone"]
        return [first, *others]

    def copy(self, person: Mapping[str, str], silo: Silo) -> Row:
        """What a silo holds of a person."""
        return {
            name: "" if self.random.random() < silo.drops else self._spelled(value, silo.errs)
            for name, value in person.items()
        }

    def _spelled(self, value: str, errs: float) -> str:
        if self.random.random() >= errs:
            return value
        place = self.random.randrange(len(value) - 1)
        kind = self.random.randrange(3)
        if kind == 0:
            return value[:place] + value[place + 1] + value[place] + value[place + 2 :]
        swapped = self.random.choice("0123456789" if value[place].isdigit() else "aeiou")
        return value[:place] + (swapped if kind == 1 else "") + value[place + 1 :]

    def _common(self, words: Sequence[str]) -> str:
        return words[min(int(self.random.expovariate(8) * len(words)), len(words) - 1)]


def told(seed: int, people: int, *, roof: int = 1, silo: Silo | None = None) -> list[Row]:
    """About 2.2 records of each person, shuffled; `truth` says whose. `roof`: people of one."""
    town = Town(seed)
    everybody = [one for _ in range(people // roof) for one in town.household(roof)]
    rows = [
        town.copy(one, silo or Silo()) | {"truth": str(number)}
        for number, one in enumerate(everybody)
        for _ in range(town.random.choice((1, 2, 2, 3, 3)))
    ]
    town.random.shuffle(rows)
    return rows


def columns(rows: Sequence[Mapping[str, str]]) -> dict[str, Column]:
    """The rows as columns by type, without the truth."""
    names = {name: None for row in rows for name in row if name != "truth"}
    return {name: Column.of([row.get(name) for row in rows]) for name in names}


def records(
    rows: Sequence[Mapping[str, str]], sources: Sequence[int] = (), distinct: Iterable[int] = ()
) -> Records:
    """The rows as records, of one source unless it is said of which."""
    source = np.array(sources or [0] * len(rows), np.int64)
    raw = columns(rows)
    if "birth_date" in raw:
        raw["birth_date"] = source_dates(raw["birth_date"])
    return Records(raw, source, frozenset(distinct))


def partition(person: Keys) -> set[frozenset[int]]:
    """Who stands with whom."""
    found: dict[int, set[int]] = {}
    for record, one in enumerate(person.tolist()):
        found.setdefault(one, set()).add(record)
    return {frozenset(together) for together in found.values()}


def f1(person: Sequence[int], truth: Sequence[str]) -> float:
    """Pairwise F1 of clusters."""

    def pairs(counts: Iterable[int]) -> int:
        return sum(count * (count - 1) // 2 for count in counts)

    both = pairs(Counter(zip(person, truth, strict=True)).values())
    return 2 * both / (pairs(Counter(person).values()) + pairs(Counter(truth).values()))


def every_pair(size: int) -> tuple[Keys, Keys]:
    """All pairs of so many records."""
    pairs = np.array(list(combinations(range(size), 2)), np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
