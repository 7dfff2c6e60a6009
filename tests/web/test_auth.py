"""Who may call: keys, their workspace, purposes and scopes."""

import pytest
from sqlalchemy import text

from cdp.platform import Platform
from cdp.web.auth import KEY_BYTES, digest, new_key
from tests.flows.seeding import Seeded
from tests.web.builders import VIEWS, Desk, add_client, path_of, problem

RESOLVE = {"purpose": "service", "identifiers": [{"type": "email", "value": "a.b@example.org"}]}


def test_a_key_is_32_random_bytes_and_only_its_digest_is_kept(desk: Desk, world: Seeded) -> None:
    key, kept = new_key()

    assert key.startswith("cdp_")
    assert len(key) == 4 + 43
    assert kept == digest(key)
    assert len(kept) == KEY_BYTES
    assert new_key()[0] != key
    assert desk.key is not None
    with world.platform.stores.main.begin(world.platform.workspace) as connection:
        rows = connection.execute(text("SELECT * FROM api_client")).all()
    assert desk.key not in str(rows)
    assert desk.key.removeprefix("cdp_") not in str(rows)


def test_without_a_key_nothing_is_answered(desk: Desk) -> None:
    response = desk.without_key().post("/v1/profiles/resolve", RESOLVE)

    assert problem(response) == (401, "key_needed")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="continuum"'


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer nonsense",
        "Basic Y2RwOnNlY3JldA==",
        f"Bearer cdp_{'A' * 42}",
        f"Bearer cdp_{'A' * 43}",
        f"Bearer cdp_{'A' * 44}",
        "Bearer cdp_\u00e4" + "A" * 42,
    ],
)
def test_a_wrong_key_is_refused(desk: Desk, header: str) -> None:
    response = desk.post("/v1/profiles/resolve", RESOLVE, headers={"Authorization": header})

    assert problem(response) == (401, "key_refused")


def test_a_revoked_key_is_refused_like_a_wrong_one(world: Seeded) -> None:
    platform = world.platform
    desk = Desk.of(platform)
    assert desk.post("/v1/profiles/resolve", RESOLVE).status_code == 200
    assert desk.key is not None

    with platform.stores.main.begin(platform.workspace) as connection:
        connection.execute(
            text("UPDATE api_client SET revoked_at = created_at WHERE key_hash = :hash"),
            {"hash": digest(desk.key)},
        )
        connection.commit()

    assert problem(desk.post("/v1/profiles/resolve", RESOLVE)) == (401, "key_refused")


def test_a_key_of_another_workspace_is_refused_like_a_wrong_one(
    desk: Desk, platform: Platform, world: Seeded
) -> None:
    stranger = Desk(desk.app, add_client(platform))

    assert problem(stranger.post("/v1/profiles/resolve", RESOLVE)) == (401, "key_refused")
    path = path_of(world.profiles["ada"], "?purpose=service")
    assert problem(stranger.get(path)) == (401, "key_refused")


def test_a_purpose_the_client_is_not_bound_to_is_refused(world: Seeded) -> None:
    marketing = Desk.of(world.platform, frozenset({"offers"}))
    ada = world.profiles["ada"]

    for response in (
        marketing.post("/v1/profiles/resolve", RESOLVE),
        marketing.get(path_of(ada, "?purpose=service")),
        marketing.post(path_of(ada, "/context"), {"purpose": "service"}),
        marketing.post(path_of(ada, "/decide"), {"purpose": "service"}),
    ):
        assert problem(response) == (403, "purpose_not_bound")


def test_consents_need_their_scopes(world: Seeded) -> None:
    path = path_of(world.profiles["ada"], "/consents")
    reader = Desk.of(world.platform, VIEWS, frozenset({"consents:read"}))
    writer = Desk.of(world.platform, VIEWS, frozenset({"consents:write"}))

    assert reader.get(path).status_code == 200
    assert problem(writer.get(path)) == (403, "scope_missing")
    said = {"type": "asked", "purposes": ["offers"]}
    assert problem(reader.post(path, said)) == (403, "scope_missing")


def test_the_key_is_asked_for_before_the_body_is_read(desk: Desk) -> None:
    response = desk.without_key().call("POST", "/v1/profiles/resolve", data="{{{")

    assert problem(response) == (401, "key_needed")
