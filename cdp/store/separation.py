"""What row-level security is on PostgreSQL, as far as SQLite can have it.

PostgreSQL does this itself, by policies under a login that cannot bypass them. SQLite has neither,
so the condition is added to each statement on its way to the database, where no caller can forget
it. Only the tables a statement itself names are narrowed: a sub-select has its own condition, and
plain SQL text has whatever it says; the keys are the second wall. A connection that was begun
without a workspace (set-up, migrations) is left alone.

SQLite's planner, left to guess, takes a condition on an index's first column for a selective one;
this one keeps nearly every row of a table. `tell_planner` says so.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Connection,
    Delete,
    Engine,
    FromClause,
    Join,
    Select,
    Table,
    Update,
    event,
)

# Read before a workspace is known; they hold nothing personal.
SHARED: Final = frozenset({"workspace", "api_client"})
OPTION: Final = "cdp_workspace"
MOST_SHAPES: Final = 1000
MANY_ROWS: Final = 1_000_000
FEW_ROWS: Final = 10
# Columns with a handful of values, which tell as little apart as the workspace.
KINDS: Final = frozenset({"kind", "type", "purpose"})
_KNOWN: dict[object, list[Table]] = {}


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
        if workspace is None:
            return statement, many, parameters
        return narrowed(statement, workspace), many, parameters


def tell_planner(connection: Connection, tables: Iterable[Table]) -> None:
    """Write what SQLite's planner is to assume of indexes: large tables, few workspaces.

    Without it a search by record id would go through all of the workspace instead. Harmless to
    repeat; nothing is read from the tables, and connections opened from now on obey.
    """
    run = connection.exec_driver_sql
    run("ANALYZE sqlite_schema")
    for table in sorted(tables, key=lambda item: item.name):
        run("DELETE FROM sqlite_stat1 WHERE tbl = ?", (table.name,))
        for index in run(f"PRAGMA index_list({table.name})").all():
            columns = [row[2] for row in run(f"PRAGMA index_info({index[1]})").all()]
            run(
                "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)",
                (table.name, index[1], _estimate(columns, unique=bool(index[2]))),
            )
    run("ANALYZE sqlite_schema")


def _estimate(columns: Sequence[str], *, unique: bool) -> str:
    """Rows of the table, then how many share the first one, two, ... columns of the index."""
    alike = []
    for place, column in enumerate(columns):
        if place == 0 and column == "workspace_id":
            alike.append(MANY_ROWS)
        elif column in KINDS:
            alike.append(MANY_ROWS // len(KINDS))
        else:
            alike.append(1 if unique and place == len(columns) - 1 else FEW_ROWS)
    return " ".join(map(str, [MANY_ROWS, *alike]))


def narrowed(statement: Any, workspace: UUID | BindParameter[Any]) -> Any:
    """The statement with the condition on every table it reads or changes.

    `workspace`: which, or the parameter that says so.

    The optional side of an outer join is tied to the other by id and is left alone: a condition
    there would turn the join into an inner one.
    """
    if isinstance(statement, Select):
        tables = _read(statement)
    elif isinstance(statement, Update | Delete):
        tables = list(_tables(statement.table))
    elif isinstance(statement, CompoundSelect):
        raise TypeError("a union is not narrowed to a workspace; write two statements")
    else:
        return statement
    conditions = [table.c.workspace_id == workspace for table in tables]
    return statement.where(*conditions) if conditions else statement


def _read(statement: Select[Any]) -> list[Table]:
    """The tables a query reads; found once per shape of query, because finding them is slow."""
    key = statement._generate_cache_key()  # SQLAlchemy's own name for the shape
    if key is None:
        return [table for source in statement.get_final_froms() for table in _tables(source)]
    if key.key not in _KNOWN:
        if len(_KNOWN) >= MOST_SHAPES:
            _KNOWN.clear()
        found = [table for source in statement.get_final_froms() for table in _tables(source)]
        _KNOWN[key.key] = found
    return _KNOWN[key.key]


def _tables(source: FromClause) -> Iterator[Table]:
    if isinstance(source, Join):
        yield from _tables(source.left)
        if not source.isouter:
            yield from _tables(source.right)
    elif isinstance(source, Table) and source.name not in SHARED and "workspace_id" in source.c:
        yield source
