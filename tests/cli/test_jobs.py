"""Background work on the command line: asked for, done, listed, revived."""

import json
import sqlite3
from contextlib import closing
from typing import Any

from tests.cli.running import Shell


def change(shell: Shell, statement: str) -> None:
    with closing(sqlite3.connect(shell.folder / "data" / "main.sqlite3")) as connection:
        connection.execute(statement)
        connection.commit()


def listed(shell: Shell, *options: str) -> Any:
    return shell.good("jobs", "list", *options)


def test_a_sync_for_later_is_done_by_a_worker(shell: Shell) -> None:
    assert shell.good("sync", "crm", "--later") == {"queued": ["crm"]}
    assert listed(shell)["kinds"]["sync"]["waiting"] == 1
    assert "queued: crm" in shell.run("sync", "crm", "--later").out

    worked = shell.good("worker", "--once")["worked"]

    assert worked["sync"] == {"done": 1, "again": 0, "failed": 0, "dead": 0}
    assert "sync" not in listed(shell)["kinds"]
    assert "Nothing was due" in shell.run("worker", "--once").out


def test_a_source_that_is_not_there_is_not_queued(shell: Shell) -> None:
    assert shell.run("sync", "crm", "nothing", "--later").code == 1
    assert listed(shell)["kinds"].get("sync") is None


def test_a_failing_job_is_listed_with_its_reason_and_rests(shell: Shell) -> None:
    place = ("--set", "path=nothing.csv", "--set", "stream=rows", "--set", "key=id")
    shell.good("source", "add", "broken", "--kind", "delimited", *place)
    shell.good("sync", "broken", "--later")

    done = shell.run("worker", "--once", "--kinds", "sync", "--json")

    assert done.code == 1
    assert done.error["reason"] == "jobs_failed"
    (job,) = listed(shell)["troubled"]
    assert (job["kind"], job["about"], job["reason"]) == ("sync", "source", "stream_failed")
    assert job["next_at"] is not None
    assert listed(shell, "--dead")["troubled"] == []
    assert "stream_failed" in shell.run("jobs", "list").out
    found = {check["name"]: check for check in shell.good("doctor", "--quick")["checks"]}
    assert (found["jobs"]["state"], found["jobs"]["figures"]["failing"]) == ("note", 1)


def test_a_dead_job_must_be_acted_on_and_can_be_revived(shell: Shell) -> None:
    shell.good("sync", "crm", "shop", "--later")
    change(
        shell,
        "UPDATE job SET dead_at = '2026-03-01 09:00:00.000', run_at = '9999-12-31 00:00:00.000',"
        " attempts = 10, reason = 'stream_failed' WHERE kind = 'sync'",
    )

    done = shell.run("doctor", "--quick", "--json")
    assert done.code == 4
    found = {check["name"]: check for check in json.loads(done.out)["checks"]}
    assert found["jobs"]["figures"]["dead"] == 2
    assert {job["dead_at"] for job in listed(shell, "--dead")["troubled"]} != {None}

    assert shell.good("jobs", "retry", "resolve") == {"revived": 0}
    assert shell.good("jobs", "retry", "--all") == {"revived": 2}
    assert shell.good("worker", "--once")["worked"]["sync"]["done"] == 2
    assert "0 job(s) are due again" in shell.run("jobs", "retry", "sync").out
