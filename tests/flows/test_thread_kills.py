"""The thread is killed with SIGKILL at every statement and commit, and nothing is lost or doubled.

Like the crash tests of the store, one floor up: real files, real keys, real flows.
"""

import random
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from benchmarks import processes, stage
from cdp import clock, door, hearing, work
from cdp.errors import TryAgain
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.store import consents, links, records, sources
from cdp.store.tx import Stores
from tests.flows.seeding import PEOPLE, STAFF, Seeded

pytestmark = pytest.mark.slow

# Every boundary would be hundreds of process starts; each run draws a different residue.
STRIDE = 9


def kills(place: stage.Place, action: Callable[[], processes.Action]) -> Iterator[processes.Ended]:
    """Kill at one of the first boundaries, STRIDE later, ... until a run ends unharmed."""
    at = random.randint(1, STRIDE)  # noqa: S311 - which boundaries, and no secret
    with processes.Victims(place) as victims:
        while True:
            ended = victims.die_at(at, action())
            yield ended
            if ended.killed is None:
                return
            at += STRIDE


@pytest.fixture
def place(seeded: Seeded) -> stage.Place:
    """Where another process finds the seeded platform."""
    urls = seeded.platform.settings.stores
    return stage.Place(urls.main, urls.custody, urls.views, seeded.platform.workspace)


def on_platform(
    stores: Stores, environment: dict[str, str], workspace: UUID, do: Callable[[Platform], Any]
) -> Any:
    """Run `do` on a platform over these (watched) stores."""
    return do(Platform(Settings.load(environment), stores, workspace))


def sync(platform: Platform) -> dict[str, int]:
    report = work.sync(platform, ["crm", "shop"])
    assert not report.failed
    return {name: sum(landed.counts.values()) for name, landed in report.landed.items()}


def withdraw(platform: Platform, profile: UUID, event: UUID) -> bool:
    said = {"type": "withdrawn", "purposes": ["offers"], "channels": ["*"]}
    request = hearing.ConsentRequest(event, "staff", said)
    return hearing.record(platform, STAFF, profile, request)[1]


def test_a_sync_killed_anywhere_lands_every_row_once(
    seeded: Seeded, environment: dict[str, str], tmp_path: Path, place: stage.Place
) -> None:
    platform = seeded.platform
    crm, shop = tmp_path / "silos/crm.csv", tmp_path / "silos/shop.csv"
    original = crm.read_text()
    do = partial(on_platform, environment=environment, workspace=platform.workspace, do=sync)
    rounds = 0
    for ended in kills(place, lambda: do):
        rounds += 1
        platform.recover(clock.now())
        sync(platform)
        assert held(platform) == expected(crm, shop)
        # The next round finds one new customer and one changed one.
        header, *rows = crm.read_text().splitlines()
        new = rows[0].replace(PEOPLE["ada"].customer_no, f"K-9{rounds:03}")
        new = new.replace("E-ada", f"E-new-{rounds}").replace("ada.", f"new{rounds}.")
        new = new.replace(PEOPLE["ada"].phone, f"+4915123457{rounds:03}")
        changed = [row.replace("Cyra", f"Cyra{rounds}") for row in rows]
        crm.write_text("\n".join([header, *changed, new]) + "\n")
        shutil.copystat(shop, shop)
        assert ended.killed is None or rounds < 400
    assert rounds > 3
    assert original != crm.read_text()


def held(platform: Platform) -> dict[str, Any]:
    """Records by stream, profiles, what waits, and whether the views are what they should be."""
    with platform.read() as tx:
        streams = {stream.id: stream.name for stream in sources.streams_of(tx.main, tx.workspace)}
        counts = sources.count_records(tx.main, tx.workspace)
        return {
            "records": {streams[stream]: count for stream, count in sorted(counts.items())},
            "profiles": links.count(tx.main, tx.workspace),
            "waiting": records.pending_ids(tx.main, tx.workspace, 10),
        }


def expected(crm: Path, shop: Path) -> dict[str, Any]:
    customers = len(crm.read_text().splitlines()) - 1
    orders = len(shop.read_text().splitlines()) - 1
    return {
        "records": {"customers": customers, "orders": orders},
        "profiles": customers,
        "waiting": [],
    }


def test_a_withdrawal_killed_anywhere_is_not_lost_once_it_was_committed(
    seeded: Seeded, environment: dict[str, str], place: stage.Place
) -> None:
    platform, profile = seeded.platform, seeded.profiles["ada"]
    event = new_id()

    def action() -> processes.Action:
        # Ada is signed in and says yes again, so that every round has something to take away.
        nonlocal event
        give(platform, profile)
        assert door.profile(platform, STAFF, profile, "offers").data is not None
        event = new_id()
        return partial(
            on_platform,
            environment=environment,
            workspace=platform.workspace,
            do=partial(withdraw, profile=profile, event=event),
        )

    states = set()
    for ended in kills(place, action):
        with platform.read() as tx:
            committed = consents.exists(tx.main, event) is not None
        acknowledged = ended.killed is None
        refused = not offers_shown(platform, profile)
        assert refused == committed, ended.killed
        states.add((committed, acknowledged))
        platform.recover(clock.now())
        assert withdraw(platform, profile, event), "the caller tries the same again"
        work.refresh_all(platform)
        assert not offers_shown(platform, profile)
    assert (True, True) in states
    assert (False, False) in states


def offers_shown(platform: Platform, profile: UUID) -> bool:
    try:
        return door.profile(platform, STAFF, profile, "offers").data is not None
    except TryAgain:
        return False


def give(platform: Platform, profile: UUID) -> None:
    said = {
        "type": "given",
        "purposes": ["offers"],
        "channels": ["email"],
        "notice": "privacy-2026",
    }
    request = hearing.ConsentRequest(new_id(), "subject_auth", said)
    hearing.record(platform, STAFF, profile, request)
    work.refresh_all(platform)
