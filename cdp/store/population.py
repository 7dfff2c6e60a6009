"""All records of a workspace as identity sees them, page by page, and more keys to find them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, select

from cdp.store.keys import IndexRow
from cdp.store.records import insert_new
from cdp.store.rows.custody import blind_index, indexed_record


def page(connection: Connection, workspace: UUID, after: UUID | None, limit: int) -> list[UUID]:
    """Records that are in the index, in the order of their ids."""
    statement = select(indexed_record.c.record_id).where(indexed_record.c.workspace_id == workspace)
    if after is not None:
        statement = statement.where(indexed_record.c.record_id > after)
    return list(
        connection.execute(statement.order_by(indexed_record.c.record_id).limit(limit)).scalars()
    )


def add_keys(
    connection: Connection, workspace: UUID, rows: Sequence[IndexRow], generation: int
) -> None:
    """More index rows of records, beside those that are there."""
    insert_new(
        connection,
        blind_index,
        [
            {
                "workspace_id": workspace,
                "type": row.type,
                "token": row.token,
                "record_id": row.record_id,
                "confirmed": row.confirmed,
                "generation": generation,
            }
            for row in rows
        ],
    )
