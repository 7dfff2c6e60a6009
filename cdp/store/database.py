"""One of the three databases: engine, pragmas, roles, and what its errors mean.

Each connection sets and *reads back* what deletion and durability rest on (custody of keys is
not left to a default), and a store that is missing is never created by accident. Whatever the
driver raises, wherever it raises it, leaves the engine as one of our errors: what to do, and never
a value. Only what the caller did wrong (IntegrityError, DataError, a guard) stays as it is.
"""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, NoReturn
from uuid import UUID

import orjson
import psycopg
from psycopg.types.array import ListBinaryDumper
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InternalError,
    ProgrammingError,
)
from sqlalchemy.exc import DatabaseError as SQLAlchemyDatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from cdp.errors import Misconfigured, TryAgain
from cdp.store import separation

StoreName = Literal["main", "custody", "views"]
BUSY_MS = {"main": 10_000, "custody": 2_000, "views": 2_000}
# What PostgreSQL says when the login or the database in the URL is wrong; it sends no SQLSTATE.
_UNKNOWN = ("does not exist", "authentication failed", "no pg_hba.conf entry")
ASK_AGAIN = 0.002
POOL_SIZE = 8
# Connections of answers that are kept at hand, per workspace.
MOST_RESTING = POOL_SIZE
# Lock timeout, deadlock, serialisation failure, too many connections.
_BUSY_STATES = frozenset({"55P03", "40P01", "40001", "53300"})
# For readers SQLite waits by itself (BUSY_MS); for another process's checkpoint it does not.
CHECKPOINT_TRIES = 100
CHECKPOINT_PAUSE_SECONDS = 0.02
_ANOTHER_CHECKPOINT = -1
_RAISED_BY_TRIGGER = "P0001"
PRAGMAS: dict[str, str | int] = {
    "journal_mode": "wal",
    "secure_delete": 1,
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "temp_store": 2,
}


class Database:
    """A store's database, by name and URL; connections begin explicitly and end explicitly."""

    def __init__(self, name: StoreName, url: str) -> None:
        """`url` as SQLAlchemy writes it; only SQLite and PostgreSQL are known."""
        self.name = name
        self.url = _parse(name, url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        build = _sqlite if self.sqlite else _postgresql
        self.engine: Engine = build(name, self.url)
        self._each: dict[UUID, Engine] = {}
        self._resting: dict[UUID, list[Connection]] = {}
        event.listen(self.engine, "handle_error", self._translate, retval=True)

    def begin(self, workspace: UUID | None, *, mode: str = "write") -> Connection:
        """A connection with a transaction begun.

        `mode`: `write` takes SQLite's write lock at once (PostgreSQL: READ COMMITTED);
        `snapshot` sees one state of the database for its whole life and writes nothing;
        `each` begins nothing: every statement is a transaction of its own.

        Raises:
            Misconfigured: the store is missing or refuses us.
            TryAgain: the store is busy or away.
        """
        connection = self._connect(self.engine)
        connection = connection.execution_options(cdp_mode=mode, **{separation.OPTION: workspace})
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection

    def each(self, workspace: UUID) -> Connection:
        """A connection on which every statement is a transaction of its own; `rest` takes it back.

        What is written is durable when the statement returns.

        Raises: as `begin`.
        """
        resting = self._resting.get(workspace)
        while resting:
            with suppress(IndexError):  # another answer was quicker
                return resting.pop()
        connection = self._connect(self._engine_of(workspace))
        # Without a transaction, what row-level security goes by holds as long as the connection.
        if not self.sqlite and connection.info.get(separation.OPTION) != workspace:
            connection.exec_driver_sql(_SET_WORKSPACE.format(workspace, "false"))
            connection.info[separation.OPTION] = workspace
        return connection

    def rest(self, connection: Connection) -> None:
        """Keep a connection of `each` for the next answer; through the pool and back would cost
        more than what is asked on it."""
        if connection.invalidated:
            connection.close()
            return
        if connection.in_transaction():
            connection.rollback()
        workspace = connection.get_execution_options()[separation.OPTION]
        resting = self._resting.setdefault(workspace, [])
        if len(resting) < MOST_RESTING:
            resting.append(connection)
        else:
            connection.close()

    def _let_go(self) -> None:
        for resting in list(self._resting.values()):
            while resting:
                with suppress(IndexError):  # an answer was quicker
                    resting.pop().close()

    def _engine_of(self, workspace: UUID) -> Engine:
        """The same pool, with what a connection of `each` is told said once."""
        found = self._each.get(workspace)
        if found is None:
            options = {
                "cdp_mode": "each",
                "cdp_busy_ms": BUSY_MS[self.name],
                separation.OPTION: workspace,
            }
            found = self._each[workspace] = self.engine.execution_options(**options)
        return found

    def _connect(self, engine: Engine) -> Connection:
        try:
            return engine.connect()
        except PoolTimeout:
            raise TryAgain(
                f"all connections to the {self.name} store are in use", reason="store_busy"
            ) from None

    def _translate(self, context: ExceptionContext) -> Misconfigured | TryAgain | None:
        if context.is_disconnect:
            self._let_go()  # they were made when that one was
        error = context.sqlalchemy_exception
        if not isinstance(error, SQLAlchemyDatabaseError) or isinstance(error, _CALLERS_FAULT):
            return None
        if getattr(error.orig, "sqlstate", None) == _RAISED_BY_TRIGGER:
            return None
        return self._explain_sqlite(error) if self.sqlite else self._explain_postgresql(error)

    def _explain_sqlite(self, error: DBAPIError) -> Misconfigured | TryAgain:
        code = getattr(error.orig, "sqlite_errorcode", None)
        primary = None if code is None else code & 0xFF
        place = self.url.database
        if primary == sqlite3.SQLITE_CANTOPEN:
            return Misconfigured(
                f"the {self.name} store is not at {place}: run `cdp init`, or restore it"
            )
        if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return TryAgain(f"the {self.name} store is busy", reason="store_busy")
        return Misconfigured(
            f"the {self.name} store at {place} cannot be used"
            f" ({getattr(error.orig, 'sqlite_errorname', 'unknown error')}):"
            " run `cdp init` to bring it up to date, or restore it"
        )

    def _explain_postgresql(self, error: DBAPIError) -> Misconfigured | TryAgain:
        place = f"{self.url.host}:{self.url.port or 5432}/{self.url.database}"
        state = getattr(error.orig, "sqlstate", None)
        if state in _BUSY_STATES:
            return TryAgain(f"the {self.name} store is busy", reason="store_busy")
        unknown = any(phrase in str(error.orig) for phrase in _UNKNOWN)
        if isinstance(error, ProgrammingError) or unknown:
            return Misconfigured(
                f"the {self.name} store at {place} is not set up for this login"
                f" (SQLSTATE {state or 'none'}): check the URL, then run `cdp init`"
            )
        return TryAgain(f"the {self.name} store at {place} does not answer", reason="store_away")

    def checkpoint(self) -> bool:
        """SQLite: empty the write-ahead log, so that overwritten key slots are gone from files.

        False when a reader kept part of it; call again. PostgreSQL: nothing to do (unlogged).
        """
        if not self.sqlite:
            return True
        with self._connect(self.engine).execution_options(cdp_mode="each") as connection:
            for _ in range(CHECKPOINT_TRIES):
                busy, frames, _ = connection.exec_driver_sql(
                    "PRAGMA wal_checkpoint(TRUNCATE)"
                ).one()
                if not busy:
                    return True
                if frames != _ANOTHER_CHECKPOINT:
                    break
                time.sleep(CHECKPOINT_PAUSE_SECONDS)
        return False

    def close(self) -> None:
        """Give every pooled connection back to the database."""
        self._let_go()
        self.engine.dispose()


_CALLERS_FAULT = (IntegrityError, DataError, InternalError)
# A reading unit ends in COMMIT too: after a ROLLBACK the driver forgets what it has prepared.
_BEGIN = {
    "write": "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    "snapshot": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}
_SET_WORKSPACE = "SELECT set_config('cdp.workspace', '{}', {})"


def _parse(name: str, url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Misconfigured(
            f"the URL of the {name} store is not a database URL; write"
            " sqlite:////path/file.sqlite3 or postgresql://user@host/database"
        ) from None
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise Misconfigured(
            f"the {name} store speaks {parsed.get_backend_name()}: use sqlite or postgresql"
        )
    return parsed


def _json(document: Any) -> str:
    return orjson.dumps(document).decode()


def _sqlite(name: str, url: URL) -> Engine:
    path = Path(url.database or "").resolve()

    def connect() -> sqlite3.Connection:
        # mode=rw: a missing file is an error, not a new and empty store.
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode=rw",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_MS[name] / 1000,
        )
        try:
            _set_pragmas(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite://",
        creator=connect,
        hide_parameters=True,
        json_deserializer=orjson.loads,
        json_serializer=_json,
        poolclass=QueuePool,
        pool_size=POOL_SIZE,
        max_overflow=24,
        # The connection used last has its pages in its cache.
        pool_use_lifo=True,
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("cdp_mode", "write")
        if mode == "write":
            _take_write_lock(connection, BUSY_MS[name])
        elif mode != "each":
            connection.exec_driver_sql("BEGIN")

    separation.keep_apart(engine)
    return engine


@contextmanager
def writing(connection: Connection) -> Iterator[None]:
    """Around a statement that writes, on any connection: in `each`, SQLite's lock is taken as in a
    writing unit, since a bulk load beside it lets go for moments only."""
    options = connection.get_execution_options()
    if options.get("cdp_mode") != "each" or connection.dialect.name != "sqlite":
        yield
        return
    _take_write_lock(connection, options["cdp_busy_ms"])
    driver: Any = connection.connection.driver_connection
    try:
        yield
        driver.commit()
    except sqlite3.Error as error:
        told(connection, error, "COMMIT")
    finally:
        driver.rollback()


def told(connection: Connection, error: Exception, statement: str) -> NoReturn:
    """Raise what an error of the driver means.

    SQLAlchemy's own way to it: drops a connection that is lost, and asks `Database._translate`.
    """
    connection._handle_dbapi_exception(error, statement, None, None, None)


def _take_write_lock(connection: Connection, busy_ms: int) -> None:
    """BEGIN IMMEDIATE, asked for again every few milliseconds.

    SQLite's own waiting asks every 100 ms after a while, and so loses against somebody who lets
    go of the lock for a moment only, such as a bulk load between two of its units.
    """
    driver: Any = connection.connection.driver_connection
    ends = time.monotonic() + busy_ms / 1000
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.Error:
                if time.monotonic() >= ends:
                    break
                time.sleep(ASK_AGAIN)
            else:
                return
        # Once more through the engine, which says what the error means.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout = {busy_ms}")


def _set_pragmas(connection: sqlite3.Connection) -> None:
    for pragma, wanted in PRAGMAS.items():
        connection.execute(f"PRAGMA {pragma} = {wanted}")
        found: Any = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
        if found != wanted:
            raise Misconfigured(
                f"SQLite keeps {pragma} = {found} where {wanted} is needed:"
                " deleted keys would stay readable"
            )


def _postgresql(name: str, url: URL) -> Engine:
    # The driver's own lines name logins and hosts, and bypass our filter.
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        json_deserializer=orjson.loads,
        json_serializer=_json,
        pool_size=POOL_SIZE,
        max_overflow=24,
        pool_pre_ping=False,
        # The connection used last has its statements prepared and its pages warm.
        pool_use_lifo=True,
        # The driver begins nothing: `_begin` does, with the isolation, in one message.
        isolation_level="AUTOCOMMIT",
        connect_args={"connect_timeout": 2, "options": f"-c lock_timeout={BUSY_MS[name]}"},
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: psycopg.Connection[Any], _record: object) -> None:
        # Arrays in binary: as text, a batch costs the driver and the server several times as much.
        connection.adapters.register_dumper(list, ListBinaryDumper)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        mode = options.get("cdp_mode", "write")
        if mode == "each":
            return
        # An isolation that somebody chose for the whole engine is begun by the driver.
        begin = "" if "isolation_level" in options else _BEGIN[mode]
        # None is said too: the connection may have been of a workspace before (`each`).
        setting = _SET_WORKSPACE.format(options.get(separation.OPTION) or "", "true")
        connection.exec_driver_sql(f"{begin}; {setting}")

    return engine
