"""The parsed parts of a mapping: what one column means, and what event a row tells of."""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from cdp.mapping.cells import Times


def fold(text: str) -> str:
    """Texts that differ in case or outer spaces only are one answer."""
    return text.strip().casefold()


@dataclass(frozen=True, slots=True)
class Choice:
    """A column whose cell is one of these texts (folded)."""

    column: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class IdentifierField:
    """A column that holds an identifier."""

    column: str
    type: str
    region: str | None
    region_column: str | None
    confirmed: Choice | bool
    channels: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column this field reads."""
        region = (self.region_column,) if self.region_column else ()
        confirmed = (self.confirmed.column,) if isinstance(self.confirmed, Choice) else ()
        return (self.column, *region, *confirmed)


@dataclass(frozen=True, slots=True)
class AttributeField:
    """A column that holds an attribute; `values` translates its texts (folded).

    `formats`: how a date may be written, tried in this order; none: as ISO 8601 has it.
    """

    column: str
    name: str
    values: MappingOf[str, str]
    formats: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column this field reads."""
        return (self.column,)


@dataclass(frozen=True, slots=True)
class ConsentField:
    """A column that holds an answer; `answers` says what its texts (folded) mean."""

    column: str
    purposes: tuple[str, ...]
    channels: tuple[str, ...]
    answers: MappingOf[str, str]
    about: MappingOf[str, str]
    times: Times

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column this field reads."""
        return (self.column, *self.about.values())


@dataclass(frozen=True, slots=True)
class EventRule:
    """An event that a row tells of when `at` is filled (and `when` holds)."""

    type: str
    at: str
    id: str | None
    object: str | None
    when: Choice | str | None
    data: MappingOf[str, str]
    times: Times

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column this event reads."""
        when = self.when.column if isinstance(self.when, Choice) else self.when
        named = (self.at, self.id, self.object, when, *self.data.values())
        return tuple(name for name in named if name is not None)


@dataclass(frozen=True, slots=True)
class EventType:
    """What a native event of the source is called here; `data` None keeps its data unchanged."""

    type: str
    object: str | None
    data: MappingOf[str, str] | None
    times: Times


Field = IdentifierField | AttributeField | ConsentField
