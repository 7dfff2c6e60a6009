"""Opening the stores: what is missing, broken, old or away, and what the operator is told to do."""

import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from benchmarks import stage
from cdp.errors import Misconfigured, TryAgain
from cdp.store import provision
from cdp.store.database import Database
from cdp.store.tx import Stores
from tests.store import places

STORES = sorted(places.VARIABLES)


@pytest.fixture
def folder(stores_template: Path, tmp_path: Path) -> Path:
    """Three migrated SQLite files."""
    made = tmp_path / "stores"
    shutil.copytree(stores_template, made)
    return made


@pytest.fixture
def opened(folder: Path) -> Iterator[Stores]:
    """The stores of that folder."""
    stores = places.sqlite_place(folder).open()
    yield stores
    stores.close()


def test_stores_that_are_in_order_pass_the_check(opened: Stores) -> None:
    provision.check(opened)


@pytest.mark.parametrize("store", STORES)
def test_a_missing_file_is_named_and_not_made(opened: Stores, folder: Path, store: str) -> None:
    (folder / f"{store}.sqlite3").unlink()

    with pytest.raises(Misconfigured, match=f"the {store} store is not at .*run `cdp init`"):
        provision.check(opened)

    assert not (folder / f"{store}.sqlite3").exists()


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("kept", [0.0, 0.5])
def test_a_truncated_file_is_not_taken_for_an_empty_store(
    opened: Stores, folder: Path, store: str, kept: float
) -> None:
    file = folder / f"{store}.sqlite3"
    with file.open("r+b") as content:
        content.truncate(int(file.stat().st_size * kept) // 4096 * 4096)

    with pytest.raises(Misconfigured, match=rf"the {store} store .*run `cdp init`"):
        provision.check(opened)


@pytest.mark.parametrize("store", STORES)
def test_a_file_that_is_not_a_database_is_refused(opened: Stores, folder: Path, store: str) -> None:
    (folder / f"{store}.sqlite3").write_bytes(b"not a database" * 1000)

    with pytest.raises(Misconfigured, match=f"the {store} store .*SQLITE_NOTADB"):
        provision.check(opened)


@pytest.mark.parametrize("store", STORES)
def test_a_store_of_another_version_is_refused_until_it_is_migrated(
    opened: Stores, folder: Path, store: str
) -> None:
    connection = sqlite3.connect(folder / f"{store}.sqlite3")
    connection.execute(f"UPDATE alembic_version_{store} SET version_num = '0000'")
    connection.commit()
    connection.close()

    with pytest.raises(Misconfigured, match=f"the {store} store is at migration 0000 .*`cdp init`"):
        provision.check(opened)


def test_init_may_be_repeated(opened: Stores) -> None:
    assert stage.prepare(opened, "again") == stage.prepare(opened, "again")
    provision.check(opened)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("no url at all", "not a database URL"),
        ("mysql://somebody@127.0.0.1/main", "speaks mysql"),
    ],
)
def test_a_url_of_something_else_is_refused(url: str, message: str) -> None:
    with pytest.raises(Misconfigured, match=message):
        Database("main", url)


def test_postgresql_that_does_not_answer_says_try_again() -> None:
    with pytest.raises(TryAgain, match="does not answer") as caught:
        Database("main", "postgresql://somebody@127.0.0.1:1/main").begin(None)
    assert caught.value.reason == "store_away"


@pytest.mark.parametrize("part", ["database", "username"])
def test_postgresql_without_the_database_or_the_login_is_not_set_up(
    provisioned: dict[str, str], part: str
) -> None:
    url = Database("main", provisioned["CDP_DATABASE_URL"]).url
    url = url.set(database="unmade") if part == "database" else url.set(username="unmade")
    with pytest.raises(Misconfigured, match="check the URL, then run `cdp init`"):
        Database("main", url.render_as_string(hide_password=False)).begin(None)


def test_postgresql_stores_in_order_pass_the_check(provisioned: dict[str, str]) -> None:
    stores = places.postgresql_place(provisioned).open()
    provision.check(stores)
    stores.close()


@pytest.mark.parametrize(
    ("admin_url", "message"),
    [
        (None, "set CDP_ADMIN_URL"),
        ("postgresql://root@127.0.0.1:1/test", "CDP_ADMIN_URL cannot reach 127.0.0.1:1/test"),
    ],
)
def test_init_on_postgresql_says_who_has_to_run_it(
    provisioned: dict[str, str], admin_url: str | None, message: str
) -> None:
    stores = places.postgresql_place(provisioned).open()
    with pytest.raises(Misconfigured, match=message):
        provision.provision(stores, admin_url=admin_url, owner_role="cdp_owner")
    with pytest.raises(Misconfigured, match="CDP_ADMIN_URL"):
        stage.add_workspace(stores, "new", admin_url=admin_url)
    stores.close()


def test_init_on_postgresql_needs_a_login_to_make(provisioned: dict[str, str]) -> None:
    nameless = Database("main", "postgresql://127.0.0.1:5432/main")
    with pytest.raises(Misconfigured, match="names no user"):
        provision.provision(
            Stores(nameless, nameless, nameless), **places.administration(provisioned)
        )


def test_init_makes_the_login_with_the_password_of_the_url(provisioned: dict[str, str]) -> None:
    """The password is quoted, so that one with an apostrophe is a password and not SQL."""
    tag, admin = f"cdp_test_{secrets.token_hex(4)}", places.administration(provisioned)
    url = Database("custody", provisioned["CDP_CUSTODY_URL"]).url.set(
        username=f"{tag}_app", password="it's; DROP ROLE", database=f"{tag}_custody"
    )
    custody = Database("custody", url.render_as_string(hide_password=False))
    try:
        provision.provision(Stores(custody, custody, custody), **admin)
        with custody.begin(None) as connection:
            assert connection.exec_driver_sql("SELECT current_user").scalar() == f"{tag}_app"
        with psycopg.connect(provisioned["CDP_ADMIN_URL"]) as root:
            kept = root.execute(
                "SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = %s", [f"{tag}_app"]
            ).fetchone()
        assert kept == (True,)
    finally:
        custody.close()
        with psycopg.connect(provisioned["CDP_ADMIN_URL"], autocommit=True) as root:
            name = sql.Identifier(f"{tag}_custody")
            root.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            root.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(f"{tag}_app")))
