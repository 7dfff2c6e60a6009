"""The feed of changes, for who keeps a copy: which ids to ask for anew, and nothing else."""

from typing import Any, Final
from uuid import UUID

import orjson
from flask import Response

from cdp import door
from cdp.clock import text
from cdp.store.changes import Change, Position
from cdp.web.api import answers, schemas
from cdp.web.auth import Access
from cdp.web.http import answer, caller, platform
from cdp.web.smorest import Answer, Group, Operation

group = Group("changes", "What happened to profiles, in order", "/v1/changes")

SCOPE: Final = "changes:read"
_ABOUT: Final = "changes"
_FORMER: Final = "01890a5d-ac96-774b-bcce-b302099a8057"
_CURRENT: Final = "01890a5d-ac97-7d2a-8f6a-1c9d3f0e5b71"


@group.get(
    "",
    Operation(
        id="readChanges",
        summary="Merges, splits and consents after a cursor, in their order",
        answers=(
            Answer(
                200,
                "Changes, and where to go on",
                answers.ChangesSchema,
                {
                    "changes": [
                        {
                            "seq": 41,
                            "type": "merged",
                            "former": _FORMER,
                            "profiles": [_CURRENT],
                            "at": "2026-03-01T09:00:00.000Z",
                        },
                        {"seq": 42, "type": "consent", "profiles": [_CURRENT]},
                    ],
                    "next": "AQEAAAABmB0",
                    "more": False,
                },
            ),
        ),
        access=Access(scope=SCOPE),
        query=schemas.ChangesQuerySchema,
    ),
)
def changes(query: schemas.ChangesQuery) -> Response:
    """Whoever goes on from `next` misses nothing and sees nothing twice."""
    page = door.changes(
        platform(), caller(), _since(query.since), types=query.types, limit=query.limit
    )
    return answer(
        {
            "changes": [_change(change) for change in page.changes],
            "next": _cursor(page.next),
            "more": page.more,
        }
    )


def _since(cursor: str | None) -> Position | None:
    """Where to begin: at the beginning, or after a cursor; None: from now on."""
    if cursor is None:
        return Position(0)
    if cursor == schemas.LATEST_WORD:
        return None
    seq, after = orjson.loads(platform().answers.position(cursor, _ABOUT))
    return Position(seq, UUID(after) if after else None)


def _cursor(position: Position) -> str:
    after = str(position.after) if position.after else None
    return platform().answers.cursor(orjson.dumps([position.seq, after]), _ABOUT)


def _change(change: Change) -> dict[str, Any]:
    found: dict[str, Any] = {
        "seq": change.seq,
        "type": change.type,
        "profiles": [str(profile) for profile in change.profiles],
    }
    if change.former is not None:
        found["former"] = str(change.former)
    if change.at is not None:
        found["at"] = text(change.at)
    return found
