"""Metrics: counts and durations with labels from closed lists, so nothing personal fits in."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

DISCLOSURES = Counter(
    "cdp_disclosures", "Answers that left the platform", ["action", "purpose", "outcome"]
)
REQUEST_SECONDS = Histogram(
    "cdp_request_seconds", "Duration of HTTP requests", ["route", "method", "status"]
)
LANDED = Counter("cdp_landed", "Messages landed", ["kind"])
DRIFT_FORBIDDEN = Gauge(
    "cdp_drift_forbidden", "Readable views of profiles that are not entitled; target 0"
)
DRIFT_MISSING = Gauge("cdp_drift_missing", "Entitled profiles whose view is not built yet")
OUTBOX_PENDING = Gauge("cdp_outbox_pending", "Restrictions not yet applied to views and custody")


def exposition(registry: CollectorRegistry = REGISTRY) -> bytes:
    """Every metric in the Prometheus text format."""
    return generate_latest(registry)
