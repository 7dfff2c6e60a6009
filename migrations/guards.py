"""Guards that migrations put on tables: row-level security, append-only, unlogged.

SQLite has no roles: there, workspaces are kept apart by the query layer and by keys.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

WORKSPACE_FUNCTION = """
CREATE FUNCTION cdp_workspace() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT workspace_id FROM {schema}.workspace_login
    WHERE login = session_user
      AND workspace_id = nullif(current_setting('cdp.workspace', true), '')::uuid
$$
"""

# The same, but its plan is kept with the session: SQL's is made anew in every statement, once for
# each table in it, which cost a small one several times what it took itself.
PLANNED_WORKSPACE_FUNCTION = """
CREATE OR REPLACE FUNCTION cdp_workspace() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (
        SELECT workspace_id FROM {schema}.workspace_login
        WHERE login = session_user
          AND workspace_id = nullif(current_setting('cdp.workspace', true), '')::uuid
    );
END
$$
"""


def is_postgresql() -> bool:
    """Whether this migration runs on PostgreSQL."""
    return bool(op.get_bind().dialect.name == "postgresql")


def prefixes(*, unlogged: bool) -> list[str]:
    """`UNLOGGED` where asked and known."""
    return ["UNLOGGED"] if unlogged and is_postgresql() else []


def install_workspace_function() -> None:
    """Which workspaces a login may set, and the function that policies ask.

    The setting alone guards against bugs; the table behind the function, which no application
    role can write, guards against a login that sets somebody else's workspace.
    """
    if not is_postgresql():
        return
    op.create_table(
        "workspace_login",
        sa.Column("login", sa.String(63), primary_key=True),
        sa.Column("workspace_id", sa.Uuid, primary_key=True),
    )
    op.execute(WORKSPACE_FUNCTION.format(schema=_schema()))


def plan_workspace_function_once() -> None:
    """The function that policies ask, with a plan that is kept."""
    if is_postgresql():
        op.execute(PLANNED_WORKSPACE_FUNCTION.format(schema=_schema()))


def plan_workspace_function_always() -> None:
    """The way back of `plan_workspace_function_once`; who may run it stays."""
    if is_postgresql():
        again = WORKSPACE_FUNCTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        op.execute(again.format(schema=_schema()))


def remove_workspace_function() -> None:
    """The way back of `install_workspace_function`."""
    if is_postgresql():
        op.execute("DROP FUNCTION cdp_workspace()")
        op.drop_table("workspace_login")


def separate_workspaces(tables: Iterable[str]) -> None:
    """Forced row-level security: only rows of the workspace that is set and allowed."""
    if not is_postgresql():
        return
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        # The sub-select makes it one call per statement instead of one per row.
        op.execute(
            f"CREATE POLICY workspace_only ON {table}"
            " USING (workspace_id = (SELECT cdp_workspace()))"
            " WITH CHECK (workspace_id = (SELECT cdp_workspace()))"
        )


@contextmanager
def all_rows_of(table: str) -> Iterator[None]:
    """The rows of every workspace, which forced row-level security hides from the owner too."""
    if is_postgresql():
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    if is_postgresql():
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def append_only(tables: Iterable[str]) -> None:
    """Refuse UPDATE, DELETE, TRUNCATE and SQLite's INSERT OR REPLACE.

    REPLACE deletes without firing delete triggers unless recursive_triggers is on, so an insert
    over an existing key, any of them, is refused on its own account.
    """
    if is_postgresql():
        op.execute(
            "CREATE FUNCTION cdp_append_only() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in tables:
        if is_postgresql():
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION cdp_append_only()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION cdp_append_only()"
            )
        else:
            refuse = f"SELECT RAISE(ABORT, '{table} is append-only')"
            for action in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table}"
                    f" BEGIN {refuse}; END"
                )
            same = " OR ".join(
                "(" + " AND ".join(f"{column} = NEW.{column}" for column in key) + ")"
                for key in (["rowid"], *_keys(table))
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
                f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
                f" BEGIN {refuse}; END"
            )


def drop_append_only() -> None:
    """The way back: triggers go with their tables, the function has to be named."""
    if is_postgresql():
        op.execute("DROP FUNCTION cdp_append_only()")


def _schema() -> str:
    return str(op.get_bind().execute(sa.text("SELECT current_schema()")).scalar_one())


def _keys(table: str) -> list[list[str]]:
    inspector = sa.inspect(op.get_bind())
    primary = inspector.get_pk_constraint(table)["constrained_columns"]
    unique = [item["column_names"] for item in inspector.get_unique_constraints(table)]
    return [list(key) for key in (primary, *unique)]
