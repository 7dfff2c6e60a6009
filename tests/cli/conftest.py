"""One demo is played for all; each test works on a copy of its folder."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from examples.heroes import HEROES
from tests.cli.running import Shell


@dataclass(frozen=True)
class Played:
    """A demo that was played: where, and what it told."""

    folder: Path
    told: dict[str, Any]


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The demo with few people."""
    folder = tmp_path_factory.mktemp("demo") / "try"
    told = Shell(folder.parent, {}).good("demo", "--folder", folder, "--people", 24)
    return Played(folder, told)


@pytest.fixture
def shell(played: Played, tmp_path: Path) -> Shell:
    """A platform with everything the demo puts there."""
    folder = tmp_path / "try"
    shutil.copytree(played.folder, folder)
    return Shell(folder, {})


@pytest.fixture
def empty(tmp_path: Path) -> Shell:
    """A folder in which nothing was set up."""
    return Shell(tmp_path, {})


@pytest.fixture
def bruno(shell: Shell) -> str:
    """The profile of somebody who wants offers."""
    found: list[str] = shell.good("profile", "find", f"email={HEROES['bruno'].email}")["profiles"]
    return found[0]
