"""Applies a mapping to a row, or to a native event. No row raises; what is unusable is a `Problem`.

A consent that is given needs a readable `at` where its column is filled; a refusal or withdrawal
counts without one. What a cell says without being understood (`unknown_value`) is no consent.
"""

import json
from collections.abc import Mapping as MappingOf
from datetime import datetime

from cdp import clock
from cdp.canonical import canonical
from cdp.mapping import cells
from cdp.mapping import vocabulary as words
from cdp.mapping.document import Mapping
from cdp.mapping.facts import Attribute, EventFact, Facts, Identifier, Problem
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

Row = MappingOf[str, object]


def apply(mapping: Mapping, row: Row) -> Facts:
    """The facts one row tells."""
    reading = _Reading(row)
    for entry in mapping.fields:
        reading.field(entry)
    for rule in mapping.events:
        reading.event(rule)
    return reading.facts()


def apply_event(
    mapping: Mapping, event_type: str, at: datetime, data: Row, *, event_id: str | None = None
) -> Facts:
    """A native event under the name the mapping gives it, as the one event of the facts.

    A type the mapping does not name passes unchanged. `event_id` is kept; without one it is derived
    from type, object and instant, and is unique within the record only.
    """
    rule = mapping.event_types.get(event_type, EventType(event_type, None, None, cells.Times()))
    reading = _Reading(data)
    about = reading.text(rule.object) if rule.object else None
    named = event_id or _derived(rule.type, about, at)
    mapped = data if rule.data is None else reading.data(rule.data, rule.times)
    reading.events.append(EventFact(named, rule.type, at, mapped, about))
    return reading.facts()


def _derived(event_type: str, about: str | None, at: datetime) -> str:
    return canonical([event_type, about, clock.text(at)]).decode()


def _checked(entry: AttributeField, text: str) -> str:
    """The attribute's value in the form its name promises. Raises BadCell."""
    if entry.name in words.DATES:
        return cells.day(text, entry.formats)
    if entry.name == "country":
        text = text.upper()
        if not words.REGION.match(text):
            raise cells.BadCell("bad_country")
    return text


class _Reading:
    """One row being read: facts and problems as they are found."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._problems: dict[Problem, None] = {}
        self._identifiers: list[Identifier] = []
        self._attributes: list[Attribute] = []
        self._consents: list[MappingOf[str, object]] = []
        self.events: list[EventFact] = []

    def facts(self) -> Facts:
        """Everything found."""
        return Facts(
            tuple(self._identifiers),
            tuple(self._attributes),
            tuple(self.events),
            tuple(self._consents),
            tuple(self._problems),
        )

    def text(self, column: str) -> str | None:
        """The text of a cell; None if empty or unusable."""
        try:
            return cells.cell(self._row, column)
        except cells.BadCell as bad:
            self._problem(column, bad.reason)
            return None

    def field(self, entry: Field) -> None:
        """Read one field."""
        text = self.text(entry.column)
        if text is None:
            return
        if isinstance(entry, IdentifierField):
            self._identifier(entry, text)
        elif isinstance(entry, AttributeField):
            self._attribute(entry, text)
        else:
            self._consent(entry, text)

    def event(self, rule: EventRule) -> None:
        """Read one event, if the row tells of it."""
        if rule.when is not None and not self._holds(rule.when):
            return
        if rule.when is not None and self.text(rule.at) is None:
            self._problem(rule.at, "missing_timestamp")
        at = self._instant(rule.at, rule.times)
        if at is None:
            return
        about = self.text(rule.object) if rule.object else None
        named = self._event_id(rule, about, at)
        if named is not None:
            data = self.data(rule.data, rule.times)
            self.events.append(EventFact(named, rule.type, at, data, about))

    def data(self, wanted: MappingOf[str, str], times: cells.Times) -> dict[str, object]:
        """The cells of an event's data that are filled; keys ending in `_at` as RFC 3339."""
        found: dict[str, object] = {}
        for name, column in wanted.items():
            if name.endswith("_at"):
                at = self._instant(column, times)
                value: object = clock.text(at) if at else None
            else:
                value = self._datum(column)
            if value is not None:
                found[name] = value
        return found

    def _problem(self, column: str, reason: str) -> None:
        self._problems.setdefault(Problem(column, reason))

    def _identifier(self, entry: IdentifierField, text: str) -> None:
        region = entry.region
        if entry.region_column:
            told = (self.text(entry.region_column) or "").upper()
            region = told if words.REGION.match(told) else region
        confirmed = entry.confirmed
        if isinstance(confirmed, Choice):
            confirmed = self._holds(confirmed)
        self._identifiers.append(
            Identifier(entry.type, text, region, confirmed, entry.channels, entry.column)
        )

    def _attribute(self, entry: AttributeField, text: str) -> None:
        try:
            value = _checked(entry, entry.values.get(fold(text), text))
        except cells.BadCell as bad:
            self._problem(entry.column, bad.reason)
        else:
            self._attributes.append(Attribute(entry.name, value, entry.column))

    def _consent(self, entry: ConsentField, text: str) -> None:
        answer = entry.answers.get(fold(text))
        if answer is None:
            self._problem(entry.column, "unknown_value")
            return
        consent: dict[str, object] = {
            "type": answer,
            "purposes": list(entry.purposes),
            "channels": list(entry.channels),
            "column": entry.column,
        }
        for name, column in entry.about.items():
            if name == "at":
                at = self._instant(column, entry.times)
                told = clock.text(at) if at else None
            else:
                told = self.text(column)
            if told is not None:
                consent[name] = told
        if answer != "given" or not self._is_bad(entry.about.get("at")):
            self._consents.append(consent)

    def _is_bad(self, column: str | None) -> bool:
        return any(problem.column == column for problem in self._problems)

    def _event_id(self, rule: EventRule, about: str | None, at: datetime) -> str | None:
        if rule.id is None:
            return _derived(rule.type, about, at)
        told = self.text(rule.id)
        if told is None:
            self._problem(rule.id, "missing_id")
            return None
        return canonical([rule.type, told]).decode()

    def _holds(self, when: Choice | str) -> bool:
        if isinstance(when, str):
            return self.text(when) is not None
        text = self.text(when.column)
        return text is not None and fold(text) in when.values

    def _instant(self, column: str, times: cells.Times) -> datetime | None:
        text = self.text(column)
        try:
            return None if text is None else times.instant(text)
        except cells.BadCell as bad:
            self._problem(column, bad.reason)
            return None

    def _datum(self, column: str) -> object:
        """A cell as JSON: text trimmed, anything else as it is."""
        value = cells.value_at(self._row, column)
        if isinstance(value, str):
            return self.text(column)
        try:
            json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        except (TypeError, ValueError, RecursionError):
            self._problem(column, "not_text")
            return None
        return value
