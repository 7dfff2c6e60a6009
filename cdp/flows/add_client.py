"""Add an API client: bound to purposes and scopes; of its key only the hash is kept."""

import base64
import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cdp.errors import Refused
from cdp.ids import new_id
from cdp.store import configuration
from cdp.store.configuration import Client
from cdp.store.tx import Tx
from consent.policy import Policy

KEY_PREFIX: Final = "cdp_"
_KEY_BYTES: Final = 32
_NAME_LENGTH: Final = 120


@dataclass(frozen=True)
class NewClient:
    """A client and its key, which is shown once and kept nowhere."""

    client: Client
    key: str = field(repr=False)


def add_client(
    tx: Tx,
    policy: Policy,
    name: str,
    now: datetime,
    *,
    purposes: Collection[str],
    scopes: Collection[str],
) -> NewClient:
    """Make a client and its key: `cdp_` and 32 random bytes in base64url.

    Raises:
        Refused: no name, no purpose, or a purpose that the policy does not know.
    """
    if not name.strip() or len(name) > _NAME_LENGTH:
        raise Refused("a client's name has 1 to 120 characters", reason="client_name")
    unknown = set(purposes) - policy.purposes.keys()
    if unknown or not purposes:
        known = ", ".join(sorted(policy.purposes))
        raise Refused(f"bind a client to purposes of the policy: {known}", reason="PURPOSE_UNKNOWN")
    random = base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).rstrip(b"=")
    key = KEY_PREFIX + random.decode()
    client = Client(
        id=new_id(),
        workspace_id=tx.workspace,
        name=name,
        purposes=frozenset(purposes),
        scopes=frozenset(scopes),
        revoked=False,
    )
    configuration.add_client(tx.main, client, hashlib.sha256(key.encode()).digest(), now)
    return NewClient(client, key)
