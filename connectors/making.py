"""Turns a row, as a plain JSON object, into the message that the configuration says it is.

Shared by connectors whose rows are objects. A field is named by its column, or by a dotted path
into nested objects (`customer.id`); a column of exactly that name wins. Numbers as keys and ids
become text: whole ones without a fraction, so 7 and 7.0 are one key.
"""

import json
import math
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Any, Final
from uuid import UUID

from connectors.base import (
    Consent,
    Event,
    Json,
    JsonObject,
    Message,
    Record,
    Stream,
    Unreadable,
    key_of,
)

REASONS: Final = {
    "bad_timestamp": "the event's instant cannot be read, or carries no offset",
    "key_not_text": "a key or id is an object, a list or true/false",
    "missing_id": "a field of the event's or consent's id is empty",
    "missing_key": "a key field is empty",
    "missing_type": "the event's type field is empty",
}
UNIX: Final = {"unix": 1, "unix_ms": 1000}
_INT64: Final = 1 << 63
_AS_TEXT: Final = (
    UUID, IPv4Address, IPv6Address, IPv4Network, IPv6Network, IPv4Interface, IPv6Interface,
)  # fmt: skip

Find = Callable[[Mapping[str, Any], str], Any]


class Unusable(Exception):
    """A well-formed row that makes no message; carries the reason code."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes messages of one stream; `options` holds `event` and `consent` as configured."""

    stream: Stream
    options: Mapping[str, Any]
    find: Find

    def message(self, data: JsonObject, position: str) -> Message:
        """The message of a row.

        Raises:
            Unusable: with one of the codes in `REASONS`.
        """
        key = self.named(data, self.stream.key, "missing_key")
        if self.stream.message == "record":
            return Record(self.stream.name, key, data, position)
        own = self.options[self.stream.message]
        if self.stream.message == "consent":
            line = self.named(data, own["id"], "missing_id")
            return Consent(self.stream.name, key, line, data, position)
        kind = own.get("type") or self.named(data, [own["type_column"]], "missing_type")
        at = self._instant(data, own)
        event = self.named(data, own["id"], "missing_id")
        return Event(self.stream.name, key, event, kind, at, data, position)

    def key(self, data: JsonObject) -> str | None:
        """The key of a row that makes no message otherwise, where it can be told."""
        try:
            return self.named(data, self.stream.key, "missing_key")
        except Unusable:
            return None

    def named(self, data: JsonObject, fields: Sequence[str], reason: str) -> str:
        """The text that these fields together name. Raises Unusable."""
        try:
            return key_of([_text(self.find(data, name)) for name in fields])
        except ValueError:
            raise Unusable(reason) from None

    def _instant(self, data: JsonObject, own: Mapping[str, Any]) -> datetime:
        try:
            moment = _moment(self.find(data, own["at"]), own.get("format"))
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=_zone(own["offset"]))
            moment = moment.astimezone(UTC)
        except (KeyError, ValueError, OverflowError, TypeError, OSError):
            raise Unusable("bad_timestamp") from None
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def by_path(data: Mapping[str, Any], path: str) -> Any:
    """The value of a field or of a dotted path; None if there is none."""
    if path in data:
        return data[path]
    value: Any = data
    for step in path.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return None
        value = value[step]
    return value


def by_name(data: Mapping[str, Any], name: str) -> Any:
    """The value of a column; None if there is none."""
    return data.get(name)


def needed(stream: Stream, options: Mapping[str, Any]) -> list[str]:
    """Every field the configuration names, the key's first."""
    names = list(stream.key)
    for part in ("id", "type_column", "at"):
        named = options.get(stream.message, {}).get(part, ())
        names += [named] if isinstance(named, str) else named
    return names


def identity(stream: Stream, options: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that tell one row from every other: the key of a record, else the own id."""
    if stream.message == "record":
        return stream.key
    return tuple(options[stream.message]["id"])


def plain(value: Any) -> Json:
    """A database's or a file's value as plain JSON, always the same for the same value.

    Decimals become their digits as text, instants ISO 8601 text (in UTC where they have an
    offset), dates and times ISO 8601, durations `PT..S`, bytes base64, UUIDs and addresses text,
    whole numbers beyond 64 bits text, NaN null, infinities text.

    Raises:
        Unusable: `unsupported_type`.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if -_INT64 <= value < _INT64 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else _infinite(value)
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return _scalar(value)


def raw_of(data: Mapping[str, Any]) -> bytes:
    """A row as JSON bytes, for quarantine; what is no JSON is written as text."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def reread(maker: Maker, flawed: Unreadable, *, final: Sequence[str] = ()) -> Message:
    """What `raw_of` wrote, read again; `final`: reasons that no configuration mends."""
    if flawed.reason in final:
        return flawed
    try:
        data = json.loads(flawed.raw)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        return Unreadable(flawed.stream, flawed.position, "not_json", flawed.raw)
    try:
        return maker.message(data, flawed.position)
    except Unusable as unusable:
        reason = str(unusable)
        return Unreadable(flawed.stream, flawed.position, reason, flawed.raw, maker.key(data))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unusable("key_not_text")
    return str(value)


def _moment(value: Any, form: str | None) -> datetime:
    if form in UNIX:
        seconds = Decimal(str(value)) / UNIX[form]
        if not seconds.is_finite():
            raise ValueError
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(seconds * 1_000_000))
    if not isinstance(value, str):
        raise TypeError
    if form is not None:
        return datetime.strptime(value.strip(), form)  # noqa: DTZ007 - the offset is configured
    return datetime.fromisoformat(value.strip())


def _zone(offset: str) -> tzinfo:
    sign = -1 if offset[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6])))


def _infinite(value: float) -> Json:
    if math.isnan(value):
        return None
    return "Infinity" if value > 0 else "-Infinity"


def _scalar(value: Any) -> Json:
    if isinstance(value, datetime):
        return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        if value.is_nan():
            return None  # a signalling one cannot even be made a float
        return format(value, "f") if value.is_finite() else _infinite(float(value))
    if isinstance(value, bytes | bytearray | memoryview):
        return b64encode(bytes(value)).decode()
    if isinstance(value, timedelta):
        whole = Decimal(value // timedelta(microseconds=1)) / 1_000_000
        return f"PT{whole.normalize():f}S"
    if isinstance(value, _AS_TEXT):
        return str(value)
    raise Unusable("unsupported_type")
