"""The doctor sees what an operator must act on, and says so with its exit code."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Shell


def checks(document: Any) -> dict[str, Any]:
    return {check["name"]: check for check in document["checks"]}


def change(shell: Shell, store: str, *statements: str) -> None:
    with closing(sqlite3.connect(shell.folder / "data" / f"{store}.sqlite3")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_a_platform_in_order_is_healthy(shell: Shell) -> None:
    document = shell.good("doctor")

    assert document["healthy"] is True
    found = checks(document)
    assert found["drift"]["figures"]["forbidden"] == found["drift"]["figures"]["missing"] == 0
    assert found["quarantine"]["state"] == "note"
    assert {check["state"] for name, check in found.items() if name != "quarantine"} == {"good"}
    assert "good  drift" in shell.run("doctor").out


def test_a_quick_look_leaves_the_drift_out(shell: Shell) -> None:
    assert "drift" not in checks(shell.good("doctor", "--quick"))


def test_a_view_without_entitlement_is_an_incident(shell: Shell) -> None:
    """The facts are changed behind the platform's back, so the views that rest on them stay."""
    said = "'$[0].type', 'withdrawn', '$[0].purposes[0]', '*', '$[0].channels[0]', '*'"
    change(shell, "main", f"UPDATE consent_current SET facts = json_set(facts, {said})")

    done = shell.run("doctor", "--json")

    assert done.code == 4
    assert done.error["reason"] == "unhealthy"
    found = checks(done.document)["drift"]
    assert found["state"] == "bad"
    assert found["figures"]["forbidden"] > 0
    assert "bad   drift" in shell.run("doctor").out


@pytest.mark.parametrize(
    "loss",
    ["DELETE FROM sealed_view", "UPDATE slot SET wrapped = zeroblob(length(wrapped))"],
)
def test_a_view_that_cannot_be_read_is_only_late(loss: str, shell: Shell) -> None:
    change(shell, "views", loss)

    document = shell.good("doctor")

    assert checks(document)["drift"]["state"] == "note"
    assert checks(document)["drift"]["figures"]["missing"] > 20


def test_a_restriction_that_views_have_not_heard_of_must_be_acted_on(shell: Shell) -> None:
    change(shell, "main", "UPDATE outbox SET applied_at = NULL")

    done = shell.run("doctor", "--json")

    assert done.code == 4
    assert checks(done.document)["outbox"]["figures"]["count"] > 0


def test_what_waits_and_what_a_crash_left_is_noted(shell: Shell) -> None:
    change(shell, "main", "INSERT INTO pending SELECT id, workspace_id, 1 FROM record LIMIT 3")
    change(
        shell,
        "custody",
        "UPDATE consent_body SET event_id = lower(hex(randomblob(16))), created_at = '2020-01-01'"
        " WHERE event_id = (SELECT min(event_id) FROM consent_body)",
    )

    found = checks(shell.good("doctor", "--quick"))

    assert (found["work"]["state"], found["work"]["figures"]["count"]) == ("note", 3)
    assert (found["orphans"]["state"], found["orphans"]["figures"]["count"]) == ("note", 1)


def test_a_missing_key_is_named(shell: Shell) -> None:
    (key,) = (shell.folder / "data" / "keys").glob("*/custody-wrap/1.key")
    key.unlink()

    done = shell.run("doctor", "--quick", "--json")

    assert done.code == 4
    assert "custody-wrap" in checks(done.document)["keys"]["detail"]


def test_a_store_of_another_version_must_be_migrated(shell: Shell) -> None:
    change(shell, "views", "DELETE FROM alembic_version_views")

    done = shell.run("doctor", "--quick", "--json")

    assert done.code == 4
    (told,) = checks(done.document).values()
    assert told["state"] == "bad"
    assert "cdp init" in told["detail"]


def test_an_installation_that_is_none_is_told_in_one_check(empty: Shell) -> None:
    done = empty.run("doctor", "--json")

    assert done.code == 4
    assert list(checks(done.document)) == ["platform"]


def test_keys_are_listed_and_never_shown(shell: Shell) -> None:
    listed = shell.good("keys", "status")

    roles = {line["role"]: line for line in listed["roles"]}
    assert roles["view.offers"]["live"] == [1]
    assert roles["custody"]["newest"] == 1
    assert Path(listed["folder"]).is_dir()
    assert "lookup.service" in shell.run("keys", "status").out


@pytest.mark.parametrize("name", ["view.offers"])
def test_a_destroyed_epoch_is_seen(name: str, shell: Shell) -> None:
    (key,) = (shell.folder / "data" / "keys").glob(f"*/{name}/1.key")
    key.unlink()

    told = shell.run("keys", "status").out

    assert "none" in told
