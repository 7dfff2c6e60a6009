"""Undo: a verdict taken back, or a merge that should not have been, whoever made it.

Taking a verdict back leaves what the facts and the other verdicts say. Undoing a merge is a verdict
of its own: who was apart before it stays apart, who was together stays together, and nobody else
moves. Either way the profiles that were there before get their ids back.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cdp.errors import NotFound, Refused
from cdp.facts import FactReader
from cdp.neighbours import Neighbours, as_evidence
from cdp.partitioning import Scene, VerdictReport, enact
from cdp.store import links, memberships, verdicts
from cdp.store.tx import Tx
from cdp.store.verdicts import APART, Author, Taken, Verdict
from cdp.subjects import find_subject
from cdp.vault.custodian import Custodian
from identity.rules import Rules
from identity.undoing import restoring


@dataclass(frozen=True)
class TakeBack:
    """Which verdict is to be taken back, and who says so."""

    verdict_id: UUID
    author: Author


@dataclass(frozen=True)
class Unmerge:
    """Which merge is to be undone: the newest of this profile that still holds, or that of `seq`.

    The same `id` again changes nothing; `reason` is a code.
    """

    id: UUID
    profile_id: UUID
    author: Author
    seq: int | None = None
    reason: str | None = None


def take_back(
    tx: Tx, custodian: Custodian, rules: Rules, wanted: TakeBack, now: datetime
) -> VerdictReport:
    """A verdict holds no longer; once more changes nothing.

    Raises:
        NotFound: there is no such verdict here.
    """
    tx.lock_counter()
    verdict = verdicts.find(tx.main, [wanted.verdict_id]).get(wanted.verdict_id)
    if verdict is None:
        raise NotFound("there is no such verdict", reason="NO_VERDICT")
    if verdict.taken is not None:
        return VerdictReport.of(tx, verdict, repeated=True)
    seq = tx.take_seq()
    verdicts.take_back(tx.main, verdict.id, Taken(wanted.author.name, seq, now))
    search = Neighbours(tx, rules, FactReader(tx, custodian))
    scene = Scene.around(tx, search, verdict.records)
    former = memberships.homes_at(tx.main, scene.component.ids.values(), verdict.seq - 1)
    shift = enact(tx, scene, scene.partition(rules), seq=seq, now=now, former=former)
    return VerdictReport.of(tx, verdicts.find(tx.main, [verdict.id])[verdict.id], shift)


def undo_merge(
    tx: Tx, custodian: Custodian, rules: Rules, wanted: Unmerge, now: datetime
) -> VerdictReport:
    """Give back who was who before a merge, for good.

    Raises:
        NotFound, ProfileSplit: as `find_subject`.
        Refused: `no_merge`: no merge of this profile is known that still holds.
    """
    tx.lock_counter()
    known = verdicts.find(tx.main, [wanted.id]).get(wanted.id)
    if known is not None:
        return VerdictReport.of(tx, known, repeated=True)
    merge_seq, former = _merge(tx, wanted)
    records = {record for group in former.values() for record in group}
    seq = tx.take_seq()
    search = Neighbours(tx, rules, FactReader(tx, custodian))
    scene = Scene.around(tx, search, records)
    asked = restoring(
        [[str(record) for record in group] for group in former.values()],
        _others(scene, records),
        lambda verdict: scene.partition(rules, verdict),
        rank=seq,
    )
    groups = tuple(sorted(tuple(sorted(map(UUID, group))) for group in asked.groups))
    verdict = Verdict(
        wanted.id, APART, groups, wanted.author, wanted.reason, seq, now, True, merge_seq
    )
    verdicts.add(tx.main, tx.workspace, verdict)
    partition = scene.partition(rules, as_evidence(verdict))
    homes = memberships.homes_at(tx.main, scene.component.ids.values(), merge_seq - 1)
    shift = enact(tx, scene, partition, seq=seq, now=now, former=homes)
    return VerdictReport.of(tx, verdict, shift)


def _merge(tx: Tx, wanted: Unmerge) -> tuple[int, dict[UUID, set[UUID]]]:
    """Where the merge is in the counter, and who was who before it."""
    for step in _steps(tx, wanted):
        former = _before(tx, step.successor_id, step.seq)
        if len(former) > 1 and _is_mixed(tx, former):
            return step.seq, former
    raise Refused("no merge of this profile is known that still holds", reason="no_merge")


def _steps(tx: Tx, wanted: Unmerge) -> list[links.Step]:
    """Merges that made this profile, or by which it ended; the newest first.

    Of a place in the counter: whatever moved its records then, whichever profile they were in.
    """
    subject = find_subject(tx, wanted.profile_id)
    if wanted.seq is None:
        steps = links.steps(tx.main, tx.workspace, {wanted.profile_id})
        return [step for step in steps if step.kind == "merged"]
    then = memberships.homes_at(tx.main, subject.records, wanted.seq)
    steps = links.steps(tx.main, tx.workspace, then.values())
    return [step for step in steps if step.seq == wanted.seq]


def _before(tx: Tx, profile_id: UUID, seq: int) -> dict[UUID, set[UUID]]:
    """The profiles before a merge, of everybody whom it moved from or to this one, and so on."""
    former: dict[UUID, set[UUID]] = {}
    after = {profile_id}
    while True:
        now = memberships.members_at(tx.main, after, seq)
        then = memberships.homes_at(tx.main, now, seq - 1)
        new = set(then.values()) - former.keys()
        if not new:
            return former
        former |= {profile: set() for profile in new}
        members = memberships.members_at(tx.main, new, seq - 1)
        for record, profile in members.items():
            former[profile].add(record)
        after |= set(memberships.homes_at(tx.main, members, seq).values())


def _is_mixed(tx: Tx, former: dict[UUID, set[UUID]]) -> bool:
    """Whether two of these are one now."""
    held = [links.profiles_of(tx.main, group) for group in former.values()]
    return sum(map(len, held)) > len(set().union(*held))


def _others(scene: Scene, records: Collection[UUID]) -> list[set[str]]:
    """The persons of the component who have none of these records."""
    found: dict[UUID, set[UUID]] = {}
    for record, link in scene.previous.items():
        found.setdefault(link.profile_id, set()).add(record)
    return [set(map(str, group)) for group in found.values() if group.isdisjoint(records)]
