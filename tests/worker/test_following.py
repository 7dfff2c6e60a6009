"""`cdp sync --follow`: what is appended is landed, resolved and shown; failing sources rest."""

import json
import random
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from queue import Queue
from subprocess import Popen
from threading import Event, Thread
from typing import Any

import pytest

from cdp import door, work
from cdp.errors import NotFound
from cdp.platform import Platform
from cdp.work import Turn
from tests.flows.seeding import PEOPLE, STAFF, Seeded
from tests.worker.processes import held, more_customers, running, start, wait_for

FAST = timedelta(milliseconds=50)
FOLLOW = ("sync", "--follow", "--every", "200ms")


@contextmanager
def followed(platform: Platform, *names: str, every: timedelta = FAST) -> Iterator["Queue[Turn]"]:
    """Following in a thread; its turns."""
    turns: Queue[Turn] = Queue()
    stopping = Event()

    def run() -> None:
        for turn in work.follow(platform, names, every=every, stopping=stopping):
            turns.put(turn)

    thread = Thread(target=run)
    thread.start()
    try:
        yield turns
    finally:
        stopping.set()
        thread.join(30)
        assert not thread.is_alive()


def change(turns: "Queue[Turn]", source: str) -> Turn:
    """The next turn of a source with a change."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        turn = turns.get(timeout=30)
        if turn.source == source and turn.is_change:
            return turn
    raise AssertionError(source)


def found(platform: Platform, email: str) -> bool:
    """A profile answers to this address."""
    return bool(door.resolve(platform, STAFF, "service", [door.Identifier("email", email)]))


def test_an_appended_row_is_a_profile_at_once(seeded: Seeded, tmp_path: Path) -> None:
    with followed(seeded.platform) as turns:
        more_customers(tmp_path / "silos/crm.csv", 1, "fresh")
        turn = change(turns, "crm")

        assert turn.report.landed["crm.customers"].counts["new"] == 1
        assert turn.report.resolved.created == 1
        assert found(seeded.platform, "fresh.0@example.org")


def test_a_source_that_fails_rests_and_stops_no_other(seeded: Seeded, tmp_path: Path) -> None:
    crm = tmp_path / "silos/crm.csv"
    crm.rename(aside := tmp_path / "aside.csv")
    with followed(seeded.platform) as turns:
        first, second = change(turns, "crm"), change(turns, "crm")
        assert (first.reason, second.reason) == ("stream_failed", "stream_failed")
        assert second.rest_seconds == 2 * first.rest_seconds
        shop = tmp_path / "silos/shop.csv"
        row = shop.read_text().splitlines()[1]
        with shop.open("a") as file:
            file.write(row.replace("B-501", "B-777") + "\n")
        assert change(turns, "shop").report.landed["shop.orders"].counts["new"] == 1

        shutil.move(aside, crm)
        more_customers(crm, 1, "back")
        turn = change(turns, "crm")
        while turn.reason is not None:
            turn = change(turns, "crm")

    assert turn.report.resolved.created == 1


def test_a_source_that_is_not_there_is_refused_before_anything_is_read(platform: Platform) -> None:
    with pytest.raises(NotFound):
        list(work.follow(platform, ["nothing"], every=FAST, stopping=Event()))


def test_following_ends_between_two_units(seeded: Seeded, tmp_path: Path) -> None:
    stopping = Event()
    more_customers(tmp_path / "silos/crm.csv", 3, "half")

    turns = list(
        work.follow(
            seeded.platform,
            ["crm"],
            every=FAST,
            stopping=stopping,
            progress=lambda _what, _count: stopping.set(),
        )
    )

    assert turns == []
    assert len(held(seeded.platform)["waiting"]) == 3


def lines_of(process: Popen[str]) -> "Queue[dict[str, Any]]":
    """Objects as they are printed."""
    told: Queue[dict[str, Any]] = Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            told.put(json.loads(line))

    Thread(target=read, daemon=True).start()
    return told


@pytest.mark.slow
def test_rows_appended_while_it_runs_change_the_profile(
    seeded: Seeded, environment: dict[str, str], tmp_path: Path
) -> None:
    crm, ada = tmp_path / "silos/crm.csv", PEOPLE["ada"]

    def surname() -> str:
        data = door.profile(seeded.platform, STAFF, seeded.profiles["ada"], "service").data
        assert data is not None
        return json.dumps(data, default=str)

    with running(environment, *FOLLOW, "crm", "--json", cwd=tmp_path) as following:
        told = lines_of(following)
        more_customers(crm, 1, "one")
        line = told.get(timeout=60)
        while "crm.customers" not in line["streams"] or not line["streams"]["crm.customers"]:
            line = told.get(timeout=60)
        assert line["source"] == "crm"
        assert line["resolved"]["profiles_created"] == 1
        crm.write_text(crm.read_text().replace(ada.surname, "Umbenannt"))

        wait_for(lambda: "Umbenannt" in surname())

        following.send_signal(signal.SIGTERM)
        assert following.wait(30) == 0
        assert following.stderr is not None
        assert "example.org" not in following.stderr.read()


@pytest.mark.slow
def test_following_killed_at_random_goes_on(
    seeded: Seeded, environment: dict[str, str], tmp_path: Path
) -> None:
    silos, chance = tmp_path / "silos", random.Random(time.time_ns())  # noqa: S311
    for turn in range(4):
        more_customers(silos / "crm.csv", 30, f"k{turn}")
        following = start(environment, FOLLOW, tmp_path)
        time.sleep(chance.uniform(0.8, 3))
        following.kill()
        following.communicate()

    # One more for whoever follows now: a signal during start-up finds nobody who handles it.
    more_customers(silos / "crm.csv", 1, "last")
    customers = len((silos / "crm.csv").read_text().splitlines()) - 1
    with running(environment, *FOLLOW, cwd=tmp_path) as following:
        wait_for(lambda: held(seeded.platform)["profiles"] == customers)
        wait_for(lambda: held(seeded.platform)["waiting"] == [])
        following.send_signal(signal.SIGINT)
        out, _ = following.communicate(timeout=30)

    assert following.returncode == 0
    assert held(seeded.platform)["records"]["customers"] == customers
    assert all("crm" in line or "shop" in line for line in out.splitlines())
