"""The door: every answer to the outside, for the web and the command line alike.

Each function opens the unit of work, lets `disclose` decide and open, writes the log row, commits,
and only then hands the answer out. A view that is being rebuilt is waited for once.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from cdp import clock
from cdp.errors import NotFound, ProfileSplit, Refused, TryAgain
from cdp.flows import disclose
from cdp.flows.disclose import Act, Caller, Eyes, Sight
from cdp.outcomes.context import build_context
from cdp.outcomes.offers import Catalogue
from cdp.outcomes.readings import ContextRequest, Permission, Reading
from cdp.outcomes.state import restrict, unsigned
from cdp.platform import Platform
from cdp.store import configuration, consents, jobs, links
from cdp.store.tx import Tx
from consent.decision import Ask, Decision, public_reason
from consent.decision import decide as decide_ask
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
                f"an identifier cannot be used: {error.reason}",
                reason="identifier_unusable",
            ) from None


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
    _bound(platform, caller, Act("resolve", purpose))
    wanted = [identifier.normalised() for identifier in identifiers]
    eyes = _eyes(platform, {purpose})
    for turn in _turns(platform):
        with platform.write() as tx:
            now = clock.now()
            found = disclose.find(tx, eyes.keys, purpose, wanted)
            sights = [disclose.look(tx, eyes, profile, [_ask(purpose, now)]) for profile in found]
            behind = [sight.profile_id for sight in sights if purpose in sight.behind(turn)]
            jobs.want(tx.main, tx.workspace, jobs.REFRESH, behind, now)
            if not behind:
                good = [sight for sight in sights if _permitted(sight, purpose)]
                for sight in sights or [Sight.of_nobody()]:
                    held = {purpose} if sight in good else set()
                    disclose.log(tx, caller, sight, Act("resolve", purpose, None, held), now)
                return sorted(sight.profile_id for sight in good)
    raise _rebuilding()


def profile(platform: Platform, caller: Caller, profile_id: UUID, purpose: str) -> Answer:
    """What this purpose may read of a profile.

    Raises:
        NotFound: no such profile here. ProfileSplit: it stands for several now.
        TryAgain: its view is being rebuilt.
        Refused: a purpose the caller is not bound to.
    """

    def answer(tx: Tx, sight: Sight, now: datetime) -> Answer:
        opened = sight.opened[purpose]
        data = restrict(opened.state, opened.decision.usable) if opened.state else None
        if data is not None and not caller.purposes & SEES_CODES:
            data = unsigned(data)
        held = {purpose} if data is not None else set()
        disclose.log(tx, caller, sight, Act("profile", purpose, None, held), now)
        return Answer(
            profile_id, sight.profile_id, shown(opened.decision, caller), data, sight.consent_seq
        )

    asking = _Asking(platform, caller, profile_id, Act("profile", purpose))
    return asking.see(lambda now: [_ask(purpose, now)], answer)


def decide(platform: Platform, caller: Caller, profile_id: UUID, ask: Ask) -> Answer:
    """The decision alone; nothing of the profile is shown.

    Raises: as `profile`.
    """
    act = Act("decide", ask.purpose, ask.channel)

    def answer(tx: Tx, sight: Sight, now: datetime) -> Answer:
        disclose.log(tx, caller, sight, act, now)
        decision = sight.opened[ask.purpose].decision
        return Answer(
            profile_id, sight.profile_id, shown(decision, caller), None, sight.consent_seq
        )

    return _Asking(platform, caller, profile_id, act).see(lambda _: [ask], answer, wait=False)


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
    wanted = (caller.purposes & platform.view_purposes) | {purpose}
    if "offers" in wanted:
        wanted |= set(OFFER_GATES)
    asked = [purpose, *sorted(wanted - {purpose})]

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
        offers = configuration.catalogue_in_force(tx.main, tx.workspace) or {"offers": []}
        document = build_context(request, readings, Catalogue.parse(offers["offers"]))
        # What only the gates of offers looked at is not handed out.
        held = {reading.purpose for reading in readings if reading.state is not None}
        act = Act("context", purpose, channel, held & caller.purposes)
        disclose.log(tx, caller, sight, act, now)
        return document

    asking = _Asking(platform, caller, profile_id, Act("context", purpose, channel))
    return asking.see(lambda now: [_ask(name, now) for name in asked], answer)


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
        sight = disclose.look(tx, _eyes(platform, ()), current, [_ask("dsr", now)])
        shown_ = _permitted(sight, "dsr")
        disclose.log(
            tx, caller, sight, Act("consents", "dsr", None, {"dsr"} if shown_ else set()), now
        )
    if not shown_:
        raise NotFound("there is no such profile", reason="NO_PROFILE")
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


def shown(decision: Decision, caller: Caller) -> dict[str, Any]:
    """A decision as this caller may see it: codes only for those bound to `service` or `dsr`."""
    if caller.purposes & SEES_CODES:
        return decision.as_dict()
    if decision:
        # Which records and events stand behind it is not for everybody either.
        return decision.as_dict() | {"decisive": [], "usable": []}
    return {"permitted": False, "reason": public_reason(decision.reason, sees_codes=False)}


@dataclass(frozen=True)
class _Asking:
    """Who asks about which profile, and what for; `act` is how a refusal is logged."""

    platform: Platform
    caller: Caller
    profile_id: UUID
    act: Act

    def see(
        self,
        asks: Callable[[datetime], Sequence[Ask]],
        answer: Callable[[Tx, Sight, datetime], T],
        *,
        wait: bool = True,
    ) -> T:
        """Look, and answer in the same unit of work; wait once for a view being rebuilt."""
        _bound(self.platform, self.caller, self.act)
        for turn in _turns(self.platform):
            with self.platform.write() as tx:
                now = clock.now()
                found = self._sight(tx, asks(now), now)
                if isinstance(found, Sight):
                    # Other purposes may be behind; the one that was asked for may not.
                    mine = found.behind(turn) if turn == 1 else found.behind(2) & {self.act.purpose}
                    if not (mine and wait):
                        return answer(tx, found, now)
                    jobs.want(tx.main, tx.workspace, jobs.REFRESH, [found.profile_id], now)
            if isinstance(found, Refused):
                raise found
        raise _rebuilding()

    def _sight(self, tx: Tx, wanted: Sequence[Ask], now: datetime) -> Sight | Refused:
        """What is seen under the current id; a refusal is logged and returned, so that it stays."""
        eyes = _eyes(self.platform, {ask.purpose for ask in wanted})
        # Views before main: the snapshot of the bytes must not be newer than the state.
        sight = disclose.look(tx, eyes, self.profile_id, wanted)
        if not sight.opened:
            try:
                sight = disclose.look(tx, eyes, _canonical(tx, self.profile_id), wanted)
            except (NotFound, ProfileSplit) as error:
                disclose.log(tx, self.caller, Sight.of_nobody(), self.act, now)
                return error
        if not sight.opened:
            raise TryAgain("this profile is changing; ask again", reason="profile_changing")
        return sight


def _turns(platform: Platform) -> Iterator[int]:
    """Two turns, with the builder woken and a pause between them."""
    yield 1
    platform.work_waits.set()
    time.sleep(RETRY_PAUSE)
    yield 2


def _rebuilding() -> TryAgain:
    return TryAgain("this profile's view is being rebuilt; ask again", reason="view_rebuilding")


def _bound(platform: Platform, caller: Caller, act: Act) -> None:
    """Refuse, and log, a purpose that the caller is not bound to; what was typed is not kept.

    Raises:
        Refused: `purpose_not_bound`.
    """
    if act.purpose in caller.purposes:
        return
    with platform.write() as tx:
        disclose.log(
            tx, caller, Sight.of_nobody(), replace(act, purpose=disclose.NOT_BOUND), clock.now()
        )
    raise Refused("this client is not bound to that purpose", reason="purpose_not_bound")


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
