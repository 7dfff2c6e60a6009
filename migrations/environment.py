"""What the three env.py share: run one store's migrations on a connection that is handed in."""

from alembic import context
from sqlalchemy import MetaData


def run(metadata: MetaData, store: str) -> None:
    """Migrate, in one transaction, with a version table of the store's own."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=f"alembic_version_{store}",
        include_name=lambda name, kind, _: kind != "table" or name in metadata.tables,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
