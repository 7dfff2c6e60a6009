"""Reading one declared trait part by part, with refusals that name the trait and the part.

What was written is never repeated, because it may be anything; names that are known may be.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from cdp.errors import Refused
from cdp.outcomes.event_types import EventType
from cdp.outcomes.events import CATALOGUE
from cdp.outcomes.fields import KINDS

OBJECT: Final = "object"
LONGEST_WINDOW: Final = 36_500
LONGEST_LIST: Final = 200
_MANY: Final = 12
# Kinds of the catalogue of events: several codes in one text, and decimals as text.
LIST: Final = "codes"
EXACT: Final = frozenset({"decimal", "amount"})
# What `where` may ask for: nothing that could name a person, because the catalogue is not sealed.
_TELLING: Final = frozenset({"code", LIST, "channel", "path", "integer", "count"})


def kind_of(event: EventType, name: str) -> str:
    """The kind of a field of an event, "ref" for the object it is about; empty when unknown."""
    if name == OBJECT:
        return "ref" if event.object else ""
    return event.required.get(name) or event.optional.get(name) or ""


def invalid(trait: str, part: str, problem: str) -> Refused:
    """The refusal of a declaration; trait and part are names out of the document."""
    return Refused(f"trait {trait}: field {part} {problem}", reason="trait_invalid")


def unknown_part(trait: str, known: Sequence[str]) -> Refused:
    """The refusal of a field that is not known; what was written is not repeated."""
    return Refused(
        f"trait {trait}: has a field that is none of {', '.join(known)}", reason="trait_invalid"
    )


def not_permitted(trait: str, problem: str) -> Refused:
    """The refusal of something that the view of the purpose may not hold."""
    return Refused(f"trait {trait}: {problem}", reason="trait_not_permitted")


def text_in(trait: str, raw: Mapping[str, Any], part: str, *, needed: bool = True) -> str:
    """A part that is text; empty where it is neither there nor needed."""
    value = raw.get(part, "")
    if not isinstance(value, str) or (needed and not value):
        raise invalid(trait, part, "must be text" if part in raw else "is required")
    return value


def word_in(trait: str, raw: Mapping[str, Any], part: str, known: Mapping[str, Any]) -> str:
    """A part that is one of the known words; they are named unless they are many."""
    value = text_in(trait, raw, part)
    if value not in known:
        several = len(known) > _MANY
        problem = "is not in the catalogue" if several else f"must be one of {', '.join(known)}"
        raise invalid(trait, part, problem)
    return value


def where_in(trait: str, raw: Mapping[str, Any], event: str) -> Mapping[str, frozenset[str]]:
    """The part `where`: by field of the event the values it may have."""
    given = raw.get("where", {})
    if not isinstance(given, Mapping):
        raise invalid(trait, "where", "must map fields to values")
    return MappingProxyType(
        {str(name): _accepted(trait, event, str(name), given[name]) for name in sorted(given)}
    )


def _accepted(trait: str, event: str, name: str, given: Any) -> frozenset[str]:
    """The values a field may have, in the spelling of the catalogue."""
    kind = kind_of(CATALOGUE[event], name)
    values = given if isinstance(given, list) else [given]
    if not kind:
        raise invalid(trait, "where", f"names no field of {event}")
    if kind not in _TELLING:
        raise invalid(trait, "where", f"must name a {' or '.join(sorted(_TELLING))}")
    if not 0 < len(values) <= LONGEST_LIST:
        raise invalid(trait, "where", f"must list 1 to {LONGEST_LIST} values")
    if any(isinstance(value, bool) or not isinstance(value, int | str) for value in values):
        raise invalid(trait, "where", "must hold text or whole numbers")
    try:
        return frozenset(str(KINDS[_one(kind)](value)) for value in values)
    except (TypeError, ValueError):
        raise invalid(trait, "where", f"has a value that is no {kind}") from None


def _one(kind: str) -> str:
    """The kind of one of the values of a field."""
    return "code" if kind == LIST else kind


def days_in(trait: str, raw: Mapping[str, Any]) -> int | None:
    """The part `days`: a whole number, None where there is none."""
    value = raw.get("days")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST_WINDOW:
        raise invalid(trait, "days", f"must be a whole number from 1 to {LONGEST_WINDOW}")
    return value
