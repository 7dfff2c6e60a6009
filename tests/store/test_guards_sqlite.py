"""What SQLite refuses by itself, on connections that set no pragma of ours too."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import (
    select,
)
from sqlalchemy.exc import IntegrityError

from benchmarks import stage
from cdp.errors import Misconfigured
from cdp.ids import new_id
from cdp.store import database as database_module
from cdp.store import grants, separation
from cdp.store.database import PRAGMAS, Database
from cdp.store.tx import Stores
from tests.store import places
from tests.store.test_guards import APPEND_ONLY, fill

# SQLite: every way to change a row, on a connection that sets no pragma of ours.


@pytest.fixture
def sqlite_stores(stores_template: Path, tmp_path: Path) -> Iterator[tuple[Path, Stores, UUID]]:
    """Filled SQLite stores, and their folder."""
    folder = tmp_path / "filled"
    folder.mkdir()
    for file in stores_template.glob("*.sqlite3"):
        (folder / file.name).write_bytes(file.read_bytes())
    place = places.sqlite_workspace(folder)
    opened = place.open()
    fill(opened, place.workspace)
    yield folder, opened, place.workspace
    opened.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {table} SET workspace_id = workspace_id",
        "UPDATE OR REPLACE {table} SET workspace_id = workspace_id",
        "DELETE FROM {table}",
        "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "INSERT OR REPLACE INTO {table} (rowid, {columns}) SELECT rowid, {others} FROM {table}",
    ],
)
def test_sqlite_refuses_to_change_history(
    sqlite_stores: tuple[Path, Stores, UUID], change: str
) -> None:
    folder, _, _ = sqlite_stores
    for store, table in APPEND_ONLY:
        columns = [column.name for column in grants.METADATA[store].tables[table].columns]
        others = ["randomblob(16)" if name in {"id", "event_id"} else name for name in columns]
        statement = change.format(table=table, columns=", ".join(columns), others=", ".join(others))
        stranger = sqlite3.connect(folder / f"{store}.sqlite3")
        before = stranger.execute(f"SELECT * FROM {table}").fetchall()
        assert before

        with pytest.raises(sqlite3.IntegrityError, match=f"{table} is append-only"):
            stranger.execute(statement)

        stranger.rollback()
        assert stranger.execute(f"SELECT * FROM {table}").fetchall() == before
        stranger.close()


def test_sqlite_refuses_to_replace_an_event_by_another_with_its_number(
    sqlite_stores: tuple[Path, Stores, UUID],
) -> None:
    folder, _, _ = sqlite_stores
    stranger = sqlite3.connect(folder / "main.sqlite3")
    assert stranger.execute("PRAGMA recursive_triggers").fetchone() == (0,)

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        stranger.execute(
            "INSERT OR REPLACE INTO consent_event"
            " SELECT randomblob(16), workspace_id, seq, 'grant', received_day, said_mac,"
            " commitment, leaf_hash FROM consent_event"
        )

    stranger.close()


def test_our_own_connections_are_refused_too(stores: tuple[Stores, UUID], backend: str) -> None:
    opened, workspace = stores
    fill(opened, workspace)
    refusal = IntegrityError if backend == "sqlite" else Misconfigured
    for store, name in APPEND_ONLY:
        table = grants.METADATA[store].tables[name]
        for statement in (table.update().values(workspace_id=workspace), table.delete()):
            with pytest.raises(refusal), opened.write(workspace) as tx:
                getattr(tx, store).execute(statement)


def test_every_sqlite_connection_keeps_what_deletion_rests_on(
    sqlite_stores: tuple[Path, Stores, UUID],
) -> None:
    _, opened, workspace = sqlite_stores
    for database in opened.all:
        held = [database.begin(workspace, mode="snapshot") for _ in range(3)]
        for connection in held:
            found = {
                pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
                for pragma in PRAGMAS
            }
            assert found == PRAGMAS
            timeout = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
            assert timeout == database_module.BUSY_MS[database.name]
            connection.close()


def test_a_pragma_that_sqlite_does_not_keep_stops_the_start(
    sqlite_stores: tuple[Path, Stores, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _, _ = sqlite_stores
    monkeypatch.setitem(PRAGMAS, "secure_delete", 7)
    with pytest.raises(Misconfigured, match="SQLite keeps secure_delete = 1 where 7 is needed"):
        Database("views", f"sqlite:///{folder}/views.sqlite3").begin(None)


def test_sqlite_files_are_for_their_owner_only(tmp_path: Path) -> None:
    opened = places.sqlite_place(tmp_path / "deep" / "data").open()
    stage.prepare(opened, "w")
    opened.close()

    assert (tmp_path / "deep" / "data").stat().st_mode & 0o077 == 0
    for file in (tmp_path / "deep" / "data").glob("*.sqlite3"):
        assert file.stat().st_mode & 0o077 == 0


def test_a_union_is_refused_rather_than_left_unnarrowed(
    sqlite_stores: tuple[Path, Stores, UUID],
) -> None:
    _, opened, workspace = sqlite_stores
    table = grants.METADATA["main"].tables["profile"]
    with (
        opened.read(workspace) as tx,
        pytest.raises(TypeError, match="write two statements"),
    ):
        tx.main.execute(select(table.c.id).union(select(table.c.id)))


def test_separation_forgets_shapes_of_queries_but_not_the_workspace(
    sqlite_stores: tuple[Path, Stores, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, opened, workspace = sqlite_stores
    monkeypatch.setattr(separation, "MOST_SHAPES", 1)
    with opened.main.begin(new_id()) as connection:
        for table in grants.METADATA["main"].tables.values():
            if table.name not in separation.SHARED:
                assert connection.execute(select(table)).all() == []
                assert connection.execute(table.delete()).rowcount == 0
    assert stage.add_people(opened, workspace, 1)
