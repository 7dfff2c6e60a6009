"""Reads single cells: text, instants, dates. A cell is any JSON value.

Reasons: `not_text` (a list, an object, or text that is not Unicode), `bad_timestamp`, `bad_date`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from cdp import clock

_SURROGATE = re.compile("[\ud800-\udfff]")
_HUGE_BITS = 256
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNIX_FORMATS = {"unix": 1000, "unix_ms": 1}
"""Formats that count from 1970: seconds, milliseconds."""


class BadCell(Exception):
    """The cell cannot be used; carries the reason code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Times:
    """How instants are written: a strptime `format` (or unix, unix_ms) and, where they carry no
    offset, the `zone` they are meant in (`+01:00`)."""

    zone: str | None = None
    format: str | None = None

    def instant(self, text: str) -> datetime:
        """The instant, UTC, milliseconds. Raises BadCell."""
        try:
            return clock.instant(self._moment(text))
        except (ValueError, OverflowError) as error:
            raise BadCell("bad_timestamp") from error

    def _moment(self, text: str) -> str:
        if self.format in UNIX_FORMATS:
            count = round(float(text) * UNIX_FORMATS[self.format])
            return (_EPOCH + timedelta(milliseconds=count)).isoformat()
        if self.format is None:
            moment = datetime.fromisoformat(text)
        else:
            moment = datetime.strptime(text, self.format)  # noqa: DTZ007 - zoned below, or refused
        naive = moment.tzinfo is None and self.zone is not None
        return moment.isoformat() + (self.zone or "" if naive else "")


def day(text: str, forms: Sequence[str] = ()) -> str:
    """A calendar day as `YYYY-MM-DD`; written so, or in the first of these strptime formats that
    reads it. Raises BadCell."""
    for form in forms or (None,):
        try:
            return _day_as(form, text).isoformat()
        except ValueError:
            continue
    raise BadCell("bad_date")


def _day_as(form: str | None, text: str) -> date:
    if form is None:
        return date.fromisoformat(text)
    return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone


def value_at(row: Mapping[str, object], column: str) -> object:
    """The value of a column, or of a path through nested objects (`customer.email`); else None.

    A column of that very name wins over a path.
    """
    if column in row:
        return row[column]
    found: object = row
    for name in column.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def cell(row: Mapping[str, object], column: str) -> str | None:
    """The text of a cell, trimmed; None if it is empty. Numbers and booleans as JSON writes them.

    Raises:
        BadCell: it has no text.
    """
    value = value_at(row, column)
    if value is None:
        return None
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise BadCell("not_text")
        return value.strip() or None
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() <= _HUGE_BITS:
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    raise BadCell("not_text")
