"""Reads the files of a source one after the other, and keeps a mark of each in the state.

Without `full_refresh` a file is read when it changed. With it, one change anywhere makes all files
come again between `Refreshing` and `Refreshed`, so that a record which is in none of them is known
to be gone. `Refreshed` is said only if the files at the end are those that were read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.base import JsonObject, Message, Refreshed, Refreshing, State
from connectors.files import Mark, found, look
from connectors.shape import Files, check_stream

_FORMAT = 1

# Reads one file from a mark on; yields a Mark wherever it may be gone on from, one at its end.
ReadFile = Callable[[str, Path, Mark], Iterator[Message | Mark]]


@dataclass(slots=True)
class _Place:
    """Where a source's reading stands."""

    marks: dict[str, Mark] = field(default_factory=dict)
    refreshing: bool = False


def read_files(
    files: Files, unit: str, stream: str, state: JsonObject | None, read: ReadFile
) -> Iterator[Message]:
    """The messages of all files that changed; positions say `unit` and a number.

    Raises:
        SourceMisconfigured: another stream's name; a state of another connector.
        SourceUnavailable: no file, or one that ends early.
    """
    check_stream(stream, files.stream)
    place, there = _parse(state), found(files.path)
    if files.full_refresh:
        if place.marks and not place.refreshing and _same(there, place.marks, whole=True):
            yield _state(files, place)
            return
        if not (place.refreshing and _same(there, place.marks, whole=False)):
            place = _Place(refreshing=True)
            yield Refreshing(stream)
    place.marks = {name: place.marks[name] for name, _ in there if name in place.marks}
    for number, (name, path) in enumerate(there, 1):
        where = f"file {number}, {unit} " if len(there) > 1 else f"{unit} "
        start = _start(files, path, place.marks.get(name))
        for item in () if start.done else read(where, path, start):
            if isinstance(item, Mark):
                place.marks[name] = item
                yield _state(files, place)
            else:
                yield item
    if files.full_refresh and _same(found(files.path), place.marks, whole=True):
        yield Refreshed(stream, files.deletes_at_most)
        place.refreshing = False
    yield _state(files, place)


def _start(files: Files, path: Path, known: Mark | None) -> Mark:
    now = look(path)
    return known.onward(now, append_only=files.append_only) if known else now


def _same(there: list[tuple[str, Path]], marks: Mapping[str, Mark], *, whole: bool) -> bool:
    """Whether the files read so far (`whole`: all of them) are as they were when they were read."""
    paths = dict(there)
    if not set(marks) <= set(paths) or (whole and set(marks) != set(paths)):
        return False
    return all(mark.same(look(paths[name])) for name, mark in marks.items())


def _state(files: Files, place: _Place) -> State:
    marks = {name: mark.document() for name, mark in sorted(place.marks.items())}
    value: dict[str, Any] = {"format": _FORMAT, "files": marks}
    if files.full_refresh:
        value["refreshing"] = place.refreshing
    return State(files.stream.name, value)


def _parse(state: Mapping[str, Any] | None) -> _Place:
    if state is None:
        return _Place()
    files = state.get("files") if state.get("format") == _FORMAT else None
    if not isinstance(files, Mapping):
        files = {"": None}  # not a state of ours: Mark.parse says so
    marks = {name: Mark.parse(value) for name, value in files.items()}
    return _Place(marks, state.get("refreshing") is True)
