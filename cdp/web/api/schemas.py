"""The wire form of /v1: what comes in is checked and made a value, what goes out is described."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from marshmallow import fields, post_load, validate

from cdp.clock import text
from cdp.door import CHANNELS, Identifier
from cdp.web.wire import LANGUAGE, REGION, ListOf, Pattern, Text, WireSchema, key, name
from consent.events import FLAGS, SOURCES, TYPES

EVERY: Final = "*"
ACTIONS: Final = ("process", "contact", "disclose")
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


class ProfileQuerySchema(WireSchema):
    """For which purpose the profile is read."""

    purpose = name(required=True)


class ContextSchema(WireSchema):
    """The interaction for which a context is wanted."""

    purpose = name(required=True)
    channel = _channel()
    interaction_id = key(metadata={"description": "shown in the document; not kept"})
    topic = name(metadata={"description": "what the interaction is about, where you know it"})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ContextRequest:
        """The value."""
        return ContextRequest(**data)


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
        metadata={"description": "makes a retry harmless; `Idempotency-Key` does the same"}
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

    idempotency_key = fields.UUID(
        data_key="Idempotency-Key", metadata={"description": "a UUID: the id of the event"}
    )


class ResolvedSchema(WireSchema):
    """Usually one profile or none; several where an address is shared."""

    profiles = fields.List(fields.UUID(), required=True)


class DecisionSchema(WireSchema):
    """May it be done, and why. Of a refusal, who is bound to neither `service` nor `dsr` sees
    `no_permission` or `not_now` and nothing else."""

    permitted = fields.Boolean(required=True)
    reason = fields.String(required=True)
    basis = fields.String(allow_none=True)
    decisive = fields.List(fields.String(), metadata={"description": "ids of consent events"})
    usable = fields.List(fields.String(), metadata={"description": "ids of records"})
    valid_until = fields.String(allow_none=True)
    retry_after = fields.String(allow_none=True)


class _AboutProfile(WireSchema):
    """What answers about a profile have in common."""

    profile_id = fields.UUID(required=True, metadata={"description": "as it was asked for"})
    canonical_id = fields.UUID(required=True, metadata={"description": "the current id"})
    decision = fields.Nested(DecisionSchema, required=True)
    consent_seq = fields.Integer(
        required=True, metadata={"description": "the ledger position the answer rests on"}
    )


class ProfileSchema(_AboutProfile):
    """What one purpose may read of a profile; `data` is null where it may read nothing."""

    data = fields.Dict(allow_none=True, required=True)


class DecidedSchema(_AboutProfile):
    """A decision; nothing of the profile is shown."""


class ContextDocumentSchema(WireSchema):
    """outcome-context/1: evidenced claims and permitted actions for one interaction."""

    schema = fields.String(required=True)
    as_of = fields.String(required=True)
    expires_at = fields.String(required=True)
    request = fields.Dict(required=True)
    subject = fields.Dict(required=True)
    permissions = fields.List(fields.Dict(), required=True)
    outcomes = fields.Dict(required=True)
    journeys = fields.List(fields.Dict())
    actions = fields.Dict(required=True)
    offers = fields.Dict()
    withheld = fields.List(fields.Dict(), required=True)
    evidence = fields.Dict(required=True)
    audit = fields.Dict(required=True)


class RecordConsentsSchema(WireSchema):
    """What was said about one record; contact points only as opaque references."""

    record_id = fields.UUID(required=True)
    link = fields.String(required=True)
    relation = fields.String(required=True)
    facts = fields.List(fields.Dict(), required=True)


class ConsentsSchema(WireSchema):
    """What a person has said, record by record."""

    profile_id = fields.UUID(required=True)
    consent_seq = fields.Integer(required=True)
    records = fields.List(fields.Nested(RecordConsentsSchema), required=True)


class RecordedSchema(WireSchema):
    """Where the statement is in the ledger. `effective`: no answer begun after this one goes
    against it. `key_destroyed`: what it takes away no longer opens from the live stores."""

    event_id = fields.UUID(required=True)
    seq = fields.Integer(required=True)
    source = fields.String(required=True, metadata={"description": "as it was taken"})
    repeated = fields.Boolean(required=True, metadata={"description": "known already"})
    effective = fields.Boolean(required=True)
    key_destroyed = fields.Boolean(required=True)
