"""A client of one workspace asks for the ids of another: whatever it asks, they are not there.

Every operation of the document that takes a profile is tried, so the next one is tried too.
"""

import secrets
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from cdp import clock
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.web import GROUPS
from tests.flows.seeding import NOTICE, PEOPLE, Seeded, put_offers, put_policy
from tests.web.builders import EVERYTHING, VIEWS, Desk, email, problem

ONE: Final = "/v1/profiles/{profile_id}"
# By operation: method, path, body. `PROFILE` stands for the id that is asked for.
PROFILE: Final = "PROFILE"
ASKED: Final[dict[str, tuple[str, str, Any]]] = {
    "readProfile": ("GET", f"{ONE}?purpose=service", None),
    "readIdentifiers": ("GET", f"{ONE}/identifiers?purpose=service", None),
    "readEvents": ("GET", f"{ONE}/events?purpose=service", None),
    "readContext": ("POST", f"{ONE}/context", {"purpose": "service", "channel": "chat"}),
    "decide": ("POST", f"{ONE}/decide", {"purpose": "offers", "channel": "email"}),
    "readConsents": ("GET", f"{ONE}/consents", None),
    "recordConsent": (
        "POST",
        f"{ONE}/consents",
        {"type": "given", "purposes": ["offers"], "channels": ["email"], "notice": NOTICE},
    ),
    "readContexts": (
        "POST",
        "/v1/contexts",
        {"requests": [{"profile_id": PROFILE, "purpose": "service", "channel": "chat"}]},
    ),
    "explainProfiles": ("POST", "/v1/profiles/explain", {"first": PROFILE, "second": PROFILE}),
    "giveVerdict": ("POST", "/v1/verdicts", {"ruling": "together", "ids": [PROFILE, PROFILE]}),
    "undoMerge": ("POST", "/v1/profiles/undo-merge", {"profile_id": PROFILE}),
    "drawProfile": ("POST", "/v1/profiles/graph", {"profile_id": PROFILE}),
    "undoVerdict": ("POST", "/v1/verdicts/{profile_id}/undo", {}),
}
# Ask for no profile by its id.
OTHERS: Final = {
    "resolveProfile",
    "readChanges",
    "readVerdicts",
    "readReview",
    "isLive",
    "isReady",
    "readMetrics",
    "readDocument",
}


@pytest.fixture(scope="module")
def stranger(world: Seeded) -> Iterator[Desk]:
    """A client with every right, in another workspace of the same stores."""
    platform = _neighbour(world.platform)
    yield Desk.of(platform, VIEWS | {"stewardship", "dsr"}, EVERYTHING)
    platform.close()


def _neighbour(platform: Platform) -> Platform:
    found = platform.settings
    environment = {
        "CDP_DATA_DIR": str(found.data_dir),
        "CDP_WORKSPACE": f"w-{secrets.token_hex(6)}",
        "CDP_DATABASE_URL": found.stores.main,
        "CDP_CUSTODY_URL": found.stores.custody,
        "CDP_VIEWS_URL": found.stores.views,
        "CDP_ADMIN_URL": found.postgres.admin_url or "",
        "CDP_OWNER_ROLE": found.postgres.owner_role,
    }
    settings = Settings.load({name: value for name, value in environment.items() if value})
    made = Platform.found(settings, clock.now())
    put_policy(made, clock.now())
    put_offers(made, clock.now())
    return made


def test_every_operation_that_takes_a_profile_is_tried() -> None:
    known = {id_.partition(".")[2] for group in GROUPS for id_ in group.access}

    assert set(ASKED) | OTHERS == known


@pytest.mark.parametrize("operation", sorted(ASKED))
def test_the_id_of_another_workspace_is_answered_like_one_that_nobody_has(
    stranger: Desk, world: Seeded, operation: str
) -> None:
    answers = [_ask(stranger, operation, one) for one in (world.profiles["ada"], uuid4())]

    assert answers[0] == answers[1]
    assert not any(value in str(answers) for value in PEOPLE["ada"].values)
    assert "NO_VERDICT" in str(answers[0]) or "NO_PROFILE" in str(answers[0])


def test_nothing_of_another_workspace_is_found_or_told_of(stranger: Desk) -> None:
    resolved = stranger.post(
        "/v1/profiles/resolve",
        {"purpose": "service", "identifiers": [email(PEOPLE["ada"].email)]},
    )

    assert resolved.get_json() == {"profiles": []}
    assert stranger.get("/v1/changes").get_json()["changes"] == []


def test_a_key_of_another_workspace_opens_nothing(stranger: Desk, desk: Desk) -> None:
    mixed = Desk(desk.app, stranger.key)

    assert problem(mixed.get("/v1/changes")) == problem(Desk(desk.app, "cdp_x").get("/v1/changes"))


def _ask(desk: Desk, operation: str, profile: UUID) -> tuple[int, Any]:
    """Status and body, without what names the request itself."""
    method, path, body = ASKED[operation]
    path = path.format(profile_id=profile)
    if method == "GET":
        response = desk.get(path)
    else:
        text: Any = body
        if operation == "readContexts":
            text = {"requests": [{**body["requests"][0], "profile_id": str(profile)}]}
        elif operation == "explainProfiles":
            text = {"first": str(profile), "second": str(profile)}
        elif operation == "giveVerdict":
            text = {**body, "ids": [str(profile), str(profile)]}
        elif "profile_id" in body:
            text = {"profile_id": str(profile)}
        response = desk.post(path, text)
    told = response.text.replace(str(profile), PROFILE)
    for name in (response.headers["Request-Id"],):
        told = told.replace(name, "REQUEST")
    return response.status_code, told
