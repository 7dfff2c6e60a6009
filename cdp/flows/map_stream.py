"""Map a stream: a new version of its mapping, and every record of it waits to be read again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cdp.mapping import Mapping as StreamMapping
from cdp.store import records, sources
from cdp.store.tx import Tx


@dataclass(frozen=True)
class MapReport:
    """The version in force now, and how many records wait because of it."""

    version: int
    waiting: int


def map_stream(tx: Tx, stream_id: UUID, document: Mapping[str, Any], now: datetime) -> MapReport:
    """Put a mapping in force; the one in force already stays and nothing waits.

    Raises:
        InvalidMapping: not a mapping; names the path.
    """
    parsed = dict(StreamMapping.parse(document).document)
    before = sources.mappings(tx.main, tx.workspace).get(stream_id)
    if before is not None and before.document == parsed:
        return MapReport(before.version, 0)
    version = sources.add_mapping(tx.main, tx.workspace, stream_id, parsed, now)
    return MapReport(version, records.mark_stream_pending(tx.main, tx.workspace, stream_id))
