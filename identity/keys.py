"""Blocking rules: under which key a record is looked for, made of parts of what it says.

A part is a feature, or a piece of one: `given_name:1`, `birth_date:year`, `postcode:3`. Records of
which all parts of a rule agree are compared. A key is personal: where it is stored, its blind index
is.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final

from identity.conditions import Features
from identity.parts import NAMES, OF_NAMES, Part
from identity.strict import InvalidRules, exactly, whole

__all__ = ["BLOCK", "LIMITS", "MOST_PARTS", "NAMES", "OF_NAMES", "BlockingRule", "Part"]

BLOCK: Final = "block."
"""What the types of blocking keys begin with; no identifier type can be named so."""

MOST_PARTS: Final = 20
LIMITS: Final = (2, 1_000_000)
LONGEST: Final = 26
"""Of a rule's name: whoever stores keys has room for 32 signs of their type."""

_NAME: Final = re.compile(rf"[a-z][a-z0-9_.]{{0,{LONGEST - 1}}}")


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
        found = tuple(Part.parse(text, f"{path}.parts[{n}]") for n, text in enumerate(parts))
        return cls(name, found, whole(entry["limit"], f"{path}.limit", LIMITS))

    @property
    def document(self) -> dict[str, object]:
        """The document that parses to this rule."""
        return {
            "name": self.name,
            "parts": [part.text for part in self.parts],
            "limit": self.limit,
        }

    @cached_property
    def type(self) -> str:
        """The type that its keys have among tokens."""
        return BLOCK + self.name

    @cached_property
    def features(self) -> frozenset[str]:
        """What it reads."""
        return frozenset(name for part in self.parts for name in part.features)

    def key(self, told: Features) -> str:
        """The key of a record; empty if it does not say enough."""
        found = []
        for part in self.parts:
            text = part.of(told)
            if not text:
                return ""
            found.append(text)
        return "|".join(found)
