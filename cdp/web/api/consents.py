"""Consents: what a person has said, and saying something new.

A statement is acknowledged once it is durable and no reader goes against it any more. 202 instead
of 200 says that the views or the custody store are away, so that a key which nobody may use is not
destroyed yet. How a person proved to be themselves decides how much a yes weighs: only a client
with `consents:assert` may claim it, every other statement is a partner's word.
"""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from flask import Response, request

from cdp import door, hearing
from cdp.ids import new_id
from cdp.web import http, repeats
from cdp.web.api import answers, schemas
from cdp.web.auth import Access
from cdp.web.http import answer, caller, platform
from cdp.web.smorest import Answer, Group, Operation
from consent.events import RESTRICTIONS

group = Group("consents", "What people have said about consent", "/v1/profiles")

ASSERT: Final = "consents:assert"
UNPROVED: Final = "partner"
_EVENT: Final = "01890a5d-ac99-7c3e-9a52-0f1d5b7e2a64"
_RECORDED: Final = {
    "event_id": _EVENT,
    "seq": 42,
    "source": "subject_auth",
    "repeated": False,
    "effective": True,
    "key_destroyed": True,
}


@group.get(
    "/<uuid:profile_id>/consents",
    Operation(
        id="readConsents",
        summary="What a person has said, record by record",
        answers=(
            Answer(
                200,
                "The facts that decide, without addresses",
                answers.ConsentsSchema,
                {
                    "profile_id": "01890a5d-ac96-774b-bcce-b302099a8057",
                    "consent_seq": 42,
                    "records": [
                        {
                            "record_id": "01890a5d-ac97-7d2a-8f6a-1c9d3f0e5b71",
                            "link": "verified",
                            "relation": "customer",
                            "facts": [{"id": _EVENT, "type": "withdrawn", "purposes": ["offers"]}],
                        }
                    ],
                },
            ),
        ),
        problems=(404, 409),
        access=Access(scope="consents:read"),
    ),
)
def read(profile_id: UUID) -> Response:
    """Contact points are opaque references here."""
    return answer(door.consent_states(platform(), caller(), profile_id))


@group.post(
    "/<uuid:profile_id>/consents",
    Operation(
        id="recordConsent",
        summary="Record what a person says about consent",
        answers=(
            Answer(
                200,
                "Recorded and in force",
                answers.RecordedSchema,
                _RECORDED,
                headers={repeats.REPLAYED: "`true`: answered before, under the same key"},
            ),
            Answer(
                202,
                "Recorded and in force; keys are destroyed as soon as their store is back",
                answers.RecordedSchema,
                {**_RECORDED, "key_destroyed": False},
            ),
        ),
        problems=(404, 409),
        access=Access(scope="consents:write", metered=False),
        headers=schemas.IdempotencySchema,
        body=schemas.StatementSchema,
        body_example={
            "event_id": _EVENT,
            "type": "withdrawn",
            "purposes": ["offers"],
            "channels": ["email"],
            "source": "subject_auth",
        },
    ),
)
def record(headers: dict[str, str], wanted: schemas.StatementRequest, profile_id: UUID) -> Response:
    """The same event id again changes nothing and is answered with the same place."""
    no = wanted.said.get("type") in RESTRICTIONS
    if not no:
        http.meter().take()  # a no is not sent away for asking too often
    key = headers.get("idempotency_key")
    if key is None:
        return answer(*_record(wanted, profile_id, new_id()))
    asked = (request.method, request.path, repeats.body_of(request.get_data()))
    attempt = repeats.Repeatable.of(platform(), caller(), key, asked, restricts=no)
    document, status, replayed = attempt.once(lambda: _record(wanted, profile_id, attempt.event_id))
    response = answer(document, status)
    if replayed:
        response.headers[repeats.REPLAYED] = "true"
    return response


def _record(
    wanted: schemas.StatementRequest, profile_id: UUID, event_id: UUID
) -> tuple[dict[str, Any], int]:
    asserts = ASSERT in caller().scopes
    source = wanted.source if wanted.source and asserts else UNPROVED
    report, destroyed = hearing.record(
        platform(),
        caller(),
        profile_id,
        hearing.ConsentRequest(
            event_id=wanted.event_id or event_id,
            source=source,
            fields=wanted.said,
            contact=wanted.contact,
            identifier=wanted.identifier,
        ),
    )
    document = {
        "event_id": str(report.event_id),
        "seq": report.seq,
        "source": source,
        "repeated": report.repeated,
        "effective": True,
        "key_destroyed": destroyed,
    }
    return document, HTTPStatus.OK if destroyed else HTTPStatus.ACCEPTED
