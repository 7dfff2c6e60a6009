"""Explanations: why two profiles or records are one person, or why not."""

from typing import Any, Final
from uuid import UUID

from flask import Response
from marshmallow import fields

from cdp import door
from cdp.web.http import answer, caller, platform
from cdp.web.smorest import Answer, Group, Operation
from cdp.web.wire import WireSchema

group = Group("explanations", "Why two records are one person, or why not", "/v1/profiles")

_FIRST: Final = "01890a5d-ac97-7d2a-8f6a-1c9d3f0e5b71"
_SECOND: Final = "01890a5d-ac98-7b10-8c4e-52e6a7d0c9f3"
_PROFILE: Final = "01890a5d-ac96-774b-bcce-b302099a8057"


def _term(name: str, level: str, bits: float, values: list[str | None]) -> dict[str, Any]:
    return {"name": name, "level": level, "bits": bits, "values": values}


_STEP: Final = {
    "a": _FIRST,
    "b": _SECOND,
    "kind": "probabilistic",
    "bits": 4.629,
    "terms": [
        _term("prior", "", -4.248, [None, None]),
        _term("given_name", "nickname", 4.644, ["R…", "B…"]),
        _term("email", "shared", 8.0, ["a…@e….org"]),
        _term("household", "", -3.767, [None, None]),
    ],
}
_EXPLAINED: Final = {
    "first": {"id": _FIRST, "profile_id": _PROFILE, "record_id": _FIRST},
    "second": {"id": _SECOND, "profile_id": _PROFILE, "record_id": _SECOND},
    "same": True,
    "kind": "probabilistic",
    "conclusion": "One person: a probabilistic link in one step.",
    "reasons": [],
    "path": [_STEP],
    "pair": _STEP,
    "records": {
        _FIRST: {"source": "crm", "stream": "customers"},
        _SECOND: {"source": "shop", "stream": "accounts"},
    },
    "rules": "6f1e" + "0" * 60,
    "as_of": "2026-03-01T09:00:00.000Z",
}


class ExplainSchema(WireSchema):
    """Two ids, each of a profile or of a record."""

    first = fields.UUID(required=True)
    second = fields.UUID(required=True)


class ExplainedEndSchema(WireSchema):
    """What an id stands for, and the record that is explained of it."""

    id = fields.UUID(required=True)
    profile_id = fields.UUID(required=True)
    record_id = fields.UUID(required=True)


class ExplainedTermSchema(WireSchema):
    """One bar of the waterfall. `values`: what both records say, masked."""

    name = fields.String(required=True, metadata={"description": "a comparison or identifier"})
    level = fields.String(required=True, metadata={"description": "how well the two agree"})
    bits = fields.Float(required=True, metadata={"description": "evidence for one person"})
    values = fields.List(fields.String(allow_none=True), required=True)


class ExplainedStepSchema(WireSchema):
    """Two records side by side; `bits` is the sum of the terms."""

    a = fields.UUID(required=True)
    b = fields.UUID(required=True)
    kind = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "verified, probabilistic, household; null: not linked themselves"},
    )
    bits = fields.Float(required=True)
    terms = fields.List(fields.Nested(ExplainedTermSchema), required=True)


class ExplainedReasonSchema(WireSchema):
    """One reason why not; `between`: where the link was refused, if not between the two."""

    code = fields.String(required=True)
    type = fields.String(required=True, allow_none=True)
    between = fields.List(fields.UUID(), required=True, allow_none=True)


class ExplainedRecordSchema(WireSchema):
    """Where a record comes from."""

    source = fields.String(required=True)
    stream = fields.String(required=True)


class ExplainedSchema(WireSchema):
    """One person or not; `path` if so, `reasons` if not; `pair`: the two records side by side."""

    first = fields.Nested(ExplainedEndSchema, required=True)
    second = fields.Nested(ExplainedEndSchema, required=True)
    same = fields.Boolean(required=True)
    kind = fields.String(
        required=True, allow_none=True, metadata={"description": "the weakest link of the path"}
    )
    conclusion = fields.String(required=True, metadata={"description": "a sentence for people"})
    reasons = fields.List(fields.Nested(ExplainedReasonSchema), required=True)
    path = fields.List(fields.Nested(ExplainedStepSchema), required=True)
    pair = fields.Nested(ExplainedStepSchema, required=True)
    records = fields.Dict(
        keys=fields.String(), values=fields.Nested(ExplainedRecordSchema), required=True
    )
    rules = fields.String(required=True, metadata={"description": "hash of the rules in force"})
    as_of = fields.String(required=True)


@group.post(
    "/explain",
    Operation(
        id="explainProfiles",
        summary="Why two profiles or records are one person, or why not; values are masked",
        answers=(Answer(200, "The explanation", ExplainedSchema, _EXPLAINED),),
        problems=(404, 409),
        body=ExplainSchema,
        body_example={"first": _FIRST, "second": _SECOND},
    ),
)
def explain(wanted: dict[str, UUID]) -> Response:
    """For clients bound to `stewardship`; an unknown id is a 404, whichever of the two it is."""
    return answer(door.explain(platform(), caller(), wanted["first"], wanted["second"]))
