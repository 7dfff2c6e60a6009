"""Verdicts: people decide who is who, look at what is in doubt, and take decisions back.

For clients bound to `stewardship`. 202 instead of 200 says what it says of consents: the verdict
holds, and views or custody will hear of it as soon as they are back.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import orjson
from flask import Response, request

from cdp import door
from cdp.door import JudgeWanted, UnmergeWanted
from cdp.ids import new_id
from cdp.web import repeats
from cdp.web.api import schemas, stewardship
from cdp.web.auth import Access
from cdp.web.http import answer, caller, platform
from cdp.web.smorest import Answer, Group, Operation

group = Group(
    "verdicts", "What people decide about who is who, and what they should look at", "/v1"
)

JUDGE: Final = "identity:judge"
READ: Final = "identity:read"
_ABOUT: Final = "verdicts"
_REPEATED: Final = {repeats.REPLAYED: "`true`: answered before, under the same key"}
Decide = Callable[[UUID], tuple[dict[str, Any], bool]]


def _answers(example: dict[str, Any]) -> tuple[Answer, ...]:
    return (
        Answer(200, "Holds", stewardship.JudgedSchema, example, headers=_REPEATED),
        Answer(
            202,
            "Holds; views that it voids are deleted as soon as their store is back",
            stewardship.JudgedSchema,
            {**example, "key_destroyed": False},
        ),
    )


@group.post(
    "/verdicts",
    Operation(
        id="giveVerdict",
        summary="Decide that records or profiles are one person, or are not",
        answers=_answers(stewardship.DECIDED),
        problems=(404, 409),
        access=Access(scope=JUDGE),
        headers=schemas.IdempotencySchema,
        body=stewardship.JudgeSchema,
        body_example={
            "ruling": "apart",
            "ids": [stewardship.FIRST, stewardship.SECOND],
            "reason": "call_centre",
        },
    ),
)
def judge(headers: dict[str, str], wanted: dict[str, Any]) -> Response:
    """It holds at once, through whatever lands later, until it is taken back."""

    def decide(fresh: UUID) -> tuple[dict[str, Any], bool]:
        name = wanted.get("verdict_id") or fresh
        word = JudgeWanted(wanted["ruling"], tuple(wanted["ids"]), wanted.get("reason"), name)
        return door.judge(platform(), caller(), word)

    return _once(headers, decide)


@group.post(
    "/verdicts/<uuid:verdict_id>/undo",
    Operation(
        id="undoVerdict",
        summary="Take a verdict back: what was before it is so again",
        answers=_answers(stewardship.TAKEN_BACK),
        problems=(404, 409, 413, 415),
        access=Access(scope=JUDGE),
        headers=schemas.IdempotencySchema,
    ),
)
def undo(headers: dict[str, str], verdict_id: UUID) -> Response:
    """A body is not read. Once more changes nothing."""
    return _once(headers, lambda _: door.undo(platform(), caller(), verdict_id))


@group.post(
    "/profiles/undo-merge",
    Operation(
        id="undoMerge",
        summary="Undo a merge for good: who was apart before it is apart again",
        answers=_answers(stewardship.UNMERGED),
        problems=(404, 409),
        access=Access(scope=JUDGE),
        headers=schemas.IdempotencySchema,
        body=stewardship.UnmergeSchema,
        body_example={"profile_id": stewardship.PROFILE, "seq": 41},
    ),
)
def undo_merge(headers: dict[str, str], wanted: dict[str, Any]) -> Response:
    """The newest merge of the profile that still holds, or that at `seq`; a verdict of its own."""

    def decide(fresh: UUID) -> tuple[dict[str, Any], bool]:
        name = wanted.get("verdict_id") or fresh
        merge = UnmergeWanted(wanted["profile_id"], wanted.get("seq"), wanted.get("reason"), name)
        return door.undo_merge(platform(), caller(), merge)

    return _once(headers, decide)


@group.get(
    "/verdicts",
    Operation(
        id="readVerdicts",
        summary="What people decided, the newest first, also what was taken back",
        answers=(
            Answer(
                200,
                "Verdicts, and where to go on",
                stewardship.VerdictsSchema,
                {"verdicts": [stewardship.VERDICT], "next_cursor": None},
            ),
        ),
        access=Access(scope=READ),
        query=stewardship.VerdictsQuerySchema,
    ),
)
def verdicts(query: dict[str, Any]) -> Response:
    """Ids and codes; nothing that records hold."""
    before = None
    if "cursor" in query:
        before = int(orjson.loads(platform().answers.position(query["cursor"], _ABOUT)))
    limit = query["limit"]
    found = door.list_verdicts(platform(), caller(), before=before, limit=limit)
    more = len(found) == limit
    cursor = platform().answers.cursor(orjson.dumps(found[-1]["seq"]), _ABOUT) if more else None
    return answer({"verdicts": found, "next_cursor": cursor})


@group.get(
    "/review",
    Operation(
        id="readReview",
        summary="What a person should look at, what has waited longest first",
        answers=(
            Answer(
                200,
                "Items, and how many of each kind wait",
                stewardship.ReviewSchema,
                stewardship.REVIEW,
            ),
        ),
        access=Access(scope=READ),
        query=stewardship.ReviewQuerySchema,
    ),
)
def review(query: dict[str, Any]) -> Response:
    """An item goes when a verdict settles it, or when other facts do."""
    kinds = query.get("types") or door.REVIEW_KINDS
    return answer(door.review(platform(), caller(), kinds=kinds, limit=query["limit"]))


@group.post(
    "/profiles/graph",
    Operation(
        id="drawProfile",
        summary="A profile as a graph of its records and links; values are masked",
        answers=(Answer(200, "Nodes and edges", stewardship.GraphSchema, stewardship.GRAPH),),
        problems=(404, 409),
        access=Access(scope=READ),
        body=stewardship.GraphWantedSchema,
        body_example={"profile_id": stewardship.PROFILE},
    ),
)
def graph(wanted: dict[str, UUID]) -> Response:
    """At most 100 records; `bridge` and `cut` mark what alone holds the profile together."""
    return answer(door.graph(platform(), caller(), wanted["profile_id"]))


def _once(headers: dict[str, str], decide: Decide) -> Response:
    """Decide; under an Idempotency-Key, once."""

    def done(fresh: UUID) -> tuple[dict[str, Any], int]:
        document, destroyed = decide(fresh)
        return document, HTTPStatus.OK if destroyed else HTTPStatus.ACCEPTED

    key = headers.get("idempotency_key")
    if key is None:
        return answer(*done(new_id()))
    body = repeats.body_of(request.get_data()) if request.is_json else b""
    asked = (request.method, request.path, body)
    attempt = repeats.Repeatable.of(platform(), caller(), key, asked, restricts=False)
    document, status, replayed = attempt.once(lambda: done(attempt.event_id))
    response = answer(document, status)
    if replayed:
        response.headers[repeats.REPLAYED] = "true"
    return response
