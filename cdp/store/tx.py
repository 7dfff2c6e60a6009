"""A unit of work over the three stores, and the only place that commits.

    main is the only commit point. What grants is created custody first, then main. What restricts
    is committed on main, then carried to views, then to custody, and only then acknowledged.

Locks are taken in the order main, views, custody, whatever a flow touches first, so two units
never wait for each other. A unit that restricted something is applied to views and custody right
after main's commit (`cdp.store.protocol`); `tx.applied` tells whether that got
through, so that an entry point can answer 200 or 202.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection

from cdp.store import protocol
from cdp.store.database import Database

Mode = Literal["write", "snapshot", "publish", "answer"]


class Tx:
    """One unit of work in one workspace. Connections are opened when first used."""

    def __init__(self, stores: "Stores", workspace: UUID, mode: Mode) -> None:
        """Use `Stores.write`, `read`, `answer` and `publish` instead."""
        self.workspace = workspace
        self.restricted = False
        self.applied: bool | None = None
        self._stores = stores
        self._mode = mode
        self._open: dict[str, Connection] = {}

    @property
    def main(self) -> Connection:
        """Main: one snapshot in a reading unit, the write lock (SQLite) in a writing one.

        In an answering unit every statement sees the newest state.
        """
        if self._mode == "publish":
            raise RuntimeError("a publishing unit holds no lock on main")
        return self._connection(self._stores.main, self._mode)

    @property
    def custody(self) -> Connection:
        """Custody; in a writing unit main's lock comes first, and custody commits first."""
        self._not_answering()
        if self._mode == "write":
            self._connection(self._stores.main, "write")
        return self._connection(
            self._stores.custody, "snapshot" if self._mode == "publish" else self._mode
        )

    @property
    def views(self) -> Connection:
        """Views: READ COMMITTED and written in a publishing unit, else one snapshot to read."""
        mode = {"publish": "write", "answer": "answer"}.get(self._mode, "snapshot")
        return self._connection(self._stores.views, mode)

    def _connection(self, database: Database, mode: str) -> Connection:
        connection = self._open.get(database.name)
        if connection is None:
            connection = (
                database.each(self.workspace)
                if mode == "answer"
                else database.begin(self.workspace, mode=mode)
            )
            self._open[database.name] = connection
        return connection

    def lock_counter(self) -> None:
        """Hold the workspace's counter until commit; what is read now stays true until then."""
        self._not_answering()
        protocol.lock_counter(self.main, self.workspace)

    def take_seq(self) -> int:
        """The next number of the workspace's gapless counter; its lock is held until commit."""
        return self.take_seqs(1)

    def take_seqs(self, count: int) -> int:
        """The first of the next `count` numbers, all of which the caller uses."""
        self._not_answering()
        return protocol.take_seqs(self.main, self.workspace, count)

    def restrict(self, *restrictions: protocol.Restriction) -> None:
        """T1: raise the fences on main and queue the rest; applied right after the commit."""
        self._not_answering()
        if restrictions:
            protocol.restrict(self.main, self.workspace, restrictions)
            self.restricted = True

    def _not_answering(self) -> None:
        if self._mode == "answer":
            raise RuntimeError("an answering unit holds nothing until a commit: use `Stores.write`")

    def commit(self) -> None:
        """Custody first, then main."""
        for name in ("custody", "main", "views"):
            connection = self._open.pop(name, None)
            if connection is not None:
                with connection:
                    connection.commit()

    def let_go(self) -> None:
        """End a unit that wrote nothing.

        PostgreSQL's driver forgets its prepared statements at a ROLLBACK; there is nothing to
        commit there, the transaction is READ ONLY. On SQLite nothing holds a write back but this.
        """
        while self._open:
            _, connection = self._open.popitem()
            with connection:
                if connection.dialect.name == "postgresql":
                    connection.commit()

    def roll_back(self) -> None:
        """Forget everything that is not committed."""
        while self._open:
            _, connection = self._open.popitem()
            connection.close()

    def rest(self) -> None:
        """End an answering unit: its connections are kept for the next one."""
        for database in self._stores.all:
            connection = self._open.pop(database.name, None)
            if connection is not None:
                database.rest(connection)


class Answering:
    """An answering unit from its beginning to its end; every answer has two."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def __enter__(self) -> Tx:
        return self._tx

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # What something failed on is looked at by the pool before anybody uses it again.
        try:
            if kind is None:
                self._tx.rest()
        finally:
            self._tx.roll_back()


class Stores:
    """The three databases and the ways to begin a unit of work in them."""

    def __init__(self, main: Database, custody: Database, views: Database) -> None:
        """Databases in their roles; they may be of different kinds."""
        self.main = main
        self.custody = custody
        self.views = views

    @property
    def all(self) -> tuple[Database, Database, Database]:
        """Main, custody, views: the order of locks."""
        return self.main, self.custody, self.views

    @contextmanager
    def write(self, workspace: UUID) -> Iterator[Tx]:
        """A unit that may write; commits at the end of the block, rolls back on an exception."""
        tx = Tx(self, workspace, "write")
        try:
            yield tx
            tx.commit()
        finally:
            tx.roll_back()
        if tx.restricted:
            tx.applied = self.apply_outbox(workspace)

    @contextmanager
    def read(self, workspace: UUID) -> Iterator[Tx]:
        """A unit that sees one state of each store and writes nothing."""
        tx = Tx(self, workspace, "snapshot")
        try:
            yield tx
            tx.let_go()
        finally:
            tx.roll_back()

    def answer(self, workspace: UUID) -> "Answering":
        """A unit that answers somebody: each of its statements is a transaction of its own.

        It sees the state of main at the moment it asks, holds no lock while it thinks, and what it
        writes (the log of the answer, a reminder for the builder) is durable at once and rests on
        nothing else that it writes.
        """
        return Answering(Tx(self, workspace, "answer"))

    @contextmanager
    def publish(self, workspace: UUID) -> Iterator[Tx]:
        """A unit that writes views and nothing else: the builder's second half."""
        tx = Tx(self, workspace, "publish")
        try:
            yield tx
            tx.commit()
        finally:
            tx.roll_back()

    def apply_outbox(self, workspace: UUID) -> bool:
        """T2 and T3 for every restriction still queued; False when a store is away."""
        return protocol.apply_outbox(self.main, self.views, self.custody, workspace)

    def close(self) -> None:
        """Close every pool."""
        for database in self.all:
            database.close()
