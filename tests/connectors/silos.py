"""Sources under test: JSON Lines, Parquet, and databases on SQLite and PostgreSQL."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from pyarrow import parquet

from connectors.base import JsonObject
from connectors.jsonl import JsonLines
from connectors.parquet import Parquet
from connectors.registry import check_config
from connectors.sql import Sql
from connectors.testing import SourceUnderTest
from tests.connectors.builders import FileUnderTest, touch_later

SHARED_FAULTS: tuple[tuple[str, Any], ...] = (
    ("path", ""),
    ("stream", "Not A Name"),
    ("key", []),
    ("message", "jane0@example.org"),
    ("deletes_at_most", 2),
    ("unheard_of", True),
)


class RefreshedFileUnderTest(FileUnderTest):
    """Delimited files where a row that is missing is gone."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, full_refresh=True)

    def remove_one(self) -> str:
        kept = self._path.read_text().splitlines(keepends=True)
        start = next(place for place, line in enumerate(kept) if line.startswith("3,"))
        self._path.write_text("".join(kept[:start] + kept[start + 2 :]), newline="")
        touch_later(self._path)
        return "3"

    def bad_configs(self) -> Iterable[tuple[JsonObject, str]]:
        yield {**self.config, "append_only": True}, "full_refresh"
        yield (
            {**self.config, "message": "consent", "consent": {"id": ["note"]}},
            "full_refresh",
        )


class LinesUnderTest(SourceUnderTest):
    """One JSON Lines file with nested objects."""

    connector = JsonLines()
    stream = "customers"
    personal = ("jane0@example.org", "Zoë of house 0")

    def __init__(self, path: Path, **more: Any) -> None:
        self._path = path
        self._count = 0
        self.config = {
            "path": str(path),
            "stream": "customers",
            "key": ["customer.no"],
            "state_every": 7,
            **more,
        }
        check_config(self.connector, self.config)
        path.write_text("")
        self.append(1)

    def append(self, count: int) -> None:
        with self._path.open("a") as file:
            for number in range(self._count, self._count + count):
                row = {
                    "customer": {"no": number, "name": f"Zoë of house {number}"},
                    "emails": [{"value": f"jane{number}@example.org"}],
                }
                file.write(json.dumps(row, ensure_ascii=number % 2 == 1) + "\n")
        self._count += count
        touch_later(self._path)

    def change_one(self) -> str:
        text = self._path.read_text()
        self._path.unlink()
        self._path.write_text(text.replace("jane0@example.org", "jane9@example.org!"))
        touch_later(self._path)
        return "0"

    def remove_one(self) -> str:
        if not self.config.get("full_refresh"):
            return super().remove_one()
        kept = self._path.read_text().splitlines(keepends=True)
        self._path.write_text("".join(kept[:3] + kept[4:]))
        touch_later(self._path)
        return "3"

    def add_unreadable(self) -> None:
        with self._path.open("a") as file:
            file.write('{"customer": {"no": 7}\n')
        touch_later(self._path)

    def bad_configs(self) -> Iterable[tuple[JsonObject, str]]:
        for name, value in (*SHARED_FAULTS, ("max_depth", 9999), ("max_row_bytes", "many")):
            yield {**self.config, name: value}, name
        yield {**self.config, "message": "event"}, "event"
        event = {"id": ["id"], "at": "at", "type": "seen", "format": "jane0@example.org"}
        yield {**self.config, "message": "event", "event": event}, "event.format"


class ParquetUnderTest(SourceUnderTest):
    """One Parquet file of several row groups."""

    connector = Parquet()
    stream = "customers"
    personal = ("jane0@example.org",)

    def __init__(self, path: Path, **more: Any) -> None:
        self._path = path
        self._rows: list[dict[str, Any]] = []
        self.config = {
            "path": str(path),
            "stream": "customers",
            "key": ["no"],
            "state_every": 7,
            **more,
        }
        check_config(self.connector, self.config)
        self.append(1)

    def append(self, count: int) -> None:
        start = len(self._rows)
        self._rows += [
            {"no": str(start + place), "email": f"jane{start + place}@example.org"}
            for place in range(count)
        ]
        self._write()

    def change_one(self) -> str:
        self._rows[0]["email"] = "jane9@example.org"
        self._write()
        return "0"

    def remove_one(self) -> str:
        if not self.config.get("full_refresh"):
            return super().remove_one()
        gone = str(self._rows.pop(3)["no"])
        self._write()
        return gone

    def add_unreadable(self) -> None:
        self._rows.append({"no": None, "email": "nobody@example.org"})
        self._write()

    def _write(self) -> None:
        schema = pa.schema([("no", pa.string()), ("email", pa.string())])
        table = pa.Table.from_pylist(self._rows, schema=schema)
        parquet.write_table(table, self._path, row_group_size=1000)
        touch_later(self._path)

    def bad_configs(self) -> Iterable[tuple[JsonObject, str]]:
        for name, value in (*SHARED_FAULTS, ("columns", ["a", "a"])):
            yield {**self.config, name: value}, name


class TableUnderTest(SourceUnderTest):
    """One table of a database; with a cursor unless it is refreshed in full."""

    connector = Sql()
    stream = "customers"
    personal = ("jane0@example.org", "s3cret-password")

    def __init__(self, engine: sa.Engine, url: str, *, cursor: bool) -> None:
        self._engine = engine
        self._count = 0
        self._clock = 0
        self.comes_again = not cursor
        item: dict[str, Any] = {"name": "customers", "table": "customers", "key": ["no"]}
        if cursor:
            item |= {"cursor": "changed", "overlap": 20, "overlap_rows": 100}
        self.config: dict[str, Any] = {"url": url, "streams": [item], "state_every": 7}
        check_config(self.connector, self.config)
        self.run("CREATE TABLE customers (no INTEGER, email TEXT, changed INTEGER)")
        self.append(1)

    def run(self, statement: str, rows: Iterable[dict[str, Any]] = ({},)) -> None:
        """Run a statement once for each of the rows, and commit."""
        with self._engine.begin() as connection:
            connection.execute(sa.text(statement), list(rows))

    def append(self, count: int) -> None:
        made = [
            {
                "no": number,
                "email": f"jane{number}@example.org s3cret-password",
                "changed": self._clock + 1 + number // 3,
            }
            for number in range(self._count, self._count + count)
        ]
        self._count += count
        self.run("INSERT INTO customers VALUES (:no, :email, :changed)", made)

    def change_one(self) -> str:
        self.run(f"UPDATE customers SET email = 'x', changed = {self._count} WHERE no = 0")
        return "0"

    def remove_one(self) -> str:
        if not self.comes_again:
            return super().remove_one()
        self.run("DELETE FROM customers WHERE no = 3")
        return "3"

    def add_unreadable(self) -> None:
        self.run("INSERT INTO customers VALUES (NULL, 'nobody@example.org', 1)")

    def bad_configs(self) -> Iterable[tuple[JsonObject, str]]:
        (item,) = self.config["streams"]
        yield {**self.config, "url": 7}, "url"
        yield {"url": "x"}, "streams"
        yield {**self.config, "streams": [item, item]}, "streams"
        for name, value in (
            ("key", []),
            ("name", "Not A Name"),
            ("query", "SELECT 1"),
            ("overlap", -1),
            ("message", "jane0@example.org"),
        ):
            yield {**self.config, "streams": [{**item, name: value}]}, "streams[0]"


@contextmanager
def database(kind: str, folder: Path) -> Iterator[tuple[sa.Engine, str]]:
    """An empty database of a source, and its URL; on PostgreSQL a schema of its own."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'shop.db'}"
        engine = sa.create_engine(url)
        engine.connect().close()
        (folder / "shop.db").touch()
        yield engine, url
        engine.dispose()
        return
    admin = os.environ.get("CDP_TEST_ADMIN_URL", "postgresql://root@127.0.0.1:5432/test")
    schema = f"source_{os.getpid()}_{abs(hash(folder))}"
    url = f"{admin}?options=-csearch_path%3D{schema}&application_name={schema}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {schema}"))
    try:
        yield engine, url
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
            connection.execute(sa.text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()
