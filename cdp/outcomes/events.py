"""The closed event catalogue: what an interaction is called and which fields it must bring.

A known type keeps the fields listed for it and drops every other; a type that is not listed is
kept as it came and feeds nothing. Names are dotted past tense. Instants inside `data` are text in
the house form, so that data is JSON without floats.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from cdp.clock import instant
from cdp.errors import Refused
from cdp.outcomes.event_types import EVENT_TYPES, EventType
from cdp.outcomes.fields import KINDS, LONGEST_REF, moment

CATALOGUE: Mapping[str, EventType] = MappingProxyType({kind.name: kind for kind in EVENT_TYPES})
"""The catalogue by type."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One event tied to a record: a fact.

    `at` is when it happened, `received` when it arrived here; `object` is the id of the order,
    case or problem it is about, empty when it has none.
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
        if len(about) > LONGEST_REF:
            raise _invalid(name, "object", f"must have at most {LONGEST_REF} characters")
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
        return instant(moment(raw.get(name)))
    except (TypeError, ValueError):
        raise _invalid(kind, name, "must be an instant with its offset") from None


def _invalid(kind: str, name: str, problem: str) -> Refused:
    return Refused(f"{kind}: field {name} {problem}", reason="event_invalid")
