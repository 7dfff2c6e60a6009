"""Statements of the read path: compiled once for each kind of database, then run by the driver.

For a row or two, the way through SQLAlchemy costs several times what the database takes to answer.
So what every answer asks goes as finished text to the driver's connection; the types of the columns
still say how values look, and the engine still says what an error means.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, Dialect, Insert, Select, bindparam

from cdp.store.database import told, writing
from cdp.store.separation import OPTION, narrowed

Shape: TypeAlias = Callable[[Any], Any]
Rows: TypeAlias = list[tuple[Any, ...]]


class Prebuilt:
    """A statement of a module. Its parameters are its `bindparam`s; of an INSERT, the columns."""

    def __init__(self, statement: Select[Any] | Insert) -> None:
        self._statement = statement
        self._forms: dict[tuple[str, bool], _Form] = {}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> Rows:
        """Every row that the statement finds."""
        form = self._form(connection)
        return form.shaped(self._execute(connection, form, values).fetchall())

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Run a statement that writes."""
        with writing(connection):
            self._execute(connection, self._form(connection), values)

    def _execute(self, connection: Connection, form: "_Form", values: Mapping[str, Any]) -> Any:
        driver: Any = connection.connection.driver_connection
        workspace = connection.get_execution_options().get(OPTION)
        bound = form.bound({**values, OPTION: workspace})
        cursor = form.cursor(driver)
        try:
            cursor.execute(form.text, bound)
        except connection.dialect.loaded_dbapi.Error as error:
            told(connection, error, form.text)
        return cursor

    def _form(self, connection: Connection) -> "_Form":
        # PostgreSQL narrows by row-level security; SQLite has only the words of the statement.
        dialect = connection.dialect
        apart = (
            dialect.name == "sqlite" and connection.get_execution_options().get(OPTION) is not None
        )
        form = self._forms.get((dialect.name, apart))
        if form is None:
            statement = narrowed(self._statement, bindparam(OPTION)) if apart else self._statement
            form = self._forms[dialect.name, apart] = _Form.of(statement, dialect)
        return form


@dataclass(frozen=True)
class _Form:
    """A statement in the words of one kind of database.

    `places`: the names of its parameters in their order, empty where the driver takes them by name.
    `fixed`: parameters with a value of their own. `into`, `out_of`: how values are turned, by the
    name of the parameter and by the place of the column.
    """

    text: str
    places: tuple[str, ...]
    fixed: Mapping[str, Any]
    into: Mapping[str, Shape]
    out_of: tuple[tuple[int, Shape], ...]
    options: Mapping[str, Any]

    @classmethod
    def of(cls, statement: Select[Any] | Insert, dialect: Dialect) -> "_Form":
        """Compile a statement."""
        compiled = statement.compile(dialect=dialect)
        into = {
            name: shape
            for name, bind in compiled.binds.items()
            if (shape := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        fixed = {name: value for name, value in compiled.params.items() if value is not None}
        columns = statement.selected_columns if isinstance(statement, Select) else ()
        out_of = tuple(
            (place, shape)
            for place, column in enumerate(columns)
            if (shape := column.type.dialect_impl(dialect).result_processor(dialect, None))
        )
        return cls(
            text=str(compiled),
            places=tuple(compiled.positiontup or ()),
            fixed={
                name: into[name](value) if name in into else value for name, value in fixed.items()
            },
            into=into,
            out_of=out_of,
            # PostgreSQL's bytes come as bytes then, and not as digits to be read.
            options={} if dialect.name == "sqlite" else {"binary": True},
        )

    def cursor(self, driver: Any) -> Any:
        """A cursor of the driver that reads as this kind of database does best."""
        return driver.cursor(**self.options)

    def bound(self, values: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them."""
        turned = dict(self.fixed)
        for name, value in values.items():
            shape = self.into.get(name)
            turned[name] = value if shape is None else shape(value)
        return [turned[name] for name in self.places] if self.places else turned

    def shaped(self, found: Rows) -> Rows:
        """The rows as the types of the columns say."""
        return [self._shaped(list(row)) for row in found] if self.out_of else found

    def _shaped(self, row: list[Any]) -> tuple[Any, ...]:
        for place, shape in self.out_of:
            row[place] = shape(row[place])
        return tuple(row)
