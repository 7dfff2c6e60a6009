"""What a reading by cursor remembers: how far it came, and the last rows on the way there.

Rows are read in the order of (cursor, key). A row may be committed late, with a cursor that was
passed already, so every reading begins again a little before the end of the last one. The digests
of the rows in between say which of them are known; they stand in the state, which is sealed.
"""

from base64 import b64encode
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from connectors.base import Json, SourceMisconfigured

Position = tuple[Any, ...]
"""The values of cursor and key, as the database gave them."""
_DIGEST_BYTES: Final = 12


class Window:
    """The rows between `begin` (exclusive, None: the first) and `end`, by digest.

    Holds what lies within `distance` of the newest cursor, and never more than `most` rows: a row
    that is committed later than that is not found.
    """

    def __init__(
        self,
        distance: float,
        most: int,
        *,
        begin: Position | None = None,
        end: Position | None = None,
        known: Sequence[str] = (),
    ) -> None:
        self.begin = begin
        self.end = end
        self.known = frozenset(known)
        self._distance = distance
        self._most = most
        self._rows: deque[tuple[Position, str]] = deque()

    @classmethod
    def parse(cls, value: Mapping[str, Any], distance: float, most: int) -> "Window":
        """From its document. Raises SourceMisconfigured."""
        begin, end = value.get("begin"), value.get("end")
        return cls(
            distance,
            most,
            begin=None if begin is None else unpacked(begin),
            end=None if end is None else unpacked(end),
            known=value["known"],
        )

    def again(self) -> "Window":
        """An empty one with the same bounds, to be filled by the next reading."""
        return Window(self._distance, self._most, begin=self.begin, end=self.end)

    def push(self, position: Position, digest: str, *, onward: bool) -> None:
        """A row was read, in order; `onward`: beyond `end`."""
        self._rows.append((position, digest))
        if onward:
            self.end = position
        # A row that came late may itself lie too far back to be remembered.
        while self._rows and (len(self._rows) > self._most or self._far(self._rows[0][0])):
            self.begin = self._rows.popleft()[0]

    def document(self) -> dict[str, Json]:
        """The JSON form."""
        return {
            "begin": None if self.begin is None else packed(self.begin),
            "end": None if self.end is None else packed(self.end),
            "known": [digest for _, digest in self._rows],
        }

    def _far(self, position: Position) -> bool:
        return self.end is not None and _apart(self.end[0], position[0]) > self._distance


def digest(row: bytes) -> str:
    """A short digest of a row; kept in sealed states only."""
    return b64encode(blake2b(row, digest_size=_DIGEST_BYTES).digest()).decode()


def packed(position: Position) -> list[Json]:
    """A position as JSON. Raises SourceMisconfigured: a type that has no order to rely on."""
    return [_packed(value) for value in position]


def unpacked(document: Sequence[Any]) -> Position:
    """A position from its JSON form. Raises SourceMisconfigured."""
    try:
        return tuple(_KINDS[kind][1](text) for kind, text in document)
    except (KeyError, ValueError, TypeError, ArithmeticError):
        raise SourceMisconfigured(
            "the state is not one this connector wrote; read again without it",
            reason="unknown_state",
        ) from None


def _packed(value: Any) -> Json:
    for kind, (of, _, write) in _WRITERS.items():
        if type(value) is of:
            return [kind, write(value)]
    raise SourceMisconfigured(
        "cursor and key: only text, numbers, dates, instants, UUIDs and bytes have an order that"
        " can be gone on from; cast the column in a query",
        reason="unordered_column",
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


_WRITERS: Final[dict[str, tuple[type, Any, Any]]] = {
    "text": (str, str, str),
    "int": (int, int, str),
    "float": (float, float.fromhex, float.hex),
    "decimal": (Decimal, Decimal, str),
    "instant": (datetime, _instant, datetime.isoformat),
    "date": (date, date.fromisoformat, date.isoformat),
    "uuid": (UUID, UUID, str),
    "bytes": (bytes, bytes.fromhex, bytes.hex),
}
_KINDS: Final = _WRITERS


def _apart(later: Any, earlier: Any) -> float:
    """How far two cursors are apart: seconds, or numbers. Texts are read as instants.

    What cannot be compared is 0 apart if equal, else endlessly far.
    """
    if type(later) is str and type(earlier) is str:
        if later == earlier:
            return 0.0
        try:
            later, earlier = _instant(later), _instant(earlier)
        except ValueError:
            return float("inf")
    try:
        difference = later - earlier
    except TypeError:
        return 0.0 if later == earlier else float("inf")
    if isinstance(difference, timedelta):
        return difference.total_seconds()
    return float(difference)
