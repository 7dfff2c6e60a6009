"""Sync: read sources from where they were left, land, then resolve and refresh."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final
from uuid import UUID

import orjson

from cdp import clock, metrics
from cdp.errors import ContinuumError, NotFound, Refused
from cdp.flows.delete_unseen import delete_unseen
from cdp.flows.land import LandReport, land
from cdp.flows.record_consent import ImportReport
from cdp.flows.refresh_views import RefreshReport
from cdp.flows.resolve import ResolveReport
from cdp.mapping import Mapping
from cdp.platform import Platform
from cdp.store import runs, sources
from cdp.store.alone import reading_alone
from cdp.store.tx import Tx
from cdp.work.pace import BREATH, Progress, silent
from cdp.work.refreshing import refresh_all
from cdp.work.resolving import resolve_all
from connectors import listening, registry
from connectors.base import (
    Connector,
    Consent,
    Event,
    JsonObject,
    Message,
    Record,
    Refreshed,
    Refreshing,
    SourceError,
    SourceMisconfigured,
    State,
    Unreadable,
)

BATCH: Final = 1000
# What a full refresh did not see goes in units of this size; each holds the workspace's counter.
DELETE_BATCH: Final = 500


@dataclass(frozen=True)
class SyncReport:
    """What one run did, per stream and in all; `failed` names streams that stopped, and why."""

    landed: dict[str, LandReport] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    runs: dict[str, UUID] = field(default_factory=dict)
    resolved: ResolveReport = field(default_factory=ResolveReport)
    imported: ImportReport = field(default_factory=ImportReport)
    refreshed: RefreshReport = field(default_factory=RefreshReport)


def sync(
    platform: Platform,
    names: Iterable[str],
    progress: Progress = silent,
    *,
    accept_deletes: bool = False,
) -> SyncReport:
    """Read these sources from where they were left, land, resolve, import consents, refresh.

    `accept_deletes`: a full refresh may take away any number of records this time.

    Raises:
        NotFound: no such source.
    """
    landed: dict[str, LandReport] = {}
    failed: dict[str, str] = {}
    made: dict[str, UUID] = {}
    # All names first: a name that is wrong stops the run before anything has happened. What was
    # right once and cannot be read now (its package is gone) keeps no other from being read.
    known: list[tuple[sources.Stream, JsonObject, Connector]] = []
    for name in names:
        try:
            known += streams_of(platform, name)
        except NotFound:
            raise
        except Refused as error:
            failed[name] = str(error)
    for stream, config, connector in known:
        label = f"{stream.source}.{stream.name}"
        landed[label] = LandReport()
        try:
            with reading_alone(platform.stores.main, stream.id):
                reading = _Reading(platform, stream, progress, accept_deletes=accept_deletes)
                made[label] = reading.run_id
                try:
                    reading.drain(connector, config)
                finally:
                    landed[label] = reading.report
        except (SourceError, Refused) as error:
            failed[label] = str(error)
    resolved, imported = resolve_all(platform, progress)
    refreshed = refresh_all(platform, progress)
    return SyncReport(landed, failed, made, resolved, imported, refreshed)


def source_config(platform: Platform, source: sources.Source) -> JsonObject:
    """A source's configuration, opened with the key of landing."""
    sealed = platform.keyring.intake().open_own("source", source.id, source.config_sealed)
    config: JsonObject = orjson.loads(sealed)
    return config


def check(platform: Platform, name: str, limit: int) -> dict[str, Counter[str]]:
    """What the first `limit` messages of each stream are, by kind or reason code; nothing is kept.

    Raises:
        NotFound: no such source. SourceError: it cannot be read.
    """
    found: dict[str, Counter[str]] = {}
    for stream, config, connector in streams_of(platform, name):
        messages = listening.messages(connector, config, stream.name, None)
        rows = (message for message in messages if not isinstance(message, _FRAME))
        found[stream.name] = Counter(
            message.reason if isinstance(message, Unreadable) else type(message).__name__.lower()
            for message in islice(rows, limit)
        )
    return found


def sample(
    platform: Platform, name: str, stream: str | None, limit: int
) -> tuple[sources.Stream, list[Record | Event | Consent]]:
    """Up to `limit` of the first rows of a stream, read at the source; nothing is kept.

    Raises:
        NotFound: no such source or stream. Refused: several streams and none named.
        SourceError: the source cannot be read.
    """
    chosen, config, connector = pick_stream(platform, name, stream)
    rows = (
        message
        for message in listening.messages(connector, config, chosen.name, None)
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
    every = streams_of(platform, name)
    known = ", ".join(item.name for item, _, _ in every) or "none"
    if stream is None:
        if len(every) != 1:
            raise Refused(f"name a stream of {name}: {known}", reason="stream_needed")
        return every[0]
    for found in every:
        if found[0].name == stream:
            return found
    raise NotFound(f"{name} has no stream of that name (streams: {known})")


def streams_of(platform: Platform, name: str) -> list[tuple[sources.Stream, JsonObject, Connector]]:
    """The streams of a source, each with its configuration and what reads it.

    Raises:
        NotFound: no such source. Refused: nothing reads sources of its kind.
    """
    with platform.read() as tx:
        source = sources.find(tx.main, platform.workspace, name)
        streams = sources.streams_of(tx.main, platform.workspace, source.id)
    config = source_config(platform, source)
    try:
        connector = registry.find(source.kind, platform.settings.connectors_dir)
    except SourceError as error:
        raise Refused(f"{name} ({source.kind}): {error}", reason=error.reason) from None
    return [(stream, config, connector) for stream in streams]


_FRAME: Final = (State, Refreshing, Refreshed)


class _Reading:
    """One run: one stream from where it was left, each batch in a unit of work of its own."""

    def __init__(
        self,
        platform: Platform,
        stream: sources.Stream,
        progress: Progress,
        *,
        accept_deletes: bool,
    ) -> None:
        self.report = LandReport()
        self._platform = platform
        self._stream = stream
        self._progress = progress
        self._accept = accept_deletes
        self._intake = platform.keyring.intake()
        with platform.write() as tx:
            self.run_id = runs.begin(tx.main, tx.workspace, stream.id, clock.now())
            self._place = sources.lock_stream(tx.main, stream.id)
            mapping = sources.mappings(tx.main, tx.workspace).get(stream.id)
            was_read = runs.was_read(tx.main, stream.id)
        # Only a column that was there can vanish; among the first files old ones may lack some.
        self._watched = Mapping.parse(mapping.document).columns if mapping and was_read else ()

    def drain(self, connector: Connector, config: JsonObject) -> None:
        """Read to the end.

        Raises:
            SourceError: the stream cannot go on; what came before the last `State` stands.
            Refused: another run reads the stream; too much would be deleted.
        """
        state = self._state()
        # Rows of such a connector all have the same columns, so that a batch shows them all.
        watched = self._watched if getattr(connector, "tabular", False) else ()
        try:
            said = listening.messages(connector, config, self._stream.name, state)
            for batch in _batches(said):
                _check_columns(batch, watched)
                self._take(batch)
                time.sleep(BREATH)
        except (SourceError, ContinuumError) as error:
            self._end(runs.FAILED, error.reason)
            raise
        except BaseException as error:
            # A fault of a connector, or an operator who had enough: the run says so, and no more.
            stopped = isinstance(error, KeyboardInterrupt)
            self._end(*((runs.INTERRUPTED, None) if stopped else (runs.FAILED, "fault")))
            raise
        self._end(runs.DONE, None)

    def _state(self) -> JsonObject | None:
        sealed = self._place.state_sealed
        if sealed is None:
            return None
        state: JsonObject = orjson.loads(
            self._intake.open_state(self._stream.source_id, self._stream.name, sealed)
        )
        return state

    def _take(self, batch: list[Message]) -> None:
        if isinstance(batch[0], Refreshed):
            self._delete_unseen(batch[0])
            return
        with self._platform.write() as tx:
            now = clock.now()
            landed = land(tx, self._intake, self._stream, batch, now, since=self._place)
            self._count(tx, landed)
        self._place = landed.place or self._place
        for kind, count in landed.counts.items():
            metrics.LANDED.labels(kind).inc(count)
        self._progress("landed", len(batch))

    def _delete_unseen(self, refreshed: Refreshed) -> None:
        """What the refresh did not bring goes, some at a time."""
        share = 1.0 if self._accept else refreshed.at_most
        while True:
            try:
                with self._platform.write() as tx:
                    done = delete_unseen(
                        tx,
                        self._intake,
                        self._stream,
                        self._place,
                        clock.now(),
                        at_most=share,
                        limit=DELETE_BATCH,
                    )
                    counts = {"deleted": done.deleted, "kept_unseen": done.kept}
                    self._count(tx, LandReport({k: v for k, v in counts.items() if v}))
            except Refused as error:
                if error.reason == "too_many_deletes":
                    self._begin_anew()
                raise
            if not done.deleted:
                return
            time.sleep(BREATH)

    def _begin_anew(self) -> None:
        """Whoever accepts the deletions accepts what the source holds then, not what it held."""
        with self._platform.write() as tx:
            if sources.lock_stream(tx.main, self._stream.id) == self._place:
                sources.forget_states(tx.main, [self._stream.id])

    def _count(self, tx: Tx, landed: LandReport) -> None:
        whole = self.report + landed
        runs.count(tx.main, self.run_id, whole.counts)
        self.report = whole

    def _end(self, status: str, reason: str | None) -> None:
        with self._platform.write() as tx:
            runs.end(tx.main, self.run_id, status, clock.now(), reason)


def _check_columns(batch: Iterable[Message], mapped: Sequence[str]) -> None:
    """Refuse rows that lost a column: landed, they would take its values from every profile.

    Raises:
        SourceMisconfigured: none of the rows has a column that the mapping reads.
    """
    rows = [item.data for item in batch if isinstance(item, Record | Event | Consent)]
    if not rows or not mapped:
        return
    names = {name for row in rows for name in row}
    missing = [name for name in mapped if not {name, name.split(".")[0]} & names]
    if missing:
        raise SourceMisconfigured(
            f"columns that are gone, and that the mapping reads: {', '.join(missing)}; nothing more"
            " was landed. Put them back, or `cdp source map` the stream without them",
            reason="missing_column",
        )


def _batches(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """Cut at State messages: what is before one may be committed with it. `Refreshed` is alone."""
    batch: list[Message] = []
    for message in messages:
        if isinstance(message, Refreshed):
            if batch:
                yield batch
            yield [message]
            batch = []
            continue
        batch.append(message)
        if isinstance(message, State) or len(batch) >= 2 * BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
