"""Profiles: find them by identifiers, read them, ask for a context or a decision."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from flask import Response

from cdp import clock, door
from cdp.web import http
from cdp.web.api import answers, schemas
from cdp.web.http import answer, caller, platform
from cdp.web.smorest import Answer, Group, Operation, View
from consent.decision import Ask

group = Group("profiles", "Unified profiles and what may be done with them", "/v1/profiles")

_ID: Final = "01890a5d-ac96-774b-bcce-b302099a8057"
_DECISION: Final = {
    "permitted": True,
    "reason": "BASIS_CONTRACT",
    "basis": "contract",
    "decisive": [],
    "usable": ["01890a5d-ac97-7d2a-8f6a-1c9d3f0e5b71"],
    "valid_until": "2026-03-01T09:05:00.000Z",
    "retry_after": None,
}
_ABOUT: Final = {
    "profile_id": _ID,
    "canonical_id": _ID,
    "decision": _DECISION,
    "consent_seq": 41,
}
_RECORD: Final = "01890a5d-ac97-7d2a-8f6a-1c9d3f0e5b71"
_SEEN: Final = {"rec": _RECORD, "source": "crm", "seen": "2026-02-01T08:00:00.000Z"}
_FACT: Final = {"name": "given_name", "value": "Ada", **_SEEN}
_POINT: Final = {
    "type": "email",
    "value": "ada@example.org",
    "channels": ["email"],
    "ref": "c5b1d1f0",
    "confirmed": True,
    **_SEEN,
}
_EVENT: Final = {
    "type": "order.placed",
    "object": "order:B-501",
    "id": "01890a5d-ac98-7b1f-a3d2-6f0e4c2b9a18",
    "rec": _RECORD,
    "source": "shop",
    "at": "2026-02-20T10:00:00.000Z",
    "received": "2026-02-20T10:00:04.000Z",
    "promised_at": "2026-02-24T18:00:00.000Z",
}
_TAG: Final = {
    "ETag": "for `If-None-Match`; weak, and only where something is permitted",
    http.VALID_UNTIL: "as `valid_until` of the decision, which is made anew for a 304 too",
}
CONTEXT: Final = {
    "schema": "outcome-context/1",
    "as_of": "2026-03-01T09:00:00.000Z",
    "expires_at": "2026-03-01T09:05:00.000Z",
    "request": {"purpose": "service", "channel": "chat", "requester": "crm"},
    "subject": {"profile_id": _ID, "canonical_id": _ID},
    "permissions": [{"purpose": "service", "permitted": True, "reason": "BASIS_CONTRACT"}],
    "outcomes": {},
    "actions": {"service": []},
    "withheld": [],
    "evidence": {},
    "audit": {"context_sha256": "6f1e" + "0" * 60},
}


@group.post(
    "/resolve",
    Operation(
        id="resolveProfile",
        summary="Find profiles by identifiers; unknown, withdrawn and erased look the same",
        answers=(Answer(200, "The profiles", answers.ResolvedSchema, {"profiles": [_ID]}),),
        body=schemas.ResolveSchema,
        body_example={
            "purpose": "service",
            "identifiers": [{"type": "email", "value": "ada@example.org"}],
        },
    ),
)
def resolve(wanted: schemas.ResolveRequest) -> Response:
    """Identifiers come in the body: a URL ends up in logs. It has a stricter rate."""
    http.meter().take_resolve()
    found = door.resolve(platform(), caller(), wanted.purpose, wanted.identifiers)
    return answer({"profiles": [str(profile_id) for profile_id in found]})


def _reads(
    rule: str, id_: str, summary: str, example: dict[str, Any], **shape: Any
) -> Callable[[View], View]:
    """A GET of what one purpose may read, which is answered 304 to who holds it already."""
    schema, query = shape["schema"], shape.get("query", schemas.ProfileQuerySchema)
    return group.get(
        f"/<uuid:profile_id>{rule}",
        Operation(
            id=id_,
            summary=summary,
            answers=(
                Answer(
                    200,
                    "The decision, and what it permits",
                    schema,
                    {**_ABOUT, **example},
                    headers=_TAG,
                ),
                Answer(304, "What is permitted is what the tag stands for", None, headers=_TAG),
            ),
            problems=(404, 409),
            query=query,
            headers=schemas.HeldSchema,
        ),
    )


def _read(found: door.Answer, parts: dict[str, Any]) -> Response:
    until = found.decision.get("valid_until")
    if found.unchanged:
        return http.unchanged(found.tag, until)
    return http.tagged({**_about(found), **parts}, found.tag, until)


@_reads(
    "",
    "readProfile",
    "What one purpose may read of a profile",
    {"data": {"schema": "outcome-state/1", "purpose": "service", "facts": [_FACT]}},
    schema=answers.ProfileSchema,
)
def read(query: schemas.ProfileQuery, _held: Any, profile_id: UUID) -> Response:
    """A former id is answered with the current profile and its `canonical_id`."""
    wanted = door.Wanted(query.fields, http.holds)
    found = door.profile(platform(), caller(), profile_id, query.purpose, wanted)
    return _read(found, {"data": found.data})


@_reads(
    "/identifiers",
    "readIdentifiers",
    "The addresses of a profile that one purpose may read",
    {"identifiers": [_POINT]},
    schema=answers.IdentifiersSchema,
)
def identifiers(query: schemas.ProfileQuery, _held: Any, profile_id: UUID) -> Response:
    """Keys of sources are in no view, so they are not here either."""
    wanted = door.Wanted(query.fields, http.holds)
    found = door.identifiers(platform(), caller(), profile_id, query.purpose, wanted)
    return _read(found, {"identifiers": (found.data or {}).get("identifiers")})


@_reads(
    "/events",
    "readEvents",
    "Events of a profile that one purpose may read, newest first",
    {"events": [_EVENT], "next_cursor": None},
    schema=answers.EventsSchema,
    query=schemas.EventsQuerySchema,
)
def events(query: schemas.EventsQuery, _held: Any, profile_id: UUID) -> Response:
    """A page at a time; what comes in meanwhile is not on the pages that follow."""
    page = door.EventsWanted(query.type, query.cursor, query.limit)
    wanted = door.Wanted(query.fields, http.holds)
    found = door.events(platform(), caller(), profile_id, query.purpose, page, wanted=wanted)
    data = found.data or {}
    return _read(found, {name: data.get(name) for name in ("events", "next_cursor")})


@group.post(
    "/<uuid:profile_id>/context",
    Operation(
        id="readContext",
        summary="The outcome context for the interaction that is happening now",
        answers=(Answer(200, "The context", answers.ContextDocumentSchema, CONTEXT),),
        problems=(404, 409),
        body=schemas.ContextSchema,
        body_example={"purpose": "service", "channel": "chat", "interaction_id": "call-81"},
    ),
)
def context(wanted: schemas.ContextRequest, profile_id: UUID) -> Response:
    """Claims with their evidence, actions that are permitted, and what is withheld."""
    return answer(
        door.context(
            platform(),
            caller(),
            profile_id,
            wanted.purpose,
            channel=wanted.channel,
            interaction_id=wanted.interaction_id,
            topic=wanted.topic,
            fields=wanted.fields,
        )
    )


@group.post(
    "/<uuid:profile_id>/decide",
    Operation(
        id="decide",
        summary="May this be done? Nothing of the profile is shown",
        answers=(Answer(200, "The decision", answers.DecidedSchema, _ABOUT),),
        problems=(404, 409),
        body=schemas.DecideSchema,
        body_example={
            "purpose": "offers",
            "channel": "email",
            "contact": {"type": "email", "value": "ada@example.org"},
            "action": "contact",
        },
    ),
)
def decide(wanted: schemas.DecideRequest, profile_id: UUID) -> Response:
    """A refusal is an answer like another: 200, with its reason."""
    contact = door.contact_ref(platform(), wanted.contact) if wanted.contact else None
    ask = Ask(
        purpose=wanted.purpose,
        now=clock.now(),
        channel=wanted.channel,
        contact=contact,
        brand=wanted.brand,
        topic=wanted.topic,
        action=wanted.action,
    )
    return answer(_about(door.decide(platform(), caller(), profile_id, ask)))


def _about(found: door.Answer) -> dict[str, Any]:
    return {
        "profile_id": str(found.profile_id),
        "canonical_id": str(found.canonical_id),
        "decision": found.decision,
        "consent_seq": found.consent_seq,
    }
