"""Many rows in one statement, past the toolkit's work for each row.

PostgreSQL gets an array for each column (`unnest`), in the driver's binary form, so that a batch
is parsed, planned and answered once. COPY would not do: it ignores row-level security, and
PostgreSQL refuses it where that is on. SQLite gets one prepared statement and a tuple for each
row. Values are converted by the types of the columns, as everywhere else.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import repeat
from typing import Any, Final, TypeAlias

import orjson
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    Row,
    Select,
    String,
    Table,
    Uuid,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

NEW_ONLY: Final = "ON CONFLICT DO NOTHING"
"""A row that is there already stays as it is."""

Convert: TypeAlias = Callable[[Any], Any]


def insert(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    conflict: str = "",
) -> None:
    """Insert rows that all have the same columns, in the order given.

    `conflict`: an ON CONFLICT clause that both databases understand. The rows are locked in the
    order given, so whoever updates on conflict sorts them.
    """
    if not rows:
        return
    names = tuple(rows[0])
    columns = [[row[name] for row in rows] for name in names]
    if connection.dialect.name == "sqlite":
        _into_sqlite(connection, table, names, columns, conflict)
    else:
        _into_postgresql(connection, table, names, columns, conflict)


def found(
    connection: Connection,
    statement: Select[Any],
    column: ColumnElement[Any],
    values: Collection[Any],
) -> Iterator[Row[Any]]:
    """The rows of a query where the column is one of these values, in no order.

    On PostgreSQL the values are one array that is joined: a list of as many parameters would be
    compared one by one with every row, once the plan is made for any parameters.
    """
    if not values:
        return
    sqlite = connection.dialect.name == "sqlite"
    for each in _on_sqlite(column, values) if sqlite else [_unnested(column, values)]:
        yield from connection.execute(statement.where(column.in_(each)))


def _unnested(column: ColumnElement[Any], values: Collection[Any]) -> Select[Any]:
    given = bindparam("among", [*values], type_=ARRAY(column.type))
    return select(func.unnest(given).column_valued("one"))


def _on_sqlite(column: ColumnElement[Any], values: Collection[Any]) -> Iterator[Select[Any]]:
    """One parameter or two as well: ids as JSON; bytes, which JSON cannot hold, end to end."""
    if isinstance(column.type, Uuid):
        ids: BindParameter[str] = bindparam(
            "among", orjson.dumps([one.hex for one in values]).decode()
        )
        yield select(func.json_each(ids).table_valued("value").c.value)
        return
    for length in {len(one) for one in values}:
        joined = b"".join(one for one in values if len(one) == length)
        starts = orjson.dumps([*range(1, len(joined) + 1, length)]).decode()
        start = func.json_each(bindparam("starts", starts)).table_valued("value").c.value
        yield select(func.substr(bindparam("among", joined, type_=column.type), start, length))


def _into_sqlite(
    connection: Connection,
    table: Table,
    names: tuple[str, ...],
    columns: list[list[Any]],
    conflict: str,
) -> None:
    marks = ", ".join("?" for _ in names)
    text = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks}) {conflict}"  # noqa: S608
    given: list[Iterable[Any]] = []
    for name, values in zip(names, columns, strict=True):
        convert = _converter(table, name, connection.dialect)
        if convert is None:
            given.append(values)
        elif _is_one(values):
            given.append(repeat(convert(values[0]), len(values)))
        else:
            given.append(map(convert, values))
    connection.exec_driver_sql(text, list(zip(*given, strict=True)))


def _into_postgresql(
    connection: Connection,
    table: Table,
    names: tuple[str, ...],
    columns: list[list[Any]],
    conflict: str,
) -> None:
    """What is the same in every row goes over once; so an array is never one of NULLs only."""
    same = [_is_one(values) for values in columns]
    if all(same) and len(columns[0]) > 1:
        same[0] = False
    given = {}
    for name, values, one in zip(names, columns, same, strict=True):
        convert = _converter(table, name, connection.dialect)
        if one:
            given[name] = convert(values[0]) if convert else values[0]
        else:
            given[name] = [*map(convert, values)] if convert else values
    text = _statement(table, names, tuple(same), conflict, connection.dialect)
    connection.exec_driver_sql(text, given)


@cache
def _statement(
    table: Table, names: tuple[str, ...], same: tuple[bool, ...], conflict: str, dialect: Dialect
) -> str:
    """Arrays of the columns that differ, single values of those that do not."""
    columns, arrays = [], []
    for name, one in zip(names, same, strict=True):
        kind = table.c[name].type
        # Without a length: a cast to one would cut what is too long, and say nothing.
        named = "VARCHAR" if isinstance(kind, String) else kind.compile(dialect)
        if one:
            columns.append(f"%({name})s::{named}")
        else:
            columns.append(f"of.{name}")
            arrays.append(f"%({name})s::{named}[]")
    varying = [name for name, one in zip(names, same, strict=True) if not one]
    source = f"FROM unnest({', '.join(arrays)}) AS of({', '.join(varying)})" if varying else ""
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(columns)}"
        f" {source} {conflict}"
    )


@cache
def _converter(table: Table, name: str, dialect: Dialect) -> Convert | None:
    """From a value of the program to one of the driver; None where they are the same."""
    return table.c[name].type.dialect_impl(dialect).bind_processor(dialect)


def _is_one(values: Sequence[Any]) -> bool:
    first = values[0]
    return all(value is first for value in values)
