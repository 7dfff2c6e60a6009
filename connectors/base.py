"""What a connector is: messages, streams, errors, and the contract between reader and caller.

The contract, held by `connectors.testing.ConnectorSuite`:

* After a `State` everything yielded before it may be committed together with it. Reading again from
  that state yields nothing already yielded, unless it changed at the source.
* The same source, configuration and state give the same messages.
* What cannot be read becomes `Unreadable` with a reason code and the stream goes on; a
  `SourceError` ends the stream, and the last `State` still holds.
* A *full refresh* is framed by `Refreshing` and `Refreshed`: everything the stream holds comes
  between them, over as many readings as it takes, and a record that did not come is gone at the
  source. A reader that goes on from a `State` inside the frame does not say `Refreshing` again;
  one that is not sure to have seen everything never says `Refreshed`.
* `data` and `State.value` are plain JSON. Both may be personal (a cursor, a file name): the caller
  seals them. No `repr` and no error message shows a value.
* `position` says where in the source ("file 2, line 41"); it names nothing personal, no file
  either, so that it may be kept in clear beside what was quarantined.

    SourceError
    ├── SourceMisconfigured   change the configuration, or the source, then read again
    └── SourceUnavailable     nothing is wrong with the configuration; read again later
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal, Protocol, TypeAlias, runtime_checkable

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]
MessageKind: TypeAlias = Literal["record", "event", "consent"]


class SourceError(Exception):
    """The stream cannot go on. `reason` is a stable code; the message says what to do next."""

    default_reason: ClassVar[str] = "source_error"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason or self.default_reason


class SourceMisconfigured(SourceError):
    """The configuration does not fit the source; someone has to change one of them."""

    default_reason = "source_misconfigured"


class SourceUnavailable(SourceError):
    """The source is away or not finished; the same read may succeed later."""

    default_reason = "source_unavailable"


@dataclass(frozen=True, slots=True)
class Stream:
    """One table of a source: its name, what its rows are, and the fields that make the key."""

    name: str
    message: MessageKind
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One entity as it is now. `key` names it within the stream, for ever."""

    stream: str
    key: str = field(repr=False)
    data: JsonObject = field(repr=False)
    position: str


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to the record `key`, `at` an aware instant; `id` is unique in the stream."""

    stream: str
    key: str = field(repr=False)
    id: str = field(repr=False)
    type: str
    at: datetime = field(repr=False)
    data: JsonObject = field(repr=False)
    position: str

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("an event's instant carries its offset")


@dataclass(frozen=True, slots=True)
class Consent:
    """A line of a consent log about the record `key`; `id` is unique in the stream."""

    stream: str
    key: str = field(repr=False)
    id: str = field(repr=False)
    data: JsonObject = field(repr=False)
    position: str


@dataclass(frozen=True, slots=True)
class Delete:
    """The source says that the record `key` is gone."""

    stream: str
    key: str = field(repr=False)
    position: str


@dataclass(frozen=True, slots=True)
class State:
    """Where to go on. Everything before it may be committed with it."""

    stream: str
    value: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refreshing:
    """A full refresh begins: what was seen before does not count."""

    stream: str


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The whole stream has come since `Refreshing`; a record that did not come is gone.

    `at_most` is the share (0 to 1) of the stream's records that may be gone at once; above it the
    caller deletes nothing and says so, because an export that was cut off looks the same.
    """

    stream: str
    at_most: float = 0.5


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What could not be read: why (a code), where, and its bytes as they came.

    `key` names the record where that much could be read. Without it a full refresh cannot tell
    which record this is, and takes none for gone.
    """

    stream: str
    position: str
    reason: str
    raw: bytes = field(repr=False)
    key: str | None = field(default=None, repr=False)


Message: TypeAlias = Record | Event | Consent | Delete | State | Unreadable | Refreshing | Refreshed


@runtime_checkable
class Connector(Protocol):
    """One kind of source. Made without arguments and without state; one instance serves all.

    One whose rows all have the same columns may say `tabular = True`: a mapped column that
    vanishes then stops the stream before its values are taken from anybody.
    """

    name: ClassVar[str]
    """The kind, as configuration names it: the name of the module."""
    summary: ClassVar[str]
    """One sentence for the list of kinds."""
    config_schema: ClassVar[JsonObject]
    """JSON Schema 2020-12 of `config`; a secret carries `"writeOnly": true`."""

    def streams(self, config: JsonObject) -> Sequence[Stream]:
        """The streams this configuration offers. Raises SourceError."""
        ...

    def read(self, config: JsonObject, stream: str, state: JsonObject | None) -> Iterator[Message]:
        """The messages of one stream since `state` (None: from the beginning), lazily.

        Raises:
            SourceError: while iterating; what was yielded up to the last `State` stands.
        """
        ...


@runtime_checkable
class Rereader(Protocol):
    """A connector that can read again what it once could not: optional."""

    def reread(self, config: JsonObject, flawed: Unreadable) -> Message:
        """The record, event or consent in `flawed.raw` under this configuration, or `Unreadable`.

        Bytes that were cut (`row_too_long`) stay unreadable: the rest of the row is not there.

        Raises:
            SourceError: this configuration cannot read anything.
        """
        ...


def key_of(values: Sequence[str]) -> str:
    """The key of a row: the text of its one key field, or the canonical JSON array of several.

    Raises:
        ValueError: a part is empty; without it the row names nothing.
        IndexError: no part at all.
    """
    for value in values:
        if not value.strip():
            raise ValueError("a key field is empty")
    if len(values) <= 1:
        return values[0]
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))
