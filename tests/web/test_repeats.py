"""A write under an `Idempotency-Key` is done once, whatever happens in between."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from cdp import clock
from cdp.errors import TryAgain
from cdp.flows.disclose import Caller
from cdp.platform import Platform
from cdp.store import consents, idempotency
from cdp.store.idempotency import KEPT_FOR
from cdp.store.tx import Stores
from cdp.web.repeats import Repeatable
from tests.flows.seeding import NOTICE, PEOPLE, Seeded
from tests.web.builders import Desk, email, path_of, problem

NO = {"type": "withdrawn", "purposes": ["offers"], "source": "subject_auth"}
YES = {
    "type": "given",
    "purposes": ["offers"],
    "channels": ["chat"],
    "source": "subject_auth",
    "identifier": email(PEOPLE["cyra"].email),
    "notice": NOTICE,
}
SAID = pytest.mark.parametrize("said", [YES, NO], ids=["yes", "no"])


def put(desk: Desk, profile: UUID, said: dict[str, Any], key: str = "call-4711") -> TestResponse:
    """One statement under a key."""
    return desk.post(path_of(profile, "/consents"), said, headers={"Idempotency-Key": key})


def kept(platform: Platform) -> list[Any]:
    """The rows that are kept."""
    with platform.stores.main.begin(platform.workspace) as connection:
        return list(
            connection.execute(
                text("SELECT * FROM idempotency WHERE workspace_id = :workspace"),
                {"workspace": platform.workspace.hex if own(platform) else platform.workspace},
            )
        )


def own(platform: Platform) -> bool:
    """Whether the stores are files."""
    return platform.stores.main.sqlite


@SAID
def test_the_same_key_and_request_get_the_same_answer(
    own_desk: Desk, seeded: Seeded, said: dict[str, Any]
) -> None:
    cyra = seeded.profiles["cyra"]

    first = put(own_desk, cyra, said)
    again = put(own_desk, cyra, dict(reversed(said.items())))

    assert first.status_code == again.status_code == 200
    assert first.data == again.data
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_key_used_for_another_yes_is_refused(own_desk: Desk, seeded: Seeded) -> None:
    cyra = seeded.profiles["cyra"]
    put(own_desk, cyra, YES)

    other = put(own_desk, cyra, {**YES, "channels": ["email"]})
    elsewhere = put(own_desk, seeded.profiles["ada"], YES)

    assert problem(other) == (422, "idempotency_key_reused")
    assert problem(elsewhere) == (422, "idempotency_key_reused")


def test_a_no_is_taken_under_a_key_that_was_used(own_desk: Desk, seeded: Seeded) -> None:
    cyra = seeded.profiles["cyra"]
    yes = put(own_desk, cyra, YES).get_json()

    no = put(own_desk, cyra, NO)
    again = put(own_desk, cyra, NO)

    assert (no.status_code, no.get_json()["repeated"]) == (200, False)
    assert no.get_json()["event_id"] != yes["event_id"]
    assert again.get_json()["seq"] == no.get_json()["seq"]
    decided = own_desk.post(path_of(cyra, "/decide"), {"purpose": "offers", "channel": "chat"})
    assert decided.get_json()["decision"]["permitted"] is False


def test_clients_do_not_share_keys(own_desk: Desk, seeded: Seeded) -> None:
    cyra, other = seeded.profiles["cyra"], Desk.of(seeded.platform)

    first, second = put(own_desk, cyra, YES), put(other, cyra, {**YES, "channels": ["email"]})

    assert first.get_json()["event_id"] != second.get_json()["event_id"]


def test_an_event_id_of_the_caller_is_kept_beside_the_key(own_desk: Desk, seeded: Seeded) -> None:
    event = str(uuid4())

    found = put(own_desk, seeded.profiles["cyra"], {**YES, "event_id": event}).get_json()

    assert found["event_id"] == event


def test_a_refused_request_gives_its_key_back(own_desk: Desk, seeded: Seeded) -> None:
    cyra = seeded.profiles["cyra"]

    refused = put(own_desk, cyra, {**YES, "notice": "none-2020"})
    mended = put(own_desk, cyra, YES)

    assert problem(refused) == (422, "NOTICE_UNKNOWN")
    assert mended.status_code == 200


@pytest.mark.parametrize("key", ["a b", "", "x" * 129, "a@example.org", "\u00e4"])
def test_a_key_is_no_place_for_free_text(desk: Desk, world: Seeded, key: str) -> None:
    response = put(desk, world.profiles["ada"], YES, key)

    assert problem(response) == (422, "invalid_request")
    (fault,) = response.get_json()["errors"]
    assert fault["pointer"] == "/Idempotency-Key"


def test_of_key_and_request_only_macs_are_kept(own_desk: Desk, seeded: Seeded) -> None:
    put(own_desk, seeded.profiles["cyra"], YES, "K-1003")

    rows = str(kept(seeded.platform))

    assert rows != "[]"
    assert "K-1003" not in rows
    assert not any(value in rows for value in PEOPLE["cyra"].values)


@SAID
def test_two_at_once_are_one(own_desk: Desk, seeded: Seeded, said: dict[str, Any]) -> None:
    found: list[TestResponse] = []
    cyra = seeded.profiles["cyra"]
    threads = [
        threading.Thread(target=lambda: found.append(put(own_desk, cyra, said))) for _ in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    done = [response for response in found if response.status_code == 200]
    busy = [response for response in found if response.status_code != 200]
    assert done
    assert len({response.get_json()["seq"] for response in done}) == 1
    assert all(response.status_code == 409 for response in busy)
    assert all(response.headers["Retry-After"] == "1" for response in busy)
    assert put(own_desk, cyra, said).get_json()["seq"] == done[0].get_json()["seq"]


@SAID
def test_a_request_that_was_interrupted_is_finished_by_its_retry(
    own_desk: Desk, seeded: Seeded, said: dict[str, Any]
) -> None:
    cyra, platform = seeded.profiles["cyra"], seeded.platform
    first = put(own_desk, cyra, said).get_json()
    # As a kill leaves it between the ledger's commit and the answer: claimed, nothing kept.
    with platform.stores.main.begin(platform.workspace) as connection:
        connection.execute(text("UPDATE idempotency SET status = NULL, answer = NULL"))
        connection.commit()

    again = put(own_desk, cyra, said)
    third = put(own_desk, cyra, said)

    assert again.status_code == 200
    assert (again.get_json()["seq"], again.get_json()["event_id"]) == (
        first["seq"],
        first["event_id"],
    )
    assert third.data == again.data
    with platform.read() as tx:
        assert consents.exists(tx.main, UUID(first["event_id"])) == first["seq"]


def test_a_no_does_not_need_the_books(own_desk: Desk, seeded: Seeded) -> None:
    platform = seeded.platform
    caller = Caller(uuid4(), "crm", frozenset({"service"}))
    asked = ("POST", "/x", b"{}")
    # A main store without the table: books that cannot be opened.
    views = platform.stores.views
    without = Stores(views, platform.stores.custody, views)
    away = Platform(platform.settings, without, platform.workspace)
    no = Repeatable.of(away, caller, "k", asked, restricts=True)
    yes = Repeatable.of(away, caller, "k", asked, restricts=False)

    answer = no.once(lambda: ({"seq": 1}, 200))

    assert answer == ({"seq": 1}, 200, False)
    with pytest.raises(Exception, match="store"):
        yes.once(lambda: ({"seq": 1}, 200))


def test_what_is_busy_keeps_its_claim_and_may_be_tried_again(
    own_desk: Desk, seeded: Seeded
) -> None:
    caller = Caller(uuid4(), "crm", frozenset({"service"}))
    attempt = Repeatable.of(seeded.platform, caller, "k", ("POST", "/x", b"{}"), restricts=False)

    def busy() -> tuple[dict[str, Any], int]:
        raise TryAgain("busy", reason="store_busy")

    with pytest.raises(TryAgain):
        attempt.once(busy)

    assert len(kept(seeded.platform)) == 1
    assert attempt.once(lambda: ({"seq": 1}, 202)) == ({"seq": 1}, 202, False)
    assert attempt.once(lambda: ({"seq": 1}, 200)) == ({"seq": 1}, 200, False)
    assert attempt.once(lambda: ({"seq": 2}, 200)) == ({"seq": 1}, 200, True)


def test_what_is_kept_is_forgotten_after_a_day(own_desk: Desk, seeded: Seeded) -> None:
    cyra, platform = seeded.profiles["cyra"], seeded.platform
    put(own_desk, cyra, YES)
    with platform.write() as tx:
        now = clock.now()
        assert idempotency.forget(tx.main, tx.workspace, now - KEPT_FOR) == 0
    old = now - KEPT_FOR - timedelta(seconds=1)
    with platform.stores.main.begin(platform.workspace) as connection:
        connection.execute(
            text("UPDATE idempotency SET created_at = :old"),
            {"old": old.isoformat(" ", "microseconds")[:26] if own(platform) else old},
        )
        connection.commit()

    other = put(own_desk, cyra, {**YES, "channels": ["email"]})

    assert other.status_code == 200
    with platform.write() as tx:
        assert idempotency.forget(tx.main, tx.workspace, clock.now() + timedelta(seconds=1)) == 1
    assert kept(platform) == []
