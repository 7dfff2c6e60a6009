"""Looking after sources at the command line: shown without secrets, set, checked, run, replayed."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import Done, Shell

PASSWORD = "correct-horse-battery"


@pytest.fixture
def shop(shell: Shell) -> Shell:
    """A database as a source; its URL holds something secret."""
    with sqlite3.connect(shell.folder / f"{PASSWORD}.db") as shop:
        shop.execute("CREATE TABLE orders (no INTEGER PRIMARY KEY, email TEXT, at TEXT)")
        rows = [(n, f"p{n}@example.org", f"2026-03-{n:02} 10:00:00") for n in range(1, 21)]
        shop.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
    shop.close()
    stream = {"name": "orders", "table": "orders", "key": ["no"]}
    write(shell, {"url": f"sqlite:///{PASSWORD}.db", "streams": [stream]})
    shell.good("source", "add", "till", "--kind", "sql", "--config", "till.json")
    return shell


def write(shell: Shell, config: object) -> None:
    (shell.folder / "till.json").write_text(json.dumps(config))


def test_a_configuration_is_shown_without_its_secrets(shop: Shell) -> None:
    shown = shop.good("source", "show", "till")

    assert shown["config"]["url"] == "set"
    assert shown["config"]["streams"][0]["table"] == "orders"
    assert shown["streams"] == ["orders"]
    assert PASSWORD not in shop.run("source", "show", "till").out
    assert shop.run("source", "show", "nosuch").code == 1


def test_a_check_counts_and_keeps_nothing(shop: Shell) -> None:
    assert shop.good("source", "check", "till", "--rows", 7)["streams"] == {"orders": {"record": 7}}
    assert "20 record" in shop.run("source", "check", "till").out
    rows = {row["stream"]: row for row in shop.good("source", "list")["streams"]}
    assert rows["orders"]["records"] == 0


def test_a_check_of_what_cannot_be_read_says_why_without_the_address(shop: Shell) -> None:
    (shop.folder / f"{PASSWORD}.db").unlink()

    done = shop.run("source", "check", "till", "--json")

    assert done.code == 3
    assert done.error["reason"] == "no_such_file"
    assert PASSWORD not in done.err + done.out


def test_another_configuration_reads_the_streams_anew(shop: Shell) -> None:
    shop.good("sync", "till")
    stream = {"name": "orders", "table": "orders", "key": ["no"], "cursor": "at"}
    write(shop, {"url": f"sqlite:///{PASSWORD}.db", "streams": [stream]})

    assert shop.good("source", "set", "till", "--config", "till.json")["streams"] == ["orders"]

    assert shop.good("sync", "till")["streams"]["till.orders"]["unchanged"] == 20
    assert shop.good("sync", "till")["streams"]["till.orders"]["unchanged"] == 0


def test_a_configuration_that_would_leave_a_stream_behind_is_refused(shop: Shell) -> None:
    stream = {"name": "others", "table": "orders", "key": ["no"]}
    write(shop, {"url": f"sqlite:///{PASSWORD}.db", "streams": [stream]})

    done = shop.run("source", "set", "till", "--config", "till.json", "--json")

    assert done.error["reason"] == "stream_lost"
    assert "cdp source check till" in _set(shop, "orders").out


def _set(shop: Shell, name: str) -> Done:
    write(
        shop,
        {
            "url": f"sqlite:///{PASSWORD}.db",
            "streams": [
                {"name": name, "table": "orders", "key": ["no"]},
                {"name": "more", "query": "SELECT * FROM orders WHERE no > 5;", "key": ["no"]},
            ],
        },
    )
    return shop.run("source", "set", "till", "--config", "till.json")


def test_runs_are_listed_with_how_they_ended(shop: Shell) -> None:
    synced = shop.good("sync", "till")

    (run,) = shop.good("source", "runs", "till")["runs"]

    assert run["id"] == synced["runs"]["till.orders"]
    assert (run["status"], run["reason"], run["counts"]) == ("done", None, {"new": 20})
    assert "20 new" in shop.run("source", "runs").out
    assert shop.run("source", "runs", "nosuch").code == 1


def test_an_emptied_table_is_taken_for_gone_only_when_told_so(shop: Shell) -> None:
    shop.good("sync", "till")
    with sqlite3.connect(shop.folder / f"{PASSWORD}.db") as till:
        till.execute("DELETE FROM orders")
    till.close()

    refused = shop.run("sync", "till", "--json")
    assert refused.code == 1
    assert "--accept-deletes" in refused.document["failed"]["till.orders"]

    accepted = shop.good("sync", "till", "--accept-deletes")
    assert accepted["streams"]["till.orders"]["deleted"] == 20


def test_quarantine_is_listed_by_reason_and_replayed(shell: Shell) -> None:
    listed = shell.good("quarantine", "list", "--source", "crm")

    assert listed["reasons"] == {"bad_encoding": 1}
    (row,) = listed["rows"]
    assert set(row) == {"id", "stream", "position", "reason", "at"}
    assert shell.good("quarantine", "list", "--reason", "bad_quote")["rows"] == []
    assert "2 bad_encoding" in shell.run("quarantine", "list").out
    assert shell.run("quarantine", "list", "--source", "nosuch").code == 1
    replayed = shell.good("quarantine", "replay", row["id"])
    assert replayed == {
        "understood": 0,
        "landed": {},
        "left": {"bad_encoding": 1},
        "failed": {},
    }
    assert "left" in shell.run("quarantine", "replay", "--source", "crm").out


def test_a_new_connector_works_and_so_does_its_test(empty: Shell) -> None:
    made = empty.good("source", "new", "tickets", "--folder", "own")

    files = [Path(path) for path in made["files"]]
    assert [path.name for path in files] == ["tickets.py", "test_tickets.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(files[1])],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout


def test_a_new_connector_is_used_by_its_kind(empty: Shell) -> None:
    shell = Shell(empty.folder, {"CDP_CONNECTORS_DIR": "own"})
    shell.good("init")
    shell.good("source", "new", "tickets")
    (shell.folder / "rows.tsv").write_text("1\tAda\n2\tBen\nno tab\n")
    shell.good("source", "add", "desk", "--kind", "tickets", "--set", "path=rows.tsv")

    counts = shell.good("sync", "desk")["streams"]["desk.rows"]

    assert (counts["new"], counts["quarantined"]) == (2, 1)
    assert shell.good("source", "show", "desk")["config"]["token"] == "not set"
    assert shell.good("quarantine", "replay")["left"] == {"missing_key": 1}
    assert "pytest" in shell.run("source", "new", "more").out


def test_a_connector_that_fails_stops_its_source_alone(empty: Shell) -> None:
    shell = Shell(empty.folder, {"CDP_CONNECTORS_DIR": "own"})
    shell.good("init")
    for kind in ("tickets", "notes"):
        shell.good("source", "new", kind)
        shell.good("source", "add", kind, "--kind", kind, "--set", "path=rows.tsv")
    (shell.folder / "rows.tsv").write_text("1\tAda\n2\tBen\n")
    path = shell.folder / "own" / "notes.py"
    text = path.read_text()

    path.write_text(text.replace("number = done", "number = {}['Ada']"))
    failing = shell.run("sync", "--json")
    path.unlink()
    missing = shell.run("sync", "--json")

    assert failing.code == missing.code == 1
    assert "KeyError at notes.py:" in failing.document["failed"]["notes.rows"]
    assert failing.document["streams"]["tickets.rows"]["new"] == 2
    assert "no connector of that kind" in missing.document["failed"]["notes"]
    assert "tickets.rows" in missing.document["streams"]
    assert "Ada" not in failing.err + failing.out


def test_a_sync_tells_of_the_quarantine_of_what_it_read_alone(shop: Shell) -> None:
    assert shop.good("sync", "till")["quarantine"] == {}
    assert "crm.customers" in shop.good("sync", "crm")["quarantine"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Not A Name", "kind_name"),
        ("x" * 50, "kind_name"),
        ("sql", "kind_taken"),
        ("making", "kind_taken"),
        ("taken", "file_exists"),
    ],
)
def test_a_connector_that_cannot_be_is_not_written(empty: Shell, name: str, reason: str) -> None:
    (empty.folder / "test_taken.py").write_text("")

    done = empty.run("source", "new", name, "--json")

    assert (done.code, done.error["reason"]) == (1, reason)
    assert len(list(empty.folder.iterdir())) == 1
