"""Splits a binary file into rows, and knows after each row how many bytes were consumed.

csv.reader does the parsing and is fed one physical line at a time, so that byte positions stay
right across quoted line breaks. Rules for what is broken:

* A row with a quote error is given up as its *first line*, and reading goes on at the next line.
* A row that closes its quotes properly is one row whatever else is wrong with it: text inside
  quotes is never read as rows of its own, however long it is.
* Never more than `max_row_bytes` of a row is held or handed on.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

_CHUNK = 8192


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the bytes are to be read. `encoding` has no byte-order mark of its own."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quotechar: str | None = '"'
    escapechar: str | None = None
    doublequote: bool = True
    max_row_bytes: int = 1 << 20

    @property
    def newline(self) -> bytes:
        """The bytes of a line feed."""
        return "\n".encode(self.encoding)


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be split: the reason, and its bytes (cut at `max_row_bytes`)."""

    reason: str
    raw: bytes


class Lines(Protocol):
    """What gives physical lines, the line end included, cut at `limit` bytes."""

    def readline(self, limit: int, /) -> bytes: ...

    def seek(self, offset: int, /) -> int: ...


def after_lines(file: BinaryIO, dialect: Dialect, *, offset: int, count: int) -> int:
    """The offset after so many physical lines, or the end of the file."""
    feed = _Feed(_lines(file, dialect), dialect)
    feed.go_to(offset)
    while count:
        piece = feed.pull()
        if not piece:
            break
        offset += len(piece)
        count -= piece.endswith(dialect.newline)
    return offset


def _lines(file: BinaryIO, dialect: Dialect) -> Lines:
    return _WideLines(file, dialect.newline) if len(dialect.newline) > 1 else file


class _TooLong(Exception):
    """The row exceeds `max_row_bytes`."""


class Rows:
    """The rows of a file from `offset` on, as lists of cells or `Broken`. Blank lines are skipped.

    After each row: `start` and `end` are its byte offsets, `line` the number of its first line
    (from 1), `terminated` whether a line end closes it, `half` whether it may be the beginning of
    a quoted row that is still being written; `raw()` gives its bytes.
    """

    def __init__(self, file: BinaryIO, dialect: Dialect, *, offset: int, lines: int = 0) -> None:
        self._feed = _Feed(_lines(file, dialect), dialect)
        self._feed.go_to(offset)
        self._dialect = dialect
        self._next_line = lines + 1
        self.start = self.end = offset
        self.line = self._next_line
        self.terminated = True
        self.half = False

    @property
    def lines(self) -> int:
        """Physical lines consumed, from the beginning of the file."""
        return self._next_line - 1

    def raw(self) -> bytes:
        """The bytes of the row just given."""
        return b"".join(self._feed.held)

    def ends_at(self, offset: int) -> bool:
        """Whether the row's text ends at this byte, its line end not counted."""
        newline, last = self._dialect.newline, self._feed.held[-1]
        if not last.endswith(newline):
            return offset == self.end
        both = "\r\n".encode(self._dialect.encoding)
        ends = {self.end - len(newline)} | (
            {self.end - len(both)} if last.endswith(both) else set()
        )
        return offset in ends

    def __iter__(self) -> Iterator[list[str] | Broken]:
        dialect, feed = self._dialect, self._feed
        csv.field_size_limit(max(csv.field_size_limit(), dialect.max_row_bytes))
        reader = csv.reader(
            feed,
            delimiter=dialect.delimiter,
            quotechar=dialect.quotechar,
            quoting=csv.QUOTE_MINIMAL if dialect.quotechar else csv.QUOTE_NONE,
            escapechar=dialect.escapechar,
            doublequote=dialect.doublequote,
            strict=True,
        )
        while True:
            feed.begin()
            try:
                cells: list[str] | Broken = next(reader)
            except StopIteration:
                return
            except _TooLong:
                cells = self._too_long()
            except csv.Error as error:
                cells = self._quote_error(stray_return="new-line" in str(error))
            else:
                if feed.flaw:
                    cells = Broken(feed.flaw, self.raw())
                self._consumed(feed.size, len(feed.held))
            if cells:
                yield cells

    def _consumed(self, size: int, lines: int) -> None:
        self.start, self.end = self.end, self.end + size
        self.line, self._next_line = self._next_line, self._next_line + lines
        self.terminated = self._feed.held[-1].endswith(self._dialect.newline)

    def _quote_error(self, *, stray_return: bool) -> Broken:
        feed = self._feed
        self.half = self.half or feed.ended
        if not stray_return:
            feed.put_back()
        raw = self.raw()
        self._consumed(len(raw), len(feed.held))
        reason = "unclosed_quote" if feed.ended else "bad_quote"
        return Broken("stray_return" if stray_return else reason, raw)

    def _too_long(self) -> Broken:
        """Pass the row without holding it; back to its second line if its quote never closes."""
        feed, newline = self._feed, self._dialect.newline
        raw, size, lines = self.raw(), feed.size, len(feed.held)
        first = len(feed.held[0]) if feed.held[0].endswith(newline) else 0
        is_open = feed.opens("".join(feed.text(part) for part in feed.held))
        last = feed.held[-1]
        while is_open or not last.endswith(newline):
            part = feed.pull()
            if not part:
                break
            size, last = size + len(part), part
            is_open ^= feed.opens(feed.text(part))
            if part.endswith(newline):
                first, lines = first or size, lines + 1
        if is_open and first and first < size:
            feed.go_to(self.end + first)
            size, lines, last = first, 1, newline
        feed.held = [last]
        self._consumed(size, lines)
        kept = raw[: min(size, self._dialect.max_row_bytes)]
        return Broken("unclosed_quote" if is_open else "row_too_long", kept)


class _Feed:
    """The iterator csv.reader draws lines from; remembers the lines of the current row."""

    def __init__(self, source: Lines, dialect: Dialect) -> None:
        self._source = source
        self._dialect = dialect
        self._limit = (dialect.max_row_bytes // 2 + 1) * 2  # even: whole UTF-16 code units
        self._pushed: deque[bytes] = deque()
        self.held: list[bytes] = []
        self.size = 0
        self.flaw: str | None = None
        self.ended = False

    def begin(self) -> None:
        """A new row begins."""
        self.held = []
        self.size = 0
        self.flaw = None
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self.pull()
        if not raw:
            self.ended = True
            raise StopIteration
        self.held.append(raw)
        self.size += len(raw)
        if self.size > self._dialect.max_row_bytes:
            raise _TooLong
        try:
            text = raw.decode(self._dialect.encoding)
        except UnicodeDecodeError:
            self.flaw = "bad_encoding"
            text = self.text(raw)
        if "\0" in text:
            self.flaw = self.flaw or "nul_byte"
        return text

    def pull(self) -> bytes:
        """The next physical line, or the next piece of one that is too long; empty at the end."""
        return self._pushed.popleft() if self._pushed else self._source.readline(self._limit)

    def put_back(self) -> None:
        """Keep the first line of the row; what followed it is read again."""
        self._pushed.extendleft(reversed(self.held[1:]))
        del self.held[1:]

    def go_to(self, offset: int) -> None:
        """Read on from this byte of the file."""
        self._pushed.clear()
        self._source.seek(offset)

    def text(self, raw: bytes) -> str:
        """The text with what cannot be decoded replaced: only its structure counts."""
        return raw.decode(self._dialect.encoding, "replace")

    def opens(self, text: str) -> bool:
        """Whether an odd number of quotes leaves the row open (or closes an open one)."""
        if self._dialect.quotechar is None:
            return False
        if self._dialect.escapechar:
            text = re.sub(re.escape(self._dialect.escapechar) + ".", "", text, flags=re.DOTALL)
        return text.count(self._dialect.quotechar) % 2 == 1


class _WideLines:
    """Lines of an encoding with two-byte code units: a line feed counts at even offsets only."""

    def __init__(self, file: BinaryIO, newline: bytes) -> None:
        self._file = file
        self._newline = newline
        self._buffer = b""

    def seek(self, offset: int, /) -> int:
        """Go to a byte offset."""
        self._buffer = b""
        return self._file.seek(offset)

    def readline(self, limit: int, /) -> bytes:
        """The next line, at most `limit` (even) bytes of it."""
        end = self._line_end(0)
        while not end and len(self._buffer) < limit:
            known = len(self._buffer) // 2 * 2
            chunk = self._file.read(_CHUNK)
            if not chunk:
                break
            self._buffer += chunk
            end = self._line_end(known)
        cut = min(end or len(self._buffer), limit)
        line, self._buffer = self._buffer[:cut], self._buffer[cut:]
        return line

    def _line_end(self, start: int) -> int:
        at = self._buffer.find(self._newline, start)
        while at % 2 and at > 0:
            at = self._buffer.find(self._newline, at + 1)
        return at + 2 if at >= 0 else 0
