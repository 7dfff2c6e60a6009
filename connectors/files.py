"""Finds and opens the files of a source, and decides where to go on in a file seen before.

A file is *unchanged* when its size, modification time and inode are what they were. A changed file
is read anew in full, unless its rows are only ever appended (`append_only`): then one that kept its
inode and grew goes on after its last complete row. Metadata cannot tell growth from rewriting in
place, and content is never fingerprinted (a bare hash of it would tell what is in it), so whether
rows are only appended is for the configuration to say.
"""

import codecs
import gzip
import io
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

from connectors.base import JsonObject, SourceMisconfigured, SourceUnavailable

# Between two marks at most, so that nobody downstream holds many long rows at once.
MOST_BYTES = 1 << 22
_GZIP = b"\x1f\x8b"
_BOMS = {
    "utf-8": (codecs.BOM_UTF8, "utf-8"),
    "utf-16-le": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-16-be": (codecs.BOM_UTF16_BE, "utf-16-be"),
}
_MAGIC = "*?["


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a file was read: nothing here tells what is in it.

    `position`: bytes (after decompression) up to the end of the last complete row; `lines`:
    physical lines up to there; `tail`: where a last row without a line end ended, 0 if there was
    none; `done`: read to the end.
    """

    size: int
    mtime_ns: int
    inode: int
    position: int = 0
    lines: int = 0
    tail: int = 0
    done: bool = False

    @classmethod
    def parse(cls, value: object) -> "Mark":
        """A mark from its JSON form. Raises SourceMisconfigured."""
        if isinstance(value, Mapping) and set(value) == set(cls.__slots__):
            numbers = [value[name] for name in cls.__slots__ if name != "done"]
            if all(type(number) is int for number in numbers) and type(value["done"]) is bool:
                return cls(**value)
        raise SourceMisconfigured(
            "the state is not one this connector wrote; read again without it",
            reason="unknown_state",
        )

    def document(self) -> JsonObject:
        """The JSON form."""
        return asdict(self)

    def same(self, found: "Mark") -> bool:
        """Whether the file as `found` now is the one that was read."""
        identity = (self.size, self.mtime_ns, self.inode)
        return identity == (found.size, found.mtime_ns, found.inode)

    def onward(self, found: "Mark", *, append_only: bool) -> "Mark":
        """Where to go on in the file as `found` now; `done` if there is nothing new."""
        if self.same(found):
            return self
        if append_only and self.inode == found.inode and self.size < found.size:
            return replace(found, position=self.position, lines=self.lines, tail=self.tail)
        return found


@dataclass(frozen=True, slots=True)
class Opened:
    """An open file: its bytes decompressed, its encoding resolved, where its text begins."""

    file: BinaryIO
    encoding: str
    begins: int


def found(path: str) -> list[tuple[str, Path]]:
    """The files of a path or pattern, as (name within the pattern's folder, path), by name.

    Raises:
        SourceUnavailable: no file matches the pattern (yet).
        SourceMisconfigured: the path is a folder.
    """
    whole = Path(path)
    plain = _until_magic(whole.parts)  # the folder that no wildcard reaches
    base = Path(*plain)
    if whole.is_dir():
        raise SourceMisconfigured(
            "path: is a folder; name a file, or a pattern such as folder/*.csv",
            reason="is_a_folder",
        )
    if len(plain) == len(whole.parts) or whole.is_file():
        return [(whole.name, whole)]
    files = sorted(
        (file.relative_to(base).as_posix(), file)
        for file in base.glob(str(Path(*whole.parts[len(plain) :])))
        if file.is_file()
    )
    if not files:
        raise SourceUnavailable(
            "path: no file matches; it is not there yet, or the pattern is wrong",
            reason="no_such_file",
        )
    return files


def look(path: Path) -> Mark:
    """The file as it is now, nothing of it read. Raises SourceUnavailable."""
    try:
        status = path.stat()
    except OSError as error:
        raise SourceUnavailable(
            "path: there is no such file; it is not there yet, or the path is wrong",
            reason="no_such_file",
        ) from error
    return Mark(status.st_size, status.st_mtime_ns, status.st_ino)


def opened(path: Path, encoding: str) -> Opened:
    """Open a file, decompressing gzip (known by its first bytes), and find where its text begins.

    Raises:
        SourceUnavailable: it cannot be opened.
        SourceMisconfigured: named .gz but not gzip; UTF-16 without a byte-order mark.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise SourceUnavailable(
            "path: a file cannot be opened; check that it is there and may be read",
            reason="cannot_open",
        ) from error
    try:
        return _resolved(_unpacked(raw, path), encoding)
    except BaseException:
        raw.close()
        raise


@contextmanager
def readable() -> Iterator[None]:
    """What goes wrong while a file is read, as errors that say what to do.

    Raises:
        SourceUnavailable: the file ends early, or cannot be read to its end.
    """
    try:
        yield
    except EOFError as error:
        raise SourceUnavailable(
            "path: a gzip file ends early; it is probably still being written",
            reason="ends_early",
        ) from error
    except (zlib.error, OSError) as error:
        raise SourceUnavailable(
            "path: a file cannot be read to its end; it may be damaged", reason="damaged"
        ) from error


def _unpacked(raw: io.BufferedReader, path: Path) -> BinaryIO:
    if raw.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
        # BufferedReader reads lines in C; GzipFile would do it in Python.
        return io.BufferedReader(cast("io.RawIOBase", _OwningGzip(raw)), 1 << 16)
    if path.suffix == ".gz" and os.fstat(raw.fileno()).st_size:
        raise SourceMisconfigured(
            "path: a file is named .gz but is not gzip; rename it or compress it again",
            reason="not_gzip",
        )
    return raw


class _OwningGzip(gzip.GzipFile):
    """Closes the file underneath as well."""

    def __init__(self, raw: io.BufferedReader) -> None:
        super().__init__(fileobj=raw, mode="rb")
        self._raw_file = raw

    def close(self) -> None:
        super().close()
        self._raw_file.close()


def _resolved(file: BinaryIO, encoding: str) -> Opened:
    canonical = codecs.lookup(encoding).name
    head = file.read(len(codecs.BOM_UTF8))
    if canonical == "utf-16":
        for bom, name in list(_BOMS.values())[1:]:
            if head.startswith(bom):
                return Opened(file, name, len(bom))
        if head:
            raise SourceMisconfigured(
                "encoding: the file has no byte-order mark; say utf-16-le or utf-16-be",
                reason="no_byte_order_mark",
            )
        return Opened(file, "utf-16-le", 0)
    canonical = "utf-8" if canonical == "utf-8-sig" else canonical
    bom, name = _BOMS.get(canonical, (b"", encoding))
    return Opened(file, name, len(bom) if bom and head.startswith(bom) else 0)


def _until_magic(parts: tuple[str, ...]) -> list[str]:
    plain: list[str] = []
    for part in parts:
        if any(sign in part for sign in _MAGIC):
            break
        plain.append(part)
    return plain
