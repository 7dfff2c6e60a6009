"""Replay: what was quarantined is read again as its source is configured now, and lands."""

import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from cdp import clock
from cdp.errors import NotFound
from cdp.flows.land import LandReport, land
from cdp.flows.replay import Reading, open_quarantine, settle, worth_landing
from cdp.platform import Platform
from cdp.store import quarantine, sources
from cdp.work.pace import BREATH, Progress, silent
from cdp.work.syncing import streams_of
from connectors import listening
from connectors.base import Connector, JsonObject, Rereader, SourceError

BATCH: Final = 200


@dataclass
class ReplayReport:
    """What one replay did; `left` counts by reason, `failed` names streams and why."""

    landed: LandReport = field(default_factory=LandReport)
    understood: int = 0
    left: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)


def replay(
    platform: Platform,
    name: str | None = None,
    ids: Collection[UUID] = (),
    progress: Progress = silent,
) -> ReplayReport:
    """Read again what waits in quarantine: of one source, of these rows, or all of it.

    Raises:
        NotFound: no such source or row.
    """
    with platform.read() as tx:
        known = [item.name for item in sources.find_all(tx.main, platform.workspace)]
        wanted = quarantine.streams_with(tx.main, ids)
    if len(wanted) < len(set(ids)):
        raise NotFound("there is no such row in quarantine; see cdp quarantine list")
    report = ReplayReport()
    again = _Again(platform, frozenset(ids), clock.now(), report, progress)
    for source in [name] if name is not None else known:
        for stream, config, connector in streams_of(platform, source):
            if ids and stream.id not in wanted.values():
                continue
            try:
                again.drain(stream, config, connector)
            except SourceError as error:
                report.failed[f"{stream.source}.{stream.name}"] = str(error)
    return report


@dataclass(frozen=True)
class _Again:
    """One replay under way."""

    platform: Platform
    ids: Collection[UUID]
    began: datetime
    report: ReplayReport
    progress: Progress

    def drain(self, stream: sources.Stream, config: JsonObject, connector: Connector) -> None:
        """One stream, some rows at a time; each unit lands and settles together."""
        after: UUID | None = None
        while True:
            with self.platform.read() as tx:
                rows = quarantine.waiting_of(tx.main, stream.id, after, BATCH)
                mine = [row for row in rows if not self.ids or row.id in self.ids]
                kept = open_quarantine(tx, self.platform.keyring.custodian(), stream, mine)
            if not rows:
                return
            after = rows[-1].id
            if isinstance(connector, Rereader):
                read = [
                    Reading(item, listening.reread(connector, connector.name, config, item.flawed))
                    for item in kept
                ]
                self._land(stream, read)
            else:
                self.report.left.update(item.flawed.reason for item in kept)

    def _land(self, stream: sources.Stream, read: list[Reading]) -> None:
        with self.platform.write() as tx:
            intake, now = self.platform.keyring.intake(), clock.now()
            messages = worth_landing(tx, intake, stream, read, self.began)
            landed = land(tx, intake, stream, messages, now) if messages else LandReport()
            left = settle(tx, read, now)
        self.report.landed += landed
        self.report.left.update(left)
        self.report.understood += len(read) - sum(left.values())
        self.progress("replayed", len(read))
        time.sleep(BREATH)
