"""Custody: wrapped record keys, blind indexes, ledger bodies and the restriction journal.

Opened by the custodian only (intake may add keys). Backups are kept seven days at most, so that
what is deleted here is soon gone everywhere.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
)

from cdp.store.rows.main import metadata as _main
from cdp.store.types import Document, Instant

metadata = MetaData(naming_convention=_main.naming_convention)


def _workspace(*, primary_key: bool = False) -> Column[object]:
    return Column("workspace_id", Uuid, primary_key=primary_key, nullable=False)


batch_key = Table(
    "batch_key",
    metadata,
    Column("batch_id", Uuid, primary_key=True),
    _workspace(),
    Column("sealed", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "workspace_id", "created_at"),
)
data_key = Table(
    "data_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    _workspace(),
    Column("record_id", Uuid, nullable=False),
    # Set while the key is wrapped under its batch key; emptied by the custodian's re-wrap.
    Column("batch_id", Uuid),
    Column("wrapped", LargeBinary, nullable=False),
    Index(None, "record_id"),
    Index(None, "batch_id"),
)
blind_index = Table(
    "blind_index",
    metadata,
    _workspace(primary_key=True),
    Column("type", String(32), primary_key=True),
    Column("token", LargeBinary(32), primary_key=True),
    Column("record_id", Uuid, primary_key=True),
    Column("confirmed", Boolean, nullable=False),
    Column("generation", Integer, nullable=False),
    Index(None, "record_id"),
)
# The order key rides along so that a component can be re-clustered from custody alone.
indexed_record = Table(
    "indexed_record",
    metadata,
    Column("record_id", Uuid, primary_key=True),
    _workspace(),
    Column("order_key", LargeBinary(16), nullable=False),
)
blocked_value = Table(
    "blocked_value",
    metadata,
    _workspace(primary_key=True),
    Column("type", String(32), primary_key=True),
    Column("token", LargeBinary(32), primary_key=True),
    Column("reason", String(63), nullable=False),
    Column("created_at", Instant, nullable=False),
)
# How common values are, by their blind index; main has the rules, and which are in force.
identity_frequencies = Table(
    "identity_frequencies",
    metadata,
    _workspace(primary_key=True),
    Column("rules_hash", String(64), primary_key=True),
    Column("document", Document, nullable=False),
    Column("created_at", Instant, nullable=False),
)
consent_body = Table(
    "consent_body",
    metadata,
    _workspace(primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
)
journal = Table(
    "journal",
    metadata,
    _workspace(primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(24), nullable=False),
    Column("records", Document, nullable=False),
    Column("profiles", Document, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("at", Instant, nullable=False),
)
# The high-water mark: the last seq and the hash of the chain up to it.
journal_mark = Table(
    "journal_mark",
    metadata,
    _workspace(primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
