"""Killed with SIGKILL at every statement and commit of a full refresh, a SQL sync, a replay.

What counts is the state after the next, unharmed run: every row once, nothing that is gone at the
source left, a cursor that stands where the records do.
"""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks import processes, stage
from cdp import clock, work
from cdp.flows.add_source import NewSource, add_source
from cdp.flows.map_stream import map_stream
from cdp.flows.reconfigure import reconfigure
from cdp.platform import Platform
from cdp.store import quarantine, records, sources
from connectors import registry
from tests.flows.test_thread_kills import on_platform

pytestmark = pytest.mark.slow
# Every boundary would be hundreds of runs; each draws another residue.
STRIDE, SHORT_STRIDE = 31, 5
Kill = Callable[[Callable[[Platform], Any], int], processes.Ended]
MAPPING = {"relation": "customer", "fields": {"email": {"identifier": "email"}}}


@pytest.fixture
def place(platform: Platform) -> stage.Place:
    """Where another process finds the platform."""
    urls = platform.settings.stores
    return stage.Place(urls.main, urls.custody, urls.views, platform.workspace)


def add(platform: Platform, kind: str, config: dict[str, Any]) -> None:
    with platform.write() as tx:
        new = NewSource(registry.find(kind), "crm", config)
        add_source(tx, platform.keyring.intake(), new, clock.now())
        source = sources.find(tx.main, tx.workspace, "crm")
        (stream,) = sources.streams_of(tx.main, tx.workspace, source.id)
        map_stream(tx, stream.id, MAPPING, clock.now())


def sync(platform: Platform) -> dict[str, int]:
    report = work.sync(platform, ["crm"])
    assert not report.failed
    return report.landed["crm.people"].counts


def replay(platform: Platform) -> int:
    return work.replay(platform).understood


@pytest.fixture
def kill(place: stage.Place, environment: dict[str, str]) -> Iterator[Kill]:
    """Do it in a process that is killed at a boundary."""
    workspace = place.workspace
    with processes.Victims(place) as victims:
        yield lambda do, at: victims.die_at(
            at, partial(on_platform, environment=environment, workspace=workspace, do=do)
        )


def moments(stride: int = STRIDE) -> Iterator[int]:
    yield from range(random.randrange(1, stride), 4000, stride)  # noqa: S311


def live(platform: Platform) -> tuple[int, int]:
    """Records that are not deleted, and profiles that hold any."""
    with platform.read() as tx:
        (count,) = sources.count_records(tx.main, tx.workspace).values() or (0,)
        assert records.pending_ids(tx.main, tx.workspace, 10) == []
    return count, work.measure(platform).forbidden


def test_a_full_refresh_killed_anywhere_deletes_what_is_gone_and_nothing_else(
    platform: Platform, kill: Kill, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    add(
        platform,
        "delimited",
        {
            "path": str(path),
            "stream": "people",
            "key": ["no"],
            "full_refresh": True,
            "state_every": 4,
        },
    )
    there = list(range(12))
    for turn, at in enumerate(moments()):
        # Three leave, three come; nobody who stays is touched.
        there = [*there[3:], *range(100 * turn + 12, 100 * turn + 15)]
        rows = "".join(f"{no},p{no}@example.org\n" for no in there)
        path.write_text("no,email\n" + rows)
        ended = kill(sync, at)
        platform.recover(clock.now())
        sync(platform)
        assert live(platform) == (len(there), 0), (ended.killed, at)
        if ended.killed is None:
            break
    assert turn > 1


def test_a_sync_of_a_database_killed_anywhere_keeps_cursor_and_records_in_step(
    platform: Platform, kill: Kill, tmp_path: Path
) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as shop:
        shop.execute("CREATE TABLE people (no INTEGER PRIMARY KEY, email TEXT, at INTEGER)")
    stream = {"name": "people", "table": "people", "key": ["no"], "cursor": "at", "overlap": 2}
    add(platform, "sql", {"url": f"sqlite:///{path}", "streams": [stream], "state_every": 3})
    for turn, at in enumerate(moments()):
        with closing(sqlite3.connect(path)) as shop:
            new = [(no, f"p{no}@example.org", no) for no in range(8 * turn, 8 * turn + 8)]
            shop.executemany("INSERT INTO people VALUES (?, ?, ?)", new)
            shop.commit()
        ended = kill(sync, at)
        platform.recover(clock.now())
        sync(platform)
        assert live(platform) == (8 * turn + 8, 0), (ended.killed, at)
        assert sync(platform) == {}
        if ended.killed is None:
            break
    assert turn > 1


def test_a_replay_killed_anywhere_lands_every_row_once(
    platform: Platform, kill: Kill, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    config = {"path": str(path), "stream": "people", "key": ["no"], "append_only": True}
    path.write_text("no,email\n")
    add(platform, "delimited", config)
    total = 0
    for at in moments(SHORT_STRIDE):
        with path.open("ab") as file:
            file.writelines(
                b"%d,p%d\xeb@example.org\n" % (no, no) for no in range(total, total + 4)
            )
        total += 4
        set_encoding(platform, config, "utf-8")
        sync(platform)
        set_encoding(platform, config, "latin-1")
        ended = kill(replay, at)
        left, landed = waiting(platform), live_now(platform)
        assert left + landed >= total, (ended.killed, at)
        platform.recover(clock.now())
        replay(platform)
        work.resolve_all(platform)
        assert (waiting(platform), live(platform)) == (0, (total, 0)), (ended.killed, at)
        if ended.killed is None:
            break
    assert total > 8


def set_encoding(platform: Platform, config: dict[str, Any], encoding: str) -> None:
    with platform.write() as tx:
        found = sources.find(tx.main, platform.workspace, "crm")
        how = {**config, "encoding": encoding}
        reconfigure(tx, platform.keyring.intake(), found, registry.find("delimited"), how)


def waiting(platform: Platform) -> int:
    with platform.read() as tx:
        return len(quarantine.waiting(tx.main, tx.workspace, limit=1000))


def live_now(platform: Platform) -> int:
    with platform.read() as tx:
        return sum(sources.count_records(tx.main, tx.workspace).values())
