"""Versioned configuration of a workspace: its policy and its catalogues.

Each version is a new row; the newest is in force. The policy's hash is written into every view
and decision that rests on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    bindparam,
    func,
    insert,
    select,
    update,
)

from cdp.canonical import digest
from cdp.ids import new_id
from cdp.store.prebuilt import Prebuilt
from cdp.store.rows.main import api_client, catalogue, policy, workspace, workspace_head

# What a workspace lists for its contexts: a document and its versions for each kind.
OFFERS: Final = "offers"
ANSWERS: Final = "answers"
JOURNEYS: Final = "journeys"
TRAITS: Final = "traits"
CATALOGUES: Final = (OFFERS, ANSWERS, JOURNEYS, TRAITS)
# Kept in the same way, but for their frequencies, which are custody's.
RULES: Final = "rules"


@dataclass(frozen=True)
class PolicyVersion:
    """A policy document in force since `seq`."""

    version: int
    document: dict[str, Any]
    hash: str
    seq: int


@dataclass(frozen=True)
class CatalogueVersion:
    """A catalogue document in force."""

    version: int
    document: dict[str, Any]


@dataclass(frozen=True)
class Client:
    """An API client: who it is, and what it is bound to."""

    id: UUID
    workspace_id: UUID
    name: str
    purposes: frozenset[str]
    scopes: frozenset[str]
    revoked: bool
    # None: every field; the platform's own rate; for ever.
    fields: frozenset[str] | None = None
    rate: int | None = None
    expires_at: datetime | None = None

    def valid(self, at: datetime) -> bool:
        """Whether its key may be used at a moment."""
        return not self.revoked and (self.expires_at is None or at < self.expires_at)


def workspace_id(connection: Connection, name: str) -> UUID | None:
    """The workspace of that name."""
    found: UUID | None = connection.execute(
        select(workspace.c.id).where(workspace.c.name == name)
    ).scalar()
    return found


def workspaces(connection: Connection) -> dict[str, UUID]:
    """Every workspace, by name."""
    rows = connection.execute(select(workspace.c.name, workspace.c.id).order_by(workspace.c.name))
    return {row.name: row.id for row in rows}


def head(connection: Connection, workspace_: UUID) -> tuple[int, int]:
    """The workspace's seq and its own fence."""
    row = connection.execute(
        select(workspace_head.c.seq, workspace_head.c.fence_seq).where(
            workspace_head.c.workspace_id == workspace_
        )
    ).one()
    return int(row.seq), int(row.fence_seq)


def policy_in_force(connection: Connection, workspace_: UUID) -> PolicyVersion | None:
    """The newest policy."""
    row = _newest(connection, policy, workspace_)
    return None if row is None else PolicyVersion(row.version, row.document, row.hash, row.seq)


def add_policy(
    connection: Connection, workspace_: UUID, document: dict[str, Any], seq: int, at: datetime
) -> PolicyVersion:
    """Put a policy in force. The caller has validated it and taken the seq."""
    before = policy_in_force(connection, workspace_)
    new = PolicyVersion(
        version=1 if before is None else before.version + 1,
        document=document,
        hash=digest(document),
        seq=seq,
    )
    connection.execute(
        insert(policy).values(
            id=new_id(),
            workspace_id=workspace_,
            version=new.version,
            document=document,
            hash=new.hash,
            seq=seq,
            created_at=at,
        )
    )
    return new


def catalogue_version(
    connection: Connection, workspace_: UUID, kind: str
) -> CatalogueVersion | None:
    """The newest catalogue of a kind (`CATALOGUES`) with its version."""
    row = _newest(connection, catalogue, workspace_, catalogue.c.kind == kind)
    return None if row is None else CatalogueVersion(row.version, dict(row.document))


def catalogue_in_force(
    connection: Connection, workspace_: UUID, kind: str
) -> dict[str, Any] | None:
    """The newest catalogue of a kind (`CATALOGUES`)."""
    found = catalogue_version(connection, workspace_, kind)
    return None if found is None else found.document


def catalogue_versions(connection: Connection, workspace_: UUID) -> list[tuple[str, int, str]]:
    """Which version of each kind of catalogue is in force, and since when, by kind."""
    rows = _CATALOGUE_VERSIONS.rows(connection, {"workspace": workspace_})
    return [(kind, int(version), str(at)) for kind, version, at in rows]


_CATALOGUE_VERSIONS: Final = Prebuilt(
    select(
        catalogue.c.kind,
        func.max(catalogue.c.version).label("version"),
        func.max(catalogue.c.created_at).label("at"),
    )
    .where(catalogue.c.workspace_id == bindparam("workspace"))
    .group_by(catalogue.c.kind)
    .order_by(catalogue.c.kind)
)


def add_catalogue(
    connection: Connection, workspace_: UUID, kind: str, document: dict[str, Any], at: datetime
) -> int:
    """Put a catalogue in force and return its version. The caller has validated it."""
    before = catalogue_version(connection, workspace_, kind)
    version = 1 if before is None else before.version + 1
    connection.execute(
        insert(catalogue).values(
            id=new_id(),
            workspace_id=workspace_,
            kind=kind,
            version=version,
            document=document,
            created_at=at,
        )
    )
    return version


def add_client(connection: Connection, client: Client, key_hash: bytes, at: datetime) -> None:
    """Keep an API client; of its key only the hash."""
    connection.execute(
        insert(api_client).values(
            id=client.id,
            workspace_id=client.workspace_id,
            name=client.name,
            key_hash=key_hash,
            purposes=sorted(client.purposes),
            scopes=sorted(client.scopes),
            created_at=at,
            fields=None if client.fields is None else sorted(client.fields),
            rate=client.rate,
            expires_at=client.expires_at,
        )
    )


def client_by_key(connection: Connection, key_hash: bytes) -> Client | None:
    """The client with this key, revoked or not."""
    found = _BY_KEY.rows(connection, {"key_hash": key_hash})
    return _client(found[0]) if found else None


_CLIENTS: Final = select(
    api_client.c.id,
    api_client.c.workspace_id,
    api_client.c.name,
    api_client.c.purposes,
    api_client.c.scopes,
    api_client.c.revoked_at,
    api_client.c.fields,
    api_client.c.rate,
    api_client.c.expires_at,
)
# Asked for with every request, so made once.
_BY_KEY: Final = Prebuilt(_CLIENTS.where(api_client.c.key_hash == bindparam("key_hash")))


def clients(connection: Connection, workspace_: UUID) -> list[Client]:
    """Every client of a workspace, revoked ones too, by name."""
    rows = connection.execute(
        _CLIENTS.where(api_client.c.workspace_id == workspace_).order_by(
            api_client.c.name, api_client.c.id
        )
    )
    return [_client(row) for row in rows]


def revoke_client(connection: Connection, client_id: UUID, at: datetime) -> None:
    """From now on its key is refused; the first revocation stands."""
    connection.execute(
        update(api_client)
        .where(api_client.c.id == client_id, api_client.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )


def _client(row: Sequence[Any]) -> Client:
    id_, workspace_, name, purposes, scopes, revoked_at, fields, rate, expires_at = row
    return Client(
        id=id_,
        workspace_id=workspace_,
        name=name,
        purposes=frozenset(purposes),
        scopes=frozenset(scopes),
        revoked=revoked_at is not None,
        fields=None if fields is None else frozenset(fields),
        rate=rate,
        expires_at=expires_at,
    )


def _newest(
    connection: Connection, table: Table, workspace_: UUID, *conditions: ColumnElement[bool]
) -> Any:
    return connection.execute(
        select(table)
        .where(table.c.workspace_id == workspace_, *conditions)
        .order_by(table.c.version.desc())
        .limit(1)
    ).first()
