"""How answers look: JSON with stable keys for machines, tables and panels for people.

Answers go to stdout and nothing else does; progress goes to stderr and only to a terminal. Text
from sources or stores is never read as markup.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import click
import orjson
from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from cdp.cli.failures import JSON

F = TypeVar("F", bound=Callable[..., Any])
UNSEEN_WIDTH: Final = 160


def with_json(function: F) -> F:
    """The `--json` option; whether it was given is asked with `for_machines`."""
    return click.option(
        "--json", is_flag=True, expose_value=False, help="Answer in JSON, with stable keys."
    )(function)


def examples(*lines: str) -> str:
    """An epilog with examples, as they are typed."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def for_machines() -> bool:
    """Whether the answer is to be JSON."""
    return bool(click.get_current_context().meta.get(JSON))


def show(document: Any, human: Callable[[Console], None]) -> None:
    """The answer: the document for machines, else whatever `human` prints."""
    if for_machines():
        text = orjson.dumps(document, option=orjson.OPT_INDENT_2)
        click.echo(text.decode())
    else:
        human(console())


def console(*, err: bool = False, quiet: bool = False) -> Console:
    """A console on stdout (or stderr); lines are not cut when nobody looks."""
    made = Console(stderr=err, quiet=quiet, markup=False, highlight=False)
    if not made.is_terminal:
        made.width = max(made.width, UNSEEN_WIDTH)
    return made


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A plain table; numbers to the right."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    kept = [list(row) for row in rows]
    for place, column in enumerate(columns):
        number = bool(kept) and all(isinstance(row[place], int) for row in kept)
        made.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in kept:
        made.add_row(*(_cell(value) for value in row))
    return made


@contextmanager
def progress() -> Iterator[Callable[[str, int], None]]:
    """Counts what is being done, on stderr; silent where no terminal is."""
    screen = console(err=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed}"))
    bars = Bars(*columns, TimeElapsedColumn(), console=screen, disable=not screen.is_terminal)
    tasks: dict[str, Any] = {}

    def count(what: str, done: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=None)
        bars.advance(tasks[what], done)

    with bars:
        yield count


def _cell(value: object) -> Text:
    return Text("" if value is None else str(value))
