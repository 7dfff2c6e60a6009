"""Work: flows run one after another, each in a unit of work of its own.

Everything here can be killed between any two units and run again: landing is idempotent, waiting
records stay waiting, jobs stay open.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Final
from uuid import UUID

import orjson

from cdp import clock, logs, metrics
from cdp.errors import NotFound, Refused
from cdp.flows.land import LandReport, land
from cdp.flows.measure_drift import Drift, Measure, measure_drift
from cdp.flows.record_consent import ImportReport, record_said
from cdp.flows.refresh_views import RefreshReport, build_views, publish_views
from cdp.flows.resolve import ResolveReport, resolve
from cdp.flows.rewrap import rewrap
from cdp.platform import VIEW_PURPOSES, Platform
from cdp.store import jobs, links, sources, views
from cdp.vault.envelope import CannotOpen
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
# Resolving holds the workspace's counter, which a withdrawal needs: its units stay short.
RESOLVE_BATCH: Final = 200
# Between two units of bulk work, so that whoever waits for the lock gets it.
BREATH: Final = 0.01
REFRESH_BATCH: Final = 200
MEASURE_BATCH: Final = 200
LEASE_SECONDS: Final = 60
RETRY_AFTER: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
_log = logs.get("work")

Progress = Callable[[str, int], None]


def silent(_what: str, _count: int) -> None:
    """No progress is shown."""


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


def resolve_all(
    platform: Platform, progress: Progress = silent
) -> tuple[ResolveReport, ImportReport]:
    """Resolve until no record waits; what the records say about consent goes to the ledger.

    Raises:
        CannotOpen: records wait, and not one of them opens.
    """
    total, imported = ResolveReport(), ImportReport()
    while True:
        with platform.write() as tx:
            now = clock.now()
            registrar = platform.registrar(tx)
            report = resolve(tx, registrar.custodian, platform.rules, now, limit=RESOLVE_BATCH)
            imported += record_said(tx, registrar, report.said, now)
        if report.unopened is not None and total.records == 0 == report.records:
            raise report.unopened
        if report.records == 0:
            break
        total += report
        progress("resolved", report.records)
        time.sleep(BREATH)
    rewrap_all(platform)
    return total, imported


def rewrap_all(platform: Platform) -> int:
    """Take landed data keys from their batch keys to the custodian's own; returns how many."""
    total = 0
    while True:
        with platform.write() as tx:
            moved = rewrap(tx, platform.keyring.custodian(), limit=BATCH)
        if moved == 0:
            return total
        total += moved
        time.sleep(BREATH)


def refresh_all(platform: Platform, progress: Progress = silent) -> RefreshReport:
    """Build every view that is asked for and due."""
    total = RefreshReport()
    while True:
        report = refresh_some(platform)
        if report.profiles == 0:
            return total
        total += report
        progress("refreshed", report.profiles)
        time.sleep(BREATH)


def refresh_some(platform: Platform) -> RefreshReport:
    """One batch of build jobs: lease, build from a snapshot, publish under the fences, finish."""
    workspace = platform.workspace
    with platform.write() as tx:
        leased = jobs.lease(
            tx.main,
            workspace,
            jobs.REFRESH,
            clock.now(),
            limit=REFRESH_BATCH,
            seconds=LEASE_SECONDS,
        )
    if not leased:
        return RefreshReport()
    report, published, failed = _refresh(platform, [job.subject_id for job in leased])
    now = clock.now()
    with platform.write() as tx:
        jobs.done(tx.main, workspace, [job for job in leased if job.subject_id in published])
        for job in leased:
            if job.subject_id not in published:
                # A newer fence: again at once. A second time, or unreadable: later and later.
                turns = job.attempts + (job.subject_id in failed)
                pause = min(LONGEST_PAUSE, RETRY_AFTER * (2 ** min(turns, 12) - 1))
                jobs.later(tx.main, workspace, [job], now + pause)
    if failed and not published:
        raise next(iter(failed.values()))
    return report


def _refresh(
    platform: Platform, profile_ids: Sequence[UUID]
) -> tuple[RefreshReport, set[UUID], dict[UUID, CannotOpen]]:
    """Build and publish; a record that does not open keeps back its own profile and no other."""
    try:
        with platform.read() as tx:
            built = build_views(
                tx,
                platform.keyring.custodian(),
                platform.policy(tx),
                profile_ids,
                purposes=VIEW_PURPOSES,
                now=clock.now(),
            )
    except CannotOpen as error:
        if len(profile_ids) == 1:
            _log.error("view not built", profile_id=str(profile_ids[0]), reason=error.reason)
            return RefreshReport(profiles=1), set(), {profile_ids[0]: error}
        middle = len(profile_ids) // 2
        first = _refresh(platform, profile_ids[:middle])
        second = _refresh(platform, profile_ids[middle:])
        return first[0] + second[0], first[1] | second[1], first[2] | second[2]
    with platform.publish() as tx:
        report, published = publish_views(tx, built)
    return report, published, {}


def refresh_now(platform: Platform, profile_id: UUID) -> RefreshReport:
    """Build one person's views before anybody else's."""
    workspace = platform.workspace
    with platform.read() as tx:
        current = sorted(links.current(tx.main, workspace, profile_id))
        asked = jobs.find(tx.main, workspace, jobs.REFRESH, current)
    if not current:
        return RefreshReport()
    report, published, _ = _refresh(platform, current)
    with platform.write() as tx:
        jobs.done(tx.main, workspace, [job for job in asked if job.subject_id in published])
    return report


def sweep(platform: Platform) -> None:
    """What has to be looked at again by the time alone: due views, the outbox, emptied slots."""
    platform.stores.apply_outbox(platform.workspace)
    platform.stores.views.checkpoint()
    with platform.read() as tx:
        due = views.due(tx.views, platform.workspace, clock.now())
    if due:
        with platform.write() as tx:
            jobs.want(tx.main, platform.workspace, jobs.REFRESH, due, clock.now())
    platform.outbox_pending()


def rebuild(platform: Platform) -> int:
    """Ask for every profile's views again. Returns how many."""
    count, after = 0, None
    while True:
        with platform.write() as tx:
            page = links.current_ids(tx.main, platform.workspace, after)
            jobs.want(tx.main, platform.workspace, jobs.REFRESH, page, clock.now())
        if not page:
            return count
        count, after = count + len(page), page[-1]


def pages(platform: Platform, size: int = 500) -> Iterator[list[UUID]]:
    """The ids of every current profile, a page at a time."""
    after: UUID | None = None
    while True:
        with platform.read() as tx:
            page = links.current_ids(tx.main, platform.workspace, after, size)
        if not page:
            return
        yield page
        after = page[-1]


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


def measure(platform: Platform, progress: Progress = silent) -> Drift:
    """Both drift figures over every profile, a page at a time; sets the gauges."""
    total = Drift()
    for page in pages(platform, MEASURE_BATCH):
        with platform.read() as tx:
            keys = platform.disclosure_keys(platform.view_purposes)
            tools = Measure(platform.keyring.custodian(), keys, platform.policy)
            total += measure_drift(tx, tools, page, clock.now())
        progress("measured", len(page))
    metrics.DRIFT_FORBIDDEN.set(total.forbidden)
    metrics.DRIFT_MISSING.set(total.missing)
    return total


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
