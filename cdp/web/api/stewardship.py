"""The wire of verdicts, the review queue and graphs: what comes in, what goes out, examples."""

from typing import Any, Final

from marshmallow import fields, validate

from cdp.door import REVIEW_KINDS, RULINGS
from cdp.web.api.schemas import MOST_ON_A_PAGE, PAGE
from cdp.web.wire import CURSOR, ListOf, Names, Pattern, WireSchema, name

MOST_IDS: Final = 100
LAST_SEQ: Final = 2**53
FIRST: Final = "01890a5d-ac97-7d2a-8f6a-1c9d3f0e5b71"
SECOND: Final = "01890a5d-ac98-7b10-8c4e-52e6a7d0c9f3"
PROFILE: Final = "01890a5d-ac96-774b-bcce-b302099a8057"
OTHER: Final = "01890a5d-ac9a-7f11-9d02-7be0c4f1a3d8"
_VERDICT: Final = "01890a5d-ac9b-7a44-8e21-3f5c9b7d6e10"

VERDICT: Final[dict[str, Any]] = {
    "verdict_id": _VERDICT,
    "ruling": "apart",
    "groups": [[FIRST], [SECOND]],
    "undoes_merge": None,
    "said_by": "steward-desk",
    "reason": "call_centre",
    "seq": 43,
    "at": "2026-03-01T09:00:00.000Z",
    "taken_back": None,
}
DECIDED: Final[dict[str, Any]] = {
    "verdict": VERDICT,
    "profiles": [PROFILE, OTHER],
    "created": 1,
    "merged": 0,
    "split": 1,
    "repeated": False,
    "effective": True,
    "key_destroyed": True,
}
TAKEN_BACK: Final[dict[str, Any]] = {
    **DECIDED,
    "verdict": {
        **VERDICT,
        "taken_back": {"by": "steward-desk", "seq": 44, "at": "2026-03-02T09:00:00.000Z"},
    },
    "profiles": [PROFILE],
    "created": 0,
    "merged": 1,
    "split": 0,
}
UNMERGED: Final[dict[str, Any]] = {
    **DECIDED,
    "verdict": {**VERDICT, "undoes_merge": 41},
    "created": 0,
}
REVIEW: Final[dict[str, Any]] = {
    "items": [
        {
            "kind": "uncertain",
            "a": {"record_id": FIRST, "profile_id": PROFILE},
            "b": {"record_id": SECOND, "profile_id": PROFILE},
            "bits": 1.752,
            "size": 0,
            "type": None,
            "seq": 41,
        }
    ],
    "counts": {"uncertain": 1, "weak_bridge": 0, "oversized": 0, "conflict": 0},
}
GRAPH: Final[dict[str, Any]] = {
    "profile_id": PROFILE,
    "nodes": [
        {
            "record_id": record,
            "source": source,
            "stream": "customers",
            "kind": "probabilistic",
            "cut": False,
            "says": {"given_name": "R…"},
            "identifiers": [{"type": "email", "value": "a…@e….org"}],
        }
        for record, source in ((FIRST, "crm"), (SECOND, "shop"))
    ],
    "edges": [
        {
            "a": FIRST,
            "b": SECOND,
            "kind": "probabilistic",
            "bits": 4.629,
            "bridge": True,
            "weak": True,
        }
    ],
    "left_out": 0,
    "lineage": [
        {
            "seq": 41,
            "kind": "merged",
            "former": OTHER,
            "profile_id": PROFILE,
            "at": "2026-03-01T09:00:00.000Z",
        }
    ],
    "rules": "6f1e" + "0" * 60,
    "as_of": "2026-03-01T09:00:00.000Z",
}


def _own_id() -> fields.UUID:
    return fields.UUID(
        metadata={"description": "its id, where the caller has one; the same again changes nothing"}
    )


def _reason() -> Pattern:
    return name(metadata={"description": "why, as a code; no place for what is known of a person"})


class JudgeSchema(WireSchema):
    """Records or profiles that are together or apart."""

    verdict_id = _own_id()
    ruling = fields.String(required=True, validate=validate.OneOf(RULINGS))
    ids = ListOf(
        fields.UUID(),
        MOST_IDS,
        least=2,
        required=True,
        metadata={"description": "of records or profiles, former ids too"},
    )
    reason = _reason()


class UnmergeSchema(WireSchema):
    """Which merge is undone."""

    verdict_id = _own_id()
    profile_id = fields.UUID(required=True)
    seq = fields.Integer(
        strict=True,
        validate=validate.Range(1, LAST_SEQ),
        metadata={"description": "as the feed of changes counts; else the newest that still holds"},
    )
    reason = _reason()


class GraphWantedSchema(WireSchema):
    """Whose graph."""

    profile_id = fields.UUID(
        required=True, metadata={"description": "of a profile, or of one of its records"}
    )


class VerdictsQuerySchema(WireSchema):
    """Which verdicts."""

    cursor = Pattern(CURSOR, "a cursor", metadata={"description": "of the page before"})
    limit = fields.Integer(load_default=PAGE, validate=validate.Range(1, MOST_ON_A_PAGE))


class ReviewQuerySchema(WireSchema):
    """Which items."""

    types = Names(
        f"({'|'.join(REVIEW_KINDS)})",
        len(REVIEW_KINDS),
        " or ".join(REVIEW_KINDS),
        metadata={"description": "only of these kinds"},
    )
    limit = fields.Integer(load_default=PAGE, validate=validate.Range(1, MOST_ON_A_PAGE))


class TakenBackSchema(WireSchema):
    """When a verdict was taken back."""

    by = fields.String(required=True)
    seq = fields.Integer(required=True)
    at = fields.String(required=True)


class VerdictSchema(WireSchema):
    """One verdict. `groups`: the records of one person, or groups that nobody is in two of."""

    verdict_id = fields.UUID(required=True)
    ruling = fields.String(required=True, validate=validate.OneOf(RULINGS))
    groups = fields.List(fields.List(fields.UUID()), required=True)
    undoes_merge = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "it undoes the merge at this `seq`: each group is kept together"},
    )
    said_by = fields.String(required=True, metadata={"description": "a client, or staff"})
    reason = fields.String(required=True, allow_none=True)
    seq = fields.Integer(required=True)
    at = fields.String(required=True)
    taken_back = fields.Nested(TakenBackSchema, required=True, allow_none=True)


class JudgedSchema(WireSchema):
    """A verdict, the profiles its records are in now, and what giving or taking it changed."""

    verdict = fields.Nested(VerdictSchema, required=True)
    profiles = fields.List(fields.UUID(), required=True)
    created = fields.Integer(required=True)
    merged = fields.Integer(required=True)
    split = fields.Integer(required=True)
    repeated = fields.Boolean(
        required=True, metadata={"description": "it was so before; nothing changed"}
    )
    effective = fields.Boolean(required=True, metadata={"description": "no reader goes against it"})
    key_destroyed = fields.Boolean(
        required=True, metadata={"description": "the keys of voided views are gone too"}
    )


class VerdictsSchema(WireSchema):
    """Verdicts, newest first."""

    verdicts = fields.List(fields.Nested(VerdictSchema), required=True)
    next_cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "null: there are no more"}
    )


class ReviewedEndSchema(WireSchema):
    """A record and the profile it is in now."""

    record_id = fields.UUID(required=True)
    profile_id = fields.UUID(required=True, allow_none=True)


class ReviewItemSchema(WireSchema):
    """Two records, or one twice, to look at. `seq`: since when it waits."""

    kind = fields.String(required=True, validate=validate.OneOf(REVIEW_KINDS))
    a = fields.Nested(ReviewedEndSchema, required=True)
    b = fields.Nested(ReviewedEndSchema, required=True)
    bits = fields.Float(required=True, metadata={"description": "the weight of the link"})
    size = fields.Integer(required=True, metadata={"description": "records of what is oversized"})
    type = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "in conflict (a type, or `verdict`), or of the oversized value"},
    )
    seq = fields.Integer(required=True)


class ReviewSchema(WireSchema):
    """What a person should look at."""

    items = fields.List(fields.Nested(ReviewItemSchema), required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class MaskedSchema(WireSchema):
    """An identifier, masked."""

    type = fields.String(required=True)
    value = fields.String(required=True)


class NodeSchema(WireSchema):
    """A record. `cut`: without it the profile falls apart."""

    record_id = fields.UUID(required=True)
    source = fields.String(required=True)
    stream = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "how it belongs to the profile"})
    cut = fields.Boolean(required=True)
    says = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    identifiers = fields.List(fields.Nested(MaskedSchema), required=True)


class EdgeSchema(WireSchema):
    """A link. `bridge`: without it the profile falls apart; `weak`: and little speaks for it."""

    a = fields.UUID(required=True)
    b = fields.UUID(required=True)
    kind = fields.String(required=True)
    bits = fields.Float(required=True)
    bridge = fields.Boolean(required=True)
    weak = fields.Boolean(required=True)


class StepSchema(WireSchema):
    """A former id, and a profile that holds records of it since. `seq` is for undo-merge."""

    seq = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"description": "merged or split"})
    former = fields.UUID(required=True)
    profile_id = fields.UUID(required=True)
    at = fields.String(required=True)


class GraphSchema(WireSchema):
    """A profile as a graph. `left_out`: records beyond a hundred; `lineage`: the newest first."""

    profile_id = fields.UUID(required=True)
    nodes = fields.List(fields.Nested(NodeSchema), required=True)
    edges = fields.List(fields.Nested(EdgeSchema), required=True)
    left_out = fields.Integer(required=True)
    lineage = fields.List(fields.Nested(StepSchema), required=True)
    rules = fields.String(required=True)
    as_of = fields.String(required=True)
