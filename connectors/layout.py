"""The configuration of delimited files: its schema, and its parsed form with every default."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.base import Json, MessageKind, SourceMisconfigured, Stream
from connectors.rows import Dialect

_MARKED = frozenset({"utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"})
_COLUMNS: dict[str, Json] = {
    "type": "array",
    "items": {"type": "string", "minLength": 1},
    "minItems": 1,
    "uniqueItems": True,
}
_SIGN: dict[str, Json] = {"type": ["string", "null"], "minLength": 1, "maxLength": 1}
SCHEMA: dict[str, Json] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["path", "stream", "key"],
    "properties": {
        "path": {
            "type": "string",
            "minLength": 1,
            "format": "path",
            "description": "a file or a pattern (*.csv)",
        },
        "stream": {
            "type": "string",
            "pattern": "^[a-z][a-z0-9_]*$",
            "description": "lower-case letters, digits and _, beginning with a letter",
        },
        "key": {**_COLUMNS, "description": "the columns that name a row, each once, at least one"},
        "message": {"enum": ["record", "event", "consent"]},
        "event": {
            "type": "object",
            "additionalProperties": False,
            "required": ["id", "at"],
            "oneOf": [{"required": ["type"]}, {"required": ["type_column"]}],
            "description": "an object with either type (one for all rows) or type_column",
            "properties": {
                "id": {**_COLUMNS, "description": "the columns that name an event"},
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
            "properties": {"id": {**_COLUMNS, "description": "the columns that name a line"}},
        },
        "append_only": {"type": "boolean"},
        "encoding": {"type": "string", "minLength": 1},
        "delimiter": {
            "type": "string",
            "pattern": "^([^\\r\\n]|auto)$",
            "description": 'one character, or "auto"',
        },
        "quotechar": _SIGN,
        "escapechar": _SIGN,
        "doublequote": {"type": "boolean"},
        "header": {"type": "boolean"},
        "columns": {**_COLUMNS, "description": "the names of all columns, each once"},
        "skip_lines": {"type": "integer", "minimum": 0},
        "null_values": {"type": "array", "items": {"type": "string"}},
        "max_row_bytes": {"type": "integer", "minimum": 16, "maximum": 1 << 26},
        "state_every": {"type": "integer", "minimum": 1},
    },
    "allOf": [
        {
            "if": {"properties": {"message": {"const": "event"}}, "required": ["message"]},
            "then": {"required": ["event"]},
        },
        {
            "if": {"properties": {"message": {"const": "consent"}}, "required": ["message"]},
            "then": {"required": ["consent"]},
        },
        {
            "if": {"properties": {"header": {"const": False}}, "required": ["header"]},
            "then": {"required": ["columns"]},
        },
    ],
}


@dataclass(frozen=True, slots=True)
class Layout:
    """The configuration with its defaults, after the schema was checked."""

    stream: Stream
    path: str
    append_only: bool
    encoding: str
    dialect: Dialect
    options: Mapping[str, Any]

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> "Layout":
        message: MessageKind = config.get("message", "record")
        encoding = config.get("encoding", "utf-8-sig")
        _check_encoding(encoding)
        dialect = Dialect(
            delimiter=config.get("delimiter", ","),
            quotechar=config.get("quotechar", '"'),
            escapechar=config.get("escapechar"),
            doublequote=config.get("doublequote", True),
            max_row_bytes=config.get("max_row_bytes", 1 << 20),
        )
        _check_dialect(dialect)
        return cls(
            stream=Stream(config["stream"], message, tuple(config["key"])),
            path=config["path"],
            append_only=config.get("append_only", message != "record"),
            encoding=encoding,
            dialect=dialect,
            options={"state_every": 1000, **config},
        )

    def needed(self) -> list[str]:
        """Every column the configuration names."""
        names = list(self.stream.key)
        for part in ("id", "type_column", "at"):
            named = self.options.get(self.stream.message, {}).get(part, ())
            names += [named] if isinstance(named, str) else named
        return names


def _check_dialect(dialect: Dialect) -> None:
    """Refuse what csv.reader refuses, or what makes rows ambiguous."""
    signs = [dialect.delimiter, dialect.quotechar, dialect.escapechar]
    used = [sign for sign in signs if sign is not None]
    if len(set(used)) < len(used) or set(used) & set("\r\n\0"):
        raise SourceMisconfigured(
            "delimiter, quotechar and escapechar must differ and be no line end",
            reason="invalid_configuration",
        )


def _check_encoding(encoding: str) -> None:
    """Line ends must be found without decoding: one byte, or UTF-16."""
    try:
        fits = codecs.lookup(encoding).name in _MARKED or "\n".encode(encoding) == b"\n"
    except LookupError:
        fits = False
    if not fits:
        raise SourceMisconfigured(
            "encoding: unknown, or without one-byte line ends; use utf-8, utf-16, or a one-byte "
            "encoding such as latin-1 or cp1252",
            reason="invalid_configuration",
        )
