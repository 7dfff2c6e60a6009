"""Add an API client: bound to purposes, scopes and fields; of its key only the digest is kept."""

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

_NAME_LENGTH: Final = 120
MOST_A_MINUTE: Final = 1_000_000


@dataclass(frozen=True)
class ClientWanted:
    """What a client shall be bound to. `fields`, `rate` (a minute), `expires_at`: None is no limit.

    The name is taken without the blanks around it.
    """

    name: str
    purposes: Collection[str]
    scopes: Collection[str] = ()
    fields: Collection[str] | None = None
    rate: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Known:
    """The purposes, scopes and fields that there are; of anything else a client is refused."""

    policy: Policy = field(repr=False)
    scopes: Collection[str]
    fields: Collection[str]


def add_client(
    tx: Tx, known: Known, wanted: ClientWanted, key_digest: bytes, now: datetime
) -> Client:
    """Keep a client under the digest of its key.

    Raises:
        Refused: no name, no purpose, a purpose, scope or field that there is not, a rate that is
            none, or an end that is past.
    """
    name = wanted.name.strip()
    if not name or len(name) > _NAME_LENGTH or not name.isprintable():
        raise Refused("a client's name has 1 to 120 printable characters", reason="client_name")
    _check(
        wanted.purposes or {""}, known.policy.purposes, "purposes of the policy", "PURPOSE_UNKNOWN"
    )
    _check(wanted.scopes, known.scopes, "scopes", "scope_unknown")
    if wanted.fields is not None:
        _check(wanted.fields or {""}, known.fields, "fields", "field_unknown")
    if wanted.rate is not None and not 1 <= wanted.rate <= MOST_A_MINUTE:
        raise Refused(f"a rate is 1 to {MOST_A_MINUTE} requests a minute", reason="client_rate")
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise Refused("a client's key expires in the future", reason="client_expiry")
    client = Client(
        id=new_id(),
        workspace_id=tx.workspace,
        name=name,
        purposes=frozenset(wanted.purposes),
        scopes=frozenset(wanted.scopes),
        revoked=False,
        fields=None if wanted.fields is None else frozenset(wanted.fields),
        rate=wanted.rate,
        expires_at=wanted.expires_at,
    )
    configuration.add_client(tx.main, client, key_digest, now)
    return client


def _check(wanted: Collection[str], known: Collection[str], what: str, reason: str) -> None:
    if not set(known).issuperset(wanted):
        raise Refused(f"bind a client to {what}: {', '.join(sorted(known))}", reason=reason)
