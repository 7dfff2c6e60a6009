"""The feed of changes: everything once, in order, whoever writes meanwhile."""

import threading
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from cdp import clock, work
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.store import links
from cdp.store.links import Descent
from tests.flows.seeding import PEOPLE, Seeded, say
from tests.web.builders import EVERYTHING, VIEWS, Desk, path_of, problem

WRITERS = 4
STEPS = 6


def end(platform: Platform, formers: Sequence[UUID], successors: Sequence[UUID], kind: str) -> int:
    """Profiles end in one step, and others follow each of them."""
    with platform.write() as tx:
        seq, now = tx.take_seq(), clock.now()
        links.create(tx.main, platform.workspace, formers, seq, now)
        links.change(tx.main, changed=[], merged=[], retired=formers, seq=seq, at=now)
        descents = [Descent(former, one, kind) for former in formers for one in successors]
        links.record_descent(tx.main, platform.workspace, descents, seq, now)
    return seq


def read(desk: Desk, since: str = "", **query: Any) -> dict[str, Any]:
    """One page."""
    given = {**({"since": since} if since else {}), **query}
    found: dict[str, Any] = desk.get("/v1/changes", query_string=given).get_json()
    return found


def read_all(desk: Desk, since: str = "", **query: Any) -> tuple[list[dict[str, Any]], str]:
    """Every change from a cursor on, and the last cursor."""
    found: list[dict[str, Any]] = []
    while True:
        page = read(desk, since, **query)
        found += page["changes"]
        since = page["next"]
        if not page["more"]:
            return found, since


def test_what_people_said_names_their_current_profiles(own_desk: Desk, seeded: Seeded) -> None:
    _, now = read_all(own_desk)
    ada = seeded.profiles["ada"]

    own_desk.post(path_of(ada, "/consents"), {"type": "withdrawn", "purposes": ["offers"]})
    (change,), later = read_all(own_desk, now)

    assert change == {"seq": change["seq"], "type": "consent", "profiles": [str(ada)]}
    assert read(own_desk, later)["changes"] == []


def test_merges_and_splits_name_the_former_id_and_who_follows(
    own_desk: Desk, seeded: Seeded
) -> None:
    _, now = read_all(own_desk)
    ada, ben = seeded.profiles["ada"], seeded.profiles["ben"]
    merged, split = new_id(), new_id()
    end(seeded.platform, [merged], [ada], "merged")
    end(seeded.platform, [split], [ada, ben], "split")

    found, _ = read_all(own_desk, now)

    assert [(change["type"], change["former"]) for change in found] == [
        ("merged", str(merged)),
        ("split", str(split)),
    ]
    assert found[0]["profiles"] == [str(ada)]
    assert found[1]["profiles"] == sorted([str(ada), str(ben)])
    assert found[0]["seq"] < found[1]["seq"]
    assert found[0]["at"] <= found[1]["at"]


def test_a_profile_that_lost_records_and_lives_on_is_among_those_that_follow(
    own_desk: Desk, seeded: Seeded
) -> None:
    _, now = read_all(own_desk)
    ada, ben = seeded.profiles["ada"], seeded.profiles["ben"]
    with seeded.platform.write() as tx:
        descent = [Descent(ada, ben, "split")]
        links.record_descent(tx.main, tx.workspace, descent, tx.take_seq(), clock.now())

    (change,), _ = read_all(own_desk, now)

    assert change["profiles"] == sorted([str(ada), str(ben)])


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_one_step_with_many_changes_is_read_in_pages(
    own_desk: Desk, seeded: Seeded, limit: int
) -> None:
    _, now = read_all(own_desk)
    formers = sorted(new_id() for _ in range(5))
    end(seeded.platform, formers, [seeded.profiles["ada"], seeded.profiles["ben"]], "merged")
    say(seeded.platform, seeded.profiles["ada"], PEOPLE["ada"], "refused", ["email"])

    found, last = read_all(own_desk, now, limit=limit)

    assert [change.get("former") for change in found] == [*map(str, formers), None]
    assert read(own_desk, last)["changes"] == []


def test_types_narrow_the_feed(own_desk: Desk, seeded: Seeded) -> None:
    _, now = read_all(own_desk)
    end(seeded.platform, [new_id()], [seeded.profiles["ada"]], "merged")
    say(seeded.platform, seeded.profiles["ada"], PEOPLE["ada"], "refused", ["email"])

    def of(types: str) -> list[str]:
        return [change["type"] for change in read_all(own_desk, now, types=types)[0]]

    assert of("merged") == ["merged"]
    assert of("split") == []
    assert of("consent") == ["consent"]
    assert of("merged,split,consent") == ["merged", "consent"]


def test_latest_is_where_only_the_future_is(own_desk: Desk, seeded: Seeded) -> None:
    page = read(own_desk, "latest")

    assert (page["changes"], page["more"]) == ([], False)
    say(seeded.platform, seeded.profiles["ada"], PEOPLE["ada"], "refused", ["email"])
    assert [change["type"] for change in read(own_desk, page["next"])["changes"]] == ["consent"]


def test_the_feed_needs_its_scope_and_holds_nothing_personal(
    own_desk: Desk, seeded: Seeded
) -> None:
    without = Desk.of(seeded.platform, VIEWS, EVERYTHING - {"changes:read"})

    assert problem(without.get("/v1/changes")) == (403, "scope_missing")
    text = own_desk.get("/v1/changes").text
    assert not any(value in text for person in PEOPLE.values() for value in person.values)


@pytest.mark.parametrize("query", ["since=x", "since=AAAA", "types=born", "types=", "limit=201"])
def test_a_feed_that_cannot_be_is_refused(desk: Desk, query: str) -> None:
    status, reason = problem(desk.get(f"/v1/changes?{query}"))

    assert status == 422
    assert reason in {"invalid_request", "cursor_refused"}


def test_workspaces_do_not_hear_of_each_other(
    own_desk: Desk, seeded: Seeded, world: Seeded
) -> None:
    of_another = read(Desk.of(world.platform))["next"]

    assert problem(own_desk.get(f"/v1/changes?since={of_another}")) == (422, "cursor_refused")
    profiles = {str(profile) for profile in world.profiles.values()}
    found, _ = read_all(own_desk)
    assert not any(profiles.intersection(change["profiles"]) for change in found)


def test_a_reader_among_writers_misses_nothing_and_sees_nothing_twice(
    own_desk: Desk, seeded: Seeded
) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    _, now = read_all(own_desk)
    written: list[tuple[str, str]] = []
    failed: list[BaseException] = []
    lock, ended = threading.Lock(), threading.Event()

    def write(number: int) -> None:
        try:
            for _ in range(STEPS):
                formers = [new_id() for _ in range(1 + number % 3)]
                end(platform, formers, [ada], "merged")
                with lock:
                    written.extend(("merged", str(former)) for former in formers)
                say(platform, ada, PEOPLE["ada"], "refused", ["email"])
                with lock:
                    written.append(("consent", ""))
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failed.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    seen: list[dict[str, Any]] = []
    while not ended.is_set():
        if not any(writer.is_alive() for writer in writers):
            ended.set()
        found, now = read_all(own_desk, now, limit=2)
        seen += found

    assert failed == []
    order = [(change["seq"], change.get("former", "")) for change in seen]
    assert order == sorted(set(order))
    assert sorted((change["type"], change.get("former", "")) for change in seen) == sorted(written)
    work.refresh_all(platform)
