"""What the main job needs: runs, full refreshes, job failures, idempotent writes, client limits.

Every column has a default or may be empty, so the code before this step keeps working.
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
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=63), nullable=True),
        sa.Column("counts", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_workspace_id_started_at", "run", ["workspace_id", "started_at"])
    op.create_table(
        "idempotency",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("key_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("request_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", DOCUMENT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "client_id", "key_mac", name="pk_idempotency"),
    )
    op.create_index(
        "ix_idempotency_workspace_id_created_at", "idempotency", ["workspace_id", "created_at"]
    )
    separate_workspaces(("run", "idempotency"))
    for name in ("stream", "record"):
        op.add_column(
            name, sa.Column("generation", sa.BigInteger(), nullable=False, server_default="0")
        )
    op.add_column("stream", sa.Column("flaws", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("quarantine", sa.Column("replayed_at", INSTANT, nullable=True))
    op.add_column("job", sa.Column("dead_at", INSTANT, nullable=True))
    op.add_column("job", sa.Column("reason", sa.String(length=63), nullable=True))
    op.add_column("api_client", sa.Column("fields", DOCUMENT, nullable=True))
    op.add_column("api_client", sa.Column("rate", sa.Integer(), nullable=True))
    op.add_column("api_client", sa.Column("expires_at", INSTANT, nullable=True))
    with op.batch_alter_table("catalogue") as table:
        table.add_column(
            sa.Column("kind", sa.String(length=24), nullable=False, server_default="offers")
        )
        table.drop_constraint("uq_catalogue_workspace_id_version", type_="unique")
        table.create_unique_constraint(
            "uq_catalogue_workspace_id_kind_version", ["workspace_id", "kind", "version"]
        )


def downgrade() -> None:
    """Back. Catalogues of other kinds than offers go: the code before knows none."""
    op.execute("DELETE FROM catalogue WHERE kind <> 'offers'")
    with op.batch_alter_table("catalogue") as table:
        table.drop_constraint("uq_catalogue_workspace_id_kind_version", type_="unique")
        table.create_unique_constraint(
            "uq_catalogue_workspace_id_version", ["workspace_id", "version"]
        )
        table.drop_column("kind")
    for column in ("expires_at", "rate", "fields"):
        op.drop_column("api_client", column)
    for column in ("reason", "dead_at"):
        op.drop_column("job", column)
    op.drop_column("quarantine", "replayed_at")
    op.drop_column("stream", "flaws")
    for name in ("record", "stream"):
        op.drop_column(name, "generation")
    op.drop_index("ix_idempotency_workspace_id_created_at", table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_index("ix_run_workspace_id_started_at", table_name="run")
    op.drop_table("run")
