"""The rules of identity in force: main has them, custody how common values are.

Nothing here names a value in clear: frequencies go by blind index, blocked values are rows of
custody. Frequencies are kept before main says that their rules are in force.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from cdp.store import configuration
from cdp.store.records import insert_new
from cdp.store.rows.custody import identity_frequencies


@dataclass(frozen=True)
class RulesVersion:
    """Rules as they are stored: the document without frequencies, and the hash of the whole."""

    version: int
    hash: str
    document: Mapping[str, Any]


def in_force(main: Connection, workspace: UUID) -> RulesVersion | None:
    """The newest rules; None where nobody put any in force."""
    found = configuration.catalogue_version(main, workspace, configuration.RULES)
    if found is None:
        return None
    return RulesVersion(found.version, found.document["hash"], found.document["rules"])


def put(
    main: Connection, workspace: UUID, hash_: str, document: Mapping[str, Any], at: datetime
) -> int:
    """Put rules in force and return their version. The caller has validated them."""
    kept = {"hash": hash_, "rules": dict(document)}
    return configuration.add_catalogue(main, workspace, configuration.RULES, kept, at)


def frequencies(custody: Connection, workspace: UUID, hash_: str) -> dict[str, Any] | None:
    """How common values are, for rules of this hash; None if that is not there."""
    found = custody.execute(
        select(identity_frequencies.c.document).where(
            identity_frequencies.c.workspace_id == workspace,
            identity_frequencies.c.rules_hash == hash_,
        )
    ).scalar()
    return None if found is None else dict(found)


def keep_frequencies(
    custody: Connection, workspace: UUID, hash_: str, document: Mapping[str, Any], at: datetime
) -> None:
    """Keep how common values are; harmless to repeat."""
    row = {
        "workspace_id": workspace,
        "rules_hash": hash_,
        "document": dict(document),
        "created_at": at,
    }
    insert_new(custody, identity_frequencies, [row])
