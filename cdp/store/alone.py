"""Alone: one reader of a stream at a time, across processes and hosts, told at once and not after.

The hold ends with whoever has it, however that ends: PostgreSQL drops a session's lock with the
session, the kernel a file's with the process. No fact rests on it (who was overtaken lands
nothing): it keeps two readers from doing the same work, and the later one from waiting for it.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final
from uuid import UUID

from sqlalchemy import Connection, text

from cdp.errors import Refused, TryAgain
from cdp.store.database import Database

# A server may take a moment to notice that the one who held it is gone.
PATIENCE_SECONDS: Final = 2.0
ASK_AGAIN_SECONDS: Final = 0.05


@contextmanager
def reading_alone(main: Database, stream_id: UUID) -> Iterator[None]:
    """Hold a stream while the block reads it.

    Raises:
        Refused: somebody is reading it, and goes on doing so (`already_running`).
    """
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        with (_on_a_file if main.sqlite else _on_the_server)(main, stream_id) as held:
            if held:
                yield
                return
        if time.monotonic() >= ends:
            raise Refused(
                "another run is reading this stream now; see `cdp source runs`",
                reason="already_running",
            )
        time.sleep(ASK_AGAIN_SECONDS)


@contextmanager
def _on_the_server(main: Database, stream_id: UUID) -> Iterator[bool]:
    key = {"key": int.from_bytes(stream_id.bytes[8:], signed=True)}
    with main.begin(None, mode="each") as connection:
        held = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar_one()
        try:
            yield bool(held)
        finally:
            if held:
                _let_go(connection, key)


def _let_go(connection: Connection, key: dict[str, int]) -> None:
    """With a session that broke its locks are gone already."""
    with suppress(TryAgain):
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)


@contextmanager
def _on_a_file(main: Database, stream_id: UUID) -> Iterator[bool]:
    path = Path(f"{main.url.database}-reading-{stream_id}")
    with path.open("a") as file:
        # Whoever had it before may have taken the file away under us: then it holds nobody.
        held = _locked(file) and _is_at(path, file)
        try:
            yield held
        finally:
            if held:
                path.unlink(missing_ok=True)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(path: Path, file: IO[str]) -> bool:
    try:
        return path.stat().st_ino == os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False
