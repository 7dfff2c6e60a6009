"""The pages say what there is, all of it, and the commands on them run."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cdp.cli import cdp
from cdp.settings import SettingsSchema
from tests.cli.running import Done, Shell

ROOT = Path(__file__).parents[2]
CLI_PAGE = (ROOT / "docs" / "cli.md").read_text("utf-8")
SETTINGS_PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
CUSTOMERS = """customer_no,first_name,surname,email,phone,country,birth_date
K-1,Ada,Quell,ada@example.org,020 7946 0011,GB,1984-05-17
K-2,Ben,Ofen,ben@example.org,,GB,1990-01-02
"""
SERVES_FOR_EVER = {"cdp serve"}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its path."""
    with click.Context(cdp, info_name="cdp") as context:
        yield from below("cdp", cdp, context)


def below(
    path: str, command: click.Command, context: click.Context
) -> Iterator[tuple[str, click.Command]]:
    """The commands of a group; a command itself."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        yield from below(f"{path} {name}", inner, context)


COMMANDS = dict(commands())


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_help_an_example_and_json(path: str) -> None:
    command = COMMANDS[path]

    assert (command.help or "").splitlines()[0].rstrip().endswith(".")
    assert f"{path}" in (command.epilog or "")
    assert any("--json" in parameter.opts for parameter in command.params)


@pytest.mark.parametrize("path", COMMANDS)
def test_every_option_is_explained(path: str) -> None:
    for parameter in COMMANDS[path].params:
        if isinstance(parameter, click.Option) and not isinstance(parameter.type, click.Choice):
            assert parameter.help or parameter.show_default, parameter.name


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_a_row_with_an_example(path: str) -> None:
    (row,) = re.findall(rf"^\| `{path}` \| (.+) \| `(.+)` \|$", CLI_PAGE, re.MULTILINE)

    assert path in row[1]


@pytest.mark.parametrize("path", COMMANDS)
def test_the_tour_runs_every_command(path: str) -> None:
    assert path in SERVES_FOR_EVER or re.search(rf"^\$ .*{path}\b", CLI_PAGE, re.MULTILINE)


def test_the_page_names_no_command_that_there_is_not() -> None:
    named = set(re.findall(r"^\| `(cdp[^`]*)` \|", CLI_PAGE, re.MULTILINE))

    assert named == set(COMMANDS)


def test_every_setting_has_a_row_with_its_default_and_meaning() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (?:`(.*)`)? *\| (.+) \|$", SETTINGS_PAGE, re.MULTILINE)

    fields = SettingsSchema().fields
    assert rows == [
        (
            name,
            "" if field.load_default is None else str(field.load_default),
            field.metadata["help"],
        )
        for name, field in fields.items()
    ]


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)", page.read_text("utf-8"))

    assert [link for link in links if not (page.parent / link).is_file()] == []


@pytest.mark.parametrize(
    ("page", "least"), [("cli.md", 20), ("operators.md", 10), ("identity.md", 4), ("traits.md", 4)]
)
def test_the_commands_of_a_page_can_be_followed(page: str, least: int, tmp_path: Path) -> None:
    tour = Tour(Shell(tmp_path, {}))
    text = (ROOT / "docs" / page).read_text("utf-8")

    for block in re.findall(r"^```console\n(.+?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            assert line.startswith("$ ")
            tour.follow(line.removeprefix("$ "))

    assert tour.followed > least


def test_the_ten_lines_of_the_readme_run(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text(CUSTOMERS, "utf-8")
    tour = Tour(Shell(tmp_path, {}))
    (block,) = re.findall(r"Ten lines.+?^```console\n(.+?)^```", README, re.MULTILINE | re.DOTALL)

    for line in block.splitlines():
        if line.removeprefix("$ ") not in SERVES_FOR_EVER:
            tour.follow(line.removeprefix("$ "))

    assert len(block.splitlines()) == 10
    assert tour.followed == 9


class Tour:
    """A shell that knows `cd`, `NAME=$(...)`, `$NAME`, `| head -1`, `> file`; runs `cdp` here."""

    def __init__(self, shell: Shell) -> None:
        self.followed = 0
        self._shell = shell
        self._names: dict[str, str] = {}

    def follow(self, line: str) -> None:
        """One line; it must succeed."""
        assigned = re.fullmatch(r"([A-Z]+)=\$\((.+)\)", line)
        if assigned:
            command, _, first = assigned[2].partition(" | head -1")
            del first
            self._names[assigned[1]] = self._run(command).out.strip().splitlines()[0]
            assert self._names[assigned[1]]
        elif line.startswith("cd "):
            self._shell = Shell(self._shell.folder / line.removeprefix("cd "), {})
        else:
            command, _, file = line.partition(" > ")
            done = self._run(command)
            if file:
                (self._shell.folder / file).write_text(done.out)

    def _run(self, line: str) -> Done:
        words = [
            self._names[word[1:]] if word.startswith("$") else word for word in shlex.split(line)
        ]
        assert words[0] == "cdp"
        done = self._shell.run(*words[1:])
        assert done.code == 0, f"{line}: {done.err}"
        self.followed += 1
        return done
