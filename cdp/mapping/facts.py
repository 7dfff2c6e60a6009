"""What a row says, as values. Reprs show names and codes, never what a person wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Identifier:
    """A raw value that may identify a person. `region` (ISO 3166 alpha-2) is a hint for reading it.

    `confirmed`: the source says that the person proved to own it. `channels`: where it reaches
    them.
    """

    type: str
    value: str = field(repr=False)
    region: str | None
    confirmed: bool
    channels: tuple[str, ...]
    column: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """A named property of the person; dates are `YYYY-MM-DD`, countries two capital letters."""

    name: str
    value: str = field(repr=False)
    column: str


@dataclass(frozen=True, slots=True)
class EventFact:
    """Something that happened, to `object` (an order number, a case id) where the row names one.

    `id` is deterministic and unique within its record. Both are raw and may be personal: key them
    before they are stored in clear.
    """

    id: str = field(repr=False)
    type: str
    at: datetime
    data: Mapping[str, object] = field(repr=False)
    object: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """A cell that could not be used: where and why."""

    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything one row says, in the order of the mapping.

    A consent is a dict with `type` (given, refused, withdrawn), `purposes`, `channels`, `column`,
    and where the row says so `at` (RFC 3339), `evidence`, `notice`.
    """

    identifiers: tuple[Identifier, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    events: tuple[EventFact, ...] = ()
    consents: tuple[Mapping[str, object], ...] = field(default=(), repr=False)
    problems: tuple[Problem, ...] = ()
