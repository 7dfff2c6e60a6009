"""`cdp init`: bring the three stores into being and up to date; harmless to repeat.

On SQLite: files. On PostgreSQL: the owner role, the application login named in each store's URL,
the databases, and, acting as the owner, migrations and grants. Nothing else ever migrates.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, create_engine, insert, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

import migrations
from cdp.errors import Misconfigured
from cdp.ids import new_id
from cdp.store import grants, protocol, separation
from cdp.store.database import Database
from cdp.store.rows import custody, main
from cdp.store.tx import Stores

GENESIS = bytes(32)


def provision(stores: Stores, *, admin_url: str | None, owner_role: str) -> None:
    """Create what is missing and migrate to the newest version.

    Raises:
        Misconfigured: PostgreSQL without an administrator's URL, or one that may not do this.
    """
    for database in stores.all:
        if database.sqlite:
            _create_file(Path(database.url.database or ""))
            with database.begin(None) as connection:
                migrate(connection, database.name)
                separation.tell_planner(connection, grants.METADATA[database.name].sorted_tables)
                connection.commit()
        else:
            _provision_postgresql(database, admin_url, owner_role)


def migrate(connection: Connection, store: str, revision: str = "head") -> None:
    """Move one store to a revision, on a connection that may change its tables."""
    config = alembic_config(connection, store)
    down = revision == "base" or revision.startswith("-")
    (command.downgrade if down else command.upgrade)(config, revision)


def alembic_config(connection: Connection, store: str) -> Config:
    """Alembic's configuration for one store, without an ini file."""
    config = Config()
    folder = Path(migrations.__file__).parent / store
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def differences(connection: Connection, store: str) -> list[object]:
    """What the tables of the code and of the database do not share; empty when in step."""
    metadata = grants.METADATA[store]
    context = MigrationContext.configure(
        connection,
        opts={
            "version_table": f"alembic_version_{store}",
            "compare_type": True,
            "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
        },
    )
    return list(compare_metadata(context, metadata))


def check(stores: Stores) -> None:
    """Refuse stores that are missing, not migrated, or open to a login that nothing binds.

    Raises:
        Misconfigured: which store, and what to do.
        TryAgain: a store is away.
    """
    for database in stores.all:
        with database.begin(None, mode="snapshot") as connection:
            if not database.sqlite:
                grants.check_login(connection, database.name)
            context = MigrationContext.configure(
                connection, opts={"version_table": f"alembic_version_{database.name}"}
            )
            found = context.get_current_revision()
            scripts = ScriptDirectory.from_config(alembic_config(connection, database.name))
            newest = scripts.get_current_head()
        if found != newest:
            raise Misconfigured(
                f"the {database.name} store is at migration {found or 'none'} and this version"
                f" needs {newest}: run `cdp init`"
            )


def create_workspace(
    stores: Stores, name: str, at: datetime, *, admin_url: str | None, owner_role: str
) -> UUID:
    """The workspace's id; creates it, with its counter, journal mark and fence, if it is new."""
    with administration(stores.main, admin_url, owner_role) as connection:
        found: UUID | None = connection.execute(
            select(main.workspace.c.id).where(main.workspace.c.name == name)
        ).scalar()
        workspace = found or new_id()
        if found is None:
            connection.execute(
                insert(main.workspace).values(id=workspace, name=name, created_at=at)
            )
        connection.commit()
    for database in stores.all:
        if not database.sqlite:
            with administration(database, admin_url, owner_role) as connection:
                _allow_login(connection, database, workspace)
                connection.commit()
    starts: tuple[tuple[Database, Table, dict[str, object]], ...] = (
        (stores.main, main.workspace_head, {"seq": 0, "fence_seq": 0}),
        (stores.custody, custody.journal_mark, {"seq": 0, "hash": GENESIS}),
    )
    for database, table, values in starts:
        with database.begin(workspace) as connection:
            exists = connection.execute(
                select(table.c.workspace_id).where(table.c.workspace_id == workspace).limit(1)
            ).scalar()
            if exists is None:
                connection.execute(insert(table).values(workspace_id=workspace, **values))
            connection.commit()
    # From main, not from nothing: a views store that was lost comes back with its fences.
    with (
        stores.main.begin(workspace, mode="snapshot") as main_connection,
        stores.views.begin(workspace) as connection,
    ):
        protocol.rederive_fences(main_connection, connection, workspace)
        connection.commit()
    return workspace


@contextmanager
def administration(
    database: Database, admin_url: str | None, owner_role: str
) -> Iterator[Connection]:
    """A connection as the owner of the tables (SQLite: just a connection)."""
    if database.sqlite:
        with database.begin(None) as connection:
            yield connection
        return
    with _as_owner(database, admin_url, owner_role) as connection:
        yield connection


def _create_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        # Created here, empty and private; every other open refuses to create.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _provision_postgresql(database: Database, admin_url: str | None, owner_role: str) -> None:
    with _administrator(database, admin_url, None) as connection:
        _ensure_role(connection, owner_role, login=False)
        _ensure_role(connection, _login(database), login=True, password=database.url.password)
        owner = grants.quote(connection, owner_role)
        connection.execute(text(f"GRANT {owner} TO CURRENT_USER"))
        name = database.url.database or ""
        exists = connection.execute(
            text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}
        ).scalar()
        if not exists:
            quoted = grants.quote(connection, name)
            connection.execute(text(f"CREATE DATABASE {quoted} OWNER {owner}"))
    with _administrator(database, admin_url, database.url.database) as connection:
        connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA public TO {owner}"))
        login = grants.quote(connection, _login(database))
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {login}"))
    with _as_owner(database, admin_url, owner_role) as connection:
        migrate(connection, database.name)
        grants.grant(connection, database.name, _login(database))
        connection.commit()
    with database.begin(None) as connection:
        grants.check_login(connection, database.name)


def _ensure_role(
    connection: Connection, role: str, *, login: bool, password: str | None = None
) -> None:
    exists = connection.execute(
        text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}
    ).scalar()
    if exists:
        return
    quoted = grants.quote(connection, role)
    secret = ""
    if password is not None:
        literal = connection.execute(
            text("SELECT quote_literal(:password)"), {"password": str(password)}
        ).scalar_one()
        secret = f" PASSWORD {literal}"
    kind = "LOGIN" if login else "NOLOGIN"
    connection.exec_driver_sql(
        f"CREATE ROLE {quoted} {kind} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE{secret}"
    )


@contextmanager
def _administrator(
    database: Database, admin_url: str | None, name: str | None
) -> Iterator[Connection]:
    """Autocommit, on the store's server, in the database `name` or the administrator's own."""
    if admin_url is None:
        raise Misconfigured(
            "PostgreSQL stores are set up by an administrator: set CDP_ADMIN_URL for `cdp init`,"
            " for example postgresql://postgres@127.0.0.1/postgres"
        )
    with _connect(database, _admin_url(admin_url, name)) as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


@contextmanager
def _as_owner(database: Database, admin_url: str | None, owner_role: str) -> Iterator[Connection]:
    if admin_url is None:
        raise Misconfigured("set CDP_ADMIN_URL: only the owner of the tables can do this")
    with _connect(database, _admin_url(admin_url, database.url.database)) as connection:
        connection.execute(text(f"SET ROLE {grants.quote(connection, owner_role)}"))
        yield connection


@contextmanager
def _connect(database: Database, url: URL) -> Iterator[Connection]:
    engine = create_engine(url, hide_parameters=True, poolclass=NullPool)
    try:
        try:
            connection = engine.connect()
        except OperationalError:
            raise Misconfigured(
                f"CDP_ADMIN_URL cannot reach {url.host}:{url.port or 5432}/{url.database}:"
                f" needed to set up the {database.name} store"
            ) from None
        with connection:
            yield connection
    finally:
        engine.dispose()


def _admin_url(admin_url: str, name: str | None) -> URL:
    url = make_url(admin_url).set(drivername="postgresql+psycopg")
    return url if name is None else url.set(database=name)


def _login(database: Database) -> str:
    if not database.url.username:
        raise Misconfigured(
            f"the URL of the {database.name} store names no user: write the application login,"
            " for example postgresql://cdp_app@127.0.0.1/continuum"
        )
    return database.url.username


def _allow_login(connection: Connection, database: Database, workspace: UUID) -> None:
    connection.execute(
        text("INSERT INTO workspace_login VALUES (:login, :workspace) ON CONFLICT DO NOTHING"),
        {"login": _login(database), "workspace": workspace},
    )
