"""Alone: one reader of a stream at a time, across processes and hosts, told at once and not after.

The hold ends with whoever has it, however that ends: PostgreSQL drops a session's lock with the
session, the kernel a file's with the process. No fact rests on it (who was overtaken lands
nothing): it keeps two readers from doing the same work, and the later one from waiting for it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import UUID

from sqlalchemy import text

from cdp.errors import Refused
from cdp.store.database import Database


@contextmanager
def reading_alone(main: Database, stream_id: UUID) -> Iterator[None]:
    """Hold a stream while the block reads it.

    Raises:
        Refused: somebody is reading it (`already_running`).
    """
    with (_on_a_file if main.sqlite else _on_the_server)(main, stream_id) as held:
        if not held:
            raise Refused(
                "another run is reading this stream now; see `cdp source runs`",
                reason="already_running",
            )
        yield


@contextmanager
def _on_the_server(main: Database, stream_id: UUID) -> Iterator[bool]:
    key = {"key": int.from_bytes(stream_id.bytes[8:], signed=True)}
    with main.begin(None, mode="none") as connection:
        held = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar_one()
        try:
            yield bool(held)
        finally:
            if held:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)


@contextmanager
def _on_a_file(main: Database, stream_id: UUID) -> Iterator[bool]:
    path = Path(f"{main.url.database}-reading-{stream_id}")
    while True:
        with path.open("a") as file:
            if not _locked(file):
                yield False
                return
            # Whoever had it before may have taken the file away under us: then it holds nobody.
            if _is_at(path, file):
                try:
                    yield True
                finally:
                    path.unlink(missing_ok=True)
                return


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
