"""After a withdrawal the wrapped keys of its views are in no file, searched as raw bytes."""

import fcntl
import multiprocessing
import secrets
import subprocess
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from benchmarks import processes, stage
from cdp import clock
from cdp.ids import new_id
from cdp.store import keys, protocol, views
from cdp.store.tx import Stores
from tests.store import places

PEOPLE = 20
BUILDS = 3
# src/include/access/xlog_internal.h: a value may go on behind the header of the next page.
PAGE, FIRST_HEADER, HEADER = 8192, 40, 24


def build_all(stores: Stores, workspace: UUID, people: list[stage.Person]) -> list[bytes]:
    """Several builds of everybody, so that older keys lie about; returns every key there was."""
    wrapped = []
    for _ in range(BUILDS):
        for person in people:
            assert stage.build(stores, workspace, person)
            view = stage.see(stores, workspace, person)
            assert view is not None
            wrapped.append(view.wrapped)
    return wrapped


def still_in(files: list[Path], wrapped: list[bytes]) -> int:
    """How many of these keys are in the bytes of these files.

    Read by another process: closing a file here would drop the locks that SQLite holds on it.
    """
    content = subprocess.run(["cat", *files], capture_output=True, check=False).stdout
    return sum(key in content for key in wrapped)


@pytest.fixture
def sqlite(stores_template: Path, tmp_path: Path) -> Iterator[tuple[list[Path], Stores, UUID]]:
    """Stores on SQLite, and every file that the views store may have."""
    for file in stores_template.glob("*.sqlite3"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    place = places.sqlite_workspace(tmp_path)
    opened = place.open()
    yield (
        [tmp_path / f"views.sqlite3{suffix}" for suffix in ("", "-wal", "-shm")],
        opened,
        place.workspace,
    )
    opened.close()


def test_withdrawn_keys_are_in_no_sqlite_file(
    sqlite: tuple[list[Path], Stores, UUID],
) -> None:
    files, opened, workspace = sqlite
    people = stage.add_people(opened, workspace, PEOPLE)
    gone = build_all(opened, workspace, people[: PEOPLE // 2])
    kept = build_all(opened, workspace, people[PEOPLE // 2 :])
    assert still_in(files, gone) > 0

    for person in people[: PEOPLE // 2]:
        assert stage.say(opened, workspace, person, new_id(), granted=False).applied

    assert still_in(files, gone) == 0
    assert still_in(files, kept) == PEOPLE // 2, "one key is left of each view that stays"


def test_withdrawn_keys_are_in_no_sqlite_file_after_a_crash_between_t2_and_its_checkpoint(
    sqlite: tuple[list[Path], Stores, UUID],
) -> None:
    files, opened, workspace = sqlite
    (person,) = stage.add_people(opened, workspace, 1)
    gone = build_all(opened, workspace, [person])
    event = new_id()
    with opened.write(workspace) as tx:
        seq = tx.take_seq()
        stage.write_down(tx.main, workspace, person, event, seq=seq, granted=False)
        restriction = stage.withdrawal(person, event, seq)
        protocol.restrict(tx.main, workspace, [restriction])
    with opened.views.begin(workspace) as connection:
        protocol.withdraw_views(connection, workspace, [restriction])
        connection.commit()
    assert still_in(files, gone) > 0

    assert opened.apply_outbox(workspace)

    assert still_in(files, gone) == 0


def test_a_reader_that_keeps_the_log_makes_the_answer_not_yet_and_the_next_round_does_it(
    sqlite: tuple[list[Path], Stores, UUID],
) -> None:
    files, opened, workspace = sqlite
    (person,) = stage.add_people(opened, workspace, 1)
    gone = build_all(opened, workspace, [person])

    with opened.views.begin(workspace, mode="snapshot") as reader:
        assert views.count(reader, workspace) == {stage.PURPOSE: 1}
        said = stage.say(opened, workspace, person, new_id(), granted=False)
        assert said.applied is False
        assert stage.ask(opened, workspace, person) is None
    assert still_in(files, gone) > 0

    assert opened.apply_outbox(workspace)
    assert still_in(files, gone) == 0


def test_a_checkpoint_waits_for_the_checkpoint_of_another_process(
    sqlite: tuple[list[Path], Stores, UUID],
) -> None:
    """SQLite itself answers busy at once, whatever its timeout."""
    files, opened, workspace = sqlite
    (person,) = stage.add_people(opened, workspace, 1)
    gone = build_all(opened, workspace, [person])
    here, there = multiprocessing.Pipe()
    other = processes.context().Process(target=hold_checkpoint_lock, args=(files[2], there))
    other.start()
    assert here.recv() == "held"

    said = stage.say(opened, workspace, person, new_id(), granted=False)

    assert here.poll(), "the lock was let go before the answer"
    assert said.applied
    assert still_in(files, gone) == 0
    other.join()


def hold_checkpoint_lock(shared_memory: Path, pipe: Connection) -> None:
    """Hold WAL_CKPT_LOCK for a moment: byte 121 (https://sqlite.org/walformat.html §2.3)."""
    with shared_memory.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX, 1, 121)
        pipe.send("held")
        time.sleep(0.5)
        pipe.send("about to let go")


def test_a_slot_keeps_its_size_so_that_it_is_overwritten_in_place(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    build_all(opened, workspace, [person])
    stage.say(opened, workspace, person, new_id(), granted=False)

    with opened.views.begin(workspace) as connection:
        slots = connection.exec_driver_sql("SELECT wrapped FROM slot").scalars().all()
        assert bytes(stage.KEY_BYTES) in {bytes(slot) for slot in slots}


def test_keys_of_views_are_in_no_write_ahead_log_of_postgresql(
    provisioned: dict[str, str],
) -> None:
    place = places.postgresql_workspace(provisioned)
    opened, workspace = place.open(), place.workspace
    with psycopg.connect(provisioned["CDP_ADMIN_URL"], autocommit=True) as root:
        start = root.execute("SELECT pg_current_wal_lsn()").fetchone()
        people = stage.add_people(opened, workspace, 5)
        logged = secrets.token_bytes(stage.KEY_BYTES)
        write_to_a_logged_table(opened, workspace, logged)
        withdrawn = build_all(opened, workspace, people)
        for person in people:
            assert stage.say(opened, workspace, person, new_id(), granted=False).applied

        log = wal_since(root, start)

    assert logged in log, "the search finds what was logged"
    assert not any(key in log for key in withdrawn)
    opened.close()


def write_to_a_logged_table(stores: Stores, workspace: UUID, value: bytes) -> None:
    """Custody is logged: what is written there must be found, or the search is no test."""
    with stores.custody.begin(workspace) as connection:
        keys.keep_bodies(connection, workspace, {new_id(): value}, clock.now())
        connection.commit()


def wal_since(root: psycopg.Connection[Any], start: Any) -> bytes:
    """The write-ahead log from a position to now, page headers taken out."""
    names = root.execute(
        "SELECT name FROM pg_ls_waldir() WHERE name >= pg_walfile_name(%s)"
        " AND name <= pg_walfile_name(pg_current_wal_lsn()) ORDER BY name",
        start,
    ).fetchall()
    read = "SELECT pg_read_binary_file('pg_wal/' || %s)"
    parts = []
    for name in names:
        row = root.execute(read, name).fetchone()
        assert row is not None
        segment = bytes(row[0])
        pages = (segment[at : at + PAGE] for at in range(0, len(segment), PAGE))
        parts += [page[FIRST_HEADER if not n else HEADER :] for n, page in enumerate(pages)]
    return b"".join(parts)
