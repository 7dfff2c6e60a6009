"""Alembic environment of the main store."""

from cdp.store.rows.verdicts import metadata
from migrations.environment import run

run(metadata, "main")
