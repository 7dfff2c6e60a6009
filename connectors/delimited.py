"""Delimited text files (CSV, TSV and their kin), one or many, plain or gzip, read incrementally.

Every cell stays the text it was; nothing is trimmed or converted (the texts in `null_values` become
null). A row that cannot be read becomes `Unreadable` with one of the codes in `REASONS`, and the
stream goes on. A file changed since the last read is read anew in full, unless `append_only` (the
default for events and consents, not for records): see `connectors.files`. Positions count the
files of a pattern by name.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, ClassVar

from connectors.base import (
    Json,
    JsonObject,
    Message,
    SourceMisconfigured,
    Stream,
    Unreadable,
)
from connectors.files import MOST_BYTES, Mark, Opened, found, opened, readable
from connectors.layout import SCHEMA, Layout
from connectors.making import REASONS as UNUSABLE
from connectors.making import Maker, Unusable, by_name
from connectors.marked import read_files
from connectors.rows import Broken, Dialect, Rows, after_lines

REASONS = {
    **UNUSABLE,
    "bad_encoding": "bytes that the encoding does not allow",
    "bad_quote": "text after a closing quote",
    "not_one_row": "read again, its bytes are several rows, or none",
    "nul_byte": "a NUL character",
    "row_too_long": "longer than max_row_bytes; the bytes kept are cut there",
    "stray_return": "a carriage return alone, outside quotes",
    "unclosed_quote": "a quote that is never closed",
    "wrong_column_count": "more or fewer cells than columns",
}
_SNIFFED = ",;\t|"
# The bytes kept are not the whole row.
_CUT = frozenset({"row_too_long"})

_Make = Callable[[list[str], str], Message]


class Delimited:
    """Reads delimited files; see the module."""

    name: ClassVar[str] = "delimited"
    summary: ClassVar[str] = "Delimited text files (CSV, TSV ...), plain or gzip, one or many."
    config_schema: ClassVar[JsonObject] = SCHEMA
    tabular: ClassVar[bool] = True

    def streams(self, config: JsonObject) -> Sequence[Stream]:
        """The one stream of the configuration. Raises SourceMisconfigured."""
        return [Layout.parse(config).stream]

    def read(self, config: JsonObject, stream: str, state: JsonObject | None) -> Iterator[Message]:
        """The rows of the files that changed since `state`.

        Raises:
            SourceMisconfigured: another stream's name; a column that the header no longer has; a
                delimiter that cannot be told; a state of another connector.
            SourceUnavailable: no file, or one that ends early.
        """
        layout = Layout.parse(config)

        def one(where: str, path: Path, start: Mark) -> Iterator[Message | Mark]:
            return _FileReader(layout, where, path).messages(start)

        return read_files(layout.files, "line", stream, state, one)

    def reread(self, config: JsonObject, flawed: Unreadable) -> Message:
        """One row again, as the files' first one now says that rows are to be read.

        Raises:
            SourceError: as `read`.
        """
        layout = Layout.parse(config)
        if flawed.reason in _CUT:
            return flawed
        with readable():
            _, path = found(layout.files.path)[0]
            return _FileReader(layout, "", path).again(flawed)


class _FileReader:
    """Reads one file from a mark on."""

    def __init__(self, layout: Layout, where: str, path: Path) -> None:
        self._layout = layout
        self._where = where
        self._path = path

    def messages(self, start: Mark) -> Iterator[Message | Mark]:
        """The messages of the file, a Mark wherever it may be gone on from, one at its end."""
        with readable():
            source = opened(self._path, self._layout.encoding)
            with source.file:
                yield from self._opened(source, start)

    def again(self, flawed: Unreadable) -> Message:
        """What these bytes are when they are read like a row of this file."""
        source = opened(self._path, self._layout.encoding)
        with source.file:
            dialect = replace(self._layout.dialect, encoding=source.encoding)
            make, dialect, _ = self._prepared(source, dialect)
        rows = Rows(io.BytesIO(flawed.raw), dialect, offset=0)
        found = [self._message(row, rows, make, flawed.position) for row in rows]
        if len(found) == 1:
            return found[0]
        return replace(flawed, reason="not_one_row")

    def _opened(self, source: Opened, start: Mark) -> Iterator[Message | Mark]:
        dialect = replace(self._layout.dialect, encoding=source.encoding)
        if not _at_line_start(source, start.position, dialect.newline):
            start = replace(start, position=0, lines=0, tail=0)
        make, dialect, begin = self._prepared(source, dialect)
        if start.position < begin.position:
            start = replace(start, position=begin.position, lines=begin.lines, tail=0)
        rows = Rows(source.file, dialect, offset=start.position, lines=start.lines)
        every, since = self._layout.files.state_every, 0
        position, lines = start.position, start.lines
        marked = position
        for row in rows:
            if start.tail and rows.start == start.position and rows.ends_at(start.tail):
                pass  # yielded before its line end was written
            else:
                yield self._message(row, rows, make, f"{self._where}{rows.line}")
            since += 1
            if not rows.half and rows.terminated:
                position, lines = rows.end, rows.lines
                if since >= every or position - marked >= MOST_BYTES:
                    since, marked = 0, position
                    yield replace(start, position=position, lines=lines, tail=0)
        tail = 0 if rows.half or rows.terminated else rows.end
        yield replace(start, position=position, lines=lines, tail=tail, done=True)

    def _message(self, row: list[str] | Broken, rows: Rows, make: _Make, position: str) -> Message:
        stream = self._layout.stream.name
        if isinstance(row, Broken):
            return Unreadable(stream, position, row.reason, row.raw)
        try:
            return make(row, position)
        except Unusable as unusable:
            return Unreadable(stream, position, str(unusable), rows.raw())

    def _prepared(self, source: Opened, dialect: Dialect) -> tuple[_Make, Dialect, Mark]:
        """The message maker, the dialect with its delimiter, and where the rows begin."""
        options, file = self._layout.options, source.file
        skipped: int = options.get("skip_lines", 0)
        offset = after_lines(file, dialect, offset=source.begins, count=skipped)
        if dialect.delimiter == "auto":
            dialect = self._told(file, dialect, offset)
        names, lines = options.get("columns"), skipped
        if options.get("header", True):
            rows = Rows(file, dialect, offset=offset, lines=lines)
            header = next(iter(rows), None)
            offset, lines = rows.end, rows.lines
            names = names or _header(header)
        make = _maker(self._layout, names or self._layout.needed())  # empty file: no rows come
        return make, dialect, Mark(0, 0, 0, position=offset, lines=lines)

    def _told(self, file: BinaryIO, dialect: Dialect, offset: int) -> Dialect:
        """The dialect with the one delimiter that splits the first row as configured.

        The first row alone decides, so that a file that grows is never split another way.
        """
        options, needed = self._layout.options, set(self._layout.needed())
        fits: dict[str, int] = {}
        for sign in _SNIFFED:
            tried = replace(dialect, delimiter=sign)
            row = next(iter(Rows(file, tried, offset=offset)), None)
            if row is None:
                return tried
            cells = [] if isinstance(row, Broken) else [cell.strip() for cell in row]
            named = "columns" in options
            if (len(cells) == len(options["columns"])) if named else needed <= set(cells):
                fits[sign] = len(cells)
        most = max(fits.values(), default=0)
        best = [sign for sign, count in fits.items() if count == most]
        if not best or (len(best) > 1 and most > 1):
            raise SourceMisconfigured(
                "delimiter: cannot be told from the first row, where the configured columns must "
                "appear; name the delimiter, or check the column names",
                reason="unknown_delimiter",
            )
        return replace(dialect, delimiter=best[0])


def _at_line_start(source: Opened, position: int, newline: bytes) -> bool:
    """Whether a row can begin here: it does not after a rewrite that moved the line ends."""
    if position <= source.begins:
        return True
    source.file.seek(position - len(newline))
    return source.file.read(len(newline)) == newline


def _header(row: list[str] | Broken | None) -> list[str]:
    """The column names. A header may be data by mistake: errors show none of it."""
    if isinstance(row, Broken):
        raise SourceMisconfigured(
            f"the header row cannot be read ({row.reason}); check encoding and quotechar",
            reason="unreadable_header",
        )
    names = [name.strip() for name in row or ()]
    for place, name in enumerate(names, 1):
        if not name or name in names[: place - 1]:
            raise SourceMisconfigured(
                f"the header's column {place} is empty or a repetition; name the columns with "
                "`columns`, or set `header` to false if there is no header row",
                reason="ambiguous_header",
            )
    return names


def _maker(layout: Layout, names: Sequence[str]) -> _Make:
    """What turns cells into a message of the configured kind."""
    missing = [name for name in layout.needed() if name not in names]
    if missing:
        raise SourceMisconfigured(
            f"columns that the file does not have: {', '.join(missing)}; nothing was read from it",
            reason="missing_column",
        )
    nulls = frozenset(layout.options.get("null_values", ()))
    width = len(names)
    maker = Maker(layout.stream, layout.options, by_name)

    def message(cells: list[str], position: str) -> Message:
        if len(cells) != width:
            raise Unusable("wrong_column_count")
        data: dict[str, Json] = dict(zip(names, cells, strict=True))
        if nulls:
            data = {name: None if cell in nulls else cell for name, cell in data.items()}
        return maker.message(data, position)

    return message
