"""Rules of identity on the command line: shown, learned, looked at, put in force, worked out."""

import stat
from pathlib import Path

import orjson
import pytest

from tests.cli.running import Shell


def test_rules_are_shown_in_the_form_that_set_reads(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text(shell.run("identity", "rules", "show").out, "utf-8")

    found = shell.good("identity", "rules", "preview", path)

    assert (found["merges"], found["splits"], found["differing"]) == ([], [], 0)
    assert found["records"] > found["profiles"] == found["persons"] > 0


def test_everybody_worked_out_at_once_is_who_they_are(shell: Shell) -> None:
    done = shell.run("identity", "rebuild")

    assert "0 merges, 0 splits" in done.out
    assert "0 records resolved again" in done.out


def test_learned_rules_are_told_kept_in_a_file_of_ones_own_and_looked_at(
    shell: Shell, tmp_path: Path
) -> None:
    path = tmp_path / "trained.json"

    told = shell.run("identity", "train", "--out", path)
    document = orjson.loads(path.read_bytes())

    assert "what is believed of them stands: " in told.out
    assert "passport" in told.out
    assert "birth_date" in told.out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert document["frequencies"]["given_name"]["counts"]
    preview = shell.run("identity", "rules", "preview", path)
    assert "Nothing was written." in preview.out
    assert shell.good("identity", "rules", "show")["rules"]["frequencies"] == {}


def test_training_alone_keeps_nothing(shell: Shell) -> None:
    assert "Nothing was written: --out keeps the rules" in shell.run("identity", "train").out


def test_rules_put_in_force_are_in_force_and_put_back(shell: Shell, tmp_path: Path) -> None:
    before, path = shell.good("identity", "rules", "show"), tmp_path / "before.json"
    path.write_bytes(orjson.dumps(before["rules"]))

    learned = shell.good("identity", "train", "--set")
    after = shell.good("identity", "rules", "show")
    again = shell.run("identity", "train", "--set")
    back = shell.run("identity", "rules", "set", path)

    assert learned["rebuilt"]["rules"]["hash"] == after["hash"] != before["hash"]
    assert all(key.startswith("~") for key in after["rules"]["frequencies"]["email"]["counts"])
    assert "These rules are in force." in again.out
    assert "are in force." in back.out
    assert shell.good("identity", "rules", "show")["hash"] == before["hash"]


@pytest.mark.parametrize("command", [("preview",), ("set",)])
def test_what_is_no_rules_is_refused_in_one_line(
    shell: Shell, tmp_path: Path, command: tuple[str]
) -> None:
    path = tmp_path / "bad.json"
    path.write_text('{"format": "continuum.identity.rules/3"}', "utf-8")

    done = shell.run("identity", "rules", *command, path)

    assert done.code == 1
    assert "must have exactly the fields" in done.err
    assert len(done.err.splitlines()) == 1


def test_a_file_in_no_folder_is_refused_before_anything_is_read(shell: Shell) -> None:
    done = shell.run("identity", "train", "--out", "nowhere/rules.json")

    assert done.code == 2


def test_nothing_to_learn_from_is_said(empty: Shell) -> None:
    empty.run("init")

    done = empty.run("identity", "train")

    assert done.code == 1
    assert "sync sources" in done.err
