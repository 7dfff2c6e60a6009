"""Structured logs with known fields only.

A line holds `event` (a fixed phrase) and fields from `FIELDS`; any other field is dropped and
counted, because the surest way to keep personal data out of logs is to have no place for it.
Ids, counts, durations and reason codes are welcome; values that customers gave never are.
"""

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog

FIELDS = frozenset(
    {
        "attempts",
        "client_id",
        "count",
        "duration_ms",
        "error_kind",
        "job_kind",
        "level",
        "method",
        "outcome",
        "profile_id",
        "purpose",
        "reason",
        "request_id",
        "route",
        "seq",
        "source_id",
        "status",
        "store",
        "timestamp",
        "workspace_id",
    }
)


_LINE: Final = FIELDS | {"event"}


def configure(level: str = "info", form: str = "json", stream: TextIO | None = None) -> None:
    """Send every log line, this project's and the libraries', through one filter."""
    out = stream or sys.stderr
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(_json)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_known_fields,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    # Libraries log statements, URLs and values; their lines are not wanted at all.
    logging.basicConfig(level=logging.CRITICAL, stream=out, force=True)


# Made once and not for every line; what JSON has no form for is written as its `repr`.
_ENCODER: Final = json.JSONEncoder(default=repr)


def _json(line: Any, **_: Any) -> str:
    return _ENCODER.encode(line)


def only_known_fields(
    _logger: object, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list and say how many were dropped."""
    unknown = line.keys() - _LINE
    for name in unknown:
        del line[name]
    if unknown:
        line["count"] = len(unknown)
        line["reason"] = "log_fields_dropped"
    return line


def get(room: str) -> structlog.typing.FilteringBoundLogger:
    """A logger; `room` is documentation for the reader of the code."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(room)
    return logger
