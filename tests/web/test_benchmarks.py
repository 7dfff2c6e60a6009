"""The benchmarks run, on a small scale: what they watch and fill is still there."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as command
from benchmarks.reporting import Report, Table, quantile, spread
from benchmarks.shares import Stopwatch
from cdp import logs
from tests.conftest import ADMIN_URL

pytestmark = pytest.mark.slow
SHORT = {
    "context_read": ["--rounds", "1", "--seconds", "0.1"],
    "landing": ["--rounds", "1", "--records", "20"],
    "growth": ["--rounds", "1", "--small", "20", "--sizes", "60"],
}


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    yield
    logs.configure("warning", "json")


@pytest.mark.parametrize("name", SHORT)
def test_a_benchmark_measures(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([name, *SHORT[name], "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["benchmark"] == name
    assert "SQLite" in (found.get("compared") or found)


def test_a_benchmark_measures_on_postgresql_too(
    postgresql: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert postgresql
    options = [*SHORT["landing"], "--json", "--postgresql", ADMIN_URL]
    assert command.main(["landing", *options]) == 0

    found = json.loads(capsys.readouterr().out)
    assert {"SQLite", "PostgreSQL"} <= (found.get("compared") or found).keys()


def test_figures_reach_a_page_between_their_marks_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures one -->\nold\n<!-- end one -->\nafter\n", "utf-8")
    report = Report("one", (Table("A title", ("a", "b"), (("1", r"\2"),)),), {})

    report.put_into(page)
    report.put_into(page)

    text = page.read_text("utf-8")
    assert text.startswith("before\n<!-- figures one -->\n**A title**\n\n| a | b |\n")
    assert text.endswith("<!-- end one -->\nafter\n")
    assert "old" not in text
    assert r"| 1 | \2 |" in text
    with pytest.raises(ValueError, match="figures two"):
        Report("two", (), {}).put_into(page)


def test_the_page_has_a_place_for_every_benchmark() -> None:
    own = Path(command.__file__).with_name("README.md")
    scale = own.parents[1] / "docs/scale.md"
    for name in command.BENCHMARKS:
        page = (scale if name == "scale" else own).read_text("utf-8")
        assert page.count(f"<!-- figures {name} -->") == page.count(f"<!-- end {name} -->") == 1


def test_a_watched_call_counts_for_the_innermost_share() -> None:
    watch = Stopwatch({"outer": ("json:dumps",), "inner": ("json:JSONEncoder.encode",)})
    before = json.dumps
    with watch.watching():
        json.dumps({"a": list(range(1000))}, indent=None, sort_keys=True)

    assert json.dumps is before
    assert watch.seconds["inner"] > 0
    assert watch.seconds["outer"] > 0
    with (
        pytest.raises(LookupError, match="json:nothing"),
        Stopwatch({"x": ("json:nothing",)}).watching(),
    ):
        pass


def test_a_spread_is_the_median_and_the_middle_half() -> None:
    assert spread([1.0, 2.0, 3.0, 4.0]) == "2.50 (2.00 to 4.00)"
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
