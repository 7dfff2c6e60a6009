"""A crowd of invented people as several silos hold them: any number of records, from a seed.

Records say what fields of `identity.fields` say, as text. Households share a family name, a roof
and sometimes a telephone; silos drop and misspell. Nobody here exists.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

_SYLLABLES: Final = tuple(
    first + rest for first in "bdfghjklmnprstvwz" for rest in ("a", "el", "o", "er", "i")
)
_NAMES, _STREETS, _CITIES = 3_000, 8_000, 400
_COPIES: Final = (1, 1, 2, 2, 2, 3, 3, 5)
_DROPS: Final = 0.2
_ERRS: Final = 0.06

Row = dict[str, str]


@dataclass
class Crowd:
    """Where invented people live."""

    seed: int

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311 - people, not secrets
        self._given = [self._word(2, 3) for _ in range(_NAMES)]
        self._family = [self._word(2, 4) for _ in range(_NAMES)]
        self._streets = [f"{self._word(2, 3)} street" for _ in range(_STREETS)]
        self._cities = [self._word(2, 3) for _ in range(_CITIES)]
        self._born = 0

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Records without end, each with the number of its person, scattered among the others."""
        waiting: list[tuple[int, Row]] = []
        while True:
            for person in self._household():
                self._born += 1
                copies = self._random.choice(_COPIES)
                waiting.extend((self._born, self._told(person)) for _ in range(copies))
            while len(waiting) > 1000:
                yield waiting.pop(self._random.randrange(len(waiting)))

    def _household(self) -> list[Row]:
        first = self._person()
        roof = {name: first[name] for name in ("family_name", "street", "city", "postcode")}
        others = [self._person() | roof for _ in range(self._random.choice((0, 0, 1, 2)))]
        for other in others:
            if self._random.random() < 0.4:
                other["phone"] = first["phone"]
        return [first, *others]

    def _person(self) -> Row:
        pick, number = self._random.choice, self._random.randint(100, 9_999_999)
        given, family = pick(self._given), pick(self._family)
        return {
            "given_name": given,
            "family_name": family,
            "birth_date": f"{self._random.randint(1930, 2006)}-{self._random.randint(1, 12):02}"
            f"-{self._random.randint(1, 28):02}",
            "email": f"{given}{number}@example.org",
            "phone": f"+49171{self._random.randint(10**6, 10**7 - 1)}",
            "street": f"{self._random.randint(1, 120)} {pick(self._streets)}",
            "postcode": f"{self._random.randint(10_000, 99_999)}",
            "city": pick(self._cities),
        }

    def _told(self, person: Row) -> Row:
        """What a silo holds of a person."""
        return {
            name: self._spelled(value)
            for name, value in person.items()
            if self._random.random() >= _DROPS
        }

    def _spelled(self, value: str) -> str:
        if self._random.random() >= _ERRS or len(value) < len("abcd"):
            return value
        at = self._random.randrange(1, len(value) - 1)
        return value[:at] + value[at + 1] + value[at] + value[at + 2 :]

    def _word(self, least: int, most: int) -> str:
        return "".join(self._random.choices(_SYLLABLES, k=self._random.randint(least, most)))
