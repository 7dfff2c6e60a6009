"""While a bulk load runs, people are answered and what they say is taken.

SQLite has one writer at a time and PostgreSQL one holder of the counter, so a load that never let
go would send everybody away.
"""

import time
from pathlib import Path
from uuid import UUID

import pytest

from benchmarks import processes
from cdp import door, hearing, work
from cdp.errors import TryAgain
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.settings import Settings
from tests.flows.seeding import STAFF, Seeded, write_rows

pytestmark = pytest.mark.slow

ROWS = 1000


def load(environment: dict[str, str]) -> None:
    """A bulk load, from file to views."""
    platform = Platform.open(Settings.load(environment))
    work.sync(platform, ["shop"])
    platform.close()


def offered(platform: Platform, profile: UUID) -> bool:
    """Whether the offers view is shown; one that is being rebuilt is not."""
    try:
        return door.profile(platform, STAFF, profile, "offers").data is not None
    except TryAgain:
        return False


def test_nobody_is_sent_away_while_a_bulk_load_runs(
    seeded: Seeded, environment: dict[str, str], tmp_path: Path
) -> None:
    platform, ben = seeded.platform, seeded.profiles["ben"]
    rows = [
        {
            "order_no": f"X-{number}",
            "customer_no": f"N-{number // 2}",
            "email": f"somebody{number // 2}@example.org",
            "name": "Somebody",
            "ordered_at": "2026-03-01T09:00:00Z",
            "promised_at": "2026-03-05T09:00:00Z",
            "delivered_at": "2026-03-04T09:00:00Z",
        }
        for number in range(ROWS)
    ]
    write_rows(tmp_path / "silos/shop.csv", rows)
    loader = processes.context().Process(target=load, args=(environment,))
    loader.start()
    longest, said = 0.0, 0
    while loader.is_alive():
        request = hearing.ConsentRequest(
            new_id(), "staff", {"type": "withdrawn", "purposes": ["offers"], "channels": ["*"]}
        )
        begun = time.monotonic()
        assert hearing.record(platform, STAFF, ben, request)[0].restriction
        said += 1
        assert not offered(platform, ben)
        longest = max(longest, time.monotonic() - begun)
        time.sleep(0.02)
    loader.join()

    assert loader.exitcode == 0
    assert said > 3, "the load was over before anybody spoke"
    assert longest < 10, "a busy store sends away after ten seconds"
