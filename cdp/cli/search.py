"""Searches files for known values, byte by byte: the proof that a store holds none in clear.

Every value is looked for as UTF-8, UTF-16 (either order), cp1252 and as JSON writes it in ASCII.
All of them are looked for in one pass: a place is a candidate if each of its first bytes begins
some value, and only a candidate is compared.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_STEM: Final = 4
_ENCODINGS: Final = ("utf-8", "utf-16-le", "utf-16-be", "cp1252")
_PIECE: Final = 1 << 24


@dataclass(frozen=True)
class Found:
    """What a search met: how many files and bytes, and which values in which file."""

    values: int
    files: int
    size: int
    hits: tuple[tuple[str, Path], ...] = field(repr=False)


class Needles:
    """Known values in every spelling they could be stored in."""

    def __init__(self, values: Iterable[str]) -> None:
        """Values of at least `_STEM` bytes; shorter ones occur by chance and are left out."""
        self._by_stem: dict[bytes, dict[bytes, str]] = {}
        self.values = frozenset(value for value in values if len(value.encode()) >= _STEM)
        for value in self.values:
            for spelled in _spellings(value):
                if len(spelled) < _STEM:
                    continue
                self._by_stem.setdefault(spelled[:_STEM], {})[spelled] = value
        self.longest = max((len(one) for stem in self._by_stem.values() for one in stem), default=0)
        self._candidate = re.compile(b"(?=" + _candidates(self._by_stem) + b")", re.DOTALL)

    def within(self, data: bytes) -> set[str]:
        """The values that occur in these bytes."""
        found: set[str] = set()
        if not self._by_stem:
            return found
        for match in self._candidate.finditer(data):
            start = match.start()
            for spelled, value in self._by_stem.get(data[start : start + _STEM], {}).items():
                if data.startswith(spelled, start):
                    found.add(value)
        return found


def search(folders: Iterable[Path], needles: Needles) -> Found:
    """Search every file below these folders."""
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    hits = [(value, path) for path in files for value in sorted(_in_file(path, needles))]
    size = sum(path.stat().st_size for path in files)
    return Found(len(needles.values), len(files), size, tuple(hits))


def _in_file(path: Path, needles: Needles) -> set[str]:
    found: set[str] = set()
    with path.open("rb") as file:
        kept = b""
        while piece := file.read(_PIECE):
            found |= needles.within(kept + piece)
            kept = (kept + piece)[-needles.longest :]
    return found


def _candidates(stems: Iterable[bytes]) -> bytes:
    """A pattern that fits every stem; apart by where zeros are, or empty pages would fit too."""
    shapes: dict[tuple[bool, ...], list[bytes]] = {}
    for stem in stems:
        shapes.setdefault(tuple(byte == 0 for byte in stem), []).append(stem)
    return b"|".join(b"".join(map(_class, zip(*shape, strict=True))) for shape in shapes.values())


def _class(column: Iterable[int]) -> bytes:
    return b"[" + b"".join(re.escape(bytes([byte])) for byte in sorted(set(column))) + b"]"


def _spellings(value: str) -> Iterator[bytes]:
    for encoding in _ENCODINGS:
        with suppress(UnicodeEncodeError):
            yield value.encode(encoding)
    yield json.dumps(value)[1:-1].encode()
