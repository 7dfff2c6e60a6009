"""What went wrong, as an exit code and one line.

A line never repeats what was typed nor what a store held, because both may be personal: usage
errors name the parameter and what it takes, faults name the exception's class and place.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

import click

from cdp.errors import ContinuumError, Misconfigured, ProfileSplit, TryAgain
from connectors.base import SourceError, SourceUnavailable

JSON: Final = "cdp.json"
REFUSED, USAGE, TRY_AGAIN, MISCONFIGURED, FAULT = 1, 2, 3, 4, 70
_OPTION: Final = re.compile(r"--?[a-z][a-z-]*")
_OURS: Final = Path(__file__).parents[2]


class Failure(click.ClickException):
    """A failed command: its exit code, a reason code for machines, a line for people."""

    def __init__(self, exit_code: int, reason: str, message: str) -> None:
        super().__init__(" ".join(message.split()))
        self.exit_code = exit_code  # type: ignore[misc]  # click's is per class, ours per failure
        self.reason = reason
        context = click.get_current_context(silent=True)
        self.machine = bool(context and context.meta.get(JSON))

    def show(self, file: IO[Any] | None = None) -> None:
        """One line, or one object, on stderr."""
        if self.machine:
            error = {"reason": self.reason, "message": self.message}
            click.echo(json.dumps({"error": error}), file=file, err=True)
        else:
            click.echo(f"cdp: {self.message}", file=file, err=True)


class Unsuitable(click.BadParameter):
    """A parameter that cannot be used; the message is ours and repeats nothing."""


@contextmanager
def told(context: click.Context) -> Iterator[None]:
    """Turn whatever is raised inside into a Failure; what click handles itself passes."""
    try:
        yield
    except (click.exceptions.Exit, click.Abort, Failure, BrokenPipeError):
        raise
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        path = (error.ctx or context).command_path
        raise Failure(USAGE, "usage", f"{_usage(error)} (see `{path} --help`)") from None
    except ContinuumError as error:
        raise Failure(_code(error), error.reason, _message(error)) from None
    except SourceError as error:
        code = TRY_AGAIN if isinstance(error, SourceUnavailable) else REFUSED
        raise Failure(code, error.reason, str(error)) from None
    except Exception as error:  # noqa: BLE001 - the edge: a traceback may hold personal values
        what = f"{type(error).__name__} at {_place(error.__traceback__)}"
        raise Failure(FAULT, "fault", f"a fault of the program: {what}; please report it") from None


def _code(error: ContinuumError) -> int:
    if isinstance(error, TryAgain):
        return TRY_AGAIN
    return MISCONFIGURED if isinstance(error, Misconfigured) else REFUSED


def _message(error: ContinuumError) -> str:
    if isinstance(error, ProfileSplit):
        return f"{error}: {', '.join(error.current)}"
    return str(error)


def _usage(error: click.UsageError) -> str:
    match error:
        case Unsuitable():
            return f"{_hint(error)}: {error.message}"
        case click.MissingParameter():
            return f"{_hint(error)} is missing"
        case click.BadParameter():
            return f"{_hint(error)} takes {_wanted(error.param)}"
        case click.NoSuchOption():
            named = _OPTION.fullmatch(error.option_name)
            return f"there is no option {error.option_name}" if named else "no such option"
        case click.exceptions.NoSuchCommand():
            return "there is no such command"
    if "unexpected extra argument" in error.message:
        return "too many arguments"
    return error.message


def _hint(error: click.BadParameter) -> str:
    if error.param:
        return error.param.get_error_hint(error.ctx)
    return str(error.param_hint or "a parameter")


def _wanted(parameter: click.Parameter | None) -> str:
    kind = parameter.type if parameter else None
    if isinstance(kind, click.Choice):
        return f"one of {', '.join(map(str, kind.choices))}"
    if isinstance(kind, click.Path):
        return f"{'an existing' if kind.exists else 'a'} {'file' if kind.file_okay else 'folder'}"
    if isinstance(kind, click.IntRange):
        most = f" to {kind.max}" if kind.max is not None else " up"
        return f"a whole number from {kind.min}{most}"
    return "something else"


def _place(traceback: TracebackType | None) -> str:
    """The innermost line of this project that was running."""
    found = "unknown"
    while traceback is not None:
        path = Path(traceback.tb_frame.f_code.co_filename)
        if path.is_relative_to(_OURS) and ".venv" not in path.parts:
            found = f"{path.relative_to(_OURS)}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return found
