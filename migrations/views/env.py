"""Alembic environment of the views store."""

from cdp.store.rows.views import metadata
from migrations.environment import run

run(metadata, "views")
