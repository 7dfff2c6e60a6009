"""JSON Lines: one JSON object a line, one file or many, plain or gzip, read incrementally.

Objects land as they are, with two exceptions that keep them readable everywhere: a whole number
beyond 64 bits becomes its digits as text, and a fraction that does not fit a double is refused.
A line that cannot be read becomes `Unreadable` with one of the codes in `REASONS`, and the stream
goes on. Never more than `max_row_bytes` of a line is held. Changed files, `append_only` and
`full_refresh` are as in `connectors.delimited`.
"""

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final, NoReturn

from connectors.base import Json, JsonObject, Message, Stream, Unreadable
from connectors.files import MOST_BYTES, Mark, Opened, opened, readable
from connectors.making import REASONS as UNUSABLE
from connectors.making import Maker, Unusable, by_path, plain
from connectors.marked import read_files
from connectors.shape import CONDITIONS, KINDS, NAME, PATH, REFRESH, STATE_EVERY, Files

REASONS: Final = {
    **UNUSABLE,
    "bad_encoding": "bytes that are not UTF-8, or half a surrogate pair",
    "duplicate_field": "an object names a field twice",
    "not_an_object": "JSON, but not an object",
    "not_json": "not JSON",
    "not_a_number": "NaN, an infinity, or a number that no double can hold",
    "row_too_long": "longer than max_row_bytes; the bytes kept are cut there",
    "too_deep": "objects and lists nested deeper than max_depth",
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
        "append_only": {"type": "boolean"},
        "max_row_bytes": {"type": "integer", "minimum": 16, "maximum": 1 << 26},
        "max_depth": {"type": "integer", "minimum": 1, "maximum": 200},
        "state_every": STATE_EVERY,
    },
    "allOf": list(CONDITIONS),
}
_CUT: Final = frozenset({"row_too_long"})
_CHUNK: Final = 1 << 16
_MOST_DIGITS: Final = 4000
# Strings whole, so that brackets inside them do not count; the repetition never backtracks.
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


class JsonLines:
    """Reads JSON Lines; see the module."""

    name: ClassVar[str] = "jsonl"
    summary: ClassVar[str] = "JSON Lines files, plain or gzip, one or many; nested objects."
    config_schema: ClassVar[JsonObject] = SCHEMA

    def streams(self, config: JsonObject) -> Sequence[Stream]:
        """The one stream of the configuration. Raises SourceMisconfigured."""
        return [Files.parse(config).stream]

    def read(self, config: JsonObject, stream: str, state: JsonObject | None) -> Iterator[Message]:
        """The objects of the files that changed since `state`.

        Raises:
            SourceMisconfigured: another stream's name; a state of another connector.
            SourceUnavailable: no file, or one that ends early.
        """
        files, reader = Files.parse(config), _Reader.parse(config)
        return read_files(files, "line", stream, state, reader.messages)

    def reread(self, config: JsonObject, flawed: Unreadable) -> Message:
        """One line again under this configuration."""
        if flawed.reason in _CUT:
            return flawed
        reader = _Reader.parse(config)
        return reader.message(flawed.raw, flawed.position)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one file from a mark on."""

    maker: Maker
    limit: int
    depth: int
    every: int

    @classmethod
    def parse(cls, config: JsonObject) -> "_Reader":
        options: Any = config
        files = Files.parse(options)
        return cls(
            Maker(files.stream, options, by_path),
            options.get("max_row_bytes", 1 << 20),
            options.get("max_depth", 64),
            files.state_every,
        )

    def messages(self, where: str, path: Path, start: Mark) -> Iterator[Message | Mark]:
        """The messages of the file, a Mark wherever it may be gone on from, one at its end."""
        with readable():
            source = opened(path, "utf-8-sig")
            with source.file:
                if not _at_line_start(source, start.position):
                    start = replace(start, position=source.begins, lines=0, tail=0)
                start = replace(start, position=max(start.position, source.begins))
                yield from self._lines(where, source.file, start)

    def _lines(self, where: str, file: BinaryIO, start: Mark) -> Iterator[Message | Mark]:
        file.seek(start.position)
        at, number, since = start.position, start.lines, 0
        marked, tail = at, 0
        for line in _Lines(file, self.limit):
            text = line.kept.rstrip(b"\r\n")
            ends = at + len(text)
            if not line.terminated:
                tail = at + line.size
            if text.strip() and not (start.tail and at == start.position and ends == start.tail):
                position = f"{where}{number + 1}"
                yield self._cut(text, position) if line.cut else self.message(text, position)
            if not line.terminated:
                break
            at, number, since = at + line.size, number + 1, since + 1
            if since >= self.every or at - marked >= MOST_BYTES:
                since, marked = 0, at
                yield replace(start, position=at, lines=number, tail=0)
        yield replace(start, position=at, lines=number, tail=tail, done=True)

    def _cut(self, text: bytes, position: str) -> Unreadable:
        return Unreadable(self.maker.stream.name, position, "row_too_long", text)

    def message(self, raw: bytes, position: str) -> Message:
        """The message of one line."""
        stream = self.maker.stream.name
        try:
            data = _object(raw, self.depth)
        except Unusable as unusable:
            return Unreadable(stream, position, str(unusable), raw)
        try:
            return self.maker.message(data, position)
        except Unusable as unusable:
            return Unreadable(stream, position, str(unusable), raw, self.maker.key(data))


@dataclass(frozen=True, slots=True)
class _Line:
    """A line: at most `limit` of its bytes, its whole size, whether a line end closes it."""

    kept: bytes
    size: int
    terminated: bool
    cut: bool


class _Lines:
    """The lines of a file from where it stands; a line that is too long is skipped, not held."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file = file
        self._limit = limit

    def __iter__(self) -> Iterator[_Line]:
        # Room for a line end, so that a line of just the limit is no longer than the limit.
        while first := self._file.readline(self._limit + 2):
            size, last = len(first), first
            while not last.endswith(b"\n") and (last := self._file.readline(_CHUNK)):
                size += len(last)
            terminated = last.endswith(b"\n")
            cut = size > len(first) or len(first.rstrip(b"\r\n")) > self._limit
            yield _Line(first[: self._limit] if cut else first, size, terminated, cut)


def _at_line_start(source: Opened, position: int) -> bool:
    """Whether a line can begin here: it does not after a rewrite that moved the line ends."""
    if position <= source.begins:
        return True
    source.file.seek(position - 1)
    return source.file.read(1) == b"\n"


def _object(raw: bytes, depth: int) -> JsonObject:
    """The object of a line as plain JSON. Raises Unusable."""
    _check_depth(raw, depth)
    try:
        text = raw.decode("utf-8")
        data = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise Unusable("bad_encoding") from None
    except ValueError:
        raise Unusable("not_json") from None
    if not isinstance(data, dict):
        raise Unusable("not_an_object")
    if "\\u" in text:
        _check_surrogates(data)
    return data


def _check_depth(raw: bytes, limit: int) -> None:
    if raw.count(b"{") + raw.count(b"[") <= limit:
        return
    depth = 0
    for token in _TOKEN.finditer(raw):
        sign = raw[token.start()]
        if sign in b"[{":
            depth += 1
            if depth > limit:
                raise Unusable("too_deep")
        elif sign in b"]}":
            depth -= 1


def _check_surrogates(data: Any) -> None:
    try:
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise Unusable("bad_encoding") from None


def _fields(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise Unusable("duplicate_field")
    return data


def _whole(digits: str) -> Json:
    if len(digits) > _MOST_DIGITS:
        raise Unusable("not_a_number")
    return plain(int(digits))


def _fraction(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Unusable("not_a_number")
    return value


def _constant(_name: str) -> NoReturn:
    raise Unusable("not_a_number")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_fields, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
)
