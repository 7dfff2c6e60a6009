"""Reads generated silos as the platform does, without a store: connector, mapping, match keys."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cdp.mapping import Facts, apply, apply_event
from cdp.mapping import Mapping as StreamMapping
from cdp.outcomes.events import Interaction
from cdp.outcomes.facts import RecordFacts
from connectors import registry
from connectors.base import Event, Record, Unreadable
from examples.configuration import source_config
from examples.mappings import MAPPINGS
from examples.silos import Silos
from examples.streams import SOURCES, TABLES
from examples.writing import Files
from identity.normalize import Unusable, normalise

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

Row = tuple[str, str]


@dataclass(frozen=True)
class Reading:
    """One row as read: its mapped facts and the match keys of its identifiers."""

    facts: Facts
    keys: Mapping[tuple[str, str], bool]
    unusable: tuple[tuple[str, str], ...]


def read_files(
    files: Files,
) -> tuple[dict[Row, dict[str, object]], dict[Row, list[Event]], list[Unreadable]]:
    """The records of every stream by (stream, key), events by theirs, and what is unreadable."""
    records: dict[Row, dict[str, object]] = {}
    events: dict[Row, list[Event]] = {}
    unreadable = []
    for source, tables in SOURCES.items():
        connector, config = registry.find(tables[0].kind), source_config(source, files.folder)
        for table in tables:
            for message in connector.read(config, table.stream, None):
                if isinstance(message, Record):
                    records[message.stream, message.key] = dict(message.data)
                elif isinstance(message, Event):
                    events.setdefault((message.stream, message.key), []).append(message)
                elif isinstance(message, Unreadable):
                    unreadable.append(message)
    return records, events, unreadable


def rows_of(silos: Silos) -> dict[Row, list[Mapping[str, object]]]:
    """The generated rows by (stream, key): one of a record, several of a visit."""
    found: dict[Row, list[Mapping[str, object]]] = {}
    for entry in silos.entries:
        found.setdefault((entry.stream, entry.key), []).append(entry.row)
    return found


def filled(row: Mapping[str, object]) -> dict[str, object]:
    """The cells that say something, in which silos differ not at all."""
    return {column: value for column, value in row.items() if value not in ("", None)}


def understand(rows: Mapping[Row, Sequence[Mapping[str, object]]]) -> dict[Row, Reading]:
    """What every record says; of a visit, what its events say together."""
    mappings = {stream: StreamMapping.parse(MAPPINGS[stream]) for stream in TABLES}
    return {
        place: _reading(_facts(mappings[place[0]], place, told)) for place, told in rows.items()
    }


def _facts(mapping: StreamMapping, place: Row, told: Sequence[Mapping[str, object]]) -> Facts:
    if not TABLES[place[0]].event_id:
        (row,) = told
        return apply(mapping, row)
    said = [apply(mapping, row) for row in told]
    happened = [
        apply_event(
            mapping,
            str(row["type"]),
            datetime.fromisoformat(str(row["at"])),
            row,
            event_id=str(row[TABLES[place[0]].event_id]),
        )
        for row in told
    ]
    return Facts(
        identifiers=tuple(item for facts in said for item in facts.identifiers),
        events=tuple(item for facts in happened for item in facts.events),
        problems=tuple(item for facts in (*said, *happened) for item in facts.problems),
    )


def interactions(place: Row, reading: Reading) -> Iterable[Interaction]:
    """The events of a row, refused where the catalogue refuses them."""
    for event in reading.facts.events:
        yield Interaction.parse(
            {
                "id": event.id,
                "record_id": "/".join(place),
                "source": TABLES[place[0]].source,
                "type": event.type,
                "at": event.at,
                "received": event.at,
                "object": event.object or "",
                "data": event.data,
            }
        )


def record_facts(place: Row, reading: Reading) -> RecordFacts:
    """A row as the outcomes see it."""
    return RecordFacts(
        record_id="/".join(place),
        source=TABLES[place[0]].source,
        stream=place[0],
        relation=str(MAPPINGS[place[0]]["relation"]),
        seen_at=NOW,
        attributes={item.name: item.value for item in reading.facts.attributes},
        interactions=tuple(interactions(place, reading)),
    )


def _reading(facts: Facts) -> Reading:
    keys: dict[tuple[str, str], bool] = {}
    unusable = []
    for item in facts.identifiers:
        try:
            value = normalise(item.type, item.value, region=item.region)
        except Unusable as reason:
            unusable.append((item.column, reason.reason))
            continue
        keys[item.type, value] = item.confirmed
    return Reading(facts, keys, tuple(unusable))
