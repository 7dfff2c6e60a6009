"""Main: sealed facts, links, profiles, the ledger and its projection, disclosures, configuration.

Ordinary backups, kept long. It can hold a withdrawn person's ciphertext because it never holds a
key. It is the only commit point: what is not committed here has not happened.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)

from cdp.store.types import Document, Instant

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def of_workspace(*, primary_key: bool = False) -> Column[object]:
    """The workspace that a row belongs to."""
    return Column("workspace_id", Uuid, primary_key=primary_key, nullable=False)


# Read before a workspace is known: the listed exceptions to row-level security.
workspace = Table(
    "workspace",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(63), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
)
api_client = Table(
    "api_client",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    Column("name", String(120), nullable=False),
    Column("key_hash", LargeBinary(32), nullable=False, unique=True),
    Column("purposes", Document, nullable=False),
    Column("scopes", Document, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    # None: all fields, no limit of its own, for ever.
    Column("fields", Document),
    Column("rate", Integer),
    Column("expires_at", Instant),
)

# The gapless counter of a workspace, and the fence that a policy or notice change raises.
workspace_head = Table(
    "workspace_head",
    metadata,
    of_workspace(primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("fence_seq", BigInteger, nullable=False),
)

source = Table(
    "source",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    Column("name", String(63), nullable=False),
    Column("kind", String(63), nullable=False),
    Column("config_sealed", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("workspace_id", "name"),
)
stream = Table(
    "stream",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    Column("source_id", Uuid, nullable=False),
    Column("name", String(120), nullable=False),
    Column("state_sealed", LargeBinary),
    Column("state_at", Instant),
    # The full refresh that is under way or ended last; when it ended, a record of an older
    # generation is gone, unless rows came that name no record (`flaws`).
    Column("generation", BigInteger, nullable=False, server_default="0"),
    Column("flaws", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("source_id", "name"),
)
mapping = Table(
    "mapping",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    Column("stream_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Document, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("stream_id", "version"),
)

# One reading of one stream, from its first message to its last.
run = Table(
    "run",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    Column("stream_id", Uuid, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("status", String(16), nullable=False),
    Column("reason", String(63)),
    Column("counts", Document, nullable=False),
    Index(None, "workspace_id", "started_at"),
)
batch = Table(
    "batch",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    Column("stream_id", Uuid, nullable=False),
    Column("landed_at", Instant, nullable=False),
    Column("counts", Document, nullable=False),
    Index(None, "workspace_id", "landed_at"),
)
record = Table(
    "record",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    Column("stream_id", Uuid, nullable=False),
    Column("key_mac", LargeBinary(32), nullable=False),
    Column("order_key", LargeBinary(16), nullable=False),
    # 0: known only because an event named it.
    Column("version", Integer, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("fence_seq", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    # The full refresh that saw it last.
    Column("generation", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("stream_id", "key_mac"),
)
# What `resolve` has not read yet. Raised by whatever lands; a row goes away when what was read is
# what had landed.
pending = Table(
    "pending",
    metadata,
    Column("record_id", Uuid, primary_key=True),
    of_workspace(),
    Column("wanted", BigInteger, nullable=False),
    Index(None, "workspace_id", "record_id"),
)
record_version = Table(
    "record_version",
    metadata,
    Column("record_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    of_workspace(),
    Column("batch_id", Uuid, nullable=False),
    # No key and no body: the source said that the record is gone.
    Column("key_id", Uuid),
    Column("body", LargeBinary),
    Column("content_mac", LargeBinary(32), nullable=False),
    Column("landed_at", Instant, nullable=False),
)
event = Table(
    "event",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    Column("record_id", Uuid, nullable=False),
    Column("batch_id", Uuid, nullable=False),
    Column("key_id", Uuid, nullable=False),
    Column("message_mac", LargeBinary(32), nullable=False),
    # `event`, or `consent`: what a source says about permission, not yet in the ledger.
    Column("kind", String(16), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", Instant, nullable=False),
    UniqueConstraint("workspace_id", "message_mac"),
    Index(None, "record_id"),
)
quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    Column("stream_id", Uuid, nullable=False),
    Column("batch_id", Uuid, nullable=False),
    Column("key_id", Uuid, nullable=False),
    Column("position", String(63), nullable=False),
    Column("reason", String(63), nullable=False),
    Column("raw_mac", LargeBinary(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    # Read again and understood; the row stays, so that the same bytes do not come back.
    Column("replayed_at", Instant),
    UniqueConstraint("stream_id", "raw_mac", "position"),
)

profile = Table(
    "profile",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    Column("lifecycle", String(24), nullable=False),
    Column("partition_version", BigInteger, nullable=False),
    Column("fence_seq", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("merged_at", Instant),
    # No longer current: `lineage` names its successors. The id answers for ever.
    Column("retired_at", Instant),
    Index(None, "workspace_id", "id"),
)
link = Table(
    "link",
    metadata,
    Column("record_id", Uuid, primary_key=True),
    of_workspace(),
    Column("profile_id", Uuid, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("relation", String(24), nullable=False),
    Column("seq", BigInteger, nullable=False),
    # Since when the record is in this profile; `seq` moves with the kind of the link as well.
    Column("since_seq", BigInteger, nullable=False, server_default="0"),
    Index(None, "profile_id"),
)
lineage = Table(
    "lineage",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    Column("profile_id", Uuid, nullable=False),
    Column("successor_id", Uuid, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "workspace_id", "profile_id"),
    Index(None, "workspace_id", "successor_id"),
    Index(None, "workspace_id", "seq"),
)

# The ledger: append-only by trigger and by grant. Bodies and salts are in custody.
# Ids of events are chosen by callers, so they are unique in their workspace only.
consent_event = Table(
    "consent_event",
    metadata,
    of_workspace(primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("event_class", String(24), nullable=False),
    Column("received_day", Date, nullable=False),
    # A keyed MAC of what the caller said: a retry says the same under the same id.
    Column("said_mac", LargeBinary(32), nullable=False),
    Column("commitment", LargeBinary(32), nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    UniqueConstraint("workspace_id", "seq"),
)
consent_binding = Table(
    "consent_binding",
    metadata,
    of_workspace(primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("record_id", Uuid, primary_key=True),
    Index(None, "record_id"),
)
# A projection of the ledger: per record the condensed facts that decide() needs.
consent_current = Table(
    "consent_current",
    metadata,
    Column("record_id", Uuid, primary_key=True),
    of_workspace(),
    Column("facts", Document, nullable=False),
    Column("seq", BigInteger, nullable=False),
)
policy = Table(
    "policy",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    Column("version", Integer, nullable=False),
    Column("document", Document, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("workspace_id", "version"),
)
catalogue = Table(
    "catalogue",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    # offers, answers, journeys or traits.
    Column("kind", String(24), nullable=False, server_default="offers"),
    Column("version", Integer, nullable=False),
    Column("document", Document, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("workspace_id", "kind", "version"),
)

# Every answer that leaves, refusals included; append-only like the ledger.
disclosure = Table(
    "disclosure",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_workspace(),
    Column("at", Instant, nullable=False),
    Column("client_id", Uuid),
    Column("action", String(24), nullable=False),
    Column("profile_id", Uuid),
    Column("purpose", String(63), nullable=False),
    Column("channel", String(16)),
    Column("permitted", Boolean, nullable=False),
    Column("reasons", Document, nullable=False),
    Column("compartments", Document, nullable=False),
    Column("consent_seq", BigInteger, nullable=False),
    Index(None, "workspace_id", "profile_id", "at"),
)

# A restriction on its way to views and custody; `payload` is sealed to the custodian and emptied
# once custody has it.
outbox = Table(
    "outbox",
    metadata,
    of_workspace(primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(24), nullable=False),
    Column("records", Document, nullable=False),
    Column("profiles", Document, nullable=False),
    Column("event_id", Uuid),
    Column("payload", LargeBinary),
    Column("created_at", Instant, nullable=False),
    Column("applied_at", Instant),
    Index(None, "workspace_id", "applied_at"),
)
job = Table(
    "job",
    metadata,
    of_workspace(primary_key=True),
    Column("kind", String(24), primary_key=True),
    Column("subject_id", Uuid, primary_key=True),
    # Raised by every request for the job; done means: done as of the count that was read.
    Column("wanted", BigInteger, nullable=False),
    Column("run_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_until", Instant),
    # Given up after too many attempts; a person has to ask for it again.
    Column("dead_at", Instant),
    Column("reason", String(63)),
    Index(None, "workspace_id", "kind", "run_at"),
)
# What was answered to a write that may be repeated: MACs of the key and of the request.
idempotency = Table(
    "idempotency",
    metadata,
    of_workspace(primary_key=True),
    Column("client_id", Uuid, primary_key=True),
    Column("key_mac", LargeBinary(32), primary_key=True),
    Column("request_mac", LargeBinary(32), nullable=False),
    # Empty while the first request is under way.
    Column("status", Integer),
    Column("answer", Document),
    Column("created_at", Instant, nullable=False),
    Index(None, "workspace_id", "created_at"),
)
