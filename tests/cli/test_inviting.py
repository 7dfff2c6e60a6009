"""`cdp demo --serve` prints lines that run: those very lines are run here, by a shell."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdp.cli import inviting
from cdp.cli.output import console
from cdp.settings import Settings
from cdp.web import serving
from tests.cli.conftest import Played
from tests.cli.running import Shell

_PATIENCE = 300


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A demo that serves, in a process of its own; ended as a terminal ends it."""
    folder = tmp_path_factory.mktemp("serving") / "try"
    command = [sys.executable, "-c", "from cdp.cli import main; main()", "demo", "--json"]
    command += ["--people", "20"]
    command += ["--folder", str(folder), "--serve", str(_free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        try:
            yield json.loads("".join(_document(started)))
        finally:
            started.send_signal(signal.SIGINT)
            code = started.wait(_PATIENCE)
    assert code == 0


def test_every_line_runs_and_answers(served: dict[str, Any]) -> None:
    answers = _run(served["serve"]["lines"])

    health, resolved, context, profile, before, said, after, consents = answers
    assert health["status"] == "ok"
    amelie = served["contexts"]["served_first"]["subject"]["profile_id"]
    assert resolved["profiles"] == [amelie]
    assert context["outcomes"]["resolution"]["value"]["root_causes"]
    assert profile["data"]
    assert (before["decision"]["permitted"], after["decision"]["permitted"]) == (True, False)
    assert said["key_destroyed"]
    assert "withdrawn" in {one["type"] for row in consents["records"] for one in row["facts"]}


def test_the_key_is_kept_nowhere(served: dict[str, Any]) -> None:
    key = served["serve"]["key"].encode()

    files = [path for path in Path(served["folder"]).rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if key in path.read_bytes()]


def test_people_are_shown_the_key_and_the_lines_to_paste(served: dict[str, Any]) -> None:
    out = console()

    with out.capture() as shown:
        inviting.show_invitation(out, served["serve"])

    told = shown.get()
    assert told.count(served["serve"]["key"]) == 1
    assert all(line in told.splitlines() for line in served["serve"]["lines"])


def test_a_port_that_is_taken_is_told_before_anything_is_played(empty: Shell) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]

        done = empty.run("demo", "--folder", "mine", "--serve", taken, "--json")

    assert done.code == 1
    assert done.error["reason"] == "port_taken"
    assert str(taken) in done.error["message"]
    assert not list((empty.folder / "mine").iterdir())


def test_an_invitation_makes_a_client_for_what_the_lines_ask(shell: Shell, played: Played) -> None:
    made = inviting.invitation(shell.folder, played.told, port=8099)

    (client,) = shell.good("client", "list")["clients"]
    assert client["name"] == made["client"]
    assert "consents:write" in client["scopes"]
    assert made["url"] == "http://127.0.0.1:8099"
    assert sum(made["key"] in line for line in made["lines"]) == 1


def test_people_get_the_lines_before_it_serves(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(serving, "serve", lambda settings: asked.append(settings.port))

    done = shell.run("demo", "--people", "20", "--folder", "again", "--serve", _free_port())

    assert done.code == 0
    assert "until Ctrl-C" in done.out
    assert len(asked) == 1


def test_without_a_port_the_one_of_the_settings_is_served(empty: Shell) -> None:
    assert inviting._served(empty.folder, 0).port == Settings.load({}, cwd=empty.folder).port
    assert inviting._served(empty.folder, 8099).port == 8099


def _document(started: "subprocess.Popen[str]") -> Iterator[str]:
    """The lines of the answer; the process goes on after them."""
    assert started.stdout is not None
    for line in started.stdout:
        yield line
        if line == "}\n":
            return
    raise AssertionError("the demo ended before it served")


def _run(lines: list[str]) -> list[Any]:
    """What each line answers; the first only sets variables."""
    script = "\n".join(["set -e", lines[0], *(f"{line}; echo" for line in lines[1:])])
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
