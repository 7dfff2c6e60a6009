"""Resolve: who is who, for every record that waits; and data keys on their way to the custodian."""

import time
from typing import Final

from cdp import clock
from cdp.flows.record_consent import ImportReport, record_said
from cdp.flows.resolve import ResolveReport, resolve
from cdp.flows.rewrap import rewrap
from cdp.platform import Platform
from cdp.work.pace import BREATH, Progress, silent

BATCH: Final = 1000
# Resolving holds the workspace's counter, which a withdrawal needs: its units stay short.
RESOLVE_BATCH: Final = 200
# But a customer of thousands of records is read as a whole for each of them: where the last unit
# read that many, more of those who wait are read along, or the whole would take the square.
READ_ALONG: Final = 2
MOST_ALONG: Final = 2000


def resolve_all(
    platform: Platform, progress: Progress = silent
) -> tuple[ResolveReport, ImportReport]:
    """Resolve until no record waits; what the records say about consent goes to the ledger.

    Raises:
        CannotOpen: records wait, and not one of them opens.
    """
    total, imported, limit = ResolveReport(), ImportReport(), RESOLVE_BATCH
    while True:
        with platform.write() as tx:
            now = clock.now()
            # Before the rules are read: nobody changes them from here on.
            tx.lock_counter()
            registrar = platform.registrar(tx)
            report = resolve(tx, registrar.custodian, platform.rules(tx), now, limit=limit)
            imported += record_said(tx, registrar, report.said, now)
        if report.unopened is not None and total.records == 0 == report.records:
            raise report.unopened
        if report.records == 0:
            break
        total += report
        limit = next_limit(report.weighed)
        progress("resolved", report.records)
        time.sleep(BREATH)
    rewrap_all(platform)
    return total, imported


def next_limit(weighed: int) -> int:
    """How many waiting records the next unit reads, after one whose components held so many."""
    return min(max(RESOLVE_BATCH, weighed // READ_ALONG), MOST_ALONG)


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
