"""Profiles: find them by identifiers, read them, ask for a context or a decision."""

from typing import Any, Final
from uuid import UUID

from flask import Response

from cdp import clock, door
from cdp.web.api import schemas
from cdp.web.http import answer, caller, platform
from cdp.web.smorest import Answer, Group, Operation
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
_CONTEXT: Final = {
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
        answers=(Answer(200, "The profiles", schemas.ResolvedSchema, {"profiles": [_ID]}),),
        body=schemas.ResolveSchema,
        body_example={
            "purpose": "service",
            "identifiers": [{"type": "email", "value": "ada@example.org"}],
        },
    ),
)
def resolve(wanted: schemas.ResolveRequest) -> Response:
    """Identifiers come in the body: a URL ends up in logs."""
    found = door.resolve(platform(), caller(), wanted.purpose, wanted.identifiers)
    return answer({"profiles": [str(profile_id) for profile_id in found]})


@group.get(
    "/<uuid:profile_id>",
    Operation(
        id="readProfile",
        summary="What one purpose may read of a profile",
        answers=(
            Answer(
                200,
                "The decision, and the data it permits",
                schemas.ProfileSchema,
                {**_ABOUT, "data": {"purpose": "service"}},
            ),
        ),
        problems=(404, 409),
        query=schemas.ProfileQuerySchema,
    ),
)
def read(query: dict[str, str], profile_id: UUID) -> Response:
    """A former id is answered with the current profile and its `canonical_id`."""
    found = door.profile(platform(), caller(), profile_id, query["purpose"])
    return answer({**_about(found), "data": found.data})


@group.post(
    "/<uuid:profile_id>/context",
    Operation(
        id="readContext",
        summary="The outcome context for the interaction that is happening now",
        answers=(Answer(200, "The context", schemas.ContextDocumentSchema, _CONTEXT),),
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
        )
    )


@group.post(
    "/<uuid:profile_id>/decide",
    Operation(
        id="decide",
        summary="May this be done? Nothing of the profile is shown",
        answers=(Answer(200, "The decision", schemas.DecidedSchema, _ABOUT),),
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
