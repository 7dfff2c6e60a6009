"""Views: sealed views, their wrapped keys, lookups and fences. Never backed up: rebuilt.

On PostgreSQL all but `fence` are UNLOGGED, so that a withdrawn key is in no write-ahead log; a
crash empties them, which fails closed.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
)

from cdp.store.rows.main import metadata as _main
from cdp.store.types import Instant

metadata = MetaData(naming_convention=_main.naming_convention)
LOGGED = frozenset({"fence"})


def _workspace(*, primary_key: bool = False) -> Column[object]:
    return Column("workspace_id", Uuid, primary_key=primary_key, nullable=False)


# kind: workspace, profile, record. A view from a state older than a fence it rests on is void.
fence = Table(
    "fence",
    metadata,
    _workspace(primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)
sealed_view = Table(
    "sealed_view",
    metadata,
    Column("id", Uuid, primary_key=True),
    _workspace(),
    Column("profile_id", Uuid, nullable=False),
    Column("purpose", String(63), nullable=False),
    Column("built_seq", BigInteger, nullable=False),
    Column("partition_version", BigInteger, nullable=False),
    Column("policy_hash", String(64), nullable=False),
    Column("recheck_at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Index(None, "workspace_id", "profile_id", "purpose", unique=True),
    Index(None, "workspace_id", "recheck_at"),
)
# One slot per (profile, purpose), always the same size, overwritten in place with zeros.
slot = Table(
    "slot",
    metadata,
    _workspace(primary_key=True),
    Column("profile_id", Uuid, primary_key=True),
    Column("purpose", String(63), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)
view_source = Table(
    "view_source",
    metadata,
    Column("view_id", Uuid, primary_key=True),
    Column("record_id", Uuid, primary_key=True),
    _workspace(),
    Index(None, "record_id"),
)
lookup = Table(
    "lookup",
    metadata,
    _workspace(primary_key=True),
    Column("purpose", String(63), primary_key=True),
    Column("token", LargeBinary(32), primary_key=True),
    Column("view_id", Uuid, primary_key=True),
    Column("profile_id", Uuid, nullable=False),
    Index(None, "view_id"),
)
# Present while the unlogged tables are: a crash that emptied them took it along.
alive = Table(
    "alive",
    metadata,
    _workspace(primary_key=True),
    Column("since", Instant, nullable=False),
)
