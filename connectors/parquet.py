"""Parquet files, one or many, streamed by row group; a changed file is read anew in full.

Values become plain JSON as `connectors.making.plain` says; nanoseconds are cut to microseconds.
A row with a value that has no such form becomes `Unreadable` (`bad_value`), and the stream goes
on. Resuming skips the row groups that were read. `full_refresh` is as in `connectors.delimited`.

A small file can hold much: one long text that a million rows share is written once. So only as
many rows are decoded at a time as fit into memory if each had the longest cell there can be, and a
row beyond `max_row_bytes` is not landed.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from connectors.base import (
    Json,
    JsonObject,
    Message,
    SourceMisconfigured,
    SourceUnavailable,
    Stream,
    Unreadable,
)
from connectors.files import MOST_BYTES, Mark
from connectors.making import REASONS as UNUSABLE
from connectors.making import Maker, Unusable, by_path, needed, plain, raw_of, reread
from connectors.marked import read_files
from connectors.shape import CONDITIONS, KINDS, NAME, PATH, REFRESH, STATE_EVERY, Files

if TYPE_CHECKING:
    import pyarrow as pa

REASONS: Final = {
    **UNUSABLE,
    "bad_value": "a value outside what an instant or text can be; its column is left out",
    "row_too_long": "a row longer than max_row_bytes; its long columns are left out",
    "unsupported_type": "a value of a type that has no JSON form",
}
SCHEMA: Final[dict[str, Json]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["path", "stream", "key"],
    "properties": {
        "path": PATH,
        "stream": NAME,
        **KINDS,
        **REFRESH,
        "columns": {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 1,
            "uniqueItems": True,
            "description": "the columns to read, each once; without it all",
        },
        "max_row_bytes": {"type": "integer", "minimum": 1024},
        "state_every": STATE_EVERY,
    },
    "allOf": list(CONDITIONS),
}
_MAGIC: Final = b"PAR1"
_ENCRYPTED: Final = b"PARE"
_ROWS, _FEWEST_ROWS = 1000, 16
_DECODED: Final = 1 << 28
_SHORT: Final = 512
_UNTEXT: Final = (ValueError, OverflowError, UnicodeDecodeError)


class Parquet:
    """Reads Parquet files; see the module."""

    name: ClassVar[str] = "parquet"
    summary: ClassVar[str] = "Parquet files, one or many, streamed by row group."
    config_schema: ClassVar[JsonObject] = SCHEMA
    tabular: ClassVar[bool] = True

    def streams(self, config: JsonObject) -> Sequence[Stream]:
        """The one stream of the configuration. Raises SourceMisconfigured."""
        return [Files.parse(config, grows=False).stream]

    def read(self, config: JsonObject, stream: str, state: JsonObject | None) -> Iterator[Message]:
        """The rows of the files that changed since `state`.

        Raises:
            SourceMisconfigured: another stream's name; no Parquet file; a column that the file
                does not have; a state of another connector.
            SourceUnavailable: no file, or one that is cut off.
        """
        files = Files.parse(config, grows=False)
        options: Mapping[str, Any] = config
        reader = _Reader(
            Maker(files.stream, options, by_path),
            files.state_every,
            options.get("max_row_bytes", 1 << 20),
            options,
        )
        return read_files(files, "row", stream, state, reader.messages)

    def reread(self, config: JsonObject, flawed: Unreadable) -> Message:
        """One row again under this configuration."""
        stream = Files.parse(config, grows=False).stream
        return reread(Maker(stream, config, by_path), flawed, final=("bad_value", "row_too_long"))


@dataclass(slots=True)
class _Since:
    """How much has come since the last mark."""

    rows: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one file from a mark on; a mark's `position` counts rows, `lines` row groups."""

    maker: Maker
    every: int
    limit: int
    options: Mapping[str, Any]

    def messages(self, where: str, path: Path, start: Mark) -> Iterator[Message | Mark]:
        """The messages of the file, a Mark wherever it may be gone on from, one at its end."""
        from pyarrow import parquet  # noqa: PLC0415 - slow to import, and needed for this alone

        with _readable(path), parquet.ParquetFile(path) as file:
            columns = self._columns(file.schema_arrow)
            number, since = 0, _Since()
            for group in range(file.num_row_groups):
                shape = file.metadata.row_group(group)
                if number + shape.num_rows > start.position:
                    size = min(self.every, _at_once(shape.total_byte_size))
                    batches = file.iter_batches(size, row_groups=[group], columns=columns)
                    at = replace(start, lines=group)
                    yield from self._group(where, batches, at, number, since)
                number += shape.num_rows
            yield replace(start, position=number, lines=file.num_row_groups, done=True)

    def _group(
        self,
        where: str,
        batches: "Iterator[pa.RecordBatch]",
        start: Mark,
        number: int,
        since: _Since,
    ) -> Iterator[Message | Mark]:
        """The rows of a row group whose first row comes after `number` others."""
        for batch in batches:
            skip = max(0, min(start.position - number, batch.num_rows))
            number += skip
            for part in _parts(_simple(batch.slice(skip))):
                for data in _rows(part, self.limit):
                    number += 1
                    yield self._message(data, f"{where}{number}")
                since.rows += part.num_rows
                since.size += part.nbytes
                if since.rows >= self.every or since.size >= MOST_BYTES:
                    since.rows = since.size = 0
                    yield replace(start, position=number)

    def _columns(self, schema: "pa.Schema") -> list[str] | None:
        names = list(schema.names)
        if len(set(names)) < len(names):
            raise SourceMisconfigured(
                "a file has two columns of one name; nothing was read from it",
                reason="duplicate_column",
            )
        wanted: list[str] = list(self.options.get("columns", ()))
        used = needed(self.maker.stream, self.maker.options)
        missing = [name for name in wanted if name not in names]
        have = set(wanted or names)
        missing += [name for name in used if not {name, name.split(".")[0]} & have]
        if missing:
            raise SourceMisconfigured(
                f"columns that a file does not have: {', '.join(missing)}; nothing was read of it",
                reason="missing_column",
            )
        return wanted or None

    def _message(self, row: "dict[str, Any] | _Odd", position: str) -> Message:
        stream = self.maker.stream.name
        if isinstance(row, _Odd):
            key = self.maker.key(row.data)
            return Unreadable(stream, position, row.reason, raw_of(row.data), key)
        try:
            return self.maker.message(row, position)
        except Unusable as unusable:
            return Unreadable(stream, position, str(unusable), raw_of(row), self.maker.key(row))


@dataclass(frozen=True, slots=True)
class _Odd:
    """A row with a value that has no JSON form, and what is left of the row."""

    reason: str
    data: dict[str, Any]


def _at_once(size: int) -> int:
    """How many rows may be decoded at once: no cell is longer than what its row group holds."""
    return max(_FEWEST_ROWS, min(_ROWS, _DECODED // max(1, size)))


def _parts(batch: "pa.RecordBatch") -> "Iterator[pa.RecordBatch]":
    """A batch in parts that are not large, or are one row."""
    if batch.nbytes <= MOST_BYTES or batch.num_rows <= 1:
        yield batch
        return
    middle = batch.num_rows // 2
    yield from _parts(batch.slice(0, middle))
    yield from _parts(batch.slice(middle))


def _rows(batch: "pa.RecordBatch", limit: int) -> Iterator[dict[str, Any] | _Odd]:
    """The rows as plain JSON."""
    try:
        found = batch.to_pylist() if batch.nbytes <= limit else None
    except _UNTEXT:
        found = None
    if found is None:
        yield from (_one(batch.slice(place, 1), limit) for place in range(batch.num_rows))
        return
    for row in found:
        try:
            yield {name: plain(value) for name, value in row.items()}
        except Unusable as unusable:
            kept = {name: value for name, value in row.items() if _fits(value)}
            yield _Odd(str(unusable), {name: plain(value) for name, value in kept.items()})


def _fits(value: Any) -> bool:
    try:
        plain(value)
    except Unusable:
        return False
    return True


def _one(row: "pa.RecordBatch", limit: int) -> dict[str, Any] | _Odd:
    data: dict[str, Any] = {}
    reason = "row_too_long" if row.nbytes > limit else None
    for name, column in zip(row.schema.names, row.columns, strict=True):
        if reason == "row_too_long" and column.nbytes > _SHORT:
            continue
        try:
            data[name] = plain(column[0].as_py())
        except _UNTEXT:
            reason = reason or "bad_value"
        except Unusable as unusable:
            reason = reason or str(unusable)
    return data if reason is None else _Odd(reason, data)


def _simple(batch: "pa.RecordBatch") -> "pa.RecordBatch":
    """Nanoseconds have no Python form, and what rows share is given to each; the rest stays."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    coarse = pa.schema([field.with_type(_coarse(field.type)) for field in batch.schema])
    if coarse == batch.schema:
        return batch
    columns = [
        column.cast(field.type, safe=False)
        for column, field in zip(batch.columns, coarse, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=coarse)


def _coarse(kind: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - see above

    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if pa.types.is_time64(kind) and kind.unit == "ns":
        return pa.time64("us")
    if pa.types.is_duration(kind) and kind.unit == "ns":
        return pa.duration("us")
    if pa.types.is_dictionary(kind):
        return _coarse(kind.value_type)
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_coarse(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_coarse(field.type)) for field in kind])
    return kind


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What goes wrong while a file is read, as errors that say what to do."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    try:
        yield
    except pa.ArrowNotImplementedError:
        raise SourceMisconfigured(
            "path: a Parquet file uses something that cannot be read here; write it in another way",
            reason="unsupported_type",
        ) from None
    except UnicodeDecodeError:
        raise SourceMisconfigured(
            "path: a column of a Parquet file has a name that is not UTF-8; write it again",
            reason="bad_encoding",
        ) from None
    except (pa.ArrowException, OSError):
        _tell(path)


def _tell(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - len(_MAGIC)))
            tail = file.read()
    except OSError:
        raise SourceUnavailable(
            "path: a file cannot be opened; check that it is there and may be read",
            reason="cannot_open",
        ) from None
    if _ENCRYPTED in (head, tail):
        raise SourceMisconfigured(
            "path: a Parquet file is encrypted; write it again without", reason="encrypted"
        )
    if size and head != _MAGIC:
        raise SourceMisconfigured(
            "path: a file is not Parquet; check the pattern, or write it again",
            reason="not_parquet",
        )
    if tail == _MAGIC and size > len(_MAGIC):
        raise SourceMisconfigured(
            "path: a Parquet file has its end, and is damaged before it or too deeply nested;"
            " write it again",
            reason="damaged",
        )
    raise SourceUnavailable(
        "path: a Parquet file is cut off; it is probably still being written", reason="cut_off"
    )
