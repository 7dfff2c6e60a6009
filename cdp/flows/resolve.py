"""Resolve: who the records that wait are, and what that changes.

Only the components that a waiting record touches, now or before, are clustered again. Identity
sees opaque tokens, and names and the like in memory only. What a new partition changes, and what
that voids, is written by `cdp.partitioning`.

The workspace's counter is taken first and held until commit: two of these never interleave, and
consent events bind under the same lock.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cdp import partitioning
from cdp.facts import FactReader, RecordReading, Said
from cdp.neighbours import Neighbours, open_each
from cdp.store import keys, links, records
from cdp.store.tx import Tx
from cdp.vault.custodian import Custodian
from cdp.vault.envelope import CannotOpen
from identity.evidence import Value
from identity.rules import Rules


@dataclass(frozen=True)
class ResolveReport:
    """What one batch did. `unusable`: identifiers or cells that could not be understood.

    `capped`: components that were too large and were parted where they hang together least.

    `weighed`: how many records the components of those that waited hold in all.

    `unreadable`: records that do not open under their key, `unopened` is why one of them does
    not; they wait until an operator acts.
    `said`: what the records that were read say about consent, for `import_consents`.
    """

    records: int = 0
    created: int = 0
    merged: int = 0
    split: int = 0
    refused: int = 0
    capped: int = 0
    weighed: int = 0
    unusable: int = 0
    unreadable: int = 0
    unopened: CannotOpen | None = None
    said: tuple[Said, ...] = field(default=(), repr=False)

    def __add__(self, other: "ResolveReport") -> "ResolveReport":
        return ResolveReport(
            records=self.records + other.records,
            created=self.created + other.created,
            merged=self.merged + other.merged,
            split=self.split + other.split,
            refused=self.refused + other.refused,
            capped=max(self.capped, other.capped),
            weighed=max(self.weighed, other.weighed),
            unusable=self.unusable + other.unusable,
            unreadable=max(self.unreadable, other.unreadable),
            unopened=self.unopened or other.unopened,
        )


def resolve(
    tx: Tx, custodian: Custodian, rules: Rules, now: datetime, *, limit: int = 1000
) -> ResolveReport:
    """Resolve up to `limit` waiting records; `records == 0` means that none waits."""
    tx.lock_counter()
    marks = records.pending_marks(tx.main, tx.workspace, limit)
    if not marks:
        return ResolveReport()
    reader = FactReader(tx, custodian)
    read, failed = open_each(reader.read, list(marks))
    if not read:
        return ResolveReport(unreadable=len(failed), unopened=next(iter(failed), None))
    waiting = sorted(read)
    seq = tx.take_seq()
    before = _before(tx, waiting)
    told = {record: reading.told for record, reading in read.items()}
    search = Neighbours(tx, rules, reader, told)
    former = _values(tx, waiting)
    _index(tx, custodian, reader, search, read)
    slack = len(waiting)
    seeds = {*waiting, *search.holders(former, slack=slack)}
    seeds |= search.holders(_values(tx, waiting), slack=slack, over=True)
    relations = {record: reading.relation for record, reading in read.items()}
    scene = partitioning.Scene.of(tx, search, seeds, before, relations)
    partition = scene.partition(rules)
    shift = partitioning.enact(tx, scene, partition, seq=seq, now=now)
    records.clear_pending(tx.main, {record: marks[record] for record in waiting})
    return ResolveReport(
        records=len(waiting),
        created=len(shift.created),
        merged=shift.count("merged"),
        split=shift.count("split"),
        refused=len(partition.refusals),
        capped=len(partition.capped),
        weighed=len(scene.component.evidence),
        unreadable=len(failed),
        unopened=next(iter(failed), None),
        unusable=sum(reading.problems for reading in read.values()),
        said=tuple(reader.said(read)),
    )


def _before(tx: Tx, waiting: Collection[UUID]) -> dict[UUID, links.Link]:
    """The links of every record in a profile that holds a waiting record."""
    own = links.links_of(tx.main, waiting)
    return links.members(tx.main, {link.profile_id for link in own.values()})


def _values(tx: Tx, waiting: Collection[UUID]) -> set[Value]:
    return {(row.type, row.token) for row in keys.tokens_of(tx.custody, waiting)}


def _index(
    tx: Tx,
    custodian: Custodian,
    reader: FactReader,
    search: Neighbours,
    read: dict[UUID, RecordReading],
) -> None:
    order_keys = {record: reading.order_key for record, reading in read.items()}
    gone = [record for record, reading in read.items() if reading.gone]
    tokens = [
        keys.IndexRow(item.type, item.token, record, item.confirmed)
        for record, reading in read.items()
        for item in reading.identifiers
    ]
    tokens += [
        keys.IndexRow(type_, token, record, confirmed=False)
        for record in read
        for type_, token in reader.blocking_tokens(search.told[record], search.rules.blocking)
    ]
    generation = custodian.index_generations[-1]
    keys.replace_index(tx.custody, tx.workspace, order_keys, tokens, generation)
    keys.forget_index(tx.custody, gone)
