"""Listens to connectors, which anybody may have written: whatever they raise becomes an answer.

A connector that fails in a way it should not stops its own stream and nobody else's. What is told
is the class of the error and the place in the connector's file, never the error's text, which may
hold a value of a row.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb
from typing import Final, get_args

from connectors.base import (
    Connector,
    JsonObject,
    Message,
    Rereader,
    SourceError,
    SourceMisconfigured,
    Stream,
    Unreadable,
)

_MESSAGES: Final = get_args(Message)
_NOT_OWN: Final = {__file__, str(Path(__file__).with_name("registry.py"))}


def streams(connector: Connector, config: JsonObject) -> Sequence[Stream]:
    """The streams this configuration offers. Raises SourceError."""
    with answering(connector.name):
        return list(connector.streams(config))


def messages(
    connector: Connector, config: JsonObject, stream: str, state: JsonObject | None
) -> Iterator[Message]:
    """What the connector says, lazily. Raises SourceError."""
    with answering(connector.name):
        for message in connector.read(config, stream, state):
            if not isinstance(message, _MESSAGES):
                raise SourceMisconfigured(
                    f"connector {connector.name}: read() yields messages of connectors.base, and"
                    f" yielded {type(message).__name__}",
                    reason="bad_connector",
                )
            yield message


def reread(connector: Rereader, name: str, config: JsonObject, flawed: Unreadable) -> Message:
    """What the connector makes of these bytes now. Raises SourceError."""
    with answering(name):
        return connector.reread(config, flawed)


@contextmanager
def answering(kind: str, *, loading: bool = False) -> Iterator[None]:
    """What a connector's code raises inside, as a SourceError that says where to look.

    `loading`: its module is imported; a module that asks the interpreter to end is faulty as well.
    """
    faults = (Exception, SystemExit) if loading else (Exception,)
    try:
        yield
    except SourceError:
        raise
    except faults as error:
        doing, reason = ("be loaded", "bad_connector") if loading else ("go on", "connector_fault")
        raise SourceMisconfigured(
            f"connector {kind} cannot {doing}: {_told(error)} at {_place(error, loading=loading)};"
            " the connector has to be mended",
            reason=reason,
        ) from error


def _told(error: BaseException) -> str:
    """Its class, and the name of a module that is not there: what most often goes wrong."""
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return type(error).__name__ + (f" ({missing})" if missing else "")


def _place(error: BaseException, *, loading: bool) -> str:
    """The line of the connector that was running, or the line that could not be read."""
    if isinstance(error, SyntaxError) and error.filename:
        return _line(error.filename, error.lineno or 0)
    frames = [(frame.filename, frame.lineno or 0) for frame in extract_tb(error.__traceback__)]
    own = [frame for frame in frames if frame[0] not in _NOT_OWN and frame[0][:1] != "<"]
    return _line(*(own or frames)[-1 if loading else 0])


def _line(file: str, line: int) -> str:
    path = Path(file)
    inside = path.parts[-2:] if path.name == "__init__.py" else path.parts[-1:]
    return f"{'/'.join(inside)}:{line}"
