"""Add an API client: bound to purposes and scopes; of its key only the digest is kept."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from cdp.errors import Refused
from cdp.ids import new_id
from cdp.store import configuration
from cdp.store.configuration import Client
from cdp.store.tx import Tx
from consent.policy import Policy

_NAME_LENGTH: Final = 120


def add_client(
    tx: Tx,
    policy: Policy,
    name: str,
    key_digest: bytes,
    now: datetime,
    *,
    purposes: Collection[str],
    scopes: Collection[str],
) -> Client:
    """Keep a client under the digest of its key.

    Raises:
        Refused: no name, no purpose, or a purpose that the policy does not know.
    """
    if not name.strip() or len(name) > _NAME_LENGTH:
        raise Refused("a client's name has 1 to 120 characters", reason="client_name")
    unknown = set(purposes) - policy.purposes.keys()
    if unknown or not purposes:
        known = ", ".join(sorted(policy.purposes))
        raise Refused(f"bind a client to purposes of the policy: {known}", reason="PURPOSE_UNKNOWN")
    client = Client(
        id=new_id(),
        workspace_id=tx.workspace,
        name=name,
        purposes=frozenset(purposes),
        scopes=frozenset(scopes),
        revoked=False,
    )
    configuration.add_client(tx.main, client, key_digest, now)
    return client
