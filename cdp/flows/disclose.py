"""Disclose: the one door out. Decide, open, log, answer; in this order, always.

The view's bytes are fetched first, then main's state in one statement: whatever was acknowledged
before the request began is in that state, and a view older than it is not opened. The answer is a
value; the entry point commits its log row before the first byte leaves.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from cdp import metrics
from cdp.clock import instant, text
from cdp.flows.refresh_views import FORMAT, member
from cdp.ids import new_id
from cdp.store import disclosures, views
from cdp.store.tx import Tx
from cdp.vault.disclosure import Disclosure
from cdp.vault.envelope import CannotOpen
from cdp.vault.views import Checker, SealedView, ViewHeader
from consent.decision import (
    GENERIC_ONLY,
    Ask,
    Decision,
    Dossier,
    decide_prepared,
    offers_prepared,
    prepare,
)
from consent.policy import Policy
from consent.subject import Circumstances, Subject

OFFERS: Final = "offers"
# Whether offers may be chosen by behaviour is part of the answer to OFFERS.
PROFILING: Final = "profiling_offers"
# What the log says instead of a purpose that a caller named and is not bound to.
NOT_BOUND: Final = "not_bound"
AWAITED: Final = frozenset({"VIEW_PENDING", "KEY_ABSENT"})


@dataclass(frozen=True)
class Caller:
    """Who asks: an API client, or staff at the command line (no client id).

    `fields` are the only ones it gets; None: all that its purposes may read.
    """

    client_id: UUID | None
    name: str
    purposes: frozenset[str]
    scopes: frozenset[str] = frozenset()
    fields: frozenset[str] | None = None


@dataclass(frozen=True)
class Opened:
    """One purpose's decision and, where it permits and the view is good, the view's content.

    `dossier`: the person as the view knows it, for further asks about the same moment.
    """

    purpose: str
    decision: Decision
    dossier: Dossier | None = field(default=None, repr=False)
    state: dict[str, Any] | None = field(default=None, repr=False)
    # Whether this purpose has views at all.
    has_view: bool = True

    @property
    def subject(self) -> Subject | None:
        """The person as the view knows it."""
        return self.dossier.subject if self.dossier else None

    @property
    def awaited(self) -> bool:
        """A view should be there and is not."""
        if self.decision:
            return self.has_view and self.state is None
        return self.decision.reason in AWAITED


@dataclass(frozen=True)
class Sight:
    """What may be seen of one profile now. `None` standing: there is no such profile here."""

    profile_id: UUID
    standing: disclosures.Standing | None
    subject: Subject | None
    opened: Mapping[str, Opened]

    @property
    def awaited(self) -> frozenset[str]:
        """Purposes whose view should be there and is missing, void or too old: ask again soon."""
        return frozenset(name for name, item in self.opened.items() if item.awaited)

    @property
    def pending(self) -> frozenset[str]:
        """Those of them that are being built; the others (`KEY_ABSENT`) are an answer."""
        absent = {n for n, item in self.opened.items() if item.decision.reason == "KEY_ABSENT"}
        return self.awaited - absent

    @property
    def consent_seq(self) -> int:
        """The ledger position this sight rests on."""
        return self.standing.seq if self.standing else 0

    def behind(self, turn: int) -> frozenset[str]:
        """What is worth waiting for: first whatever is missing, then only what is being built."""
        return self.awaited if turn == 1 else self.pending

    @classmethod
    def of_nobody(cls) -> "Sight":
        """What is seen when nothing was found."""
        return cls(UUID(int=0), None, None, {})


@dataclass(frozen=True)
class Act:
    """What was asked, and which purposes' data is handed out (none: a refusal or a bare answer)."""

    name: str
    purpose: str
    channel: str | None = None
    compartments: Collection[str] = ()


@dataclass(frozen=True)
class Eyes:
    """What looking needs besides the unit of work: keys of the purposes, policies by hash."""

    keys: Disclosure
    policy: Callable[[str], Policy]


def look(tx: Tx, eyes: Eyes, profile_id: UUID, asks: Collection[Ask]) -> Sight:
    """Decide each ask (one per purpose) and open what it permits. Nothing is logged yet."""
    purposes = {ask.purpose for ask in asks}
    if OFFERS in purposes:
        purposes |= {PROFILING} & eyes.keys.purposes
    # The order matters: bytes first, state second (docs/decisions/0001-three-stores.md).
    stored = views.fetch(tx.views, tx.workspace, profile_id, purposes)
    standing = disclosures.standing(tx.main, tx.workspace, profile_id)
    if standing is None or standing.retired:
        return Sight(profile_id, standing, None, {})
    policy = eyes.policy(standing.policy_hash)
    subject = Subject(
        profile_id=str(profile_id),
        lifecycle=standing.lifecycle,
        merged_at=standing.merged_at,
        circumstances=Circumstances(),
        members=tuple(
            member(item.record_id, item.link, item.relation, item.facts)
            for item in standing.members
        ),
    )
    opener = _Opener(eyes.keys, eyes.keys.checker(), policy, subject, standing, stored)
    opened = {ask.purpose: opener.open(ask) for ask in asks}
    return Sight(profile_id, standing, subject, opened)


def log(tx: Tx, caller: Caller, sight: Sight, act: Act, now: datetime) -> None:
    """Write the answer down, refusals too; the entry point commits before it answers."""
    disclosures.log(
        tx.main,
        tx.workspace,
        disclosures.Disclosure(
            id=new_id(),
            at=now,
            client_id=caller.client_id,
            action=act.name,
            profile_id=sight.profile_id if sight.standing else None,
            purpose=act.purpose,
            channel=act.channel,
            permitted=bool(act.compartments),
            reasons={name: item.decision.reason for name, item in sorted(sight.opened.items())},
            compartments=sorted(act.compartments),
            consent_seq=sight.consent_seq,
        ),
    )
    outcome = "permitted" if act.compartments else "refused"
    metrics.DISCLOSURES.labels(act.name, act.purpose, outcome).inc()


def find(
    tx: Tx, keys: Disclosure, purpose: str, identifiers: Collection[tuple[str, str]]
) -> set[UUID]:
    """Profiles that one of these normalised identifiers leads to, for this purpose."""
    tokens = [keys.lookup_token(purpose, kind, value) for kind, value in identifiers]
    return views.look_up(tx.views, tx.workspace, purpose, tokens)


@dataclass(frozen=True)
class _Opener:
    """Decides on the state of now, and opens only a view that is as new as that state."""

    keys: Disclosure
    checker: Checker
    policy: Policy
    subject: Subject
    standing: disclosures.Standing
    stored: Mapping[str, views.StoredView]
    _contents: dict[str, dict[str, Any] | None] = field(default_factory=dict, repr=False)
    _dossiers: list[tuple[dict[str, Any], Dossier]] = field(default_factory=list, repr=False)

    def open(self, ask: Ask) -> Opened:
        """One purpose. A purpose that has no views is decided without asking for a key."""
        if ask.purpose not in self.keys.purposes:
            decision = decide_prepared(self._dossier(ask), ask)
            return Opened(ask.purpose, decision, has_view=False)
        content = self._content(ask.purpose, ask.now)
        if content is None:
            return Opened(ask.purpose, self._decide(self._dossier(ask), ask, ()))
        known = self._known(content["circumstances"], ask.now)
        decision = self._decide(known, ask, content["records"])
        return Opened(
            purpose=ask.purpose,
            decision=decision,
            dossier=known,
            state=content["state"] if decision else None,
        )

    def _known(self, circumstances: dict[str, Any], now: datetime) -> Dossier:
        """The person as a view knows it; views that know the same share what is found out."""
        for told, dossier in self._dossiers:
            if told == circumstances and dossier.now == now:
                return dossier
        around = Circumstances.parse(circumstances)
        dossier = prepare(self.policy, replace(self.subject, circumstances=around), now)
        self._dossiers.append((circumstances, dossier))
        return dossier

    def _dossier(self, ask: Ask) -> Dossier:
        return prepare(self.policy, self.subject, ask.now)

    def _content(self, purpose: str, now: datetime) -> dict[str, Any] | None:
        """What a view holds, if it is as new as the state of now and has not ended."""
        if purpose not in self._contents:
            stored, content = self.stored.get(purpose), None
            if stored is not None and is_fresh(stored, self.standing):
                content = open_content(self.keys, stored, self.checker)
            if content and content["valid_until"] and instant(content["valid_until"]) <= now:
                content = None
            self._contents[purpose] = content
        return self._contents[purpose]

    def _pending(self, purpose: str) -> bool:
        """It does not open, and is being built or about to be."""
        lacking = self._contents.get(purpose) is None
        return lacking and (self.standing.rebuilding or purpose in self.stored)

    def _decide(self, dossier: Dossier, ask: Ask, sealed: Collection[str]) -> Decision:
        if ask.purpose != OFFERS or ask.channel is not None:
            pending = self._pending(ask.purpose)
            return decide_prepared(dossier, ask, sealed=sealed, pending=pending)
        pending = self._pending(OFFERS)
        decision = offers_prepared(dossier, ask, sealed={OFFERS: sealed}, pending=pending)
        if decision.reason not in _UNSEEN or PROFILING not in self.keys.purposes:
            return decision
        # Only now, because it costs an opening: a person who permits profiling has that view too.
        content = self._content(PROFILING, ask.now)
        present = {OFFERS: sealed, PROFILING: content["records"] if content else ()}
        return offers_prepared(dossier, ask, sealed=present, pending=self._pending(PROFILING))


def is_fresh(stored: views.StoredView, standing: disclosures.Standing) -> bool:
    """Whether a view is as new as main's state of its profile, and of the policy in force."""
    return (
        stored.built_seq >= standing.fence_seq
        and stored.partition_version == standing.partition_version
        and stored.policy_hash == standing.policy_hash
    )


def open_content(
    keys: Disclosure, stored: views.StoredView, checker: Checker | None = None
) -> dict[str, Any] | None:
    """The opened view; None when its key is gone, which is how a withdrawal looks."""
    header = ViewHeader(
        view_id=stored.id,
        workspace=keys.workspace,
        profile_id=stored.profile_id,
        purpose=stored.purpose,
        built_seq=stored.built_seq,
        partition_version=stored.partition_version,
        policy_hash=stored.policy_hash,
        recheck_at=text(stored.recheck_at),
    )
    sealed = SealedView(header, stored.body, stored.wrapped, stored.signature)
    try:
        content: dict[str, Any] = orjson.loads(keys.open_view(sealed, checker))
    except CannotOpen as error:
        if error.reason in _GONE:
            return None
        raise
    return content if content["format"] == FORMAT else None


_UNSEEN = frozenset(f"{GENERIC_ONLY}:{reason}" for reason in AWAITED)
_GONE = frozenset({"slot_emptied", "epoch_gone", "outdated"})
