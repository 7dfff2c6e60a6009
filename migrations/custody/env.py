"""Alembic environment of the custody store."""

from cdp.store.rows.custody import metadata
from migrations.environment import run

run(metadata, "custody")
