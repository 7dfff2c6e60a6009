"""Many contexts at once: each decided, logged, answered or refused by itself."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from cdp import clock, door
from cdp.door.batches import ContextWanted
from cdp.platform import Platform, open_stores
from cdp.settings import Settings
from cdp.store import disclosures, jobs, links
from tests.flows.seeding import PEOPLE, STAFF, Seeded
from tests.web.builders import Desk, problem

PATH = "/v1/contexts"


def ask(desk: Desk, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of a batch."""
    found: list[dict[str, Any]] = desk.post(PATH, {"requests": list(requests)}).get_json()[
        "results"
    ]
    return found


def wanted(profile: UUID, purpose: str = "service", **more: Any) -> dict[str, Any]:
    """One context."""
    return {"profile_id": str(profile), "purpose": purpose, **more}


def test_each_is_answered_or_refused_by_itself(desk: Desk, world: Seeded) -> None:
    ada, cyra = world.profiles["ada"], world.profiles["cyra"]

    found = ask(
        desk,
        wanted(ada, "service", channel="chat", interaction_id="call-1"),
        wanted(uuid4()),
        wanted(cyra, "newsletter"),
        wanted(cyra, "offers", channel="email"),
        wanted(ada, fields=["shoe_size"]),
    )

    assert [result["status"] for result in found] == [200, 404, 403, 200, 422]
    assert found[0]["context"]["request"]["interaction_id"] == "call-1"
    assert found[3]["context"]["offers"]["permitted"] is False
    assert [result["problem"]["reason"] for result in found if "problem" in result] == [
        "NO_PROFILE",
        "purpose_not_bound",
        "field_unknown",
    ]


def test_a_batch_says_what_the_same_requests_say_alone(desk: Desk, world: Seeded) -> None:
    def permitted(document: dict[str, Any]) -> list[tuple[str, bool, str]]:
        return [
            (one["purpose"], one["permitted"], one["reason"]) for one in document["permissions"]
        ]

    requests = [wanted(profile, channel="chat") for profile in world.profiles.values()]

    found = ask(desk, *requests)

    for one, result in zip(requests, found, strict=True):
        body = {name: value for name, value in one.items() if name != "profile_id"}
        alone = desk.post(f"/v1/profiles/{one['profile_id']}/context", body).get_json()
        assert permitted(alone) == permitted(result["context"])
        assert alone["actions"] == result["context"]["actions"]


def test_each_is_logged(own_desk: Desk, seeded: Seeded) -> None:
    ada, platform = seeded.profiles["ada"], seeded.platform
    with platform.read() as tx:
        before = disclosures.count(tx.main, platform.workspace)

    ask(own_desk, wanted(ada), wanted(ada), wanted(uuid4()), wanted(ada, "newsletter"))

    with platform.read() as tx:
        assert disclosures.count(tx.main, platform.workspace) == before + 4


def test_views_that_are_being_rebuilt_are_waited_for_once(own_desk: Desk, seeded: Seeded) -> None:
    ada, ben, platform = seeded.profiles["ada"], seeded.profiles["ben"], seeded.platform
    with platform.write() as tx:
        seq, now = tx.take_seq(), clock.now()
        links.change(tx.main, changed=[ada], merged=[], retired=[], seq=seq, at=now)
        jobs.want(tx.main, platform.workspace, jobs.REFRESH, [ada], now)

    found = ask(own_desk, wanted(ada), wanted(ben), wanted(ada))

    assert [result["status"] for result in found] == [503, 200, 503]
    assert found[0]["problem"]["reason"] == "view_rebuilding"
    assert found[0]["problem"]["retry_after"] == 1


def test_each_takes_from_the_rate_of_its_client(world: Seeded) -> None:
    desk = Desk.of(world.platform, rate=3)

    found = ask(desk, *[wanted(world.profiles["ada"])] * 4)

    assert [result["status"] for result in found] == [200, 200, 429, 429]


@pytest.mark.parametrize(
    "requests", [[], [{}] * 101, {}, [{"purpose": "service"}], [{"profile_id": "x"}], None]
)
def test_a_batch_that_cannot_be_is_refused_as_a_whole(desk: Desk, requests: Any) -> None:
    assert problem(desk.post(PATH, {"requests": requests})) == (422, "invalid_request")


def test_the_longest_batch_is_answered(desk: Desk, world: Seeded) -> None:
    found = ask(desk, *[wanted(uuid4()) for _ in range(100)])

    assert {result["status"] for result in found} == {404}
    assert len(found) == 100


def test_a_store_that_is_away_is_asked_once(seeded: Seeded, backend: str) -> None:
    if backend == "sqlite":
        pytest.skip("a file is there or it is not")
    platform = seeded.platform
    environment = {
        "CDP_DATA_DIR": str(platform.settings.data_dir),
        "CDP_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nowhere",
        "CDP_VIEWS_URL": "postgresql://nobody@127.0.0.1:9/nowhere",
    }
    away = Platform(
        Settings.load(environment), open_stores(Settings.load(environment)), platform.workspace
    )
    one = ContextWanted(seeded.profiles["ada"], "service")

    found = door.contexts(away, STAFF, [one] * 5)

    assert len({id(outcome) for outcome in found}) == 1
    assert PEOPLE["ada"].surname not in str(found)
    away.close()
