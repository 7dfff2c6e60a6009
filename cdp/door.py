"""The door: every answer to the outside, for the web and the command line alike.

Each function opens the unit of work, lets `disclose` decide and open, writes the log row, commits,
and only then hands the answer out. A view that is being rebuilt is waited for once.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from cdp import clock
from cdp.errors import NotFound, ProfileSplit, Refused, TryAgain
from cdp.flows import disclose
from cdp.flows.disclose import Caller, Eyes, Sight
from cdp.flows.record_consent import ConsentReport, Statement, record_consent
from cdp.outcomes.context import build_context
from cdp.outcomes.offers import Catalogue
from cdp.outcomes.readings import ContextRequest, Permission, Reading
from cdp.outcomes.state import restrict
from cdp.platform import Platform
from cdp.proofs import prove
from cdp.store import configuration, consents, disclosures, jobs, links
from cdp.store.tx import Tx
from consent.decision import Ask, Decision, public_reason
from consent.decision import decide as decide_ask
from consent.events import RESTRICTIONS
from consent.policy import Policy
from consent.subject import Subject
from identity.normalize import Unusable, normalise

T = TypeVar("T")
RETRY_PAUSE: Final = 0.15
SEES_CODES: Final = frozenset({"service", "dsr"})
# The gates of an offer rest on these, whoever asks.
OFFER_GATES: Final = ("service", "service_insight")
CHANNELS: Final = ("email", "sms", "phone", "push", "post", "inapp", "web", "chat")


@dataclass(frozen=True)
class Identifier:
    """An identifier as a caller writes it."""

    type: str
    value: str = field(repr=False)
    region: str | None = None

    def normalised(self) -> tuple[str, str]:
        """(type, match key).

        Raises:
            Refused: not an identifier of its type.
        """
        try:
            return self.type, normalise(self.type, self.value, region=self.region)
        except Unusable as error:
            raise Refused(
                f"an identifier of type {self.type} cannot be used: {error.reason}",
                reason="identifier_unusable",
            ) from None


@dataclass(frozen=True)
class ConsentRequest:
    """What somebody says about consent; `source` says how the caller knows who it was."""

    event_id: UUID
    source: str
    fields: Mapping[str, Any] = field(repr=False)
    contact: Identifier | None = None
    identifier: Identifier | None = None


@dataclass(frozen=True)
class Answer:
    """A decision, and where it permits what may be read. `canonical_id`: the current id."""

    profile_id: UUID
    canonical_id: UUID
    decision: dict[str, Any]
    data: dict[str, Any] | None = field(repr=False)
    consent_seq: int = 0


def resolve(
    platform: Platform, caller: Caller, purpose: str, identifiers: Sequence[Identifier]
) -> list[UUID]:
    """The profiles that these identifiers lead to, for this purpose: usually one or none.

    Unknown, withdrawn and erased look the same: nothing.

    Raises:
        Refused: an identifier that is none, or a purpose the caller is not bound to.
    """
    bound(caller, purpose)
    wanted = [identifier.normalised() for identifier in identifiers]
    eyes = _eyes(platform, {purpose})
    with platform.write() as tx:
        now = clock.now()
        found = disclose.find(tx, eyes.keys, purpose, wanted)
        sights = [disclose.look(tx, eyes, profile, [_ask(purpose, now)]) for profile in found]
        good = [sight for sight in sights if _permitted(sight, purpose)]
        for sight in sights or [Sight.of_nobody()]:
            held = {purpose} if sight in good else set()
            disclose.log(tx, caller, sight, disclose.Act("resolve", purpose, None, held), now)
    return sorted(sight.profile_id for sight in good)


def profile(platform: Platform, caller: Caller, profile_id: UUID, purpose: str) -> Answer:
    """What this purpose may read of a profile.

    Raises:
        NotFound: no such profile here. ProfileSplit: it stands for several now.
        TryAgain: its view is being rebuilt.
        Refused: a purpose the caller is not bound to.
    """
    bound(caller, purpose)

    def answer(tx: Tx, sight: Sight, now: datetime) -> Answer:
        opened = sight.opened[purpose]
        data = restrict(opened.state, opened.decision.usable) if opened.state else None
        held = {purpose} if data is not None else set()
        disclose.log(tx, caller, sight, disclose.Act("profile", purpose, None, held), now)
        return Answer(
            profile_id, sight.profile_id, shown(opened.decision, caller), data, sight.consent_seq
        )

    return _see(platform, profile_id, lambda now: [_ask(purpose, now)], answer)


def decide(platform: Platform, caller: Caller, profile_id: UUID, ask: Ask) -> Answer:
    """The decision alone; nothing of the profile is shown.

    Raises: as `profile`.
    """
    bound(caller, ask.purpose)

    def answer(tx: Tx, sight: Sight, now: datetime) -> Answer:
        act = disclose.Act("decide", ask.purpose, ask.channel, set())
        disclose.log(tx, caller, sight, act, now)
        decision = sight.opened[ask.purpose].decision
        return Answer(
            profile_id, sight.profile_id, shown(decision, caller), None, sight.consent_seq
        )

    return _see(platform, profile_id, lambda _: [ask], answer, wait=False)


def context(
    platform: Platform,
    caller: Caller,
    profile_id: UUID,
    purpose: str,
    *,
    channel: str | None = None,
    interaction_id: str = "",
) -> dict[str, Any]:
    """The outcome context of a profile for an interaction.

    Raises: as `profile`.
    """
    bound(caller, purpose)
    wanted = (caller.purposes & platform.view_purposes) | {purpose}
    if "offers" in wanted:
        wanted |= set(OFFER_GATES)
    asked = [purpose, *sorted(wanted - {purpose})]
    with platform.read() as tx:
        catalogue = Catalogue.parse(
            (configuration.catalogue_in_force(tx.main, platform.workspace) or {}).get("offers", [])
        )

    def answer(tx: Tx, sight: Sight, now: datetime) -> dict[str, Any]:
        request = ContextRequest(
            profile_id=str(profile_id),
            canonical_id=str(sight.profile_id),
            purpose=purpose,
            channel=channel or "",
            now=now,
            bound=caller.purposes,
            client=caller.name,
            interaction_id=interaction_id,
        )
        policy = platform.policy_by_hash(sight.standing.policy_hash if sight.standing else "")
        readings = [_reading(policy, sight, name, now) for name in sorted(wanted)]
        document = build_context(request, readings, catalogue)
        held = {reading.purpose for reading in readings if reading.state is not None}
        disclose.log(
            tx, caller, sight, disclose.Act("context", purpose, channel, held & wanted), now
        )
        return document

    return _see(platform, profile_id, lambda now: [_ask(name, now) for name in asked], answer)


def record(
    platform: Platform, caller: Caller, profile_id: UUID, request: ConsentRequest
) -> tuple[ConsentReport, bool]:
    """Record what somebody says about consent. The second value: whether views and custody have
    heard of it too (a restriction holds for every reader either way).

    Raises:
        NotFound, Refused: as `record_consent`; also an event id that was used for another person
            or another type of statement: a no must not be taken for one that is known already.
    """
    with platform.write() as tx:
        now = clock.now()
        registrar = platform.registrar(tx)
        statement = Statement(
            event_id=request.event_id,
            fields={**request.fields, "source": request.source},
            proof=prove(registrar.custodian, request.event_id, request.source, caller.name),
            contact=_contact(request),
            identifier=request.identifier.normalised() if request.identifier else None,
        )
        report = record_consent(tx, registrar, profile_id, statement, now)
        if report.repeated:
            _check_same(tx, profile_id, request)
    platform.work_waits.set()
    return report, tx.applied is not False


def _check_same(tx: Tx, profile_id: UUID, request: ConsentRequest) -> None:
    members = links.members(tx.main, links.current(tx.main, tx.workspace, profile_id))
    for entry in consents.ledger_of(tx.main, members):
        if entry.id == request.event_id and entry.event_class == request.fields.get("type"):
            return
    raise Refused(
        "this event id was used for another statement; send a fresh one", reason="event_id_reused"
    )


def _contact(request: ConsentRequest) -> tuple[str, str] | None:
    """The contact point it is about; a no about an unusable address is a no about all of them."""
    if request.contact is None:
        return None
    try:
        return request.contact.normalised()
    except Refused:
        if request.fields.get("type") in RESTRICTIONS:
            return None
        raise


def consent_states(platform: Platform, caller: Caller, profile_id: UUID) -> dict[str, Any]:
    """What a person has said, record by record: the facts that decide, without addresses.

    Raises:
        NotFound, ProfileSplit: as `profile`.
    """
    with platform.write() as tx:
        now = clock.now()
        current = _canonical(tx, profile_id)
        members = links.members(tx.main, [current])
        facts = consents.facts_of(tx.main, members)
        sight = replace(Sight.of_nobody(), profile_id=current)
        sight = replace(sight, standing=disclosures.standing(tx.main, tx.workspace, current))
        disclose.log(tx, caller, sight, disclose.Act("consents", "dsr", None, {"dsr"}), now)
    return {
        "profile_id": str(current),
        "consent_seq": sight.consent_seq,
        "records": [
            {
                "record_id": str(record),
                "link": link.kind,
                "relation": link.relation,
                "facts": facts.get(record, []),
            }
            for record, link in sorted(members.items())
        ],
    }


def contact_ref(platform: Platform, contact: Identifier) -> str:
    """The opaque reference by which decisions know a contact point.

    Raises:
        Refused: not an address of its type.
    """
    return platform.keyring.custodian().contact_ref(*contact.normalised())


def bound(caller: Caller, purpose: str) -> None:
    """Refuse a purpose that the caller is not bound to.

    Raises:
        Refused: `purpose_not_bound`.
    """
    if purpose not in caller.purposes:
        raise Refused("this client is not bound to that purpose", reason="purpose_not_bound")


def shown(decision: Decision, caller: Caller) -> dict[str, Any]:
    """A decision as this caller may see it: codes only for those bound to `service` or `dsr`."""
    codes = bool(caller.purposes & SEES_CODES)
    if decision or codes:
        return decision.as_dict()
    return {"permitted": False, "reason": public_reason(decision.reason, sees_codes=False)}


def _see(
    platform: Platform,
    profile_id: UUID,
    asks: Callable[[datetime], Sequence[Ask]],
    answer: Callable[[Tx, Sight, datetime], T],
    *,
    wait: bool = True,
) -> T:
    """Look, and answer in the same unit of work; wait once for a view that is being rebuilt."""
    for attempt in (1, 2):
        with platform.write() as tx:
            now = clock.now()
            wanted = asks(now)
            eyes = _eyes(platform, {ask.purpose for ask in wanted})
            # Views before main: the snapshot of the bytes must not be newer than the state.
            sight = disclose.look(tx, eyes, profile_id, wanted)
            if sight.standing is None or sight.standing.retired:
                sight = disclose.look(tx, eyes, _canonical(tx, profile_id), wanted)
            # Other purposes may be behind; the one that was asked for may not.
            behind = sight.awaited if attempt == 1 else sight.pending & {wanted[0].purpose}
            if not (behind and wait):
                return answer(tx, sight, now)
            jobs.want(tx.main, tx.workspace, jobs.REFRESH, [sight.profile_id], now)
        if attempt == 1:
            platform.work_waits.set()
            time.sleep(RETRY_PAUSE)
    raise TryAgain("this profile's view is being rebuilt; ask again", reason="view_rebuilding")


def _canonical(tx: Tx, profile_id: UUID) -> UUID:
    """The current profile of an id.

    Raises:
        NotFound: unknown, erased, or of another workspace: all the same.
        ProfileSplit: several.
    """
    current = links.current(tx.main, tx.workspace, profile_id)
    if not current:
        raise NotFound("there is no such profile", reason="NO_PROFILE")
    if len(current) > 1:
        raise ProfileSplit(current)
    return next(iter(current))


def _eyes(platform: Platform, purposes: Collection[str]) -> Eyes:
    # Only these have views and keys of their own; of any other purpose nothing is ever opened.
    held = platform.view_purposes.intersection(purposes)
    return Eyes(platform.disclosure_keys(held), platform.policy_by_hash)


def _ask(purpose: str, now: datetime) -> Ask:
    return Ask(purpose=purpose, channel=None, now=now)


def _permitted(sight: Sight, purpose: str) -> bool:
    return purpose in sight.opened and bool(sight.opened[purpose].decision)


def _reading(policy: Policy, sight: Sight, purpose: str, now: datetime) -> Reading:
    opened = sight.opened[purpose]
    return Reading(
        purpose=purpose,
        permission=Permission.parse(opened.decision.as_dict()),
        usable=frozenset(opened.decision.usable),
        state=opened.state,
        channels=_channels(policy, opened.subject, now) if purpose == disclose.OFFERS else {},
    )


def _channels(policy: Policy, subject: Subject | None, now: datetime) -> dict[str, Permission]:
    """May an offer be made by each channel? Addressed channels: to the first address that may."""
    if subject is None:
        return {}
    found: dict[str, Permission] = {}
    contacts = subject.circumstances.contacts
    for channel in CHANNELS:
        refs: list[str | None] = [item.ref for item in contacts if channel in item.channels]
        for ref in refs or [None]:
            ask = Ask(
                purpose=disclose.OFFERS, channel=channel, contact=ref, action="contact", now=now
            )
            decision = decide_ask(policy, subject, ask)
            if channel not in found or decision:
                found[channel] = Permission.parse(decision.as_dict())
            if decision:
                break
    return found
