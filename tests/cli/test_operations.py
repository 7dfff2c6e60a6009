"""Setting up, syncing, resolving."""

from pathlib import Path

import pytest

from cdp.cli.opening import place_of
from cdp.settings import Settings
from cdp.store.database import Database
from tests.cli.running import Shell


def test_init_says_where_everything_is_and_what_one_process_costs(empty: Shell) -> None:
    told = empty.good("init")

    assert set(told["stores"]) == {"main", "custody", "views"}
    assert all(Path(place).is_file() for place in told["stores"].values())
    assert Path(told["keys"]).is_dir()
    assert told["roles"] == ["intake", "custodian", "disclosure"]
    assert "One process holds all roles" in told["warning"]


def test_init_may_be_repeated(empty: Shell) -> None:
    first = empty.good("init")

    assert empty.good("init") == first
    assert "Workspace default is ready" in empty.run("init").out


def test_a_place_shows_no_password() -> None:
    database = Database("main", "postgresql://app:hunter2@db/continuum")

    assert place_of(database) == "postgresql://app:***@db/continuum"


@pytest.mark.parametrize("command", ["sync", "resolve", "doctor", "serve"])
def test_without_init_an_operator_is_told_to_run_it(command: str, empty: Shell) -> None:
    done = empty.run(command)

    assert done.code == 4
    assert "cdp init" in done.err + done.out


def test_a_bad_setting_is_named(tmp_path: Path) -> None:
    done = Shell(tmp_path, {"CDP_PORT": "many"}).run("sync", "--json")

    assert done.code == 4
    assert "port" in done.error["message"]


def test_a_second_sync_changes_nothing(shell: Shell) -> None:
    again = shell.good("sync")

    assert sum(sum(stream.values()) for stream in again["streams"].values()) == 0
    assert again["resolved"]["records"] == again["views"]["profiles"] == 0


def test_people_are_told_what_a_sync_did(shell: Shell) -> None:
    told = shell.run("sync", "crm").out

    assert "crm.customers" in told
    assert "in quarantine: crm.customers: 1 bad_encoding" in told
    assert "shop.orders" not in told


def test_resolve_finds_nothing_to_do(shell: Shell) -> None:
    assert shell.good("resolve")["resolved"]["records"] == 0
    assert "Resolved 0 records" in shell.run("resolve").out


def test_serve_serves_where_it_is_told(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[Settings, bool]] = []

    def keep(settings: Settings, *, worker: bool) -> None:
        served.append((settings, worker))

    monkeypatch.setattr("cdp.web.serving.serve", keep)

    done = shell.run("serve", "--port", 9001)

    assert done.code == 0
    assert "http://127.0.0.1:9001" in done.err
    assert shell.run("serve", "--no-worker").code == 0
    (first, works), (_, leaves) = served
    assert (first.host, first.port) == ("127.0.0.1", 9001)
    assert (works, leaves) == (True, False)
