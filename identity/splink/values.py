"""What an expression takes of a record: a column of one side, or a piece of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from identity.days import DAYS
from identity.parts import FEATURE, is_piece
from identity.splink.sql import Call, Expression, Name, NotRead, Number, Text

LEFT, RIGHT = "l", "r"
TEXTS: Final = frozenset({"text", "varchar", "string"})

PATTERNS: Final[Mapping[str, str]] = {
    "^[^@]+": "mailbox",
    "^[A-Za-z]{1,2}": "postcode_area",
    "^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?": "postcode_district",
    "^[A-Za-z]{1,2}[0-9][A-Za-z0-9]? [0-9]": "postcode_sector",
}
"""Regular expressions whose matches are pieces that we know by name."""

FORMATS: Final[Mapping[str, str]] = dict(
    zip(("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d"), DAYS, strict=True)
)
"""Formats of dates, and the piece that reads them."""


@dataclass(frozen=True, slots=True)
class Value:
    """What one side says: its column, and the pieces taken of it one after the other."""

    side: str
    column: str
    pieces: tuple[str, ...] = ()

    def cut(self, piece: str) -> Value:
        """A piece of it.

        Raises:
            NotRead: there is no such piece.
        """
        if not is_piece(piece):
            raise NotRead("such a piece of a text is not read")
        return Value(self.side, self.column, (*self.pieces, piece))

    @property
    def mirrored(self) -> Value:
        """The same of the other side."""
        return Value(RIGHT if self.side == LEFT else LEFT, self.column, self.pieces)

    @property
    def part(self) -> str:
        """Its column and pieces, as parts are written."""
        return ":".join((self.column, *self.pieces))


Namer = Callable[[Name], tuple[str, str]]
"""The side and the column that a name means."""


def suffixed(name: Name) -> tuple[str, str]:
    """In comparisons: `city_l` is the left one's city."""
    column, _, side = name.text.rpartition("_")
    return _checked(side.lower(), column, known=not name.of)


def prefixed(name: Name) -> tuple[str, str]:
    """In blocking rules: `l.city` is."""
    return _checked(name.of.lower(), name.text, known=True)


def _checked(side: str, column: str, *, known: bool) -> tuple[str, str]:
    if not known or side not in {LEFT, RIGHT}:
        raise NotRead("a column must be of the left record or of the right one")
    if not FEATURE.fullmatch(column):
        raise NotRead("a column is named by letters, digits, _, blanks, dots and dashes")
    return side, column


def value(expression: Expression, namer: Namer) -> Value:
    """What an expression takes.

    Raises:
        NotRead: it is not recognised.
    """
    match expression:
        case Name():
            return Value(*namer(expression))
        case Call("cast", (of, Text(type_))) if type_ in TEXTS:
            return value(of, namer)
        case Call("nullif", (of, Text(""))):
            # An empty text says nothing here in any case.
            return _matched(of, namer)
        case Call("lower" | "upper" as name, (of,)):
            return value(of, namer).cut(name)
        case Call("try_strptime", (of, Text(form))):
            if form not in FORMATS:
                raise NotRead(f"of formats of dates, {', '.join(FORMATS)} are read")
            return value(of, namer).cut(FORMATS[form])
    return _signs(expression, namer)


def _matched(expression: Expression, namer: Namer) -> Value:
    """What a regular expression finds; only where finding nothing is made NULL, as here."""
    match expression:
        case Call("regexp_extract", (of, Text(pattern)) | (of, Text(pattern), Number(0))):
            if pattern not in PATTERNS:
                raise NotRead("this pattern is not among those that are read")
            return value(of, namer).cut(PATTERNS[pattern])
    return value(expression, namer)


def _signs(expression: Expression, namer: Namer) -> Value:
    match expression:
        case Call("substr" | "substring", (of, Number(first))):
            return _from(value(of, namer), int(first))
        case Call("substr" | "substring", (of, Number(first), Number(count))):
            return _between(value(of, namer), int(first), int(count))
        case Call("left", (of, Number(count))):
            return _between(value(of, namer), 1, int(count))
        case Call("right", (of, Number(count))):
            return value(of, namer).cut(f"-{int(count)}")
    what = f"{expression.name}()" if isinstance(expression, Call) else "this expression"
    raise NotRead(f"{what} is not read")


def _from(of: Value, first: int) -> Value:
    if first == 1:
        return of
    return of.cut(str(first) if first < 0 else f"{first}-")


def _between(of: Value, first: int, count: int) -> Value:
    if first < 0 and count >= -first:
        return of.cut(str(first))
    if count < 1:
        raise NotRead("such a piece of a text is not read")
    return of.cut(str(count) if first == 1 else f"{first}-{first + count - 1}")
