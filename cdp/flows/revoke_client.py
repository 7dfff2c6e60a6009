"""Revoke an API client: its key is refused from the commit on, for ever."""

from datetime import datetime

from cdp.errors import NotFound, Refused
from cdp.store import configuration
from cdp.store.configuration import Client
from cdp.store.tx import Tx


def revoke_client(tx: Tx, named: str, now: datetime) -> Client:
    """Revoke the client of this id or name; returns it as it was before.

    Raises:
        NotFound: no such client in this workspace.
        Refused: several clients of that name.
    """
    found = [
        client
        for client in configuration.clients(tx.main, tx.workspace)
        if named in {str(client.id), client.name}
    ]
    if not found:
        raise NotFound("there is no such client; see `cdp client list`", reason="client_unknown")
    if len(found) > 1:
        raise Refused("several clients have that name; name one by its id", reason="client_name")
    configuration.revoke_client(tx.main, found[0].id, now)
    return found[0]
