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
OUTBOX_OLDEST = Gauge("cdp_outbox_oldest_seconds", "How long the oldest of them has waited")
JOBS = Gauge("cdp_jobs", "Background jobs; resting ones are not due yet", ["kind", "state"])
JOB_OLDEST = Gauge("cdp_job_oldest_seconds", "How long the oldest due job has waited", ["kind"])
JOBS_WORKED = Counter("cdp_jobs_worked", "Jobs that this process took", ["kind", "outcome"])


def exposition(registry: CollectorRegistry = REGISTRY) -> bytes:
    """Every metric in the Prometheus text format."""
    return generate_latest(registry)
