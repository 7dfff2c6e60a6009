"""What people decide about records: verdicts, the review queue, and where records were before.

Every column has a default, so the code before this step keeps working; history begins with it.
"""

import sqlalchemy as sa
from alembic import op

from migrations.guards import all_rows_of, separate_workspaces

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "verdict",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("ruling", sa.String(length=16), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("merge_seq", sa.BigInteger(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("said_by", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=63), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("undone_by", sa.String(length=120), nullable=True),
        sa.Column("undone_seq", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_verdict"),
    )
    op.create_index("ix_verdict_workspace_id_seq", "verdict", ["workspace_id", "seq"])
    op.create_table(
        "verdict_record",
        sa.Column("verdict_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("verdict_id", "record_id", name="pk_verdict_record"),
    )
    op.create_index("ix_verdict_record_record_id", "verdict_record", ["record_id"])
    op.create_table(
        "review",
        sa.Column("a_id", sa.Uuid(), nullable=False),
        sa.Column("b_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("a_id", "b_id", "kind", name="pk_review"),
    )
    op.create_index("ix_review_b_id", "review", ["b_id"])
    op.create_index("ix_review_workspace_id_seq", "review", ["workspace_id", "seq"])
    op.create_table(
        "membership",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "to_seq", name="pk_membership"),
    )
    op.create_index("ix_membership_profile_id", "membership", ["profile_id"])
    separate_workspaces(("verdict", "verdict_record", "review", "membership"))
    op.add_column(
        "link", sa.Column("since_seq", sa.BigInteger(), nullable=False, server_default="0")
    )
    with all_rows_of("link"):
        op.execute("UPDATE link SET since_seq = seq")
    op.create_index(
        "ix_lineage_workspace_id_successor_id", "lineage", ["workspace_id", "successor_id"]
    )


def downgrade() -> None:
    """Back: what people decided is lost."""
    op.drop_index("ix_lineage_workspace_id_successor_id", table_name="lineage")
    op.drop_column("link", "since_seq")
    for table in ("membership", "review", "verdict_record", "verdict"):
        op.drop_table(table)
