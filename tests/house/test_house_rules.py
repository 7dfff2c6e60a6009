"""Rules of the house that no linter knows, asserted over everything there is."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cdp.outcomes.events import catalogue_markdown

ROOT = Path(__file__).parents[2]
PACKAGES = ("cdp", "identity", "consent", "connectors", "migrations", "tests", "examples")
PURE = ("identity", "consent", "cdp/outcomes", "cdp/mapping")
LIMIT = 400


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_longer_than_a_reader_can_hold(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LIMIT


@pytest.mark.parametrize("path", sources(*PURE), ids=lambda path: str(path.relative_to(ROOT)))
def test_pure_rooms_ask_no_clock_and_open_no_file(path: Path) -> None:
    called = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    }

    forbidden = {"open", "print", "input", "clock.now", "now", "datetime.now", "time.time"}
    assert not called & forbidden


def test_the_import_contracts_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_the_event_catalogue_is_documented_as_it_is() -> None:
    documented = (ROOT / "docs/events.md").read_text()

    assert catalogue_markdown().strip() in documented


def test_modules_have_the_names_of_things() -> None:
    vague = re.compile(r"(^|_)(utils?|helpers?|common|managers?|services?)$")

    assert not [path for path in sources("cdp", *PURE) if vague.search(path.stem)]


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources(*(name for name in PACKAGES if name != "tests"))
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert not silent


def test_the_lock_file_names_no_address() -> None:
    assert "://" not in (ROOT / "constraints.txt").read_text()
