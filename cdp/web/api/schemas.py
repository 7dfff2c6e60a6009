"""What comes in under /v1: checked, and made a value. What goes out is in `answers`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from marshmallow import fields, post_load, validate

from cdp.clock import text
from cdp.door import CHANNELS, ContextWanted, Identifier
from cdp.web.wire import (
    CURSOR,
    EVENT_TYPE,
    LANGUAGE,
    ONE_FIELD,
    REGION,
    ListOf,
    Names,
    Pattern,
    Text,
    WireSchema,
    field_name,
    key,
    name,
)
from consent.events import FLAGS, SOURCES, TYPES

EVERY: Final = "*"
ACTIONS: Final = ("process", "contact", "disclose")
TYPES_OF_CHANGE: Final = ("merged", "split", "consent")
LATEST_WORD: Final = "latest"
PAGE: Final = 50
MOST_ON_A_PAGE: Final = 200
MOST_FIELDS: Final = 50
MOST_CONTEXTS: Final = 100
MOST_TYPES: Final = 20
LONGEST_VALUE: Final = 1024
MOST_IDENTIFIERS: Final = 20
MOST_PURPOSES: Final = 20
MOST_FLAGS: Final = 8
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ResolveRequest:
    """Which profiles do these identifiers lead to?"""

    purpose: str
    identifiers: tuple[Identifier, ...]


@dataclass(frozen=True)
class ContextRequest:
    """The context of which interaction?"""

    purpose: str
    channel: str | None = None
    interaction_id: str = ""
    topic: str = ""
    fields: Sequence[str] | None = None


@dataclass(frozen=True)
class ProfileQuery:
    """What of a profile?"""

    purpose: str
    fields: frozenset[str] | None = None


@dataclass(frozen=True)
class EventsQuery:
    """Which events of a profile?"""

    purpose: str
    fields: frozenset[str] | None = None
    type: frozenset[str] | None = None
    cursor: str | None = None
    limit: int = PAGE


@dataclass(frozen=True)
class ChangesQuery:
    """Which changes?"""

    since: str | None = None
    types: frozenset[str] = frozenset(TYPES_OF_CHANGE)
    limit: int = PAGE


@dataclass(frozen=True)
class DecideRequest:
    """May this be done?"""

    purpose: str
    channel: str | None = None
    contact: Identifier | None = None
    brand: str | None = None
    topic: str | None = None
    action: str = "process"


@dataclass(frozen=True)
class StatementRequest:
    """What somebody says about consent; `said` are the fields of the consent event."""

    said: Mapping[str, Any] = field(repr=False)
    event_id: UUID | None = None
    source: str | None = None
    contact: Identifier | None = None
    identifier: Identifier | None = None


def _channel(**options: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(CHANNELS), **options)


def _moment(about: str) -> fields.AwareDateTime:
    within = validate.Range(EARLIEST, LATEST, error="must lie between 1970 and 2200")
    return fields.AwareDateTime(format="iso", validate=within, metadata={"description": about})


class IdentifierSchema(WireSchema):
    """An identifier as it is written; the platform normalises it."""

    type = name(required=True, metadata={"description": "email, phone, customer_id ..."})
    value = Text(LONGEST_VALUE, required=True)
    region = Pattern(
        REGION,
        "two capital letters (ISO 3166-1)",
        metadata={"description": "where a phone number without a country code is read"},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Identifier:
        """The value."""
        return Identifier(**data)


class ResolveSchema(WireSchema):
    """Identifiers of one person, and the purpose for which the profile is wanted."""

    purpose = name(required=True)
    identifiers = ListOf(fields.Nested(IdentifierSchema), MOST_IDENTIFIERS, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ResolveRequest:
        """The value."""
        return ResolveRequest(data["purpose"], tuple(data["identifiers"]))


def _fields_asked() -> Names:
    return Names(
        ONE_FIELD,
        MOST_FIELDS,
        "field names",
        data_key="fields",
        attribute="fields",
        metadata={"description": "only these, with commas between them: given_name,email,events"},
    )


def _limit() -> fields.Integer:
    within = validate.Range(1, MOST_ON_A_PAGE)
    return fields.Integer(
        strict=False, load_default=PAGE, validate=within, metadata={"description": "at most"}
    )


class ProfileQuerySchema(WireSchema):
    """For which purpose a profile is read, and which fields of it."""

    purpose = name(required=True)
    fields_ = _fields_asked()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ProfileQuery:
        """The value."""
        return ProfileQuery(**data)


class EventsQuerySchema(WireSchema):
    """For which purpose events are read, and which."""

    purpose = name(required=True)
    fields_ = _fields_asked()
    type = Names(
        EVENT_TYPE, MOST_TYPES, "types of events", metadata={"description": "only of these types"}
    )
    cursor = Pattern(
        CURSOR, "a cursor", metadata={"description": "`next_cursor` of the page before"}
    )
    limit = _limit()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> EventsQuery:
        """The value."""
        return EventsQuery(**data)


class ChangesQuerySchema(WireSchema):
    """Which changes are read."""

    since = Pattern(
        CURSOR,
        "a cursor, or latest",
        metadata={"description": "`next` of the page before; `latest`: only what happens from now"},
    )
    types = Names(
        f"({'|'.join(TYPES_OF_CHANGE)})",
        len(TYPES_OF_CHANGE),
        " or ".join(TYPES_OF_CHANGE),
        metadata={"description": "only of these types"},
    )
    limit = _limit()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ChangesQuery:
        """The value."""
        return ChangesQuery(**data)


class HeldSchema(WireSchema):
    """The header by which an answer that is held already is not sent again."""

    if_none_match = fields.String(
        data_key="If-None-Match", metadata={"description": "an `ETag` of this address"}
    )


class ContextSchema(WireSchema):
    """The interaction for which a context is wanted."""

    purpose = name(required=True)
    channel = _channel()
    interaction_id = key(metadata={"description": "shown in the document; not kept"})
    topic = name(metadata={"description": "what the interaction is about, where you know it"})
    fields_ = ListOf(
        field_name(),
        MOST_FIELDS,
        data_key="fields",
        attribute="fields",
        metadata={"description": "attributes, preferences, addresses and traits: only these"},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ContextRequest | ContextWanted:
        """The value."""
        return ContextRequest(**data)


class OneContextSchema(ContextSchema):
    """One context of a batch."""

    profile_id = fields.UUID(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ContextRequest | ContextWanted:
        """The value."""
        return ContextWanted(**data)


class ContextsSchema(WireSchema):
    """Contexts that are wanted at once; each is decided by itself."""

    requests = ListOf(fields.Nested(OneContextSchema), MOST_CONTEXTS, required=True)


class DecideSchema(WireSchema):
    """May this be done? `contact` is an address as it is written; it is not kept."""

    purpose = name(required=True)
    channel = _channel()
    contact = fields.Nested(IdentifierSchema)
    brand = key()
    topic = key()
    action = fields.String(validate=validate.OneOf(ACTIONS))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> DecideRequest:
        """The value."""
        return DecideRequest(**data)


class EvidenceSchema(WireSchema):
    """Where the proof of an act is kept, and its hash; never the proof itself."""

    ref = Text(512, required=True)
    sha256 = Pattern(r"^[0-9a-f]{64}$", "64 hexadecimal digits")


class StatementSchema(WireSchema):
    """What somebody says about consent."""

    event_id = fields.UUID(
        metadata={"description": "its id in the ledger, where the caller has one; never reused"}
    )
    type = fields.String(required=True, validate=validate.OneOf(sorted(TYPES)))
    purposes = ListOf(
        Pattern(r"^([a-z][a-z0-9_]{0,62}|\*)$", "a purpose, or *"), MOST_PURPOSES, required=True
    )
    channels = ListOf(
        fields.String(validate=validate.OneOf((*CHANNELS, EVERY))),
        len(CHANNELS) + 1,
        load_default=lambda: [EVERY],
    )
    source = fields.String(
        validate=validate.OneOf(sorted(SOURCES)),
        metadata={"description": "taken as `partner` without the scope consents:assert"},
    )
    contact = fields.Nested(
        IdentifierSchema, metadata={"description": "the one contact point it is about"}
    )
    identifier = fields.Nested(
        IdentifierSchema, metadata={"description": "what the person proved to hold"}
    )
    notice = key(metadata={"description": "the notice that was shown"})
    evidence = fields.Nested(EvidenceSchema)
    brand = key()
    until = _moment("how long a yes is given for")
    language = Pattern(LANGUAGE, "a language tag (BCP 47)")
    method = key(metadata={"description": "how it was said: form, call, letter ..."})
    flags = ListOf(fields.String(validate=validate.OneOf(sorted(FLAGS))), MOST_FLAGS, least=0)
    at = _moment("when the person said it; now, where nothing is said")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> StatementRequest:
        """The value; instants in the house form."""
        apart = {
            part: data.pop(part)
            for part in ("event_id", "source", "contact", "identifier")
            if part in data
        }
        said = {
            part: text(value) if isinstance(value, datetime) else value
            for part, value in data.items()
        }
        return StatementRequest(said, **apart)


class IdempotencySchema(WireSchema):
    """The header that makes a retry harmless."""

    idempotency_key = key(
        data_key="Idempotency-Key",
        metadata={"description": "fresh for every statement; the same again gets the same answer"},
    )
