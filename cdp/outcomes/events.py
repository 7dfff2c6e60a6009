"""The closed event catalogue: what an interaction is called and which fields it must bring.

A known type keeps the fields listed for it and drops every other; a type that is not listed is
kept as it came and feeds nothing. Names are dotted past tense. Instants inside `data` are text in
the house form, so that data is JSON without floats.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from cdp.clock import instant, text
from cdp.errors import Refused

CHANNELS = frozenset({"email", "sms", "phone", "push", "post", "inapp", "web", "chat"})

_LONGEST_TEXT = 4000
_LONGEST_REF = 128
_CODE = re.compile(r"[a-z0-9][a-z0-9_.:/-]{0,63}")


@dataclass(frozen=True, slots=True)
class EventType:
    """One line of the catalogue.

    `object` is the kind of thing the event is about ("order", "case" or ""); `required` and
    `optional` map a field to its kind (a key of `KINDS`); `feeds` names the claims that read it.
    """

    name: str
    summary: str
    object: str = ""
    required: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, str] = field(default_factory=dict)
    feeds: tuple[str, ...] = ()


_TRAIL = ("resolution", "satisfaction")
_TOUCH = {"topic": "code", "about": "ref", "case": "ref", "channel": "channel"}

CATALOGUE: Mapping[str, EventType] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            EventType(
                "order.placed",
                "The customer ordered; the promise is the first one given.",
                "order",
                {"promised_at": "deadline"},
                {"total": "decimal", "currency": "code", "items": "integer", "channel": "channel"},
                _TRAIL,
            ),
            EventType(
                "order.cancelled",
                "The order will not be fulfilled; `by` is `customer` or `merchant`.",
                "order",
                {},
                {"by": "code", "reason": "code"},
                _TRAIL,
            ),
            EventType(
                "shipment.sent",
                "The goods were handed to a carrier.",
                "order",
                {},
                {"carrier": "code"},
                _TRAIL,
            ),
            EventType(
                "delivery.delivered", "The goods reached the customer.", "order", {}, {}, _TRAIL
            ),
            EventType(
                "delivery.failed",
                "An attempt to deliver failed.",
                "order",
                {},
                {"reason": "code"},
                _TRAIL,
            ),
            EventType(
                "return.requested",
                "The customer wants to give something back.",
                "order",
                {},
                {"reason": "code"},
                _TRAIL,
            ),
            EventType(
                "refund.issued",
                "Money went back to the customer.",
                "order",
                {},
                {"amount": "decimal", "currency": "code"},
                _TRAIL,
            ),
            EventType(
                "case.opened",
                "A problem or question got a ticket; without a topic its kind is the topic.",
                "case",
                {"kind": "code"},
                {"topic": "code", "about": "ref", "channel": "channel", "due_at": "deadline"},
                _TRAIL,
            ),
            EventType(
                "case.answered",
                "The customer got an answer to the case.",
                "case",
                {},
                {"channel": "channel"},
                _TRAIL,
            ),
            EventType(
                "case.transferred",
                "The case went to another team; `to` names it.",
                "case",
                {},
                {"to": "code"},
                _TRAIL,
            ),
            EventType("case.closed", "The ticket was closed on our side.", "case", {}, {}, _TRAIL),
            EventType(
                "case.confirmed", "The customer said that it is solved.", "case", {}, {}, _TRAIL
            ),
            EventType(
                "case.reopened",
                "A closed case was opened again.",
                "case",
                {},
                {"channel": "channel"},
                _TRAIL,
            ),
            EventType(
                "contact.received",
                "The customer contacted us.",
                "",
                {"topic": "code", "channel": "channel"},
                {"about": "ref", "case": "ref"},
                _TRAIL,
            ),
            EventType(
                "contact.made",
                "We contacted the customer to help.",
                "",
                {"topic": "code", "channel": "channel"},
                {"about": "ref", "case": "ref"},
                ("resolution",),
            ),
            EventType("complaint.received", "The customer complained.", "", {}, _TOUCH, _TRAIL),
            EventType(
                "message.received",
                "The customer wrote; the text feeds nothing yet, a topic makes it a contact.",
                "",
                {"channel": "channel"},
                {"text": "text", "topic": "code", "about": "ref", "case": "ref"},
                _TRAIL,
            ),
            EventType(
                "search.performed",
                "The customer searched; only a digest of the query is kept.",
                "",
                {"results": "integer"},
                {"query_digest": "code", "channel": "channel"},
            ),
            EventType(
                "page.viewed",
                "The customer saw a page; the path without its query.",
                "",
                {"path": "text"},
                {"channel": "channel"},
            ),
            EventType(
                "survey.answered",
                "The customer answered a survey; calibrates, never feeds satisfaction.",
                "",
                {"score": "integer", "scale": "integer"},
                {"about": "ref", "channel": "channel"},
            ),
            EventType(
                "preference.declared",
                "The customer said what they prefer, for example `language`.",
                "",
                {"key": "code", "value": "text"},
                {"topic": "code", "channel": "channel"},
                ("knowledge",),
            ),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Interaction:
    """One event tied to a record: a fact.

    `at` is when it happened, `received` when it arrived here; `object` is the id of the order or
    case it is about, empty when it has none.
    """

    id: str
    record_id: str
    source: str
    type: str
    at: datetime
    received: datetime
    object: str = field(default="", repr=False)
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def known(self) -> bool:
        """True when the type is in the catalogue; only those feed anything."""
        return self.type in CATALOGUE

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> "Interaction":
        """An interaction from its fields; instants as text with an offset or aware datetimes.

        Raises:
            Refused: `event_invalid`; the message names the type and the field, never a value.
        """
        kind = _required_text(raw, "type", "event")
        known = CATALOGUE.get(kind)
        name = kind if known else "event of an unknown type"
        about = str(raw.get("object") or "").strip()
        data: Any = raw.get("data") or {}
        if not isinstance(data, Mapping):
            raise _invalid(name, "data", "must be an object")
        if known and known.object and not about:
            raise _invalid(name, "object", f"must name the {known.object}")
        if len(about) > _LONGEST_REF:
            raise _invalid(name, "object", f"must have at most {_LONGEST_REF} characters")
        return cls(
            id=_required_text(raw, "id", name),
            record_id=_required_text(raw, "record_id", name),
            source=_required_text(raw, "source", name),
            type=kind,
            at=_moment(raw, "at", name),
            received=_moment(raw, "received", name),
            object=about if known is None or known.object else "",
            data=MappingProxyType(_fields(known, data) if known else dict(data)),
        )


def catalogue_markdown() -> str:
    """The catalogue as a Markdown table, one line a type, in catalogue order."""
    lines = [
        "| event | about | required | optional | feeds | meaning |",
        "|---|---|---|---|---|---|",
    ]
    for kind in CATALOGUE.values():
        cells = (
            f"`{kind.name}`",
            kind.object or "-",
            _field_list(kind.required),
            _field_list(kind.optional),
            ", ".join(kind.feeds) or "nothing yet",
            kind.summary,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _field_list(fields: Mapping[str, str]) -> str:
    return ", ".join(f"`{name}` ({kind})" for name, kind in fields.items()) or "-"


def _fields(known: EventType, data: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, kind in (*known.required.items(), *known.optional.items()):
        value = data.get(name)
        if value is None or value == "":
            if name in known.required:
                raise _invalid(known.name, name, "is required")
            continue
        try:
            kept[name] = KINDS[kind](value)
        except (TypeError, ValueError):
            raise _invalid(known.name, name, f"is not a valid {kind}") from None
    return kept


def _required_text(raw: Mapping[str, Any], name: str, kind: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _invalid(kind, name, "is required")
    return value.strip()


def _moment(raw: Mapping[str, Any], name: str, kind: str) -> datetime:
    try:
        return instant(_instant(raw.get(name)))
    except (TypeError, ValueError):
        raise _invalid(kind, name, "must be an instant with its offset") from None


def _invalid(kind: str, name: str, problem: str) -> Refused:
    return Refused(f"{kind}: field {name} {problem}", reason="event_invalid")


def _instant(value: Any) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant needs its offset")
        return text(value)
    if not isinstance(value, str):
        raise TypeError("an instant is text")
    return text(instant(value))


def _deadline(value: Any) -> str:
    """An instant, or a date, which means the end of that day in UTC."""
    if isinstance(value, str) and len(value) == len("2026-01-01"):
        return f"{date.fromisoformat(value).isoformat()}T23:59:59.999Z"
    return _instant(value)


def _code(value: Any) -> str:
    """A short token; written alike by every source: lower case, `_` for spaces."""
    token = "_".join(str(value).lower().split())
    if not _CODE.fullmatch(token):
        raise ValueError("not a code")
    return token


def _ref(value: Any) -> str:
    ref = str(value).strip()
    if isinstance(value, bool | float) or not 0 < len(ref) <= _LONGEST_REF:
        raise ValueError("not a reference")
    return ref


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError("not text")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("not an integer")
    return int(value)


def _decimal(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError("not a number")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite():
        raise ValueError("not a number")
    return format(number, "f")


def _channel(value: Any) -> str:
    token = _code(value)
    if token not in CHANNELS:
        raise ValueError("not a channel")
    return token


KINDS: Mapping[str, Callable[[Any], str | int]] = MappingProxyType(
    {
        "code": _code,
        "channel": _channel,
        "ref": _ref,
        "text": _text,
        "deadline": _deadline,
        "integer": _integer,
        "decimal": _decimal,
    }
)
