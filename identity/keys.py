"""Blocking rules: under which key a record is looked for, made of parts of what it says.

A part is a feature, or a piece of one: `given_name:1`, `birth_date:year`, `postcode:3`. Records of
which all parts of a rule agree are compared. A key is personal: where it is stored, its blind index
is.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final

from identity.conditions import Features
from identity.conditions.atoms import WHOLE_DATE
from identity.conditions.document import FEATURE
from identity.folding import skeleton
from identity.names import formal_letter
from identity.strict import InvalidRules, exactly, whole

NAMES: Final = "names"
"""The part that is given and family name in either order: silos mix them up."""

OF_NAMES: Final = ("given_name", "family_name")
BLOCK: Final = "block."
"""What the types of blocking keys begin with; no identifier type can be named so."""

MOST_PARTS: Final = 6
LIMITS: Final = (2, 1_000_000)
LONGEST: Final = 26
"""Of a rule's name: whoever stores keys has room for 32 signs of their type."""

_NAME: Final = re.compile(rf"[a-z][a-z0-9_.]{{0,{LONGEST - 1}}}")
_COUNT: Final = re.compile(r"-?[1-9]\d?")


def _month(text: str) -> str:
    return text[:7] if len(text) > len("1990") else ""


def _days(text: str) -> str:
    """Day and month in one spelling that does not know which is which."""
    return "".join(sorted((text[5:7], text[8:]))) if len(text) == WHOLE_DATE else ""


_PIECES: Final[Mapping[str, Callable[[str], str]]] = {
    "year": lambda text: text[:4],
    "month": _month,
    "days": _days,
    "mailbox": lambda text: text.partition("@")[0],
    "sound": skeleton,
    "formal": formal_letter,
}
"""Pieces by name, of one value each; `formal` is the letter that a first name has on papers."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a key, as it is written."""

    text: str

    @property
    def features(self) -> tuple[str, ...]:
        """What it reads."""
        return OF_NAMES if self.text == NAMES else (self.text.partition(":")[0],)

    @property
    def piece(self) -> Callable[[str], str] | None:
        """What it takes of a value; None for the whole of it."""
        _, colon, piece = self.text.partition(":")
        if not colon:
            return None
        if piece in _PIECES:
            return _PIECES[piece]
        count = int(piece)
        return (lambda text: text[:count]) if count > 0 else (lambda text: text[count:])

    def of(self, told: Features) -> str:
        """The part of what a record says; empty if it does not say it."""
        if self.text == NAMES:
            names = [told.get(name, "") for name in OF_NAMES]
            return "~".join(sorted(names)) if all(names) else ""
        value, piece = told.get(self.features[0], ""), self.piece
        return value if piece is None or not value else piece(value)


@dataclass(frozen=True)
class BlockingRule:
    """A rule; `limit`: records that may share a key, with more it proposes nobody."""

    name: str
    parts: tuple[Part, ...]
    limit: int

    @classmethod
    def of(cls, *parts: str, limit: int, name: str = "") -> "BlockingRule":
        """A rule that is named by its parts, as far as there is room, unless it has a name."""
        told = ".".join(parts).replace(":", "_").replace("-", "last")
        if len(told) > LONGEST:
            told = f"{told[: LONGEST - 9]}.{sha256(told.encode()).hexdigest()[:8]}"
        return cls(name or told, tuple(map(Part, parts)), limit)

    @classmethod
    def parse(cls, document: object, path: str) -> "BlockingRule":
        """A rule from its document.

        Raises:
            InvalidRules: the path of the first offence.
        """
        entry = exactly(document, path, frozenset({"name", "parts", "limit"}))
        name, parts = entry["name"], entry["parts"]
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InvalidRules(f"{path}.name", f"must be a-z, 0-9, _ and ., at most {LONGEST}")
        if not isinstance(parts, list) or not 1 <= len(parts) <= MOST_PARTS:
            raise InvalidRules(f"{path}.parts", f"must be a list of 1 to {MOST_PARTS} parts")
        found = tuple(_part(text, f"{path}.parts[{n}]") for n, text in enumerate(parts))
        return cls(name, found, whole(entry["limit"], f"{path}.limit", LIMITS))

    @property
    def document(self) -> dict[str, object]:
        """The document that parses to this rule."""
        return {
            "name": self.name,
            "parts": [part.text for part in self.parts],
            "limit": self.limit,
        }

    @property
    def type(self) -> str:
        """The type that its keys have among tokens."""
        return BLOCK + self.name

    @cached_property
    def features(self) -> frozenset[str]:
        """What it reads."""
        return frozenset(name for part in self.parts for name in part.features)

    def key(self, told: Features) -> str:
        """The key of a record; empty if it does not say enough."""
        parts = [part.of(told) for part in self.parts]
        return "|".join(parts) if all(parts) else ""


def _part(text: object, path: str) -> Part:
    word = text if isinstance(text, str) else ""
    name, colon, piece = word.partition(":")
    known = not colon or piece in _PIECES or _COUNT.fullmatch(piece)
    if not FEATURE.fullmatch(name) or not known:
        pieces = ", ".join(_PIECES)
        raise InvalidRules(
            path, f"must be a feature, or one and a piece: {pieces}, or a count of signs"
        )
    return Part(word)
