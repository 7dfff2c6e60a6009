"""What the databases refuse by themselves, whoever asks: history, other workspaces, unsafe logins.

Every check runs over all tables there are, so that the next table is covered too.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
    insert,
    select,
    text,
)
from sqlalchemy.exc import DatabaseError

from benchmarks import stage
from cdp import clock
from cdp.errors import Misconfigured
from cdp.ids import new_id
from cdp.store import disclosures, grants
from cdp.store.database import Database
from cdp.store.tx import Stores
from cdp.store.types import Instant
from tests.store import places

APPEND_ONLY: Final = [
    ("main", "consent_binding"),
    ("main", "consent_event"),
    ("main", "disclosure"),
    ("main", "record_version"),
    ("custody", "journal"),
]
# Read before a workspace is known, or none of the login's business.
NOT_SEPARATED: Final = {
    "main": {"workspace", "api_client", "alembic_version_main", "workspace_login"},
    "custody": {"alembic_version_custody", "workspace_login"},
    "views": {"alembic_version_views", "workspace_login"},
}
PRIVILEGES: Final = (
    *("SELECT", "INSERT", "UPDATE", "DELETE"),
    *("TRUNCATE", "REFERENCES", "TRIGGER"),
)
TABLES: Final = [
    (store, name) for store, metadata in grants.METADATA.items() for name in sorted(metadata.tables)
]
SEPARATED: Final = [(store, name) for store, name in TABLES if name not in NOT_SEPARATED[store]]


def fill(stores: Stores, workspace: UUID) -> None:
    """At least one row in every append-only table."""
    (person,) = stage.add_people(stores, workspace, 1)
    assert stage.say(stores, workspace, person, new_id(), granted=False).applied
    entry = disclosures.Disclosure(
        new_id(), clock.now(), None, "ask", None, "offers", None, False, {}, [], 1
    )
    with stores.write(workspace) as tx:
        disclosures.log(tx.main, workspace, entry)


def test_the_append_only_tables_are_those_that_nobody_is_granted_to_change() -> None:
    narrow = {
        (store, name)
        for store, name in TABLES
        if grants.expected(store)[name] == ("SELECT", "INSERT")
    }
    assert narrow == set(APPEND_ONLY)


# PostgreSQL: grants, policies and triggers.


@pytest.fixture
def superuser(provisioned: dict[str, str]) -> Iterator[Callable[[str], psycopg.Connection[Any]]]:
    """Connect to a store as the superuser; closed at the end."""
    opened = []

    def connect(store: str) -> psycopg.Connection[Any]:
        name = psycopg.conninfo.conninfo_to_dict(provisioned[places.url_of(store)])["dbname"]
        opened.append(
            psycopg.connect(provisioned["CDP_ADMIN_URL"], dbname=str(name), autocommit=True)
        )
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


@pytest.fixture
def login(provisioned: dict[str, str]) -> Iterator[Callable[[str], psycopg.Connection[Any]]]:
    """Connect to a store as the application's login, around the platform."""
    opened = []

    def connect(store: str) -> psycopg.Connection[Any]:
        opened.append(psycopg.connect(provisioned[places.url_of(store)], autocommit=True))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


Connect = Callable[[str], psycopg.Connection[Any]]


@pytest.fixture(scope="module")
def filled(provisioned: dict[str, str]) -> Iterator[UUID]:
    """A workspace on PostgreSQL with a row in every append-only table."""
    place = places.postgresql_workspace(provisioned)
    opened = place.open()
    fill(opened, place.workspace)
    yield place.workspace
    opened.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {table} SET workspace_id = workspace_id",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({key}) DO UPDATE SET"
        " workspace_id = EXCLUDED.workspace_id",
    ],
)
def test_postgresql_refuses_to_change_history_to_superusers_too(
    superuser: Connect, filled: UUID, change: str
) -> None:
    for store, table in APPEND_ONLY:
        key = ", ".join(column.name for column in grants.METADATA[store].tables[table].primary_key)
        with pytest.raises(psycopg.errors.RaiseException, match=f"{table} is append-only"):
            superuser(store).execute(change.format(table=table, key=key).encode())


def test_the_owner_cannot_truncate_history_and_sees_no_row_to_change(
    superuser: Connect, provisioned: dict[str, str], filled: UUID
) -> None:
    role = sql.Identifier(provisioned["CDP_OWNER_ROLE"])
    for store, table in APPEND_ONLY:
        owner = superuser(store)
        owner.execute(sql.SQL("SET ROLE {}").format(role))

        with pytest.raises(psycopg.errors.RaiseException, match=f"{table} is append-only"):
            owner.execute(f"TRUNCATE {table}".encode())
        assert owner.execute(f"DELETE FROM {table}".encode()).rowcount == 0, table


def test_the_login_is_nobody_special_and_owns_nothing(
    superuser: Connect, provisioned: dict[str, str]
) -> None:
    (attributes,) = superuser("main").execute(
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication,"
        " (SELECT count(*) FROM pg_shdepend WHERE refobjid = r.oid AND deptype = 'o'),"
        " (SELECT count(*) FROM pg_auth_members WHERE member = r.oid)"
        " FROM pg_roles r WHERE rolname = %s",
        [places.login_of(provisioned)],
    )
    assert attributes == (False, False, False, False, False, 0, 0)


@pytest.mark.parametrize("store", sorted(grants.METADATA))
def test_the_login_may_do_exactly_what_is_listed_on_every_table(
    superuser: Connect, provisioned: dict[str, str], store: str
) -> None:
    found: dict[str, set[str]] = {}
    rows = superuser(store).execute(
        "SELECT c.relname, p, has_table_privilege(%(login)s, c.oid, p)"
        "   OR (p IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')"
        "     AND has_any_column_privilege(%(login)s, c.oid, p))"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, unnest(%(all)s::text[]) p"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')"
        "   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')",
        {"login": places.login_of(provisioned), "all": list(PRIVILEGES)},
    )
    for table, privilege, may in rows:
        found.setdefault(table, set())
        found[table] |= {privilege} if may else set()

    listed = {name: set(privileges) for name, privileges in grants.expected(store).items()}
    assert found == {**listed, f"alembic_version_{store}": {"SELECT"}, "workspace_login": set()}


@pytest.mark.parametrize("store", sorted(grants.METADATA))
def test_the_login_may_create_nothing_and_run_one_function_of_the_owner(
    superuser: Connect, provisioned: dict[str, str], store: str
) -> None:
    (may_create,) = superuser(store).execute(
        "SELECT has_schema_privilege(%s, 'public', 'CREATE')", [places.login_of(provisioned)]
    )
    functions = superuser(store).execute(
        "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE nspname = 'public' AND prosecdef AND has_function_privilege(%s, p.oid, 'EXECUTE')",
        [places.login_of(provisioned)],
    )
    assert may_create == (False,)
    assert functions.fetchall() == [("cdp_workspace",)]


@pytest.mark.parametrize("store", sorted(grants.METADATA))
def test_every_table_is_under_forced_row_level_security_but_the_listed(
    superuser: Connect, store: str
) -> None:
    bound = superuser(store).execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relrowsecurity"
        "   AND c.relforcerowsecurity AND EXISTS (SELECT 1 FROM pg_policy p"
        "     WHERE p.polrelid = c.oid AND p.polcmd = '*' AND p.polpermissive"
        "       AND pg_get_expr(p.polqual, c.oid) = pg_get_expr(p.polwithcheck, c.oid))"
    )
    tables = superuser(store).execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    everything = {row[0] for row in tables}
    assert {row[0] for row in bound} == everything - NOT_SEPARATED[store]
    assert everything >= NOT_SEPARATED[store]


def a_row(table: Table, workspace: UUID) -> dict[str, Any]:
    """Some row of a table, in a workspace."""
    values: dict[type, Callable[[], Any]] = {
        Uuid: new_id,
        String: lambda: new_id().hex[-10:],
        BigInteger: lambda: 1,
        Integer: lambda: 1,
        LargeBinary: lambda: new_id().bytes * 2,
        Boolean: lambda: False,
        Date: lambda: date(2026, 3, 1),
        Instant: clock.now,
    }
    row = {column.name: values.get(type(column.type), dict[str, str])() for column in table.columns}
    return row | {"workspace_id": workspace}


@pytest.fixture
def admin_stores(provisioned: dict[str, str]) -> Iterator[dict[str, Database]]:
    """The stores, opened by the superuser: who sees every row."""
    user = psycopg.conninfo.conninfo_to_dict(provisioned["CDP_ADMIN_URL"])["user"]
    place = places.postgresql_place(provisioned).open()
    opened: dict[str, Database] = {
        item.name: Database(
            item.name, item.url.set(username=str(user)).render_as_string(hide_password=False)
        )
        for item in place.all
    }
    yield opened
    place.close()
    for item in opened.values():
        item.close()


def test_rows_of_a_workspace_that_the_login_is_not_allowed_do_not_exist_for_it(
    admin_stores: dict[str, Database], login: Connect, filled: UUID
) -> None:
    foreign = new_id()
    for store, name in SEPARATED:
        with admin_stores[store].begin(None) as connection:
            table = grants.METADATA[store].tables[name]
            connection.execute(insert(table).values(**a_row(table, foreign)))
            connection.commit()
    apps = {store: login(store) for store in grants.METADATA}
    for setting in (str(foreign), str(filled), ""):
        for store, name in SEPARATED:
            app = apps[store]
            app.execute("SELECT set_config('cdp.workspace', %s, false)", [setting])

            seen = {row[0] for row in app.execute(f"SELECT workspace_id FROM {name}".encode())}

            assert seen <= {filled}, name
            assert not seen or setting == str(filled), name
            for verb, change in (
                ("UPDATE", f"UPDATE {name} SET workspace_id = workspace_id"),
                ("DELETE", f"DELETE FROM {name}"),
            ):
                if verb in grants.expected(store)[name]:
                    touched = app.execute(f"{change} WHERE workspace_id = %s".encode(), [foreign])
                    assert touched.rowcount == 0, name


def test_nothing_can_be_written_into_a_workspace_that_the_login_is_not_allowed(
    provisioned: dict[str, str],
) -> None:
    opened = places.postgresql_place(provisioned).open()
    foreign = new_id()
    for database in opened.all:
        for store, name in SEPARATED:
            if store == database.name:
                table = grants.METADATA[store].tables[name]
                with database.begin(foreign) as connection, pytest.raises(Misconfigured) as caught:
                    connection.execute(insert(table).values(**a_row(table, foreign)))
                assert "SQLSTATE 42501" in str(caught.value), name
    opened.close()


def test_our_statements_see_no_row_of_another_workspace_on_either_database(
    new_place: Callable[[], stage.Place],
) -> None:
    here, there = new_place(), new_place()
    opened = here.open()
    started = {"workspace_head", "journal_mark", "fence"}
    for database in opened.all:
        for store, name in SEPARATED:
            if store != database.name:
                continue
            table = grants.METADATA[store].tables[name]
            with database.begin(there.workspace) as connection:
                if name not in started:
                    connection.execute(insert(table).values(**a_row(table, there.workspace)))
                connection.commit()
            with database.begin(there.workspace) as connection:
                assert connection.execute(select(table)).first() is not None, name
            with database.begin(here.workspace) as connection:
                found = {row.workspace_id for row in connection.execute(select(table))}
            assert found == ({here.workspace} if name in started else set()), name
    opened.close()


def test_a_superuser_is_not_let_in(admin_stores: dict[str, Database]) -> None:
    for store, database in admin_stores.items():
        with (
            database.begin(None, mode="snapshot") as connection,
            pytest.raises(Misconfigured, match="bypasses row-level security") as caught,
        ):
            grants.check_login(connection, store)
        assert caught.value.reason == "unsafe_login"


def test_a_login_that_can_become_the_owner_is_not_let_in(
    superuser: Connect, provisioned: dict[str, str]
) -> None:
    admin, role = superuser("main"), f"{provisioned['CDP_OWNER_ROLE']}_friend"
    friend, owner = sql.Identifier(role), sql.Identifier(provisioned["CDP_OWNER_ROLE"])
    admin.execute(sql.SQL("CREATE ROLE {} LOGIN IN ROLE {}").format(friend, owner))
    place = places.postgresql_place(provisioned).open()
    url = place.main.url.set(username=role).render_as_string(hide_password=False)
    database = Database("main", url)
    try:
        with (
            database.begin(None, mode="snapshot") as connection,
            pytest.raises(Misconfigured, match="owns tables"),
        ):
            grants.check_login(connection, "main")
    finally:
        database.close()
        place.close()
        admin.execute(sql.SQL("DROP ROLE {}").format(friend))


def test_a_trigger_s_refusal_stays_what_it_is(
    admin_stores: dict[str, Database], filled: UUID
) -> None:
    with (
        admin_stores["main"].begin(None) as connection,
        pytest.raises(DatabaseError, match="append-only"),
    ):
        connection.execute(text("DELETE FROM disclosure"))
