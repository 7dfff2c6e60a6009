"""Workers as real processes: several at once, killed, told to stop, with a store away for a while.

What counts is the state at the end: everything that landed is resolved once, every view is built,
nothing is given up.
"""

import random
import signal
import sqlite3
import threading
import time
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import update

from cdp import clock, work
from cdp.platform import Platform
from cdp.store.rows import main as rows
from tests.conftest import ADMIN_URL
from tests.flows.seeding import Seeded
from tests.worker.processes import handles, held, more_customers, running, start, wait_for

pytestmark = pytest.mark.slow


def rows_in(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines()) - 1


def expected(silos: Path) -> dict[str, object]:
    customers = rows_in(silos / "crm.csv")
    return {
        "records": {"customers": customers, "orders": rows_in(silos / "shop.csv")},
        "profiles": customers,
        "waiting": [],
        "refresh": 0,
        "dead": 0,
        "outbox": 0,
    }


def forget_leases(platform: Platform) -> None:
    """As if the minute had passed that the leases of killed workers last."""
    with platform.write() as tx:
        past = clock.now() - timedelta(seconds=1)
        tx.main.execute(
            update(rows.job)
            .where(
                rows.job.c.workspace_id == platform.workspace, rows.job.c.lease_until.is_not(None)
            )
            .values(lease_until=past)
        )


def finish(platform: Platform, environment: dict[str, str], cwd: Path) -> None:
    """One more worker does what is left, and ends."""
    forget_leases(platform)
    with running(environment, "worker", "--once", "--json", cwd=cwd) as last:
        out, err = last.communicate(timeout=120)
    assert last.returncode == 0, err
    assert out.startswith("{")


def test_workers_killed_at_random_lose_nothing_and_double_nothing(
    seeded: Seeded, environment: dict[str, str], tmp_path: Path
) -> None:
    platform, silos = seeded.platform, tmp_path / "silos"
    chance = random.Random(time.time_ns())  # noqa: S311
    for turn in range(4):
        more_customers(silos / "crm.csv", 40, f"t{turn}")
        work.sync_later(platform, [])
        pair = [start(environment, ["worker"], tmp_path) for _ in range(2)]
        try:
            time.sleep(chance.uniform(0.8, 3.5))
        finally:
            for one in pair:
                one.kill()
                one.communicate()
        forget_leases(platform)

    work.sync_later(platform, [])
    finish(platform, environment, tmp_path)

    assert held(platform) == expected(silos)
    drift = work.measure(platform)
    assert (drift.forbidden, drift.missing) == (0, 0)


def test_two_workers_share_the_work_and_stop_when_told(
    seeded: Seeded, environment: dict[str, str], tmp_path: Path
) -> None:
    platform, silos = seeded.platform, tmp_path / "silos"
    more_customers(silos / "crm.csv", 60, "many")
    work.sync_later(platform, [])

    with (
        running(environment, "worker", "--json", cwd=tmp_path) as first,
        running(environment, "worker", "--json", cwd=tmp_path) as second,
    ):
        wait_for(lambda: held(platform) == expected(silos))
        began = time.monotonic()
        first.send_signal(signal.SIGTERM)
        second.send_signal(signal.SIGINT)
        told = [one.communicate(timeout=30) for one in (first, second)]

    assert time.monotonic() - began < 15
    assert (first.returncode, second.returncode) == (0, 0), told
    assert work.measure(platform).missing == 0


def test_a_worker_goes_on_after_main_was_away(
    seeded: Seeded, environment: dict[str, str], tmp_path: Path, backend: str
) -> None:
    platform, silos, since = seeded.platform, tmp_path / "silos", clock.now()
    with running(environment, "worker", cwd=tmp_path) as worker:
        wait_for(lambda: held(platform)["refresh"] == 0)
        for turn in range(3):
            more_customers(silos / "crm.csv", 20, f"away{turn}")
            work.sync_later(platform, [])
            disturb(platform, environment, backend, since)
        wait_for(lambda: held(platform) == expected(silos))
        assert worker.poll() is None
        worker.send_signal(signal.SIGTERM)
        _, err = worker.communicate(timeout=30)

    assert worker.returncode == 0
    assert "@example.org" not in err


def disturb(platform: Platform, environment: dict[str, str], backend: str, since: datetime) -> None:
    """PostgreSQL ends the application's connections; on SQLite another writer holds main.

    Only those opened since then: other tests of the run keep theirs.
    """
    time.sleep(0.2)
    if backend == "sqlite":
        path = Path(environment["CDP_DATA_DIR"]) / "main.sqlite3"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(1.5)
        return
    login = str(platform.stores.main.url.username)
    platform.stores.close()
    with psycopg.connect(ADMIN_URL, autocommit=True) as admin:
        for _ in range(3):
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = %s AND backend_start >= %s",
                [login, since],
            )
            time.sleep(0.3)


def test_a_worker_without_a_store_says_so_with_its_exit_code(
    seeded: Seeded, environment: dict[str, str], tmp_path: Path
) -> None:
    away = {**environment, "CDP_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nowhere"}

    with running(away, "worker", "--once", cwd=tmp_path) as worker:
        _, err = worker.communicate(timeout=60)

    assert worker.returncode == 3
    assert len(err.splitlines()) == 1


def test_a_worker_whose_job_failed_says_so_with_its_exit_code(
    seeded: Seeded, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "silos/crm.csv").unlink()
    work.sync_later(seeded.platform, ["crm"])

    with running(environment, "worker", "--once", cwd=tmp_path) as worker:
        out, err = worker.communicate(timeout=60)

    assert worker.returncode == 1
    assert "cdp jobs list" in err
    assert "sync" in out


def test_two_followers_and_a_worker_do_not_disturb_each_other(
    seeded: Seeded, environment: dict[str, str], tmp_path: Path
) -> None:
    """All of them read, resolve and build; every row lands once."""
    platform, silos = seeded.platform, tmp_path / "silos"
    follow = ("sync", "--follow", "--every", "200ms", "--json")
    with (
        running(environment, *follow, cwd=tmp_path) as first,
        running(environment, *follow, cwd=tmp_path) as second,
        running(environment, "worker", cwd=tmp_path) as worker,
    ):
        # Their pipes are read, or a full one would hold them.
        readers = [
            threading.Thread(target=one.communicate, daemon=True) for one in (first, second, worker)
        ]
        for reader in readers:
            reader.start()
        for turn in range(5):
            more_customers(silos / "crm.csv", 10, f"turn{turn}")
            time.sleep(0.7)
        wait_for(lambda: held(platform) == expected(silos))
        for one in (first, second, worker):
            assert one.poll() is None
            # The rows may all be read before the last of them has come to work.
            wait_for(partial(handles, one, signal.SIGTERM))
            one.send_signal(signal.SIGTERM)
        for one, reader in zip((first, second, worker), readers, strict=True):
            reader.join(30)
            assert one.returncode == 0
