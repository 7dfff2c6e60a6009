"""What the application's database login may do: the list that start-up and tests compare with.

The login owns nothing, is no superuser and cannot bypass row-level security. Append-only tables
give it SELECT and INSERT; `workspace` is written by `cdp init` alone; `workspace_login` and the
migrations are not its business.
"""

from sqlalchemy import Connection, MetaData, text

from cdp.errors import Misconfigured
from cdp.store.rows import custody, verdicts, views

METADATA: dict[str, MetaData] = {
    "main": verdicts.metadata,
    "custody": custody.metadata,
    "views": views.metadata,
}
ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")
NARROW: dict[str, tuple[str, ...]] = {
    "workspace": ("SELECT",),
    "api_client": ("SELECT", "INSERT", "UPDATE"),
    "consent_event": ("SELECT", "INSERT"),
    "consent_binding": ("SELECT", "INSERT"),
    "disclosure": ("SELECT", "INSERT"),
    "record_version": ("SELECT", "INSERT"),
    # An erasure takes the traces of a record with it.
    "membership": ("SELECT", "INSERT", "DELETE"),
    "verdict_record": ("SELECT", "INSERT", "DELETE"),
    "verdict": ("SELECT", "INSERT", "UPDATE"),
    "journal": ("SELECT", "INSERT"),
}


def expected(store: str) -> dict[str, tuple[str, ...]]:
    """Table name to privileges of the application login, for every table of a store."""
    return {name: NARROW.get(name, ALL) for name in METADATA[store].tables}


def grant(connection: Connection, store: str, login: str) -> None:
    """Make the login's privileges exactly the list, as the owner of the tables."""
    quoted = quote(connection, login)
    for table, privileges in expected(store).items():
        connection.execute(text(f"REVOKE ALL ON {table} FROM {quoted}"))
        connection.execute(text(f"GRANT {', '.join(privileges)} ON {table} TO {quoted}"))
    connection.execute(text(f"GRANT SELECT ON alembic_version_{store} TO {quoted}"))
    connection.execute(text("REVOKE ALL ON workspace_login FROM PUBLIC"))
    connection.execute(text("REVOKE ALL ON FUNCTION cdp_workspace() FROM PUBLIC"))
    connection.execute(text(f"GRANT EXECUTE ON FUNCTION cdp_workspace() TO {quoted}"))


def check_login(connection: Connection, store: str) -> None:
    """Refuse a login that row-level security does not bind.

    Raises:
        Misconfigured: a superuser, a login with BYPASSRLS, or one that owns tables.
    """
    row = connection.execute(
        text(
            "SELECT r.rolname, r.rolsuper OR r.rolbypassrls AS unbound,"
            " EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            "   WHERE n.nspname = current_schema() AND c.relkind = 'r'"
            "     AND pg_has_role(r.rolname, c.relowner, 'MEMBER')) AS owns"
            " FROM pg_roles r WHERE r.rolname = session_user"
        )
    ).one()
    if row.unbound or row.owns:
        what = "bypasses row-level security" if row.unbound else "owns tables"
        raise Misconfigured(
            f"the login of the {store} store {what}, so workspaces would not be kept apart:"
            " use the application login that `cdp init` makes (the user in the store's URL)",
            reason="unsafe_login",
        )


def quote(connection: Connection, name: str) -> str:
    """A role or database name as an SQL identifier."""
    return connection.dialect.identifier_preparer.quote_identifier(name)
