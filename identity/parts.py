"""Parts of what a record says: a feature, or a piece of one.

`given_name:1`, `birth_date:year`, `phone:-4`, `birth_date:6-10`, `city:lower:3` for a piece of a
piece. Blocking rules make keys of them, conditions ask of them; both read the same pieces.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from typing import Final

from identity.days import DAYS
from identity.folding import skeleton
from identity.names import formal_letter
from identity.strict import InvalidRules

FEATURE: Final = re.compile(r"\w[\w .\-]{0,62}")
"""What a feature can be called: our own names, and whatever a file calls its columns."""

NAMES: Final = "names"
"""The part that is given and family name in either order: silos mix them up."""

OF_NAMES: Final = ("given_name", "family_name")
WHOLE_DATE: Final = len("1990-01-01")
_COUNT: Final = re.compile(r"-?[1-9]\d?")
_SLICE: Final = re.compile(r"([1-9]\d?)-([1-9]\d?)?")
_POSTCODE: Final[Mapping[str, str]] = {
    "postcode_area": "[A-Za-z]{1,2}",
    "postcode_district": "[A-Za-z]{1,2}[0-9][A-Za-z0-9]?",
    "postcode_sector": "[A-Za-z]{1,2}[0-9][A-Za-z0-9]? [0-9]",
}
"""How British postcodes begin."""


def _month(text: str) -> str:
    return text[:7] if len(text) > len("1990") else ""


def _days(text: str) -> str:
    """Day and month in one spelling that does not know which is which."""
    return "".join(sorted((text[5:7], text[8:]))) if len(text) == WHOLE_DATE else ""


def _beginning(pattern: str) -> Callable[[str], str]:
    begins = re.compile(pattern)

    def piece(text: str) -> str:
        found = begins.match(text)
        return found.group() if found else ""

    return piece


PIECES: Final[Mapping[str, Callable[[str], str]]] = {
    "year": lambda text: text[:4],
    "month": _month,
    "days": _days,
    "mailbox": lambda text: text.partition("@")[0],
    "sound": skeleton,
    "formal": formal_letter,
    "lower": str.lower,
    "upper": str.upper,
    **DAYS,
    **{name: _beginning(pattern) for name, pattern in _POSTCODE.items()},
}
"""Pieces by name, of one value each."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what a record says, as it is written."""

    text: str

    @classmethod
    def parse(cls, text: object, path: str) -> "Part":
        """A part from a document.

        Raises:
            InvalidRules: it is none.
        """
        name, *pieces = text.split(":") if isinstance(text, str) else ("",)
        if not FEATURE.fullmatch(name) or not all(map(is_piece, pieces)):
            raise InvalidRules(
                path,
                f"must be a feature, or one and a piece: {', '.join(PIECES)}, a count of signs, or"
                " the first and last of them, as 6-10",
            )
        return cls(":".join((name, *pieces)))

    @property
    def features(self) -> tuple[str, ...]:
        """What it reads."""
        return OF_NAMES if self.text == NAMES else (self.text.partition(":")[0],)

    @property
    def piece(self) -> Callable[[str], str] | None:
        """What it takes of a value; None for the whole of it."""
        return _taken(self.text)[1]

    def of(self, told: Mapping[str, str]) -> str:
        """The part of what a record says; empty if it does not say it."""
        if self.text == NAMES:
            names = [told.get(name, "") for name in OF_NAMES]
            return "~".join(sorted(names)) if all(names) else ""
        feature, piece = _taken(self.text)
        value = told.get(feature, "")
        return value if piece is None or not value else piece(value)


@cache
def _taken(text: str) -> tuple[str, Callable[[str], str] | None]:
    """The feature of a part, and what is taken of its value; found once for each part there is."""
    feature, *pieces = text.split(":")
    if not pieces:
        return feature, None
    found = [PIECES[piece] if piece in PIECES else _signs(piece) for piece in pieces]
    if len(found) == 1:
        return feature, found[0]
    return feature, lambda value: reduce(lambda x, of: of(x), found, value)


def is_piece(text: str) -> bool:
    """Whether this names a piece."""
    return text in PIECES or bool(_COUNT.fullmatch(text) or _slice(text))


def _signs(piece: str) -> Callable[[str], str]:
    """Some signs of a text: the first, the last, or those from one place to another."""
    between = _slice(piece)
    if between is not None:
        return lambda text: text[between]
    count = int(piece)
    return (lambda text: text[:count]) if count > 0 else (lambda text: text[count:])


def _slice(piece: str) -> slice | None:
    found = _SLICE.fullmatch(piece)
    if found is None:
        return None
    first, last = int(found[1]), int(found[2] or 0)
    return slice(first - 1, last or None) if not last or first <= last else None
