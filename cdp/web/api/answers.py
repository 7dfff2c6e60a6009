"""What goes out under /v1, described; it is written from plain values, not through these."""

from marshmallow import fields, validate

from cdp.web.api.schemas import TYPES_OF_CHANGE
from cdp.web.wire import ProblemSchema, WireSchema


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


class IdentifiersSchema(_AboutProfile):
    """The addresses that one purpose may read; null where it may read nothing."""

    identifiers = fields.List(fields.Dict(), allow_none=True, required=True)


class EventsSchema(_AboutProfile):
    """Events, newest first; null where the purpose may read nothing."""

    events = fields.List(fields.Dict(), allow_none=True, required=True)
    next_cursor = fields.String(
        allow_none=True, required=True, metadata={"description": "null: there are no more"}
    )


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


class ContextOutcomeSchema(WireSchema):
    """A context, or the problem that there was instead."""

    status = fields.Integer(required=True, metadata={"description": "as if asked for by itself"})
    context = fields.Nested(ContextDocumentSchema)
    problem = fields.Nested(ProblemSchema)


class ContextOutcomesSchema(WireSchema):
    """One for each request, in their order."""

    results = fields.List(fields.Nested(ContextOutcomeSchema), required=True)


class ChangeSchema(WireSchema):
    """One change. `profiles`: who `former` stands for since, or whose consent changed."""

    seq = fields.Integer(required=True, metadata={"description": "its place in the workspace"})
    type = fields.String(required=True, validate=validate.OneOf(TYPES_OF_CHANGE))
    former = fields.UUID(metadata={"description": "merged, split: the id that stood for them"})
    profiles = fields.List(fields.UUID(), required=True)
    at = fields.String(metadata={"description": "merged, split: when"})


class ChangesSchema(WireSchema):
    """Changes in their order. Ask with `next` again; at once where there is `more`."""

    changes = fields.List(fields.Nested(ChangeSchema), required=True)
    next = fields.String(required=True, metadata={"description": "the `since` of the next page"})
    more = fields.Boolean(required=True)
