"""Main, continued: what people decide, what they should look at, and where records were before."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Uuid

from cdp.store.rows.main import metadata, of_workspace
from cdp.store.types import Instant

__all__ = ["membership", "metadata", "review", "verdict", "verdict_record"]

# Where a record was before: written when it leaves, never read to answer what is so now.
membership = Table(
    "membership",
    metadata,
    Column("record_id", Uuid, primary_key=True),
    Column("to_seq", BigInteger, primary_key=True, autoincrement=False),
    of_workspace(),
    Column("profile_id", Uuid, nullable=False),
    Column("from_seq", BigInteger, nullable=False),
    Index(None, "profile_id"),
)
# What people decided about records: facts, taken back but never deleted. Names are those of
# clients or staff, reasons are codes.
verdict = Table(
    "verdict",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    # together or apart
    Column("ruling", String(16), nullable=False),
    # An undone merge: its groups are kept as they were.
    Column("whole", Boolean, nullable=False),
    Column("merge_seq", BigInteger),
    Column("client_id", Uuid),
    Column("said_by", String(120), nullable=False),
    Column("reason", String(63)),
    Column("seq", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("undone_by", String(120)),
    Column("undone_seq", BigInteger),
    Column("undone_at", Instant),
    Index(None, "workspace_id", "seq"),
)
verdict_record = Table(
    "verdict_record",
    metadata,
    Column("verdict_id", Uuid, primary_key=True),
    Column("record_id", Uuid, primary_key=True),
    of_workspace(),
    # Which of the verdict's groups.
    Column("part", Integer, nullable=False),
    Index(None, "record_id"),
)
# What a person should look at; the same record twice where it is about one.
review = Table(
    "review",
    metadata,
    Column("a_id", Uuid, primary_key=True),
    Column("b_id", Uuid, primary_key=True),
    Column("kind", String(16), primary_key=True),
    of_workspace(),
    # In thousandths of a bit; how many records; an identifier type, "verdict" or empty.
    Column("weight", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("type", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Index(None, "b_id"),
    Index(None, "workspace_id", "seq"),
)
