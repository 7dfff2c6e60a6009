"""What a benchmark found: one value, written as a table for people or as JSON for machines.

Figures reach a page only through `Report.put_into`, between two marks, so none is typed by hand.
"""

import argparse
import json
import os
import platform
import re
import sqlite3
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Table:
    """A titled table; cells are text."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """As GitHub writes tables."""
        return f"**{self.title}**\n\n{self.grid()}"

    def grid(self) -> str:
        """The table without its title."""
        rows = [self.head, ["---"] * len(self.head), *self.rows]
        return "\n".join(map(_row, rows))


@dataclass(frozen=True)
class Report:
    """Tables for people, and everything that was measured."""

    name: str
    tables: tuple[Table, ...]
    measured: Mapping[str, Any] = field(repr=False)

    def markdown(self) -> str:
        """Every table, and where it was measured."""
        return "\n\n".join([*(table.markdown() for table in self.tables), f"Measured on {here()}."])

    def json(self) -> str:
        """Everything that was measured."""
        return json.dumps({"benchmark": self.name, "on": here(), **self.measured}, indent=2)

    def put_into(self, page: Path) -> None:
        """Write the tables between this benchmark's two marks in a page.

        Raises:
            ValueError: the page does not have the marks once each.
        """
        begin, end = (f"<!-- {word} {self.name} -->" for word in ("figures", "end"))
        text = page.read_text("utf-8")
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{page} needs `{begin}` and `{end}`, once each")
        pattern = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
        block = f"{begin}\n{self.markdown()}\n{end}"
        page.write_text(pattern.sub(lambda _: block, text), "utf-8")


def parser(name: str, about: str | None) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    found = argparse.ArgumentParser(name, description=about)
    found.add_argument("--postgresql", metavar="URL", help="also there; an administrator's URL")
    found.add_argument("--json", action="store_true", help="everything measured, as JSON")
    found.add_argument("--markdown", action="store_true", help="tables (the default)")
    found.add_argument("--into", metavar="PAGE", type=Path, help="put the tables into this page")
    return found


def tell(report: Report, asked: argparse.Namespace) -> None:
    """Print the report as asked; `--into` also writes it."""
    if asked.into is not None:
        report.put_into(asked.into)
    sys.stdout.write((report.json() if asked.json else report.markdown()) + "\n")


def here() -> str:
    """The machine, in a sentence without its name."""
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, load average {load:.1f} at the end"
    )


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which this part of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def spread(values: Sequence[float]) -> str:
    """The median of paired ratios, and the range in which the middle half lies."""
    middle = statistics.median(values)
    low, high = quantile(values, 0.25), quantile(values, 0.75)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
