"""custody store."""

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

SEPARATED = (
    "batch_key",
    "blind_index",
    "blocked_value",
    "consent_body",
    "data_key",
    "indexed_record",
    "journal",
    "journal_mark",
)
APPEND_ONLY = ("journal",)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Forward."""
    install_workspace_function()
    op.create_table(
        "batch_key",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name="pk_batch_key"),
    )
    op.create_index(
        "ix_batch_key_workspace_id_created_at",
        "batch_key",
        ["workspace_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "blind_index",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("token", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "type", "token", "record_id", name="pk_blind_index"
        ),
    )
    op.create_index("ix_blind_index_record_id", "blind_index", ["record_id"], unique=False)
    op.create_table(
        "blocked_value",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("token", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reason", sa.String(length=63), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "type", "token", name="pk_blocked_value"),
    )
    op.create_table(
        "consent_body",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "event_id", name="pk_consent_body"),
    )
    op.create_table(
        "data_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_data_key"),
    )
    op.create_index("ix_data_key_batch_id", "data_key", ["batch_id"], unique=False)
    op.create_index("ix_data_key_record_id", "data_key", ["record_id"], unique=False)
    op.create_table(
        "indexed_record",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("order_key", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_indexed_record"),
    )
    op.create_table(
        "journal",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("records", DOCUMENT, nullable=False),
        sa.Column("profiles", DOCUMENT, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "seq", name="pk_journal"),
    )
    op.create_table(
        "journal_mark",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_journal_mark"),
    )
    separate_workspaces(SEPARATED)
    append_only(APPEND_ONLY)


def downgrade() -> None:
    """Back."""
    op.drop_table("journal_mark")
    op.drop_table("journal")
    op.drop_table("indexed_record")
    op.drop_index("ix_data_key_record_id", table_name="data_key")
    op.drop_index("ix_data_key_batch_id", table_name="data_key")
    op.drop_table("data_key")
    op.drop_table("consent_body")
    op.drop_table("blocked_value")
    op.drop_index("ix_blind_index_record_id", table_name="blind_index")
    op.drop_table("blind_index")
    op.drop_index("ix_batch_key_workspace_id_created_at", table_name="batch_key")
    op.drop_table("batch_key")
    drop_append_only()
    remove_workspace_function()
