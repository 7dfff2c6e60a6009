"""Many contexts at once. Each is a request of its own: decided, logged, and answered or refused."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from flask import Response

from cdp import door
from cdp.errors import ContinuumError
from cdp.web import http
from cdp.web.api import answers, schemas
from cdp.web.api.profiles import CONTEXT
from cdp.web.http import answer, caller, platform
from cdp.web.problems import example
from cdp.web.smorest import Answer, Group, Operation

group = Group("contexts", "Many contexts at once", "/v1/contexts")

_ID: Final = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@group.post(
    "",
    Operation(
        id="readContexts",
        summary="Up to 100 contexts; each is answered or refused by itself",
        answers=(
            Answer(
                200,
                "One result for each request, in their order",
                answers.ContextOutcomesSchema,
                {
                    "results": [
                        {"status": 200, "context": CONTEXT},
                        {"status": 404, "problem": example(404)},
                    ]
                },
            ),
        ),
        body=schemas.ContextsSchema,
        body_example={
            "requests": [
                {"profile_id": str(_ID), "purpose": "service", "channel": "chat"},
                {"profile_id": str(_ID), "purpose": "offers", "channel": "email"},
            ]
        },
    ),
)
def contexts(wanted: dict[str, list[door.ContextWanted]]) -> Response:
    """Each counts against the rate of the client, and so does the request as a whole."""
    found = door.contexts(platform(), caller(), wanted["requests"], admit=http.meter().take)
    return answer({"results": [_result(one) for one in found]})


def _result(outcome: dict[str, Any] | ContinuumError) -> dict[str, Any]:
    if isinstance(outcome, ContinuumError):
        document = http.problem_document(outcome)
        return {"status": document["status"], "problem": document}
    return {"status": int(HTTPStatus.OK), "context": outcome}
