"""Migrations: one head per store, in step with the tables of the code, and reversible."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, inspect
from sqlalchemy.engine import make_url

from benchmarks import stage
from cdp.store import grants, provision
from cdp.store.rows.views import LOGGED
from cdp.store.rows.views import metadata as views_metadata
from cdp.store.tx import Stores
from tests.store import places


@dataclass(frozen=True)
class Fresh:
    """Migrated stores that no other test uses, and who may change their tables."""

    stores: Stores
    admin_url: str | None
    owner_role: str

    @contextmanager
    def owned(self) -> Iterator[dict[str, Connection]]:
        """A connection as the owner of the tables, by store."""
        with ExitStack() as stack:
            yield {
                database.name: stack.enter_context(
                    provision.administration(database, self.admin_url, self.owner_role)
                )
                for database in self.stores.all
            }


@pytest.fixture
def fresh(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Fresh]:
    """On each database."""
    if backend == "sqlite":
        made = Fresh(places.sqlite_place(tmp_path).open(), None, "owner")
    else:
        admin_url = request.getfixturevalue("postgresql")["CDP_ADMIN_URL"]
        tag = f"cdp_test_{secrets.token_hex(4)}"
        where = make_url(admin_url).set(username=f"{tag}_app")
        urls = {
            places.url_of(store): where.set(database=f"{tag}_{store}").render_as_string()
            for store in places.VARIABLES
        }
        made = Fresh(places.postgresql_place(urls).open(), admin_url, f"{tag}_owner")
    provision.provision(made.stores, admin_url=made.admin_url, owner_role=made.owner_role)
    yield made
    made.stores.close()
    if backend == "postgresql":
        drop(
            admin_url,
            [f"{tag}_{store}" for store in places.VARIABLES],
            [f"{tag}_app", f"{tag}_owner"],
        )


def drop(admin_url: str, databases: list[str], roles: list[str]) -> None:
    """Leave nothing on the server."""
    with psycopg.connect(admin_url, autocommit=True) as root:
        for name in databases:
            root.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        for name in roles:
            root.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.mark.parametrize("store", sorted(grants.METADATA))
def test_every_store_has_one_head(stores_template: Path, store: str) -> None:
    opened = places.sqlite_place(stores_template).open()
    with opened.main.begin(None, mode="snapshot") as connection:
        scripts = ScriptDirectory.from_config(provision.alembic_config(connection, store))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
    opened.close()


def test_migrations_make_the_tables_of_the_code_down_to_nothing_and_up_again(
    fresh: Fresh,
) -> None:
    with fresh.owned() as connections:
        for store, connection in connections.items():
            assert provision.differences(connection, store) == []
            before = shape(connection)

            provision.migrate(connection, store, "base")
            assert set(inspect(connection).get_table_names()) <= {f"alembic_version_{store}"}
            assert functions(connection) == set()

            provision.migrate(connection, store)
            assert provision.differences(connection, store) == []
            assert shape(connection) == before
            connection.commit()
    stage.prepare(fresh.stores, "w", admin_url=fresh.admin_url, owner_role=fresh.owner_role)
    provision.check(fresh.stores)

    with fresh.owned() as connections:
        connections["views"].exec_driver_sql("DROP TABLE alive")
        assert len(provision.differences(connections["views"], "views")) == 1


def shape(connection: Connection) -> dict[str, object]:
    """Tables with their columns, keys and indexes, and the triggers."""
    inspector = inspect(connection)
    inspector.clear_cache()
    tables: dict[str, object] = {
        name: (
            [(column["name"], str(column["type"])) for column in inspector.get_columns(name)],
            inspector.get_pk_constraint(name)["constrained_columns"],
            sorted(str(index["name"]) for index in inspector.get_indexes(name)),
        )
        for name in inspector.get_table_names()
    }
    catalogue = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    return tables | {"triggers": sorted(connection.exec_driver_sql(catalogue).scalars())}


def functions(connection: Connection) -> set[str]:
    """Functions of ours on PostgreSQL."""
    if connection.dialect.name == "sqlite":
        return set()
    rows = connection.exec_driver_sql("SELECT proname FROM pg_proc WHERE proname LIKE 'cdp%%'")
    return set(rows.scalars())


def test_views_are_unlogged_on_postgresql_and_fences_are_not(provisioned: dict[str, str]) -> None:
    stores = places.postgresql_place(provisioned).open()
    with stores.views.begin(None) as connection:
        rows = connection.exec_driver_sql(
            "SELECT relname, relpersistence FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
        )
        kinds = {row[0]: row[1] for row in rows}
    assert {"fence"} == LOGGED
    assert {name: kinds[name] for name in views_metadata.tables} == {
        name: "p" if name in LOGGED else "u" for name in views_metadata.tables
    }
    stores.close()
