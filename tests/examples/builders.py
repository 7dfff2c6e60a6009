"""Reads generated silos as the platform does, without a store: connector, mapping, match keys."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cdp.mapping import Facts, apply
from cdp.mapping import Mapping as StreamMapping
from cdp.outcomes.events import Interaction
from cdp.outcomes.facts import RecordFacts
from connectors.base import Record, Unreadable
from connectors.delimited import Delimited
from examples.configuration import MAPPINGS, source_config
from examples.silos import Files, Silos
from examples.streams import FILES
from identity.evidence import Evidence, Token
from identity.normalize import Unusable, normalise

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

Row = tuple[str, str]


@dataclass(frozen=True)
class Reading:
    """One row as read: its mapped facts and the match keys of its identifiers."""

    facts: Facts
    keys: Mapping[tuple[str, str], bool]
    unusable: tuple[tuple[str, str], ...]


def read_files(files: Files) -> tuple[dict[Row, Mapping[str, object]], list[Unreadable]]:
    """The records of every stream by (stream, key), and what could not be read."""
    records: dict[Row, Mapping[str, object]] = {}
    unreadable = []
    for stream in FILES:
        for message in Delimited().read(source_config(stream, files.folder), stream, None):
            if isinstance(message, Record):
                records[message.stream, message.key] = message.data
            elif isinstance(message, Unreadable):
                unreadable.append(message)
    return records, unreadable


def rows_of(silos: Silos) -> dict[Row, Mapping[str, object]]:
    """The generated rows by (stream, key)."""
    return {
        (stream, row[FILES[stream].key]): row for stream, rows in silos.rows.items() for row in rows
    }


def understand(rows: Mapping[Row, Mapping[str, object]]) -> dict[Row, Reading]:
    """What every row says."""
    mappings = {stream: StreamMapping.parse(MAPPINGS[stream]) for stream in FILES}
    return {place: _reading(apply(mappings[place[0]], row)) for place, row in rows.items()}


def evidence(readings: Mapping[Row, Reading]) -> list[Evidence]:
    """The rows as identity sees them; the tokens are the match keys themselves."""
    return [
        Evidence(
            "/".join(place),
            "/".join(place).encode(),
            tuple(
                Token(kind, value.encode(), confirmed)
                for (kind, value), confirmed in reading.keys.items()
            ),
        )
        for place, reading in readings.items()
    ]


def interactions(place: Row, reading: Reading) -> Iterable[Interaction]:
    """The events of a row, refused where the catalogue refuses them."""
    for event in reading.facts.events:
        yield Interaction.parse(
            {
                "id": event.id,
                "record_id": "/".join(place),
                "source": FILES[place[0]].source,
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
        source=FILES[place[0]].source,
        stream=place[0],
        relation="customer",
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
