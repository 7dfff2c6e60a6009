"""Reconfigure a source: another configuration for the same silo; its streams are read anew.

Records keep their keys and histories. A stream that the new configuration does not offer any more
would be left behind unread, so such a configuration is refused.
"""

import orjson

from cdp.errors import Refused
from cdp.store import sources
from cdp.store.tx import Tx
from cdp.vault.intake import Intake
from connectors import listening, registry
from connectors.base import Connector, JsonObject


def reconfigure(
    tx: Tx, intake: Intake, source: sources.Source, connector: Connector, config: JsonObject
) -> list[str]:
    """Put a configuration in force and return the names of the streams.

    Raises:
        Refused: a stream would be left behind.
        SourceMisconfigured: the configuration does not fit the connector.
    """
    registry.check_config(connector, config)
    offered = [stream.name for stream in listening.streams(connector, config)]
    had = sources.streams_of(tx.main, tx.workspace, source.id)
    lost = sorted({stream.name for stream in had} - set(offered))
    if lost:
        raise Refused(
            f"this configuration no longer offers {', '.join(lost)}; keep the names of streams, or"
            " add another source",
            reason="stream_lost",
        )
    sealed = intake.seal_own("source", source.id, orjson.dumps(config))
    sources.reconfigure(tx.main, source.id, sealed)
    sources.forget_states(tx.main, [stream.id for stream in had])
    known = {stream.name for stream in had}
    sources.add_streams(
        tx.main, tx.workspace, source.id, [name for name in offered if name not in known]
    )
    return offered
