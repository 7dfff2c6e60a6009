"""Any SQL database that SQLAlchemy speaks, several tables or queries of it, with flat memory.

With a `cursor` column only what is new or changed comes, in the order of (cursor, key). Rows that
were committed late are found within `overlap` (seconds, or numbers) and `overlap_rows` before the
newest cursor; see `connectors.overlap`. Without one every reading is a full refresh in the order
of the key, and records that are gone are known to be gone.

Values become plain JSON as `connectors.making.plain` says. Rows without a key or cursor come as
`Unreadable`. Nothing is ever written, and no error shows the URL or a value.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.pool import NullPool

from connectors.base import (
    Json,
    JsonObject,
    Message,
    Refreshed,
    Refreshing,
    SourceError,
    SourceMisconfigured,
    SourceUnavailable,
    State,
    Stream,
    Unreadable,
)
from connectors.making import REASONS as UNUSABLE
from connectors.making import Unusable, needed, plain, raw_of, reread
from connectors.overlap import Position, digest, packed, unpacked
from connectors.shape import MOST_DELETES
from connectors.tables import SCHEMA, Table, pick, tables

REASONS: Final = {
    **UNUSABLE,
    "bad_encoding": "text that is not valid in the database's encoding",
    "missing_cursor": "the cursor column is empty, so the row has no place in the order",
    "unsupported_type": "a value of a type that has no JSON form; its column is left out",
}
_FORMAT: Final = 1
_FETCH: Final = 1000
_MOST_ODD: Final = 10_000
_AWAY: Final = ("08", "53", "55", "57", "58", "40")
_SQLITE_AWAY: Final = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_CANTOPEN")


class Sql:
    """Reads databases; see the module."""

    name: ClassVar[str] = "sql"
    summary: ClassVar[str] = "Tables and queries of any SQL database that SQLAlchemy speaks."
    config_schema: ClassVar[JsonObject] = SCHEMA
    tabular: ClassVar[bool] = True

    def streams(self, config: JsonObject) -> Sequence[Stream]:
        """The streams of the configuration. Raises SourceMisconfigured."""
        return [table.stream for table in tables(config)]

    def read(self, config: JsonObject, stream: str, state: JsonObject | None) -> Iterator[Message]:
        """The rows of one stream since `state`.

        Raises:
            SourceMisconfigured: another stream's name; a table, column or query that is not
                there; a login that is refused; a state of another connector.
            SourceUnavailable: the database cannot be reached, or went away.
        """
        table = pick(config, stream)
        options: Any = config
        with _telling(), _connected(options["url"]) as connection:
            reader = _Reader(connection, table, options.get("state_every", _FETCH))
            yield from reader.messages(state)

    def reread(self, config: JsonObject, flawed: Unreadable) -> Message:
        """One row again under this configuration; the database is not asked."""
        table = pick(config, flawed.stream)
        return reread(table.maker, flawed, final=("bad_encoding", "unsupported_type"))


class _Broken(bytes):
    """Text of a SQLite database that is not UTF-8."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row: its place, its message, its digest."""

    position: Position
    message: Message
    digest: str


@dataclass
class _Reader:
    """Reads one stream over one connection."""

    connection: sa.Connection
    table: Table
    every: int
    _columns: list[str] = field(default_factory=list)

    def messages(self, state: JsonObject | None) -> Iterator[Message]:
        self._columns = self._look()
        value: Any = state or {}
        if state is not None and value.get("format") != _FORMAT:
            unpacked([None])  # not a state of ours: it says so
        if value.get("order") != list(self.table.order):
            value = {}  # configured anew since
        return self._since(value) if self.table.cursor else self._whole(value)

    def _whole(self, state: Mapping[str, Any]) -> Iterator[Message]:
        """A full refresh, or the rest of one."""
        stream, framed = self.table.stream, self.table.stream.message == "record"
        after = unpacked(state["after"]) if "after" in state else None
        if framed and after is None:
            yield Refreshing(stream.name)
        for number, row in enumerate(self._rows(after=after), 1):
            yield row.message
            if number % self.every == 0:
                yield self._state(after=packed(row.position))
        if framed:
            share = self.table.options.get("deletes_at_most", MOST_DELETES)
            yield Refreshed(stream.name, share)
        yield from (row.message for row in self._odd())
        yield self._state()

    def _since(self, state: Mapping[str, Any]) -> Iterator[Message]:
        """What is new, what changed, and what came late."""
        before = self.table.window(state)
        seen, window, odd = set(state.get("odd", ())), before.again(), list(state.get("odd", ()))
        if before.end is not None:
            for row in self._rows(after=before.begin, until=before.end):
                window.push(row.position, row.digest, onward=False)
                if row.digest not in before.known:
                    yield row.message
        for number, row in enumerate(self._rows(after=before.end), 1):
            yield row.message
            window.push(row.position, row.digest, onward=True)
            if number % self.every == 0:
                yield self._state(**window.document(), odd=odd)
        odd = []
        for row in self._odd():
            odd.append(row.digest)
            if row.digest not in seen:
                yield row.message
        yield self._state(**window.document(), odd=odd)

    def _state(self, **value: Any) -> State:
        whole = {"format": _FORMAT, "order": list(self.table.order), **value}
        return State(self.table.stream.name, whole)

    def _look(self) -> list[str]:
        """The columns there are now. Raises SourceMisconfigured: one that is needed is not."""
        table = self.table
        if "table" in table.options and not sa.inspect(self.connection).has_table(
            table.options["table"], schema=table.options.get("schema")
        ):
            raise SourceMisconfigured(
                f"stream {table.stream.name}: its table is not there", reason="missing_table"
            )
        nothing = sa.select(sa.text("*")).select_from(_source(table)).where(sa.false())
        names = list(self.connection.execute(nothing).keys())
        if len(set(names)) < len(names):
            raise SourceMisconfigured(
                f"stream {table.stream.name}: two columns have one name; rename one in the query",
                reason="duplicate_column",
            )
        wanted = [*needed(table.stream, table.options), *table.order]
        wanted += table.options.get("columns", ())
        missing = sorted({name for name in wanted if name not in names})
        if missing:
            raise SourceMisconfigured(
                f"stream {table.stream.name}: columns that are not there: {', '.join(missing)}",
                reason="missing_column",
            )
        if "columns" in table.options:
            return list(dict.fromkeys([*table.options["columns"], *wanted]))
        return names

    def _rows(
        self, *, after: Position | None = None, until: Position | None = None
    ) -> Iterator[_Row]:
        """Rows that have a place, in order, `after` exclusive, `until` inclusive."""
        order: list[Any] = [sa.column(name) for name in self.table.order]
        query = self._select().where(*(column.is_not(None) for column in order)).order_by(*order)
        if after is not None:
            query = query.where(_beyond(order, after))
        if until is not None:
            query = query.where(sa.not_(_beyond(order, until)))
        return self._drained(query)

    def _odd(self) -> Iterator[_Row]:
        """Rows that lack a key or a cursor."""
        if self._filled():
            return iter(())
        order: list[Any] = [sa.column(name) for name in self.table.order]
        lacking = sa.or_(*(column.is_(None) for column in order))
        found = self._drained(self._select().where(lacking).order_by(*order).limit(_MOST_ODD + 1))
        return _few(found) if self.table.cursor else found

    def _filled(self) -> bool:
        """Whether the table promises that no row lacks them."""
        name = self.table.options.get("table")
        if name is None:
            return False
        found = sa.inspect(self.connection).get_columns(name, self.table.options.get("schema"))
        never = {column["name"] for column in found if not column["nullable"]}
        return set(self.table.order) <= never

    def _select(self) -> Any:
        columns: list[Any] = [sa.column(name) for name in self._columns]
        return sa.select(*columns).select_from(_source(self.table))

    def _drained(self, query: Any) -> Iterator[_Row]:
        options = {"yield_per": min(self.every, _FETCH), "stream_results": True}
        result = self.connection.execute(query, execution_options=options)
        places = [self._columns.index(name) for name in self.table.order]
        with result:
            for row in result:
                yield self._row(tuple(row), tuple(row[place] for place in places))

    def _row(self, values: tuple[Any, ...], position: Position) -> _Row:
        data: dict[str, Json] = {}
        reason = "missing_cursor" if self.table.cursor and position[0] is None else None
        for name, value in zip(self._columns, values, strict=True):
            if isinstance(value, _Broken):
                reason = "bad_encoding"
                continue
            try:
                data[name] = plain(value)
            except Unusable as unusable:
                reason = str(unusable)
        known = digest(raw_of(data)) if self.table.cursor else ""
        return _Row(position, self._message(data, reason), known)

    def _message(self, data: JsonObject, reason: str | None) -> Message:
        maker = self.table.maker
        if reason is None:
            try:
                return maker.message(data, "row")
            except Unusable as unusable:
                reason = str(unusable)
        return Unreadable(self.table.stream.name, "row", reason, raw_of(data), maker.key(data))


def _few(rows: Iterator[_Row]) -> Iterator[_Row]:
    """The rows, if their digests can be kept. Raises SourceMisconfigured."""
    for number, row in enumerate(rows):
        if number == _MOST_ODD:
            raise SourceMisconfigured(
                "cursor: too many rows have none; fill the column, or read a query that does"
                " (coalesce)",
                reason="missing_cursor",
            )
        yield row


def _source(table: Table) -> Any:
    """What stands after FROM."""
    if "table" in table.options:
        return sa.table(table.options["table"], schema=table.options.get("schema"))
    query = table.options["query"].strip().rstrip(";").replace(":", "\\:")
    return sa.text(f"({query}) continuum_rows")


def _beyond(order: Sequence[Any], position: Position) -> Any:
    """Row values, written out: not every database compares tuples."""
    values = [sa.bindparam(None, value, type_=sa.types.NullType()) for value in position]
    parts = []
    for place, (column, value) in enumerate(zip(order, values, strict=True)):
        equal = [one == other for one, other in zip(order[:place], values, strict=False)]
        parts.append(sa.and_(*equal, column > value))
    # The first condition alone can use an index.
    return sa.and_(order[0] >= values[0], sa.or_(*parts))


@contextmanager
def _connected(url: str) -> Iterator[sa.Connection]:
    """A connection that reads one state of the database and writes nothing."""
    where = _parsed(url)
    options: dict[str, Any] = {}
    if where.get_backend_name() == "sqlite":
        path = where.database
        if (
            path
            and path != ":memory:"
            and not path.startswith("file:")
            and not Path(path).is_file()
        ):
            raise SourceUnavailable(
                "url: there is no such database file; it is not there yet, or the path is wrong",
                reason="no_such_file",
            )
    elif where.get_backend_name() == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    engine = sa.create_engine(where, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _only_read)
    try:
        with engine.connect().execution_options(**options) as connection:
            yield connection
    finally:
        engine.dispose()


def _parsed(url: str) -> sa.URL:
    """The URL in parts. Raises SourceMisconfigured."""
    try:
        return sa.make_url(url)
    except ValueError:  # a port that is no number
        raise SourceMisconfigured(
            "url: the port is not a number; a password is percent-encoded", reason="bad_url"
        ) from None


def _only_read(connection: Any, _record: Any) -> None:
    connection.text_factory = _decoded
    connection.execute("PRAGMA query_only = ON").close()


def _decoded(raw: bytes) -> str | _Broken:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return _Broken(raw)


@contextmanager
def _telling() -> Iterator[None]:
    """What goes wrong, as errors that say what to do and show neither URL nor value."""
    try:
        yield
    except (exc.ArgumentError, exc.NoSuchModuleError):
        raise SourceMisconfigured(
            "url: is not a database URL of a kind that is known here", reason="bad_url"
        ) from None
    except ModuleNotFoundError:
        raise SourceMisconfigured(
            "url: the driver for this kind of database is not installed", reason="no_driver"
        ) from None
    except exc.DBAPIError as error:
        raise _told(error) from None
    except exc.SQLAlchemyError:
        raise SourceMisconfigured(
            "the database answered in a way that cannot be read; check table, query and url",
            reason="query_failed",
        ) from None


def _told(error: exc.DBAPIError) -> SourceError:
    state = str(getattr(error.orig, "sqlstate", None) or "")
    sqlite = str(getattr(error.orig, "sqlite_errorname", ""))
    if state.startswith(("28", "3D")):
        return SourceMisconfigured(
            "url: the database refuses this login, or has no such database", reason="login_refused"
        )
    away = state[:2] in _AWAY if state else isinstance(error, exc.OperationalError)
    if error.connection_invalidated or (sqlite.startswith(_SQLITE_AWAY) if sqlite else away):
        return SourceUnavailable(
            "the database cannot be reached, or went away; it is read on from here later",
            reason="connection_lost",
        )
    return SourceMisconfigured(
        "the database refuses the query, or holds a value that its driver cannot read; check"
        " table, query, rights and types (a query can cast a column)",
        reason="query_failed",
    )
