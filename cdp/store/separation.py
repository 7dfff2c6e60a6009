"""Row-level security for SQLite: every statement sees the rows of its workspace only.

PostgreSQL does this itself, by policies under a login that cannot bypass them. SQLite has neither,
so the condition is added to each statement on its way to the database, where no caller can forget
it. A connection that was begun without a workspace (set-up, migrations) is left alone.
"""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Delete, Engine, FromClause, Join, Select, Table, Update, event

# Read before a workspace is known; they hold nothing personal.
SHARED: Final = frozenset({"workspace", "api_client"})
OPTION: Final = "cdp_workspace"


def keep_apart(engine: Engine) -> None:
    """From now on, statements of connections with a workspace are narrowed to it."""

    @event.listens_for(engine, "before_execute", retval=True)
    def _narrow(
        connection: Connection,
        statement: Any,
        many: Any,
        parameters: Any,
        _options: Any,
    ) -> tuple[Any, Any, Any]:
        workspace = connection.get_execution_options().get(OPTION)
        return (
            (statement if workspace is None else narrowed(statement, workspace)),
            many,
            parameters,
        )


def narrowed(statement: Any, workspace: UUID) -> Any:
    """The statement with the condition on every table it reads or changes.

    The optional side of an outer join is tied to the other by id and is left alone: a condition
    there would turn the join into an inner one.
    """
    if isinstance(statement, Select):
        tables = [table for source in statement.get_final_froms() for table in _tables(source)]
    elif isinstance(statement, Update | Delete):
        tables = list(_tables(statement.table))
    else:
        return statement
    conditions = [table.c.workspace_id == workspace for table in tables]
    return statement.where(*conditions) if conditions else statement


def _tables(source: FromClause) -> Iterator[Table]:
    if isinstance(source, Join):
        yield from _tables(source.left)
        if not source.isouter:
            yield from _tables(source.right)
    elif isinstance(source, Table) and source.name not in SHARED and "workspace_id" in source.c:
        yield source
