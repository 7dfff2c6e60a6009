"""Sync: read sources from where they were left, land, then resolve and refresh."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import orjson

from cdp import clock, metrics
from cdp.errors import NotFound, Refused
from cdp.flows.land import LandReport, land
from cdp.flows.record_consent import ImportReport
from cdp.flows.refresh_views import RefreshReport
from cdp.flows.resolve import ResolveReport
from cdp.platform import Platform
from cdp.store import sources
from cdp.work.pace import BREATH, Progress, silent
from cdp.work.refreshing import refresh_all
from cdp.work.resolving import resolve_all
from connectors import registry
from connectors.base import (
    Connector,
    Consent,
    Event,
    JsonObject,
    Message,
    Record,
    SourceError,
    State,
)

BATCH: Final = 1000


@dataclass(frozen=True)
class SyncReport:
    """What one run did, per stream and in all; `failed` names streams that stopped, and why."""

    landed: dict[str, LandReport] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    resolved: ResolveReport = field(default_factory=ResolveReport)
    imported: ImportReport = field(default_factory=ImportReport)
    refreshed: RefreshReport = field(default_factory=RefreshReport)


def sync(platform: Platform, names: Iterable[str], progress: Progress = silent) -> SyncReport:
    """Read these sources from where they were left, land, resolve, import consents, refresh.

    Raises:
        NotFound: no such source.
    """
    landed: dict[str, LandReport] = {}
    failed: dict[str, str] = {}
    # All names first: a name that is wrong stops the run before anything has happened.
    for stream, config, connector in [item for name in names for item in _streams(platform, name)]:
        label = f"{stream.source}.{stream.name}"
        landed[label] = LandReport()
        try:
            for report in _land(platform, stream, config, connector, progress):
                landed[label] += report
        except SourceError as error:
            failed[label] = str(error)
    resolved, imported = resolve_all(platform, progress)
    refreshed = refresh_all(platform, progress)
    return SyncReport(landed, failed, resolved, imported, refreshed)


def source_config(platform: Platform, source: sources.Source) -> JsonObject:
    """A source's configuration, opened with the key of landing."""
    sealed = platform.keyring.intake().open_own("source", source.id, source.config_sealed)
    config: JsonObject = orjson.loads(sealed)
    return config


def sample(
    platform: Platform, name: str, stream: str | None, limit: int
) -> tuple[sources.Stream, list[JsonObject]]:
    """Up to `limit` of the first rows of a stream, read at the source; nothing is kept.

    Raises:
        NotFound: no such source or stream. Refused: several streams and none named.
        SourceError: the source cannot be read.
    """
    chosen, config, connector = pick_stream(platform, name, stream)
    rows = (
        message.data
        for message in connector.read(config, chosen.name, None)
        if isinstance(message, Record | Event | Consent)
    )
    return chosen, list(islice(rows, limit))


def pick_stream(
    platform: Platform, name: str, stream: str | None
) -> tuple[sources.Stream, JsonObject, Connector]:
    """A stream of a source with what reads it; the only one needs no name.

    Raises:
        NotFound: no such source or stream. Refused: several streams and none named.
    """
    every = _streams(platform, name)
    known = ", ".join(item.name for item, _, _ in every) or "none"
    if stream is None:
        if len(every) != 1:
            raise Refused(f"name a stream of {name}: {known}", reason="stream_needed")
        return every[0]
    for found in every:
        if found[0].name == stream:
            return found
    raise NotFound(f"{name} has no stream of that name (streams: {known})")


def _streams(platform: Platform, name: str) -> list[tuple[sources.Stream, JsonObject, Connector]]:
    with platform.read() as tx:
        source = sources.find(tx.main, platform.workspace, name)
        streams = sources.streams_of(tx.main, platform.workspace, source.id)
    config = source_config(platform, source)
    try:
        connector = registry.find(source.kind)
    except SourceError as error:
        raise Refused(str(error), reason=error.reason) from None
    return [(stream, config, connector) for stream in streams]


def _land(
    platform: Platform,
    stream: sources.Stream,
    config: JsonObject,
    connector: Connector,
    progress: Progress,
) -> Iterator[LandReport]:
    intake = platform.keyring.intake()
    state: JsonObject | None = None
    if stream.state_sealed is not None:
        opened = intake.open_state(stream.source_id, stream.name, stream.state_sealed)
        state = orjson.loads(opened)
    for batch in _batches(connector.read(config, stream.name, state)):
        with platform.write() as tx:
            report = land(tx, intake, stream, batch, clock.now())
        for kind, count in report.counts.items():
            metrics.LANDED.labels(kind).inc(count)
        progress("landed", len(batch))
        time.sleep(BREATH)
        yield report


def _batches(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """Cut at State messages: what is before one may be committed with it."""
    batch: list[Message] = []
    for message in messages:
        batch.append(message)
        if isinstance(message, State) or len(batch) >= 2 * BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
