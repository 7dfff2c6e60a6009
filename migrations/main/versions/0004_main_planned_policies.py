"""The function that row-level security asks keeps its plan; it answers what it answered."""

from migrations.guards import plan_workspace_function_always, plan_workspace_function_once

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    plan_workspace_function_once()


def downgrade() -> None:
    """Back."""
    plan_workspace_function_always()
