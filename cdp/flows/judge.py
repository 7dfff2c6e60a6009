"""Judge: a person's word that records, or whole profiles, are one person or are not.

A verdict is a fact about records. It is written down and obeyed in one unit of work: after the
answer, nobody is otherwise than it says. What cannot be obeyed is refused and not written down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cdp.errors import Refused
from cdp.facts import FactReader
from cdp.neighbours import Neighbours
from cdp.partitioning import Scene, VerdictReport, enact
from cdp.store import verdicts
from cdp.store.tx import Tx
from cdp.store.verdicts import APART, TOGETHER, Author, Verdict
from cdp.subjects import Subject, find_subject
from cdp.vault.custodian import Custodian
from identity.partition import Partition
from identity.rules import VERDICT, Rules


@dataclass(frozen=True)
class Word:
    """What somebody decides about records or profiles; the same `id` again changes nothing.

    `reason` is a code: no place for what is known of a person.
    """

    id: UUID
    ruling: str
    ids: tuple[UUID, ...]
    author: Author
    reason: str | None = None


def judge(tx: Tx, custodian: Custodian, rules: Rules, word: Word, now: datetime) -> VerdictReport:
    """Write a verdict down and make it so.

    Apart, a record and the profile it is in are the record and the others of the profile.

    Raises:
        NotFound, ProfileSplit: as `find_subject`.
        Refused: `same_person`: what is named is one and the same; `unique_conflict`: one person
            cannot have all that these hold; `verdict_stands`: another verdict keeps them apart.
    """
    tx.lock_counter()
    known = verdicts.find(tx.main, [word.id]).get(word.id)
    if known is not None:
        return VerdictReport.of(tx, known, repeated=True)
    groups = _groups(word.ruling, [find_subject(tx, asked) for asked in word.ids])
    said = _said_before(tx, word.ruling, groups)
    if said is not None:
        return VerdictReport.of(tx, said, repeated=True)
    seq = tx.take_seq()
    verdict = Verdict(word.id, word.ruling, groups, word.author, word.reason, seq, now)
    verdicts.add(tx.main, tx.workspace, verdict)
    search = Neighbours(tx, rules, FactReader(tx, custodian))
    scene = Scene.around(tx, search, verdict.records)
    partition = scene.partition(rules)
    _check_obeyed(partition, verdict)
    shift = enact(tx, scene, partition, seq=seq, now=now)
    return VerdictReport.of(tx, verdict, shift)


def _groups(ruling: str, subjects: Sequence[Subject]) -> tuple[tuple[UUID, ...], ...]:
    """What is spoken of: one group of records, or several without a record in common."""
    if len({subject.records for subject in subjects}) < max(2, len(subjects)):
        raise _same()
    if ruling == TOGETHER:
        together = {record for subject in subjects for record in subject.records}
        return (tuple(sorted(together)),)
    single = {subject.asked for subject in subjects if subject.is_record}
    groups = [
        subject.records
        if subject.is_record
        else tuple(r for r in subject.records if r not in single)
        for subject in subjects
    ]
    if not all(groups):
        raise _same()
    return tuple(sorted(groups))


def _same() -> Refused:
    return Refused(
        "these ids stand for one and the same; name different records or profiles",
        reason="same_person",
    )


def _said_before(tx: Tx, ruling: str, groups: tuple[tuple[UUID, ...], ...]) -> Verdict | None:
    """The verdict that says the same already."""
    standing = verdicts.about(tx.main, groups[0])
    same = (
        one
        for one in standing
        if (one.ruling, one.whole, sorted(one.groups)) == (ruling, False, sorted(groups))
    )
    return next(same, None)


def _check_obeyed(partition: Partition, verdict: Verdict) -> None:
    """Keeping apart always works; putting together may go against something stricter."""
    if verdict.ruling == APART:
        return
    named = {str(record) for record in verdict.records}
    homes = {n for n, one in enumerate(partition.clusters) if not named.isdisjoint(one.record_ids)}
    if len(homes) <= 1:
        return
    refused = [item for item in partition.refusals if named >= {item.a, item.b}]
    against = {name for item in refused for name in item.against}
    if against <= {VERDICT}:
        raise Refused(
            "a verdict that stands keeps these apart; take it back first", reason="verdict_stands"
        )
    raise Refused(
        f"one person cannot have two values of {', '.join(sorted(against - {VERDICT}))}",
        reason="unique_conflict",
    )
