"""Measure: are there views that must not be, or too few?"""

from typing import Final

from cdp import clock, metrics
from cdp.flows.measure_drift import Drift, Measure, measure_drift
from cdp.platform import Platform
from cdp.work.pace import Progress, silent
from cdp.work.refreshing import pages

MEASURE_BATCH: Final = 200


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
