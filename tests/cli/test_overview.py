"""The command group itself: what it lists, how fast it is, how it fails."""

import subprocess
import sys
from collections.abc import Iterator
from uuid import UUID

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.cli import COMMANDS, cdp
from cdp.cli.failures import Failure, told
from cdp.cli.output import progress
from cdp.errors import Misconfigured, NotFound, ProfileSplit, Refused, TryAgain
from connectors.base import SourceMisconfigured, SourceUnavailable
from tests.cli.running import Shell

SECRET = "jane.secret@example.org"


def test_help_loads_no_command() -> None:
    code = (
        "import sys\nfrom cdp.cli import cdp\ncdp(['--help'], standalone_mode=False)\n"
        "heavy = {'sqlalchemy', 'cryptography', 'flask', 'rich', 'jsonschema', 'networkx'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "Commands:" in done.stdout


def test_the_overview_says_of_a_command_what_the_command_says_of_itself() -> None:
    with click.Context(cdp) as context:
        for name, (_, line) in COMMANDS.items():
            command = cdp.get_command(context, name)
            assert command is not None
            assert (command.help or "").splitlines()[0] == line


def test_a_group_without_a_command_shows_its_help(empty: Shell) -> None:
    done = empty.run("source")

    assert done.code == 2
    assert "Usage: cdp source" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("context", SECRET),
        ("context", "--channel", SECRET, "01a20043-ee8b-7343-9fa1-8d1a07cbbae5"),
        ("sync", f"--{SECRET}"),
        ("sync", f"-{SECRET}"),
        ("init", SECRET),
        ("profile", SECRET),
        (SECRET,),
        ("profile", "find", SECRET),
        ("profile", "find"),
        ("profile", "find", "="),
        ("source", "add", "x", "--kind", "delimited", "--set", SECRET),
        ("source", "add", "x", "--kind", "delimited", "--set", f"header={SECRET}"),
        ("source", "preview", "x", "--rows", SECRET),
        ("source", "map", "x"),
        ("source", "map", "x", "--file", SECRET),
        ("policy", "set", SECRET),
        ("demo", "--people", "5"),
        ("demo", "--people", SECRET),
        ("serve", "--port"),
        ("sync", "--follow", "--every", SECRET),
        ("sync", "--follow", "--every", "99h"),
        ("sync", "--every", "5s"),
        ("sync", "--follow", "--later"),
        ("worker", "--kinds", SECRET),
        ("jobs", "retry"),
        ("jobs", "retry", SECRET),
        ("jobs", "retry", "sync", "--all"),
        ("consent", "give", "--purpose", "offers"),
        ("context", "--purpose", SECRET),
    ],
)
@pytest.mark.parametrize("machine", [False, True])
def test_a_usage_error_is_one_line_and_repeats_nothing(
    arguments: tuple[str, ...], machine: bool, empty: Shell
) -> None:
    done = empty.run(*arguments, *(["--json"] if machine else []))

    assert done.code == 2
    assert done.out == ""
    assert SECRET not in done.err
    assert len(done.err.splitlines()) == 1
    assert "--help" in done.err
    if machine:
        assert done.error["reason"] == "usage"


@pytest.fixture
def context() -> Iterator[click.Context]:
    with click.Context(cdp) as made:
        yield made


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused("no"), 1),
        (NotFound("nothing"), 1),
        (TryAgain("later"), 3),
        (Misconfigured("act"), 4),
        (SourceMisconfigured("change it"), 1),
        (SourceUnavailable("away"), 3),
        (KeyError(SECRET), 70),
        (ValueError(f"could not read {SECRET}"), 70),
    ],
)
def test_an_error_is_an_exit_code_and_a_line(
    error: Exception, code: int, context: click.Context
) -> None:
    with pytest.raises(Failure) as failed, told(context):
        raise error

    assert failed.value.exit_code == code
    assert SECRET not in failed.value.message


def test_a_fault_names_its_class_and_its_place(context: click.Context) -> None:
    with pytest.raises(Failure) as failed, told(context):
        raise ZeroDivisionError

    assert "ZeroDivisionError at tests/cli/test_overview.py:" in failed.value.message


def test_a_split_profile_names_those_that_follow_it(context: click.Context) -> None:

    with pytest.raises(Failure, match="00000000-0000-0000-0000-000000000001"), told(context):
        raise ProfileSplit([UUID(int=1)])


@given(text=st.text(min_size=1))
def test_a_message_is_always_one_line(text: str) -> None:
    assert len(Failure(1, "refused", text).message.splitlines()) <= 1


def test_a_pipe_that_was_closed_is_no_fault(context: click.Context) -> None:
    with pytest.raises(BrokenPipeError), told(context):
        raise BrokenPipeError


def test_the_version_is_the_package_s(empty: Shell) -> None:
    assert empty.run("--version").out.strip().count(".") == 2


def test_progress_is_shown_to_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> str:
        with progress() as count:
            count("landed", 3)
            count("landed", 4)
        return capsys.readouterr().err

    assert work() == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert "landed" in work()


def test_a_parameter_that_nobody_described_is_still_told(context: click.Context) -> None:
    with pytest.raises(Failure, match="takes something else"), told(context):
        raise click.BadParameter(SECRET)
