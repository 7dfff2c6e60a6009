"""Revoke an API client: its key is refused from the commit on, for ever."""

from datetime import datetime
from uuid import UUID

from cdp.errors import NotFound
from cdp.store import configuration
from cdp.store.tx import Tx


def revoke_client(tx: Tx, client_id: UUID, now: datetime) -> bool:
    """Revoke; False when it was revoked before.

    Raises:
        NotFound: no such client in this workspace.
    """
    known = {client.id: client for client in configuration.clients(tx.main, tx.workspace)}
    if client_id not in known:
        raise NotFound("there is no such client; see `cdp client list`", reason="client_unknown")
    configuration.revoke_client(tx.main, client_id, now)
    return not known[client_id].revoked
