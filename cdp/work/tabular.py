"""Plain files of records, CSV and Parquet: read by column, and the answer written the same way.

Only the columns asked for are read, as distinct values with a number per record, never row by row.
Messages name the file and the column; never what stands in them.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from cdp.errors import Refused
from identity.engines.columns import Column, stacked
from identity.engines.texts import Texts

PARQUET: Final = (".parquet", ".pq")
_DELIMITERS: Final = ",;\t|"
_HEAD: Final = 1 << 20
_ENCODINGS: Final = ("utf-8-sig", "cp1252")


@dataclass(frozen=True)
class Table:
    """One file: its name without endings, what its columns are called, and how to read them."""

    path: Path
    source: str
    columns: tuple[str, ...]
    encoding: str = ""
    delimiter: str = ","
    _header: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def open(cls, path: Path) -> "Table":
        """What a file offers.

        Raises:
            Refused: empty, not what its ending says, or two columns of one name.
        """
        if path.suffix.lower() in PARQUET:
            names, encoding, delimiter = _parquet_names(path), "", ","
        else:
            names, encoding, delimiter = _csv_names(path)
        stripped = tuple(name.strip() for name in names)
        if len(set(stripped)) != len(stripped):
            raise Refused(f"{path.name}: two columns have one name; rename one", reason="bad_file")
        source = path.name.partition(".")[0]
        return cls(path, source, stripped, encoding, delimiter, tuple(names))

    def read(self, columns: Sequence[str]) -> Iterator[tuple[str, pa.ChunkedArray]]:
        """These columns, one after the other; to be read and understood within `refusing`."""
        wanted = [self._header[self.columns.index(name)] for name in columns]
        read = self._parquet(wanted) if not self.encoding else self._csv(wanted)
        yield from zip(columns, map(_plain_numbers, read), strict=True)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse what cannot be read.

        Raises:
            Refused: the file cannot be read to its end, or a column holds lists or objects.
        """
        try:
            yield
        except (pa.ArrowException, OSError, EOFError, UnicodeError) as error:
            raise Refused(
                f"{self.path.name}: cannot be read ({type(error).__name__}); is a row broken, or"
                " the file cut off, or a column of lists or objects?",
                reason="bad_file",
            ) from None

    def _parquet(self, wanted: list[str]) -> Iterator[pa.ChunkedArray]:
        """One column at a time, and distinct values if the file has them so."""
        schema = pyarrow.parquet.read_schema(self.path)
        texts = [name for name in wanted if pa.types.is_string(schema.field(name).type)]
        with pyarrow.parquet.ParquetFile(self.path, read_dictionary=texts) as file:
            for name in wanted:
                yield file.read(columns=[name]).column(name)

    def _csv(self, wanted: list[str]) -> Iterator[pa.ChunkedArray]:
        with pa.input_stream(str(self.path), compression="detect") as stream:
            table = pyarrow.csv.read_csv(
                stream,
                read_options=pyarrow.csv.ReadOptions(
                    encoding="utf8" if self.encoding.startswith("utf") else self.encoding
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=self.delimiter, newlines_in_values=True
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    include_columns=wanted,
                    column_types=dict.fromkeys(wanted, pa.string()),
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
        yield from map(table.column, wanted)


def column_of(array: pa.ChunkedArray) -> Column:
    """Distinct values without blanks around them, and which of them each row holds."""
    parts = [_column(chunk) for chunk in array.chunks]
    return stacked(parts) if parts else Column.of([])


def _column(chunk: pa.Array) -> Column:
    encoded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    raw = encoded.dictionary.cast(pa.large_string())
    values = pc.fill_null(pc.utf8_trim_whitespace(raw), "")
    column = Column(_texts(values), codes)
    plain_already = values.equals(raw) and (column.packed.sizes > 0).all()
    return column if plain_already else column.becoming(column.packed)


def nothing(size: int) -> Column:
    """A column of so many rows that says nothing."""
    return Column([], np.full(size, -1, np.int32))


def _texts(array: pa.LargeStringArray) -> Texts:
    """The texts of an array without nulls, which begins where its memory does."""
    _, bounds, data = array.buffers()
    ends = np.frombuffer(bounds, np.int64)[: len(array) + 1] if bounds else np.zeros(1, np.int64)
    return Texts.over(np.frombuffer(data or b"", np.uint8)[: ends[-1]], ends)


def plain(column: Column) -> pa.ChunkedArray:
    """A column as text again."""
    packed = column.packed.packed()
    bounds = np.append(packed.starts, packed.ends[-1:] if len(packed) else [0]).astype(np.int64)
    values = pa.LargeStringArray.from_buffers(
        len(packed), pa.py_buffer(bounds), pa.py_buffer(packed.data)
    )
    codes = pa.array(column.codes, mask=column.codes < 0)
    return pa.chunked_array([values.take(codes)])


def write(path: Path, columns: Mapping[str, Any]) -> None:
    """Write columns to a file, Parquet or CSV by its ending; what was there is replaced.

    Raises:
        Refused: the file cannot be written.
    """
    table = pa.table(dict(columns))
    try:
        if path.suffix.lower() in PARQUET:
            pyarrow.parquet.write_table(table, path)
        else:
            pyarrow.csv.write_csv(table, path, pyarrow.csv.WriteOptions(quoting_style="needed"))
    except OSError as error:
        raise Refused(f"the answer cannot be written: {error.strerror}", reason="bad_out") from None


def _parquet_names(path: Path) -> list[str]:
    try:
        return list(pyarrow.parquet.ParquetFile(path).schema_arrow.names)
    except (pa.ArrowException, OSError):
        raise Refused(f"{path.name}: not a Parquet file, or cut off", reason="bad_file") from None


def _csv_names(path: Path) -> tuple[list[str], str, str]:
    """The names, the encoding and the delimiter of a CSV file, from its head."""
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            head = stream.read(_HEAD)
            cut_off = bool(stream.read(1))
    except (pa.ArrowException, OSError):
        raise Refused(f"{path.name}: cannot be read", reason="bad_file") from None
    if b"\0" in head:
        raise Refused(
            f"{path.name}: not a CSV file; Parquet files end in .parquet", reason="bad_file"
        )
    encoding = _encoding(head, 3 if cut_off else 0)
    line = next(iter(head.decode(encoding, "replace").splitlines()), "")
    if not line.strip():
        raise Refused(f"{path.name}: empty; the first line names the columns", reason="bad_file")
    delimiter = max(_DELIMITERS, key=line.count)
    return next(csv.reader([line], delimiter=delimiter)), encoding, delimiter


def _encoding(head: bytes, most: int) -> str:
    """`most`: bytes of a letter that the head may have lost its end of."""
    for encoding in _ENCODINGS:
        for cut in range(most + 1):
            with suppress(UnicodeDecodeError):
                head[: len(head) - cut].decode(encoding)
                return encoding
    return "latin-1"


def _plain_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers that are whole lose their point, so that 89111.0 is a postcode."""
    if not pa.types.is_floating(column.type):
        return column
    column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
    whole = pc.all(pc.equal(column, pc.floor(column))).as_py()
    return column.cast(pa.int64()) if whole is not False else column


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts without blanks around them; what is left empty is none."""
    text = pc.utf8_trim_whitespace(column.cast(pa.large_string()))
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.large_string()), text)
