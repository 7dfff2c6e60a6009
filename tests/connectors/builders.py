"""Delimited files to read: the source under test, and short ways to write and read one."""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from connectors.base import JsonObject, Message, Record, State, Unreadable
from connectors.delimited import Delimited
from connectors.registry import check_config
from connectors.testing import SourceUnderTest

HEADER = ["customer_no", "email", "note"]


def config(path: Path, **more: Any) -> dict[str, Any]:
    """A configuration that passes the schema."""
    made = {"path": str(path), "stream": "customers", "key": ["customer_no"], **more}
    check_config(Delimited(), made)
    return made


def read(options: JsonObject, state: JsonObject | None = None) -> list[Message]:
    """All messages of the source's one stream."""
    return list(Delimited().read(options, str(options["stream"]), state))


def rows(messages: Iterable[Message]) -> list[list[Any]]:
    """The cells of the records."""
    return [list(message.data.values()) for message in messages if isinstance(message, Record)]


def broken(messages: Iterable[Message]) -> list[tuple[str, bytes]]:
    """Reason and bytes of what could not be read."""
    return [
        (message.reason, message.raw) for message in messages if isinstance(message, Unreadable)
    ]


def last_state(messages: Sequence[Message]) -> JsonObject:
    """The state the stream ended with."""
    assert isinstance(messages[-1], State)
    return messages[-1].value


def lines(cells: Iterable[Sequence[str]], **dialect: Any) -> str:
    """What csv.writer makes of these rows."""
    out = io.StringIO(newline="")
    csv.writer(out, **dialect).writerows(cells)
    return out.getvalue()


def touch_later(path: Path) -> None:
    """Move the modification time on, as a later write does."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))


class FileUnderTest(SourceUnderTest):
    """One delimited file with quoted line breaks in it."""

    connector = Delimited()
    stream = "customers"
    personal = ("jane0@example.org", "a second line, quoted")

    def __init__(self, path: Path, **more: Any) -> None:
        self._path = path
        self._count = 0
        self.config = config(path, state_every=7, **more)
        path.write_text(lines([HEADER]), newline="")
        self.append(1)

    def append(self, count: int) -> None:
        made = [
            [str(number), f"jane{number}@example.org", "one\r\na second line, quoted"]
            for number in range(self._count, self._count + count)
        ]
        self._count += count
        with self._path.open("a", newline="") as file:
            file.write(lines(made))
        touch_later(self._path)

    def change_one(self) -> str:
        text = self._path.read_bytes()
        self._path.write_bytes(text.replace(b"jane0@example.org", b"jane9@example.org"))
        touch_later(self._path)
        return "0"

    def add_unreadable(self) -> None:
        with self._path.open("a", newline="") as file:
            file.write("only-one-cell\r\n")
        touch_later(self._path)

    def bad_configs(self) -> Iterable[tuple[JsonObject, str]]:
        for name, value in (
            ("path", ""),
            ("stream", "Not A Name"),
            ("key", []),
            ("message", "jane0@example.org"),
            ("delimiter", "jane0@example.org"),
            ("encoding", "no-such-encoding"),
            ("max_row_bytes", "many"),
            ("null_values", [1]),
            ("unheard_of", True),
        ):
            yield {**self.config, name: value}, name
        yield {"stream": "customers", "key": ["customer_no"]}, "path"
        yield {**self.config, "message": "event"}, "event"
        yield {**self.config, "message": "consent"}, "consent"
        yield {**self.config, "header": False}, "columns"
        yield {**self.config, "message": "event", "event": {"id": ["a"], "at": "b"}}, "event"
        yield {**self.config, "consent": {"id": ["a", ""]}}, "consent.id[1]"
        yield {**self.config, "delimiter": ";", "quotechar": ";"}, "quotechar"


class LogUnderTest(FileUnderTest):
    """The same file as an append-only log: what was there is never read again."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, append_only=True)

    def change_one(self) -> str:
        text = self._path.read_bytes()
        self._path.unlink()
        self._path.write_bytes(text.replace(b"jane0@example.org", b"jane9@example.org!"))
        touch_later(self._path)
        return "0"
