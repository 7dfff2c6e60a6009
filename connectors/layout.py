"""The configuration of delimited files: its schema, and its parsed form with every default."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.base import Json, SourceMisconfigured, Stream
from connectors.making import needed
from connectors.rows import Dialect
from connectors.shape import CONDITIONS, FIELDS, KINDS, NAME, PATH, REFRESH, STATE_EVERY, Files

_MARKED = frozenset({"utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"})
_SIGN: dict[str, Json] = {"type": ["string", "null"], "minLength": 1, "maxLength": 1}
SCHEMA: dict[str, Json] = {
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
        "columns": {**FIELDS, "description": "the names of all columns, each once"},
        "skip_lines": {"type": "integer", "minimum": 0},
        "null_values": {"type": "array", "items": {"type": "string"}},
        "max_row_bytes": {"type": "integer", "minimum": 16, "maximum": 1 << 26},
        "state_every": STATE_EVERY,
    },
    "allOf": [
        *CONDITIONS,
        {
            "if": {"properties": {"header": {"const": False}}, "required": ["header"]},
            "then": {"required": ["columns"]},
        },
    ],
}


@dataclass(frozen=True, slots=True)
class Layout:
    """The configuration with its defaults, after the schema was checked."""

    files: Files
    encoding: str
    dialect: Dialect
    options: Mapping[str, Any]

    @property
    def stream(self) -> Stream:
        """The one stream."""
        return self.files.stream

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> "Layout":
        """From a checked configuration. Raises SourceMisconfigured: options that do not fit."""
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
            files=Files.parse(config),
            encoding=encoding,
            dialect=dialect,
            options=config,
        )

    def needed(self) -> list[str]:
        """Every column the configuration names."""
        return needed(self.stream, self.options)


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
