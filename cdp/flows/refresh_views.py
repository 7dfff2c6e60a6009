"""Refresh views: for each profile and purpose, is it entitled, and what may the view hold.

`build_views` works from one snapshot of main and touches nothing; `publish_views` puts the result
under the fences. A profile that met a newer fence is reported as not published and built again.
A view that should not be there any more is removed by the same step, in the same order.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cdp.canonical import canonical
from cdp.circumstances import circumstances
from cdp.clock import instant, text
from cdp.facts import FactReader, RecordReading
from cdp.ids import new_id
from cdp.outcomes.state import fold
from cdp.outcomes.traits import Traits
from cdp.store import configuration, consents, links, views
from cdp.store.tx import Tx
from cdp.vault.custodian import Custodian, ViewSealer
from cdp.vault.views import SealedView, ViewHeader
from consent.decision import Alike, Answers, Decision
from consent.events import ConsentFact
from consent.policy import Policy
from consent.subject import Member, Subject

FORMAT: Final = "cdp.view/1"
MAX_AGE: Final = timedelta(hours=24)
# How far back a view holds the trail: no claim looks further. Browsing is of use for days only.
LOOK_BACK: Final = timedelta(days=2 * 365)
BRIEF_LOOK_BACK: Final = timedelta(days=30)
# The identifier types by which a purpose may find a profile.
LOOKUP_TYPES: Final[Mapping[str, frozenset[str]]] = {
    "service": frozenset({"email", "phone", "customer_id", "login_id", "external_id"}),
    "service_insight": frozenset(),
    "offers": frozenset({"email", "phone"}),
    "profiling_offers": frozenset(),
}


@dataclass(frozen=True)
class RefreshReport:
    """Profiles looked at, views put and taken away, profiles to be built again."""

    profiles: int = 0
    built: int = 0
    removed: int = 0
    again: int = 0

    def __add__(self, other: "RefreshReport") -> "RefreshReport":
        return RefreshReport(
            profiles=self.profiles + other.profiles,
            built=self.built + other.built,
            removed=self.removed + other.removed,
            again=self.again + other.again,
        )


@dataclass(frozen=True)
class Built:
    """Views made from main as of `head`; `ended` are profiles that are no longer current."""

    head: int
    builds: tuple[views.Build, ...]
    ended: frozenset[UUID]


@dataclass(frozen=True)
class Person:
    """One profile as the custodian reads it."""

    profile: links.Profile
    subject: Subject
    readings: Mapping[UUID, RecordReading] = field(repr=False)


def build_views(
    tx: Tx,
    custodian: Custodian,
    policy: tuple[Policy, str],
    profile_ids: Collection[UUID],
    *,
    purposes: Sequence[str],
    now: datetime,
) -> Built:
    """Build the views of these profiles from one snapshot.

    `policy`: the policy in force and its hash.
    """
    head, _ = configuration.head(tx.main, tx.workspace)
    people = read_people(tx, custodian, profile_ids, now)
    traits = Traits.of(
        configuration.catalogue_in_force(tx.main, tx.workspace, configuration.TRAITS)
    )
    alike = Alike(policy[0], now)
    builder = _Builder(custodian.begin_views(), alike, policy[1], traits, head, now)
    builds = [builder.build(person, purposes) for person in people.values()]
    return Built(head, tuple(builds), frozenset(set(profile_ids) - people.keys()))


def publish_views(tx: Tx, built: Built) -> tuple[RefreshReport, set[UUID]]:
    """Put the views; returns the report and the profiles that went through."""
    published = views.publish(tx.views, tx.workspace, built.head, built.builds)
    removed = views.remove_retired(tx.views, tx.workspace, built.ended)
    put = [build for build in built.builds if build.profile_id in published]
    report = RefreshReport(
        profiles=len(built.builds) + len(built.ended),
        built=sum(len(build.views) for build in put),
        removed=removed,
        again=len(built.builds) - len(put),
    )
    return report, published | built.ended


def read_people(
    tx: Tx, custodian: Custodian, profile_ids: Collection[UUID], now: datetime
) -> dict[UUID, Person]:
    """These profiles with everything a decision and a view need; ended ones are left out."""
    rows = links.profiles(tx.main, profile_ids)
    current = {key: row for key, row in rows.items() if row.retired_at is None}
    members = links.members(tx.main, current)
    readings = FactReader(tx, custodian).read(members, events=True)
    said = consents.facts_of(tx.main, members)
    by_profile: dict[UUID, list[links.Link]] = {key: [] for key in current}
    for link in members.values():
        by_profile[link.profile_id].append(link)
    return {
        key: _person(current[key], found, readings, said, now)
        for key, found in by_profile.items()
        if found
    }


def _person(
    profile: links.Profile,
    found: Sequence[links.Link],
    readings: Mapping[UUID, RecordReading],
    said: Mapping[UUID, list[dict[str, Any]]],
    now: datetime,
) -> Person:
    own = {link.record_id: readings[link.record_id] for link in found}
    subject = Subject(
        profile_id=str(profile.id),
        lifecycle=profile.lifecycle,
        merged_at=profile.merged_at,
        circumstances=circumstances([reading.facts for reading in own.values()], now),
        members=tuple(
            member(link.record_id, link.kind, link.relation, said.get(link.record_id, []))
            for link in found
        ),
    )
    return Person(profile, subject, own)


def member(record_id: UUID, kind: str, relation: str, facts: Iterable[Mapping[str, Any]]) -> Member:
    """A record as the consent room sees it."""
    return Member(
        record_id=str(record_id),
        link=kind,
        relation=relation,
        facts=tuple(ConsentFact.parse(fact) for fact in facts),
    )


def _stored(view: SealedView) -> views.StoredView:
    header = view.header
    return views.StoredView(
        id=header.view_id,
        profile_id=header.profile_id,
        purpose=header.purpose,
        built_seq=header.built_seq,
        partition_version=header.partition_version,
        policy_hash=header.policy_hash,
        recheck_at=instant(header.recheck_at),
        body=view.body,
        signature=view.signature,
        wrapped=view.wrapped_key,
    )


@dataclass(frozen=True)
class _Builder:
    """Makes the views of one person after another, all from the same snapshot."""

    custodian: ViewSealer
    alike: Alike
    policy_hash: str
    traits: Traits
    head: int
    now: datetime

    def build(self, person: Person, purposes: Sequence[str]) -> views.Build:
        """Every view the person is entitled to; the other purposes are removed."""
        made: list[tuple[ViewHeader, bytes]] = []
        lookups: dict[str, frozenset[bytes]] = {}
        answers = self.alike.about(person.subject)
        for purpose in purposes:
            decision = answers.entitled(purpose)
            if decision:
                made.append(self._view(person, answers, purpose, decision))
                lookups[purpose] = self._lookups(person, purpose, decision)
        return views.Build(
            profile_id=person.profile.id,
            records=tuple(sorted(person.readings)),
            views=tuple(map(_stored, self.custodian.seal_views(made))),
            removed=tuple(purpose for purpose in purposes if purpose not in lookups),
            lookups=lookups,
        )

    def _view(
        self, person: Person, answers: Answers, purpose: str, decision: Decision
    ) -> tuple[ViewHeader, bytes]:
        header = ViewHeader(
            view_id=new_id(),
            workspace=self.custodian.workspace,
            profile_id=person.profile.id,
            purpose=purpose,
            built_seq=self.head,
            partition_version=person.profile.partition_version,
            policy_hash=self.policy_hash,
            recheck_at=self._recheck_at(decision.valid_until),
        )
        content = self._content(person, answers, purpose, decision)
        return header, canonical(content)

    def _content(
        self, person: Person, answers: Answers, purpose: str, decision: Decision
    ) -> dict[str, Any]:
        around = person.subject.circumstances
        reachable = {
            (contact.ref, channel)
            for contact in around.contacts
            for channel in contact.channels
            if answers.contact_allowed(purpose, contact, channel)
        }
        facts = [
            reading.facts
            for record, reading in person.readings.items()
            if str(record) in decision.usable
        ]
        refs = {ref for ref, _ in reachable}
        contacts = tuple(contact for contact in around.contacts if contact.ref in refs)
        return {
            "format": FORMAT,
            "records": sorted(decision.usable),
            "valid_until": text(decision.valid_until) if decision.valid_until else None,
            "circumstances": replace(around, contacts=contacts).as_dict(),
            "state": fold(
                purpose,
                facts,
                reachable=reachable,
                since=self.now - LOOK_BACK,
                brief_since=self.now - BRIEF_LOOK_BACK,
                wanted=self.traits.marks(purpose),
            ),
        }

    def _lookups(self, person: Person, purpose: str, decision: Decision) -> frozenset[bytes]:
        types = LOOKUP_TYPES[purpose]
        return frozenset(
            self.custodian.lookup_token(purpose, item.type, item.value)
            for record, reading in person.readings.items()
            if str(record) in decision.usable
            for item in reading.identifiers
            if item.type in types
        )

    def _recheck_at(self, valid_until: datetime | None) -> str:
        # A phase of its own for every view, so that not all are due in the same hour.
        phase = self.now + MAX_AGE - timedelta(minutes=secrets.randbelow(12 * 60))
        moment = min(phase, valid_until) if valid_until else phase
        hour = moment.replace(minute=0, second=0, microsecond=0)
        # An hour that has begun would be due again and again; readers keep the exact moment.
        return text(hour if hour > self.now else hour + timedelta(hours=1))
