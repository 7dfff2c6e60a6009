"""Stewarding: people decide who is who, look at what is in doubt, and take decisions back.

Asked under the purpose `stewardship`. What is answered is logged for every profile it is about, and
so is a refusal. A decision holds for every reader once it is answered.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from cdp import clock
from cdp.door.asking import check_bound, eyes_for, is_permitted, plain_ask
from cdp.door.explaining import STEWARDSHIP
from cdp.door.fields import check_unlimited
from cdp.errors import ContinuumError, NotFound, Refused
from cdp.flows import disclose
from cdp.flows import draw as drawing
from cdp.flows import judge as judging
from cdp.flows import undo as undoing
from cdp.flows.disclose import Act, Caller, Sight
from cdp.ids import new_id
from cdp.partitioning import VerdictReport
from cdp.platform import Platform
from cdp.store import links, reviews, verdicts
from cdp.store.tx import Tx
from cdp.store.verdicts import Author, Verdict
from cdp.subjects import find_subject
from identity.comparisons import MILLI
from identity.partition import ReviewKind

REVIEW_KINDS = tuple(kind.value for kind in ReviewKind)
RULINGS = (verdicts.TOGETHER, verdicts.APART)


@dataclass(frozen=True)
class JudgeWanted:
    """These records or profiles are together, or apart; `reason` is a code."""

    ruling: str
    ids: tuple[UUID, ...]
    reason: str | None = None
    verdict_id: UUID = field(default_factory=new_id)


@dataclass(frozen=True)
class UnmergeWanted:
    """The merge of this profile at `seq`, or its newest that still holds, is undone."""

    profile_id: UUID
    seq: int | None = None
    reason: str | None = None
    verdict_id: UUID = field(default_factory=new_id)


Flow = Callable[[Tx, datetime], VerdictReport]
Decided = tuple[dict[str, Any], bool]


def judge(platform: Platform, caller: Caller, wanted: JudgeWanted) -> Decided:
    """Give a verdict. The second value: whether views and custody have heard of it too.

    Raises:
        NotFound: one of the ids is unknown or not to be seen: both look the same.
        ProfileSplit: one of them stands for several profiles now.
        Refused: as `cdp.flows.judge`; the caller is not bound to `stewardship`, or to fields.
    """
    author = _author(caller)
    word = judging.Word(wanted.verdict_id, wanted.ruling, wanted.ids, author, wanted.reason)

    def flow(tx: Tx, now: datetime) -> VerdictReport:
        # Before the rules are read: nobody changes them from here on.
        tx.lock_counter()
        return judging.judge(tx, platform.keyring.custodian(), platform.rules(tx), word, now)

    return _decide(platform, caller, "judge", (wanted.verdict_id, wanted.ids), flow)


def undo(platform: Platform, caller: Caller, verdict_id: UUID) -> Decided:
    """Take a verdict back; what the facts and the other verdicts say holds again.

    Raises:
        NotFound: there is no such verdict, or its records are not to be seen.
        Refused: the caller is not bound to `stewardship`, or is bound to fields.
    """
    wanted = undoing.TakeBack(verdict_id, _author(caller))

    def flow(tx: Tx, now: datetime) -> VerdictReport:
        # Before the rules are read: nobody changes them from here on.
        tx.lock_counter()
        return undoing.take_back(tx, platform.keyring.custodian(), platform.rules(tx), wanted, now)

    return _decide(platform, caller, "undo", (verdict_id, ()), flow)


def undo_merge(platform: Platform, caller: Caller, wanted: UnmergeWanted) -> Decided:
    """Give back who was who before a merge, for good.

    Raises:
        NotFound, ProfileSplit: as `judge`.
        Refused: as `cdp.flows.undo`; the caller is not bound to `stewardship`, or to fields.
    """
    merge = undoing.Unmerge(
        wanted.verdict_id, wanted.profile_id, _author(caller), wanted.seq, wanted.reason
    )

    def flow(tx: Tx, now: datetime) -> VerdictReport:
        # Before the rules are read: nobody changes them from here on.
        tx.lock_counter()
        return undoing.undo_merge(tx, platform.keyring.custodian(), platform.rules(tx), merge, now)

    ids = (wanted.verdict_id, (wanted.profile_id,))
    return _decide(platform, caller, "undo_merge", ids, flow)


def list_verdicts(
    platform: Platform, caller: Caller, *, before: int | None, limit: int
) -> Sequence[dict[str, Any]]:
    """The newest verdicts, or those before a place of the counter; ids and codes, nothing else.

    Raises:
        Refused: the caller is not bound to `stewardship`.
    """
    check_bound(platform, caller, Act("verdicts", STEWARDSHIP))
    with platform.write() as tx:
        found = verdicts.page(tx.main, tx.workspace, before=before, limit=limit)
        _log_list(tx, caller, "verdicts")
    return [as_document(verdict) for verdict in found]


def review(
    platform: Platform, caller: Caller, *, kinds: Collection[str], limit: int
) -> dict[str, Any]:
    """What a person should look at, what has waited longest first; ids, kinds and weights.

    Raises:
        Refused: the caller is not bound to `stewardship`.
    """
    check_bound(platform, caller, Act("review", STEWARDSHIP))
    with platform.write() as tx:
        items = reviews.page(tx.main, tx.workspace, kinds=kinds, limit=limit)
        ends = {record for item in items for record in (item.a_id, item.b_id)}
        profiles = {id_: link.profile_id for id_, link in links.links_of(tx.main, ends).items()}
        counts = reviews.counts(tx.main, tx.workspace)
        _log_list(tx, caller, "review")
    return {
        "items": [_item(item, profiles) for item in items],
        "counts": {kind: counts.get(kind, 0) for kind in REVIEW_KINDS},
    }


def graph(platform: Platform, caller: Caller, profile_id: UUID) -> dict[str, Any]:
    """A profile's records and the links between them, values masked.

    Raises:
        NotFound, ProfileSplit: as `judge`.
        TryAgain: its records are not resolved yet.
        Refused: the caller is not bound to `stewardship`, or is bound to fields.
    """
    act = Act("graph", STEWARDSHIP)
    check_bound(platform, caller, act)
    check_unlimited(platform, caller, act)
    try:
        with platform.write() as tx:
            now = clock.now()
            subject = find_subject(tx, profile_id)
            sights = _sights(tx, platform, [subject.profile_id], now)
            custodian = platform.keyring.custodian()
            document = drawing.draw_profile(tx, custodian, platform.rules(tx), subject, now)
            _log(tx, caller, sights, "graph", now)
    except ContinuumError:
        _log_refusal(platform, caller, act)
        raise
    return document


def as_document(verdict: Verdict) -> dict[str, Any]:
    """A verdict as plain values."""
    taken = verdict.taken
    return {
        "verdict_id": str(verdict.id),
        "ruling": verdict.ruling,
        "groups": [[str(record) for record in group] for group in verdict.groups],
        "undoes_merge": verdict.merge_seq,
        "said_by": verdict.author.name,
        "reason": verdict.reason,
        "seq": verdict.seq,
        "at": clock.text(verdict.at),
        "taken_back": taken and {"by": taken.by, "seq": taken.seq, "at": clock.text(taken.at)},
    }


def _decide(
    platform: Platform,
    caller: Caller,
    action: str,
    about: tuple[UUID, Collection[UUID]],
    flow: Flow,
) -> Decided:
    act = Act(action, STEWARDSHIP)
    check_bound(platform, caller, act)
    check_unlimited(platform, caller, act)
    try:
        with platform.write() as tx:
            now = clock.now()
            tx.lock_counter()
            sights = _sights(tx, platform, _profiles(tx, *about), now)
            report = flow(tx, now)
            _log(tx, caller, sights, action, now)
    except Refused:
        _log_refusal(platform, caller, act)
        raise
    platform.work_waits.set()
    destroyed = tx.applied is not False
    return _answer(report) | {"effective": True, "key_destroyed": destroyed}, destroyed


def _profiles(tx: Tx, verdict_id: UUID, ids: Iterable[UUID]) -> set[UUID]:
    """Whom it is about; of a verdict that there is already, those of its records."""
    known = verdicts.find(tx.main, [verdict_id]).get(verdict_id)
    if known is not None:
        return links.profiles_of(tx.main, known.records)
    return {find_subject(tx, asked).profile_id for asked in ids}


def _sights(tx: Tx, platform: Platform, profiles: Iterable[UUID], now: datetime) -> list[Sight]:
    """What stewards may see of these.

    Raises:
        NotFound: nothing of one of them.
    """
    eyes = eyes_for(platform, ())
    asks = [plain_ask(STEWARDSHIP, now)]
    sights = [disclose.look(tx, eyes, profile, asks) for profile in sorted(profiles)]
    if not all(is_permitted(sight, STEWARDSHIP) for sight in sights):
        raise NotFound("there is no such profile", reason="NO_PROFILE")
    return sights


def _log(tx: Tx, caller: Caller, sights: Sequence[Sight], action: str, now: datetime) -> None:
    act = Act(action, STEWARDSHIP, None, {STEWARDSHIP})
    for sight in sights or [Sight.of_nobody()]:
        disclose.log(tx, caller, sight, act, now)


def _log_list(tx: Tx, caller: Caller, action: str) -> None:
    _log(tx, caller, [], action, clock.now())


def _log_refusal(platform: Platform, caller: Caller, act: Act) -> None:
    with platform.write() as tx:
        disclose.log(tx, caller, Sight.of_nobody(), act, clock.now())


def _author(caller: Caller) -> Author:
    return Author(caller.client_id, caller.name)


def _answer(report: VerdictReport) -> dict[str, Any]:
    return {
        "verdict": as_document(report.verdict),
        "profiles": [str(profile) for profile in report.profiles],
        "created": report.created,
        "merged": report.merged,
        "split": report.split,
        "repeated": report.repeated,
    }


def _item(item: reviews.Item, profiles: dict[UUID, UUID]) -> dict[str, Any]:
    def end(record: UUID) -> dict[str, str | None]:
        profile = profiles.get(record)
        return {"record_id": str(record), "profile_id": str(profile) if profile else None}

    return {
        "kind": item.kind,
        "a": end(item.a_id),
        "b": end(item.b_id),
        "bits": round(item.weight / MILLI, 3),
        "size": item.size,
        "type": item.type or None,
        "seq": item.seq,
    }
