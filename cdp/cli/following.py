"""What `cdp sync --follow` takes and prints: an interval; a line, or an object, for each change."""

import re
from datetime import timedelta
from typing import Any, Final

import click
import orjson

from cdp import clock
from cdp.cli.failures import Unsuitable
from cdp.cli.output import for_machines
from cdp.work import Turn

EVERY: Final = timedelta(seconds=5)
LEAST: Final = timedelta(milliseconds=100)
MOST: Final = timedelta(days=1)
_UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_INTERVAL: Final = re.compile(r"(\d{1,9})(ms|s|m|h)?", re.ASCII)


class Interval(click.ParamType[timedelta]):
    """A time such as 5s, 2m, 1h or 500ms; a bare number is seconds."""

    name = "TIME"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """From a tenth of a second to a day; what was typed is not repeated."""
        if isinstance(value, timedelta):
            return value
        found = _INTERVAL.fullmatch(str(value))
        if found:
            interval = timedelta(seconds=int(found[1]) * _UNITS[found[2] or "s"])
            if LEAST <= interval <= MOST:
                return interval
        raise Unsuitable(
            "takes a time from 100ms to 24h, for example 5s, 2m or 1h", param=param, ctx=ctx
        )


INTERVAL: Final = Interval()


def show_turn(turn: Turn) -> None:
    """One change, at once."""
    if not turn.is_change:
        return
    document = _document(turn)
    if for_machines():
        click.echo(orjson.dumps(document))
    else:
        click.echo(_line(document))


def _document(turn: Turn) -> dict[str, Any]:
    resolved, refreshed = turn.report.resolved, turn.report.refreshed
    return {
        "at": clock.text(clock.now()),
        "source": turn.source,
        "reason": turn.reason,
        "rest_seconds": turn.rest_seconds,
        "streams": {
            label: {kind: count for kind, count in sorted(landed.counts.items()) if count}
            for label, landed in turn.report.landed.items()
        },
        "failed": turn.report.failed,
        "resolved": {
            "records": resolved.records,
            "profiles_created": resolved.created,
            "profiles_merged": resolved.merged,
            "profiles_split": resolved.split,
        },
        "views": {"profiles": refreshed.profiles, "built": refreshed.built},
    }


def _line(document: dict[str, Any]) -> str:
    parts = [
        f"{label}: " + ", ".join(f"{count} {kind}" for kind, count in counts.items())
        for label, counts in document["streams"].items()
        if counts
    ]
    parts += [f"{label} stopped: {why}" for label, why in document["failed"].items()]
    resolved, views = document["resolved"], document["views"]
    if resolved["records"]:
        parts.append(
            f"{resolved['records']} resolved ({resolved['profiles_created']} new,"
            f" {resolved['profiles_merged']} merged, {resolved['profiles_split']} split)"
        )
    if views["profiles"]:
        parts.append(f"{views['built']} views of {views['profiles']} profiles")
    if document["reason"]:
        parts.append(f"{document['reason']}: again in {document['rest_seconds']:g} s")
    return f"{document['at']}  {document['source']}  {'; '.join(parts)}"
