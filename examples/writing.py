"""Writes the silos as files, and the truth beside them; row by row, in the memory of a few rows.

    files = write(parts(7, 100_000, now), folder)

Rows that no reader can use are written behind the heroes'. The truth goes to a folder of its own
(`truth/records.csv`, `truth/people.csv`), which is never given to the platform.
"""

import csv
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from examples.broken import BROKEN, Broken
from examples.ledger import Entry, Row
from examples.silos import Part
from examples.streams import TABLES, Table

TRUTH = "truth"
_BATCH = 1000
_NUMBERS: Mapping[str, str] = {"items": "INTEGER", "total": "REAL", "refund": "REAL"}


@dataclass(frozen=True, slots=True)
class Files:
    """Where the silos and the truth were written, and how many rows of each stream and people."""

    folder: Path
    truth: Path
    rows: Mapping[str, int]
    people: int


class _Writer(Protocol):
    def row(self, row: Row) -> None:
        """One row."""

    def broken(self, broken: Broken) -> None:
        """What is no row."""

    def close(self) -> None:
        """Nothing comes any more."""


def write(parts: Iterable[Part], folder: Path, truth: Path | None = None) -> Files:
    """Write every file below the folder, which is made; the truth goes to `truth`, or beside it."""
    beside = truth or folder.with_name(TRUTH)
    counts: Counter[str] = Counter()
    people = 0
    with ExitStack() as open_:
        kept = open_.enter_context(closing(_Truth(beside)))
        writers = _writers(folder, open_)
        for number, part in enumerate(parts):
            people += len(part.people)
            kept.part(part)
            for entry in part.entries:
                writers[entry.stream].row(entry.row)
                counts[entry.stream] += 1
            if not number:
                for broken in BROKEN:
                    writers[broken.stream].broken(broken)
    return Files(folder, beside, {stream: counts[stream] for stream in TABLES}, people)


def _writers(folder: Path, open_: ExitStack) -> dict[str, _Writer]:
    makers: Mapping[str, Callable[[Path, Table], _Writer]] = {
        "delimited": _Delimited,
        "sql": _Database,
        "jsonl": _JsonLines,
    }
    writers: dict[str, _Writer] = {}
    for stream, table in TABLES.items():
        path = folder / table.path
        path.parent.mkdir(parents=True, exist_ok=True)
        made = makers[table.kind](path, table)
        writers[stream] = open_.enter_context(closing(made))
    return writers


class _Delimited:
    """A CSV file with a header; what is empty is an empty cell."""

    def __init__(self, path: Path, table: Table) -> None:
        self._columns = table.columns
        self._file = path.open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file, lineterminator="\n")
        self._csv.writerow(table.columns)

    def row(self, row: Row) -> None:
        self._csv.writerow([row[column] for column in self._columns])

    def broken(self, broken: Broken) -> None:
        self._file.flush()
        self._file.buffer.write(broken.raw)

    def close(self) -> None:
        self._file.close()


class _JsonLines:
    """One object a line; what is empty is absent."""

    def __init__(self, path: Path, _table: Table) -> None:
        self._file: IO[bytes] = path.open("wb")

    def row(self, row: Row) -> None:
        filled = {column: value for column, value in row.items() if value != ""}
        self._file.write(json.dumps(filled, ensure_ascii=False).encode() + b"\n")

    def broken(self, broken: Broken) -> None:
        self._file.write(broken.raw)

    def close(self) -> None:
        self._file.close()


class _Database:
    """A table of a SQLite database; what is empty is NULL."""

    def __init__(self, path: Path, table: Table) -> None:
        self._connection = sqlite3.connect(path)
        typed = ", ".join(f'"{name}" {_NUMBERS.get(name, "TEXT")}' for name in table.columns)
        self._connection.execute(f'CREATE TABLE "{table.stream}" ({typed})')
        marks = ", ".join("?" * len(table.columns))
        self._insert = f'INSERT INTO "{table.stream}" VALUES ({marks})'  # noqa: S608 - our names
        self._columns = table.columns
        self._rows: list[tuple[object, ...]] = []

    def row(self, row: Row) -> None:
        self._keep(tuple(None if row[name] == "" else row[name] for name in self._columns))

    def broken(self, broken: Broken) -> None:
        """Bytes are kept as text, whatever they spell."""
        marks = ", ".join("CAST(? AS TEXT)" for _ in self._columns)
        with self._connection:
            self._connection.execute(
                f'INSERT INTO "{broken.stream}" VALUES ({marks})',  # noqa: S608 - our names
                [broken.cells.get(name) for name in self._columns],
            )

    def close(self) -> None:
        self._flush()
        self._connection.close()

    def _keep(self, row: tuple[object, ...]) -> None:
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        """Both tables lie in one file, so nobody keeps it locked."""
        with self._connection:
            self._connection.executemany(self._insert, self._rows)
        self._rows.clear()


class _Truth:
    """Which row is which invented person."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as open_:
            self._records, self._people = (
                open_.enter_context((folder / name).open("w", encoding="utf-8", newline=""))
                for name in ("records.csv", "people.csv")
            )
            self._open = open_.pop_all()
        csv.writer(self._records).writerow(("stream", "key", "person", "kinds"))
        csv.writer(self._people).writerow(("person", "group"))

    def part(self, part: Part) -> None:
        rows = ((one.stream, one.key, one.person, _kinds(one)) for one in part.entries)
        csv.writer(self._records).writerows(dict.fromkeys(rows))
        csv.writer(self._people).writerows((one.key, one.group) for one in part.people)

    def close(self) -> None:
        self._open.close()


def _kinds(entry: Entry) -> str:
    return " ".join(sorted(entry.kinds))
