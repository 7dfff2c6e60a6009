"""The mapping document: parsed strictly, every fault refused with its path and what is allowed.

    {"relation": "customer", "zone": "+00:00", "format": "%d.%m.%Y",
     "fields": {"<column>": <meaning> or [<meaning>, ...]},
     "events": [{"type", "at", "id"?, "object"?, "when"?, "data"?, "zone"?, "format"?}],
     "event_types": {"<native type>": {"type", "object"?, "data"?, "zone"?, "format"?}}}

A column may be a path into nested objects (`customer.email`); a column of that very name wins. A
meaning has exactly one of `identifier`, `attribute`, `consent`. A `zone` or `format` further in
wins over one further out; a date's `format` may be a list, tried in order. Without `relation` the
source says nothing of it. In `data`, keys ending in `_at` are instants.
"""

import copy
import re
from collections.abc import Callable, Collection, Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from cdp.errors import Refused
from cdp.mapping import vocabulary as words
from cdp.mapping.cells import UNIX_FORMATS, Times
from cdp.mapping.rules import (
    AttributeField,
    Choice,
    ConsentField,
    EventRule,
    EventType,
    Field,
    IdentifierField,
    fold,
)

Document = MappingOf[str, object]


class InvalidMapping(Refused):
    """The mapping document is not one; the message names the path."""

    default_reason = "invalid_mapping"

    def __init__(self, path: str, wanted: str) -> None:
        super().__init__(f"{path or 'mapping'}: {wanted}")
        self.path = path


@dataclass(frozen=True, slots=True)
class Mapping:
    """A parsed mapping. `document` is what it was parsed from: store and hash that.

    `relation` is empty where the source says nothing of it.
    """

    document: Document = field(repr=False)
    relation: str
    fields: tuple[Field, ...] = field(compare=False)
    events: tuple[EventRule, ...] = field(compare=False)
    event_types: MappingOf[str, EventType] = field(compare=False)

    @classmethod
    def parse(cls, document: object) -> "Mapping":
        """A mapping from its document (JSON). Raises InvalidMapping."""
        top = _object(
            document, "", ("relation", "zone", "format", "fields", "events", "event_types")
        )
        times = _times(top, "", Times())
        columns = _named(top.get("fields", {}), "fields")
        natives = _named(top.get("event_types", {}), "event_types")
        return cls(
            document=copy.deepcopy(top),
            relation=_one(top["relation"], "relation", words.RELATIONS)
            if "relation" in top
            else "",
            fields=tuple(
                _field(column, value, path, times)
                for column, meaning in columns.items()
                for value, path in _one_or_many(meaning, f"fields.{column}")
            ),
            events=tuple(
                _event(value, path, times)
                for value, path in _items(top.get("events", []), "events")
            ),
            event_types={
                name: _event_type(value, f"event_types.{name}", times)
                for name, value in natives.items()
            },
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of a row that the mapping reads, once, in its order."""
        names = [name for rule in (*self.fields, *self.events) for name in rule.columns]
        return tuple(dict.fromkeys(names))

    def worded(self, attributes: Collection[str]) -> "Mapping | None":
        """The same mapping as far as it tells who somebody is: these attributes and identifiers.

        None if it has none of these attributes.
        """
        words = [
            entry
            for entry in self.fields
            if isinstance(entry, AttributeField) and entry.name in attributes
        ]
        if not words:
            return None
        fields = tuple(
            entry for entry in self.fields if entry in words or isinstance(entry, IdentifierField)
        )
        return replace(self, fields=fields, events=(), event_types={})


def _field(column: str, value: object, path: str, times: Times) -> Field:
    kinds: dict[str, Callable[[str, Document, str, Times], Field]] = {
        "identifier": _identifier,
        "attribute": _attribute,
        "consent": _consent,
    }
    given = _object(value, path, None)
    named = [kind for kind in kinds if kind in given]
    if len(named) != 1:
        raise InvalidMapping(path, "needs exactly one of identifier, attribute, consent")
    return kinds[named[0]](column, given, path, times)


def _identifier(column: str, value: Document, path: str, _times: Times) -> IdentifierField:
    allowed = ("identifier", "region", "region_column", "confirmed", "channels")
    given = _object(value, path, allowed)
    region = given.get("region")
    confirmed = given.get("confirmed", False)
    return IdentifierField(
        column=column,
        type=_like(given["identifier"], f"{path}.identifier", words.NAME, "a lower-case name"),
        region=None
        if region is None
        else _like(region, f"{path}.region", words.REGION, "two capital letters such as GB"),
        region_column=_optional(given, "region_column", path),
        confirmed=confirmed
        if isinstance(confirmed, bool)
        else _choice(confirmed, f"{path}.confirmed", "true, false, or an object"),
        channels=_channels(given, path),
    )


def _attribute(column: str, value: Document, path: str, _times: Times) -> AttributeField:
    given = _object(value, path, ("attribute", "values", "format"))
    name = _text(given["attribute"], f"{path}.attribute")
    if name not in words.ATTRIBUTES and not words.CUSTOM.match(name):
        allowed = ", ".join(sorted(words.ATTRIBUTES))
        raise InvalidMapping(f"{path}.attribute", f"must be custom.<name> or one of {allowed}")
    forms = _formats(given, path)
    if forms and (name not in words.DATES or UNIX_FORMATS.keys() & forms):
        raise InvalidMapping(f"{path}.format", "only dates have one, in the terms of strptime")
    values = _named(given.get("values", {}), f"{path}.values")
    return AttributeField(
        column=column,
        name=name,
        values={fold(key): _text(text, f"{path}.values.{key}") for key, text in values.items()},
        formats=forms,
    )


def _formats(given: Document, path: str) -> tuple[str, ...]:
    """One format, or several in the order in which they are tried."""
    value = given.get("format", [])
    if isinstance(value, list):
        return tuple(_format(item, f"{path}.format[{n}]") for n, item in enumerate(value))
    return (_format(value, f"{path}.format"),)


def _consent(column: str, value: Document, path: str, times: Times) -> ConsentField:
    _object(value, path, ("consent",))
    path = f"{path}.consent"
    given = _object(
        value["consent"],
        path,
        ("purposes", "channels", *words.ANSWERS, "at", "evidence", "notice", "zone", "format"),
        required=("purposes",),
    )
    answers: dict[str, str] = {}
    for answer in words.ANSWERS:
        for text in _texts(given[answer], f"{path}.{answer}") if answer in given else ():
            if answers.setdefault(fold(text), answer) != answer:
                raise InvalidMapping(
                    f"{path}.{answer}", "holds a text that means something else too"
                )
    if not answers:
        raise InvalidMapping(path, "needs at least one of given, refused, withdrawn")
    purposes = _texts(given["purposes"], f"{path}.purposes")
    for purpose in purposes:
        _like(purpose, f"{path}.purposes", words.NAME, "lower-case names")
    return ConsentField(
        column=column,
        purposes=purposes,
        channels=_channels(given, path),
        answers=answers,
        about={
            name: _text(given[name], f"{path}.{name}")
            for name in ("at", "evidence", "notice")
            if name in given
        },
        times=_times(given, path, times),
    )


def _event(value: object, path: str, times: Times) -> EventRule:
    allowed = ("type", "at", "id", "object", "when", "data", "zone", "format")
    given = _object(value, path, allowed, required=("type", "at"))
    when = given.get("when")
    if when is not None and not isinstance(when, str):
        when = _choice(when, f"{path}.when", "a column or an object")
    return EventRule(
        type=_event_name(given["type"], f"{path}.type"),
        at=_text(given["at"], f"{path}.at"),
        id=_optional(given, "id", path),
        object=_optional(given, "object", path),
        when=_text(when, f"{path}.when") if isinstance(when, str) else when,
        data=_data(given.get("data", {}), path),
        times=_times(given, path, times),
    )


def _event_type(value: object, path: str, times: Times) -> EventType:
    allowed = ("type", "object", "data", "zone", "format")
    given = _object(value, path, allowed, required=("type",))
    return EventType(
        type=_event_name(given["type"], f"{path}.type"),
        object=_optional(given, "object", path),
        data=_data(given["data"], path) if "data" in given else None,
        times=_times(given, path, times),
    )


def _event_name(value: object, path: str) -> str:
    return _like(value, path, words.EVENT_TYPE, "dotted lower-case names such as order.placed")


def _data(value: object, path: str) -> dict[str, str]:
    named = _named(value, f"{path}.data")
    for name in named:
        _like(name, f"{path}.data", words.NAME, "an object whose keys are lower-case names")
    return {name: _text(column, f"{path}.data.{name}") for name, column in named.items()}


def _times(given: Document, path: str, outer: Times) -> Times:
    zone, form = outer.zone, outer.format
    if "zone" in given:
        zone = _like(given["zone"], _join(path, "zone"), words.ZONE, "an offset such as +01:00")
    if "format" in given:
        form = _format(given["format"], _join(path, "format"))
    return Times(zone, form)


def _format(value: object, path: str) -> str:
    form = _text(value, path)
    if form in UNIX_FORMATS:
        return form
    try:
        moment = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)  # any moment, to try the format
        datetime.strptime(moment.strftime(form), form)  # noqa: DTZ007 - only tried
    except (ValueError, re.error) as error:
        raise InvalidMapping(path, "must be a strptime format, unix or unix_ms") from error
    return form


def _channels(given: Document, path: str) -> tuple[str, ...]:
    if "channels" not in given:
        return ()
    path = f"{path}.channels"
    return tuple(_one(name, path, words.CHANNELS) for name in _texts(given["channels"], path))


def _choice(value: object, path: str, wanted: str) -> Choice:
    if not isinstance(value, dict):
        raise InvalidMapping(path, f"must be {wanted} with column and values")
    given = _object(value, path, ("column", "values"), required=("column", "values"))
    return Choice(
        _text(given["column"], f"{path}.column"),
        frozenset(fold(text) for text in _texts(given["values"], f"{path}.values")),
    )


def _object(
    value: object, path: str, allowed: tuple[str, ...] | None, *, required: Iterable[str] = ()
) -> dict[str, object]:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise InvalidMapping(path, "must be an object")
    for name in required:
        if name not in value:
            raise InvalidMapping(_join(path, name), "is missing")
    for name in value:
        if allowed is not None and name not in allowed:
            raise InvalidMapping(_join(path, name), f"unknown; allowed: {', '.join(allowed)}")
    return value


def _named(value: object, path: str) -> dict[str, object]:
    named = _object(value, path, None)
    if "" in named:
        raise InvalidMapping(path, "holds an empty name")
    return named


def _items(value: object, path: str) -> list[tuple[object, str]]:
    if not isinstance(value, list):
        raise InvalidMapping(path, "must be a list")
    return [(item, f"{path}[{place}]") for place, item in enumerate(value)]


def _one_or_many(value: object, path: str) -> list[tuple[object, str]]:
    return _items(value, path) if isinstance(value, list) else [(value, path)]


def _texts(value: object, path: str) -> tuple[str, ...]:
    texts = tuple(_text(item, at) for item, at in _items(value, path))
    if not texts or len(set(texts)) < len(texts):
        raise InvalidMapping(path, "must hold at least one text, each once")
    return texts


def _text(value: object, path: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidMapping(path, "must be text that is not empty")
    return value


def _optional(given: Document, name: str, path: str) -> str | None:
    return _text(given[name], f"{path}.{name}") if name in given else None


def _like(value: object, path: str, pattern: re.Pattern[str], wanted: str) -> str:
    if not isinstance(value, str) or not pattern.match(value):
        raise InvalidMapping(path, f"must be {wanted}")
    return value


def _one(value: object, path: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InvalidMapping(path, f"must be one of {', '.join(allowed)}")
    return str(value)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
