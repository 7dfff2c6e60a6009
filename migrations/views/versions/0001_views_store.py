"""views store."""

import sqlalchemy as sa
from alembic import op

from migrations.guards import (
    install_workspace_function,
    prefixes,
    remove_workspace_function,
    separate_workspaces,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEPARATED = ("alive", "fence", "lookup", "sealed_view", "slot", "view_source")


def upgrade() -> None:
    """Forward."""
    install_workspace_function()
    op.create_table(
        "alive",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_alive"),
        prefixes=prefixes(unlogged=True),
    )
    op.create_table(
        "fence",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "kind", "id", name="pk_fence"),
    )
    op.create_table(
        "lookup",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=63), nullable=False),
        sa.Column("token", sa.LargeBinary(length=32), nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "purpose", "token", "view_id", name="pk_lookup"),
        prefixes=prefixes(unlogged=True),
    )
    op.create_index("ix_lookup_view_id", "lookup", ["view_id"], unique=False)
    op.create_table(
        "sealed_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=63), nullable=False),
        sa.Column("built_seq", sa.BigInteger(), nullable=False),
        sa.Column("partition_version", sa.BigInteger(), nullable=False),
        sa.Column("policy_hash", sa.String(length=64), nullable=False),
        sa.Column("recheck_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sealed_view"),
        prefixes=prefixes(unlogged=True),
    )
    op.create_index(
        "ix_sealed_view_workspace_id_profile_id_purpose",
        "sealed_view",
        ["workspace_id", "profile_id", "purpose"],
        unique=True,
    )
    op.create_index(
        "ix_sealed_view_workspace_id_recheck_at",
        "sealed_view",
        ["workspace_id", "recheck_at"],
        unique=False,
    )
    op.create_table(
        "slot",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=63), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "profile_id", "purpose", name="pk_slot"),
        prefixes=prefixes(unlogged=True),
    )
    op.create_table(
        "view_source",
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("view_id", "record_id", name="pk_view_source"),
        prefixes=prefixes(unlogged=True),
    )
    op.create_index("ix_view_source_record_id", "view_source", ["record_id"], unique=False)
    separate_workspaces(SEPARATED)


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_view_source_record_id", table_name="view_source")
    op.drop_table("view_source")
    op.drop_table("slot")
    op.drop_index("ix_sealed_view_workspace_id_recheck_at", table_name="sealed_view")
    op.drop_index("ix_sealed_view_workspace_id_profile_id_purpose", table_name="sealed_view")
    op.drop_table("sealed_view")
    op.drop_index("ix_lookup_view_id", table_name="lookup")
    op.drop_table("lookup")
    op.drop_table("fence")
    op.drop_table("alive")
    remove_workspace_function()
