"""Add a source: check its configuration, seal it, and keep the streams it offers.

A configuration may hold paths, addresses and secrets, so it is sealed before it is kept; nothing
of the source is read yet.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import orjson

from cdp.errors import Refused
from cdp.ids import new_id
from cdp.store import sources
from cdp.store.tx import Tx
from cdp.vault.intake import Intake
from connectors import listening, registry
from connectors.base import Connector, JsonObject

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")


@dataclass(frozen=True)
class NewSource:
    """A source to add: what reads it, its name, its configuration."""

    connector: Connector
    name: str
    config: JsonObject = field(repr=False)


def add_source(tx: Tx, intake: Intake, new: NewSource, now: datetime) -> list[str]:
    """Add a source and return the names of its streams.

    Raises:
        Refused: the name is taken or is none.
        SourceMisconfigured: the configuration does not fit the connector.
    """
    if not _NAME.fullmatch(new.name):
        raise Refused(
            "a source's name is 1 to 63 lower-case letters, digits, - and _, beginning with a"
            " letter",
            reason="source_name",
        )
    registry.check_config(new.connector, new.config)
    streams = [stream.name for stream in listening.streams(new.connector, new.config)]
    source_id = new_id()
    sealed = intake.seal_own("source", source_id, orjson.dumps(new.config))
    row = sources.Source(source_id, new.name, new.connector.name, sealed)
    sources.add(tx.main, tx.workspace, row, streams, now)
    return streams
