"""What could not be read is read again, lands once, and never over what is newer."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from cdp import clock, work
from cdp.errors import NotFound
from cdp.flows.add_source import NewSource, add_source
from cdp.flows.land import land
from cdp.flows.reconfigure import reconfigure
from cdp.flows.replay import Reading, open_quarantine, settle, worth_landing
from cdp.platform import Platform
from cdp.store import quarantine, runs, sources
from connectors import registry
from connectors.base import Record, Unreadable
from tests.flows.streams import add_stream, land_all


def add(platform: Platform, kind: str, config: Any) -> None:
    with platform.write() as tx:
        new = NewSource(registry.find(kind), "crm", config)
        add_source(tx, platform.keyring.intake(), new, clock.now())


def configure(platform: Platform, kind: str, config: Any) -> None:
    with platform.write() as tx:
        found = sources.find(tx.main, platform.workspace, "crm")
        reconfigure(tx, platform.keyring.intake(), found, registry.find(kind), config)


def waiting(platform: Platform) -> list[tuple[str, str]]:
    with platform.read() as tx:
        found = quarantine.waiting(tx.main, tx.workspace, limit=100)
    return [(row.position, row.reason) for row in found]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log in which two lines are in another encoding."""
    path = tmp_path / "people.csv"
    path.write_bytes("no,name\n1,Ada\n2,Zo\xeb\n3,Bj\xf6rk\n4,Ben\n".encode("latin-1"))
    return path


def config(path: Path, **more: Any) -> dict[str, Any]:
    return {"path": str(path), "stream": "people", "key": ["no"], **more}


def test_what_a_better_configuration_understands_lands_once(platform: Platform, log: Path) -> None:
    add(platform, "delimited", config(log))
    work.sync(platform, ["crm"])
    assert waiting(platform) == [("line 3", "bad_encoding"), ("line 4", "bad_encoding")]
    assert work.replay(platform).left == {"bad_encoding": 2}

    configure(platform, "delimited", config(log, encoding="latin-1"))
    report = work.replay(platform, "crm")

    assert report.landed.counts == {"new": 2}
    assert (report.understood, report.left) == (2, {})
    assert waiting(platform) == []
    assert work.replay(platform).understood == 0
    assert work.sync(platform, ["crm"]).landed["crm.people"].counts == {"unchanged": 4}


def test_what_stays_keeps_its_newest_reason(platform: Platform, tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text('{"no": 1}\n{"id": {"a": {"b": 2}}}\n{"id": NaN}\n')
    add(platform, "jsonl", config(path))
    work.sync(platform, ["crm"])

    configure(platform, "jsonl", {**config(path), "key": ["id"], "max_depth": 2})
    report = work.replay(platform)

    assert report.left == {"too_deep": 1, "not_a_number": 1}
    assert waiting(platform) == [("line 2", "too_deep"), ("line 3", "not_a_number")]


def test_an_old_row_does_not_land_over_a_newer_one(platform: Platform, tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text('{"no": 1, "name": {"is": {"old": "Ada"}}}\n')
    add(platform, "jsonl", config(path, max_depth=1))
    work.sync(platform, ["crm"])
    path.unlink()
    path.write_text('{"no": 1, "name": "Adah"}\n')
    work.sync(platform, ["crm"])
    configure(platform, "jsonl", config(path))

    report = work.replay(platform)

    assert (report.understood, report.landed.counts) == (1, {})
    assert work.sync(platform, ["crm"]).landed["crm.people"].counts == {"unchanged": 1}


def test_rows_are_replayed_one_by_one_by_their_id(platform: Platform, log: Path) -> None:
    add(platform, "delimited", config(log))
    work.sync(platform, ["crm"])
    with platform.read() as tx:
        first, _ = quarantine.waiting(tx.main, tx.workspace, limit=100)
    configure(platform, "delimited", config(log, encoding="latin-1"))

    assert work.replay(platform, ids=[first.id]).understood == 1
    assert waiting(platform) == [("line 4", "bad_encoding")]
    with pytest.raises(NotFound, match="quarantine list"):
        work.replay(platform, ids=[uuid4()])
    with pytest.raises(NotFound):
        work.replay(platform, "nosuch")


def test_a_source_that_is_away_is_told_and_nothing_is_lost(platform: Platform, log: Path) -> None:
    add(platform, "delimited", config(log))
    work.sync(platform, ["crm"])
    log.unlink()

    report = work.replay(platform)

    assert "check that it is there" in report.failed["crm.people"]
    assert len(waiting(platform)) == 2


def test_a_replay_killed_before_its_commit_is_done_again_whole(platform: Platform) -> None:
    stream = add_stream(platform)
    raw = json.dumps({"no": "7"}).encode()
    land_all(platform, stream, [Unreadable("people", "line 1", "missing_key", raw)])
    intake, custodian = platform.keyring.intake(), platform.keyring.custodian()

    class Killed(RuntimeError):
        """The process ends."""

    def once(*, killed: bool) -> None:
        with platform.read() as tx:
            rows = quarantine.waiting_of(tx.main, stream.id, None, 10)
            (kept,) = open_quarantine(tx, custodian, stream, rows)
        message = Record("people", "7", json.loads(kept.flawed.raw), kept.flawed.position)
        read = [Reading(kept, message)]
        with platform.write() as tx:
            messages = worth_landing(tx, intake, stream, read, clock.now())
            land(tx, intake, stream, messages, clock.now())
            settle(tx, read, clock.now())
            if killed:
                raise Killed

    with pytest.raises(Killed):
        once(killed=True)
    assert waiting(platform) == [("line 1", "missing_key")]
    once(killed=False)

    assert waiting(platform) == []
    with platform.read() as tx:
        assert sources.count_records(tx.main, tx.workspace) == {stream.id: 1}


def test_a_run_that_was_killed_shows_as_interrupted_at_the_next_one(platform: Platform) -> None:
    stream = add_stream(platform)
    with platform.write() as tx:
        runs.begin(tx.main, tx.workspace, stream.id, clock.now())
    with platform.write() as tx:
        runs.begin(tx.main, tx.workspace, stream.id, clock.now())

    with platform.read() as tx:
        found = runs.newest(tx.main, tx.workspace, 10, "crm")
    assert [run.status for run in found] == ["running", "interrupted"]
    assert found[1].ended_at is not None


def test_a_fault_of_a_connector_is_a_failed_run(platform: Platform, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    (path,) = registry.skeleton("faulty", folder)[:1]
    path.write_text(path.read_text().replace("number = done\n", "number = 1 // 0\n"))
    (tmp_path / "rows.tsv").write_text("1\ta\n")
    config = {"path": str(tmp_path / "rows.tsv")}
    with platform.write() as tx:
        connector = registry.find("faulty", folder)
        new = NewSource(connector, "crm", config)
        add_source(tx, platform.keyring.intake(), new, clock.now())
    object.__setattr__(platform.settings, "connectors_dir", folder)

    report = work.sync(platform, ["crm"])

    assert "ZeroDivisionError at faulty.py:" in report.failed["crm.rows"]
    with platform.read() as tx:
        (run,) = runs.newest(tx.main, tx.workspace, 10)
    assert (run.status, run.reason) == ("failed", "connector_fault")


def test_another_workspace_has_no_such_rows(platform: Platform) -> None:
    stream = add_stream(platform)
    land_all(platform, stream, [Unreadable("people", "line 1", "missing_key", b"{}")])

    with platform.stores.read(uuid4()) as tx:
        assert quarantine.waiting_of(tx.main, stream.id, None, 10) == []
        assert quarantine.waiting(tx.main, tx.workspace, limit=9) == []
        assert runs.newest(tx.main, tx.workspace, 9) == []
