"""How common values are, for the rules of identity: counts by blind index.

A table of its own; the code before this step does not look at it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.guards import separate_workspaces

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "identity_frequencies",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("rules_hash", sa.String(length=64), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "rules_hash", name="pk_identity_frequencies"),
    )
    separate_workspaces(("identity_frequencies",))


def downgrade() -> None:
    """Back: rules that were trained are without their frequencies then; put others in force."""
    op.drop_table("identity_frequencies")
