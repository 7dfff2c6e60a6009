"""The words of configuration that several connectors share: JSON Schema parts, parsed options."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.base import Json, MessageKind, SourceMisconfigured, Stream
from connectors.making import UNIX

FIELDS: Final[dict[str, Json]] = {
    "type": "array",
    "items": {"type": "string", "minLength": 1},
    "minItems": 1,
    "uniqueItems": True,
}
NAME: Final[dict[str, Json]] = {
    "type": "string",
    "pattern": "^[a-z][a-z0-9_]*$",
    "maxLength": 120,
    "description": "lower-case letters, digits and _, beginning with a letter",
}
KINDS: Final[dict[str, Json]] = {
    "key": {**FIELDS, "description": "the columns that name a row, each once, at least one"},
    "message": {"enum": ["record", "event", "consent"]},
    "event": {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "at"],
        "oneOf": [{"required": ["type"]}, {"required": ["type_column"]}],
        "description": "an object with either type (one for all rows) or type_column",
        "properties": {
            "id": {**FIELDS, "description": "the columns that name an event"},
            "type": {"type": "string", "minLength": 1},
            "type_column": {"type": "string", "minLength": 1},
            "at": {"type": "string", "minLength": 1},
            "format": {"type": "string", "minLength": 2},
            "offset": {
                "type": "string",
                "pattern": "^[+-](0[0-9]|1[0-4]):[0-5][0-9]$",
                "description": "an offset from UTC such as +01:00",
            },
        },
    },
    "consent": {
        "type": "object",
        "additionalProperties": False,
        "required": ["id"],
        "properties": {"id": {**FIELDS, "description": "the columns that name a line"}},
    },
}
CONDITIONS: Final[tuple[Json, ...]] = tuple(
    {
        "if": {"properties": {"message": {"const": kind}}, "required": ["message"]},
        "then": {"required": [kind]},
    }
    for kind in ("event", "consent")
)
PATH: Final[dict[str, Json]] = {
    "type": "string",
    "minLength": 1,
    "format": "path",
    "description": "a file or a pattern (*.csv)",
}
DELETES: Final[dict[str, Json]] = {
    "type": "number",
    "minimum": 0,
    "maximum": 1,
    "description": "a share from 0 to 1",
}
STATE_EVERY: Final[dict[str, Json]] = {"type": "integer", "minimum": 1}
REFRESH: Final[dict[str, Json]] = {"full_refresh": {"type": "boolean"}, "deletes_at_most": DELETES}
MOST_DELETES: Final = 0.5


@dataclass(frozen=True, slots=True)
class Files:
    """What every connector of files is told: which files, and how they change."""

    stream: Stream
    path: str
    append_only: bool
    state_every: int
    full_refresh: bool
    deletes_at_most: float

    @classmethod
    def parse(cls, config: Mapping[str, Any], *, grows: bool = True) -> "Files":
        """From a checked configuration; `grows`: whether files of this kind can be appended to.

        Raises:
            SourceMisconfigured: options that contradict each other.
        """
        stream = stream_of(config, config["stream"])
        full = config.get("full_refresh", False)
        append_only = config.get("append_only", grows and not full and stream.message != "record")
        if full and (append_only or stream.message != "record"):
            raise SourceMisconfigured(
                "full_refresh: is for records, in files that are not append_only",
                reason="invalid_configuration",
            )
        return cls(
            stream=stream,
            path=config["path"],
            append_only=append_only,
            state_every=config.get("state_every", 1000),
            full_refresh=full,
            deletes_at_most=config.get("deletes_at_most", MOST_DELETES),
        )


def stream_of(config: Mapping[str, Any], name: str) -> Stream:
    """The stream that `key` and `message` describe.

    Raises:
        SourceMisconfigured: an event format that is neither strptime's nor unix time.
    """
    form = config.get("event", {}).get("format")
    if form is not None and form not in UNIX and "%" not in form:
        raise SourceMisconfigured(
            "event.format: takes strptime's directives such as %Y-%m-%d, or unix, or unix_ms",
            reason="invalid_configuration",
        )
    message: MessageKind = config.get("message", "record")
    return Stream(name, message, tuple(config["key"]))


def check_stream(stream: str, offered: Stream) -> None:
    """Refuse another name than the one stream's. Raises SourceMisconfigured."""
    if stream != offered.name:
        raise SourceMisconfigured(
            f"this source has one stream, {offered.name}", reason="unknown_stream"
        )
