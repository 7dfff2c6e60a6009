"""main store."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.guards import (
    append_only,
    drop_append_only,
    install_workspace_function,
    remove_workspace_function,
    separate_workspaces,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# `workspace` and `api_client` are read before a workspace is known and hold nothing personal.
SEPARATED = (
    "batch",
    "catalogue",
    "consent_binding",
    "consent_current",
    "consent_event",
    "disclosure",
    "event",
    "job",
    "lineage",
    "link",
    "mapping",
    "outbox",
    "pending",
    "policy",
    "profile",
    "quarantine",
    "record",
    "record_version",
    "source",
    "stream",
    "workspace_head",
)
APPEND_ONLY = ("record_version", "consent_event", "consent_binding", "disclosure")
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Forward."""
    install_workspace_function()
    op.create_table(
        "api_client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("purposes", DOCUMENT, nullable=False),
        sa.Column("scopes", DOCUMENT, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_client"),
        sa.UniqueConstraint("key_hash", name="uq_api_client_key_hash"),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("landed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
    )
    op.create_index(
        "ix_batch_workspace_id_landed_at", "batch", ["workspace_id", "landed_at"], unique=False
    )
    op.create_table(
        "catalogue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue"),
        sa.UniqueConstraint("workspace_id", "version", name="uq_catalogue_workspace_id_version"),
    )
    op.create_table(
        "consent_binding",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "event_id", "record_id", name="pk_consent_binding"),
    )
    op.create_index("ix_consent_binding_record_id", "consent_binding", ["record_id"], unique=False)
    op.create_table(
        "consent_current",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("facts", DOCUMENT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_consent_current"),
    )
    op.create_table(
        "consent_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("event_class", sa.String(length=24), nullable=False),
        sa.Column("received_day", sa.Date(), nullable=False),
        sa.Column("said_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_consent_event"),
        sa.UniqueConstraint("workspace_id", "seq", name="uq_consent_event_workspace_id_seq"),
    )
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(length=63), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=True),
        sa.Column("permitted", sa.Boolean(), nullable=False),
        sa.Column("reasons", DOCUMENT, nullable=False),
        sa.Column("compartments", DOCUMENT, nullable=False),
        sa.Column("consent_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure"),
    )
    op.create_index(
        "ix_disclosure_workspace_id_profile_id_at",
        "disclosure",
        ["workspace_id", "profile_id", "at"],
        unique=False,
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("message_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint(
            "workspace_id", "message_mac", name="uq_event_workspace_id_message_mac"
        ),
    )
    op.create_index("ix_event_record_id", "event", ["record_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "kind", "subject_id", name="pk_job"),
    )
    op.create_index(
        "ix_job_workspace_id_kind_run_at", "job", ["workspace_id", "kind", "run_at"], unique=False
    )
    op.create_table(
        "lineage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("successor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lineage"),
    )
    op.create_index(
        "ix_lineage_workspace_id_profile_id",
        "lineage",
        ["workspace_id", "profile_id"],
        unique=False,
    )
    op.create_index("ix_lineage_workspace_id_seq", "lineage", ["workspace_id", "seq"], unique=False)
    op.create_table(
        "link",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("relation", sa.String(length=24), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_link"),
    )
    op.create_index("ix_link_profile_id", "link", ["profile_id"], unique=False)
    op.create_table(
        "mapping",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mapping"),
        sa.UniqueConstraint("stream_id", "version", name="uq_mapping_stream_id_version"),
    )
    op.create_table(
        "outbox",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("records", DOCUMENT, nullable=False),
        sa.Column("profiles", DOCUMENT, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "seq", name="pk_outbox"),
    )
    op.create_index(
        "ix_outbox_workspace_id_applied_at", "outbox", ["workspace_id", "applied_at"], unique=False
    )
    op.create_table(
        "pending",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_pending"),
    )
    op.create_index(
        "ix_pending_workspace_id_record_id", "pending", ["workspace_id", "record_id"], unique=False
    )
    op.create_table(
        "policy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policy"),
        sa.UniqueConstraint("workspace_id", "version", name="uq_policy_workspace_id_version"),
    )
    op.create_table(
        "profile",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("lifecycle", sa.String(length=24), nullable=False),
        sa.Column("partition_version", sa.BigInteger(), nullable=False),
        sa.Column("fence_seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_profile"),
    )
    op.create_index("ix_profile_workspace_id_id", "profile", ["workspace_id", "id"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.String(length=63), nullable=False),
        sa.Column("reason", sa.String(length=63), nullable=False),
        sa.Column("raw_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
        sa.UniqueConstraint(
            "stream_id", "raw_mac", "position", name="uq_quarantine_stream_id_raw_mac_position"
        ),
    )
    op.create_table(
        "record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("key_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("order_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("fence_seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_record"),
        sa.UniqueConstraint("stream_id", "key_mac", name="uq_record_stream_id_key_mac"),
    )
    op.create_table(
        "record_version",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("content_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("landed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "version", name="pk_record_version"),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=63), nullable=False),
        sa.Column("config_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
        sa.UniqueConstraint("workspace_id", "name", name="uq_source_workspace_id_name"),
    )
    op.create_table(
        "stream",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("state_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_stream"),
        sa.UniqueConstraint("source_id", "name", name="uq_stream_source_id_name"),
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspace"),
        sa.UniqueConstraint("name", name="uq_workspace_name"),
    )
    op.create_table(
        "workspace_head",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("fence_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_workspace_head"),
    )
    separate_workspaces(SEPARATED)
    append_only(APPEND_ONLY)


def downgrade() -> None:
    """Back."""
    op.drop_table("workspace_head")
    op.drop_table("workspace")
    op.drop_table("stream")
    op.drop_table("source")
    op.drop_table("record_version")
    op.drop_table("record")
    op.drop_table("quarantine")
    op.drop_index("ix_profile_workspace_id_id", table_name="profile")
    op.drop_table("profile")
    op.drop_table("policy")
    op.drop_index("ix_pending_workspace_id_record_id", table_name="pending")
    op.drop_table("pending")
    op.drop_index("ix_outbox_workspace_id_applied_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("mapping")
    op.drop_index("ix_link_profile_id", table_name="link")
    op.drop_table("link")
    op.drop_index("ix_lineage_workspace_id_seq", table_name="lineage")
    op.drop_index("ix_lineage_workspace_id_profile_id", table_name="lineage")
    op.drop_table("lineage")
    op.drop_index("ix_job_workspace_id_kind_run_at", table_name="job")
    op.drop_table("job")
    op.drop_index("ix_event_record_id", table_name="event")
    op.drop_table("event")
    op.drop_index("ix_disclosure_workspace_id_profile_id_at", table_name="disclosure")
    op.drop_table("disclosure")
    op.drop_table("consent_event")
    op.drop_table("consent_current")
    op.drop_index("ix_consent_binding_record_id", table_name="consent_binding")
    op.drop_table("consent_binding")
    op.drop_table("catalogue")
    op.drop_index("ix_batch_workspace_id_landed_at", table_name="batch")
    op.drop_table("batch")
    op.drop_table("api_client")
    drop_append_only()
    remove_workspace_function()
