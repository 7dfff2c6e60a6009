"""Measure drift: which readable views should not exist, and which that should are not there.

A view counts as readable exactly where `disclose` would open it, and as wanted exactly where the
builder would build it: the same functions answer. `forbidden` above 0 is an incident; `missing`
is how far the builder is behind.

Views are read before main, so a withdrawal in between makes a view unreadable, never forbidden.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cdp.clock import instant
from cdp.flows.disclose import is_fresh, open_content
from cdp.flows.refresh_views import read_people
from cdp.store import disclosures, views
from cdp.store.tx import Tx
from cdp.vault.custodian import Custodian
from cdp.vault.disclosure import Disclosure
from consent.decision import entitled
from consent.policy import Policy


@dataclass(frozen=True)
class Drift:
    """Profiles looked at, readable views without entitlement, entitlements without a view."""

    profiles: int = 0
    forbidden: int = 0
    missing: int = 0

    def __add__(self, other: "Drift") -> "Drift":
        return Drift(
            profiles=self.profiles + other.profiles,
            forbidden=self.forbidden + other.forbidden,
            missing=self.missing + other.missing,
        )


@dataclass(frozen=True)
class Measure:
    """What measuring needs besides the unit of work; `keys` are those of all purposes."""

    custodian: Custodian
    keys: Disclosure
    policy: Callable[[Tx], tuple[Policy, str]]


def measure_drift(tx: Tx, measure: Measure, profile_ids: Collection[UUID], now: datetime) -> Drift:
    """The drift of these profiles, in one snapshot of each store."""
    stored = views.page(tx.views, tx.workspace, profile_ids)
    policy, _ = measure.policy(tx)
    people = read_people(tx, measure.custodian, profile_ids, now)
    readable = {
        (view.profile_id, view.purpose)
        for view in stored
        if view.profile_id in people and _readable(tx, measure.keys, view, now)
    }
    wanted = {
        (profile, purpose)
        for profile, person in people.items()
        for purpose in measure.keys.purposes
        if entitled(policy, person.subject, purpose, now)
    }
    return Drift(len(people), len(readable - wanted), len(wanted - readable))


def _readable(tx: Tx, keys: Disclosure, view: views.StoredView, now: datetime) -> bool:
    """Whether a reader would open it now."""
    standing = disclosures.standing(tx.main, tx.workspace, view.profile_id)
    if standing is None or standing.retired or not is_fresh(view, standing):
        return False
    opened = open_content(keys, view)
    if opened is None:
        return False
    until = opened["valid_until"]
    return until is None or instant(until) > now
