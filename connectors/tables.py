"""The configuration of a database as a source: its schema, and its streams in parsed form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.base import Json, JsonObject, SourceMisconfigured, Stream
from connectors.making import Maker, by_name, identity
from connectors.overlap import Window
from connectors.shape import CONDITIONS, DELETES, FIELDS, KINDS, NAME, STATE_EVERY, stream_of

_TEXT: Final[dict[str, Json]] = {"type": "string", "minLength": 1}
SCHEMA: Final[dict[str, Json]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["url", "streams"],
    "properties": {
        "url": {
            "type": "string",
            "minLength": 1,
            "writeOnly": True,
            "format": "database-url",
            "description": "a database URL such as postgresql://user:password@host/database",
        },
        "streams": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "key"],
                "oneOf": [{"required": ["table"]}, {"required": ["query"]}],
                "description": "an object with a name, a key, and either table or query",
                "properties": {
                    "name": NAME,
                    "table": _TEXT,
                    "schema": _TEXT,
                    "query": _TEXT,
                    **KINDS,
                    "columns": {**FIELDS, "description": "the columns to read, each once"},
                    "cursor": _TEXT,
                    "overlap": {"type": "number", "minimum": 0},
                    "overlap_rows": {"type": "integer", "minimum": 1, "maximum": 100_000},
                    "deletes_at_most": DELETES,
                },
                "allOf": list(CONDITIONS),
            },
        },
        "state_every": STATE_EVERY,
    },
}


@dataclass(frozen=True, slots=True)
class Table:
    """One configured stream; `order`: the columns that give a row its place, the cursor first."""

    stream: Stream
    options: Mapping[str, Any]
    order: tuple[str, ...]

    @property
    def maker(self) -> Maker:
        """Makes its messages."""
        return Maker(self.stream, self.options, by_name)

    @property
    def cursor(self) -> str | None:
        """The column that says what changed; None: every reading is a full refresh."""
        return self.options.get("cursor")

    def window(self, state: Mapping[str, Any]) -> Window:
        """What was read last. Raises SourceMisconfigured: a state that is none."""
        reach = self.options.get("overlap", 300), self.options.get("overlap_rows", 10_000)
        return Window.parse(state, *reach) if "end" in state else Window(*reach)


def tables(config: JsonObject) -> list[Table]:
    """Every stream of the configuration. Raises SourceMisconfigured."""
    options: Any = config
    made = []
    for item in options["streams"]:
        stream = stream_of(item, item["name"])
        cursor = (item["cursor"],) if "cursor" in item else ()
        order = tuple(dict.fromkeys((*cursor, *identity(stream, item))))
        made.append(Table(stream, item, order))
    names = [table.stream.name for table in made]
    if len(set(names)) < len(names):
        raise SourceMisconfigured(
            "streams: two have one name; name each once", reason="invalid_configuration"
        )
    return made


def pick(config: JsonObject, stream: str) -> Table:
    """The stream of that name. Raises SourceMisconfigured: there is none."""
    found = {table.stream.name: table for table in tables(config)}
    if stream not in found:
        raise SourceMisconfigured(
            f"this source has no such stream; it has {', '.join(found)}", reason="unknown_stream"
        )
    return found[stream]
