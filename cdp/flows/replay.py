"""Replay: quarantined bytes are opened for their connector, and what it understood is settled.

Landing comes between the two halves, in the same unit of work as the second: killed anywhere, a
row is either still in quarantine or has landed. A row that its source has sent again since is not
landed over what is newer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cdp.store import keys, quarantine, sources
from cdp.store.tx import Tx
from cdp.vault.custodian import BatchKey, Custodian
from cdp.vault.intake import Intake, SealedBatchKey
from connectors.base import Message, Record, Unreadable


@dataclass(frozen=True)
class Kept:
    """A quarantined row, opened."""

    id: UUID
    created_at: datetime
    flawed: Unreadable = field(repr=False)


@dataclass(frozen=True)
class Reading:
    """What a connector made of it."""

    kept: Kept = field(repr=False)
    message: Message = field(repr=False)


def open_quarantine(
    tx: Tx, custodian: Custodian, stream: sources.Stream, rows: Sequence[quarantine.Sealed]
) -> list[Kept]:
    """The rows whose keys are there; one whose key was destroyed is left out.

    Raises:
        CannotOpen: a row that does not open under its key.
    """
    wrapped = keys.wrapped_keys(tx.custody, {row.key_id for row in rows})
    sealed = keys.batch_keys(tx.custody, {key.batch_id for key in wrapped.values() if key.batch_id})
    batches: dict[UUID | None, BatchKey] = {
        batch.batch_id: custodian.open_batch(
            SealedBatchKey(batch.batch_id, batch.sealed, batch.signature)
        )
        for batch in sealed.values()
    }
    openers = {
        key.id: custodian.record_opener(
            key.id, key.record_id, key.wrapped, batches.get(key.batch_id)
        )
        for key in wrapped.values()
    }
    return [
        Kept(
            row.id,
            row.created_at,
            Unreadable(
                stream.name,
                row.position,
                row.reason,
                openers[row.key_id].open("quarantine", row.id, row.body),
            ),
        )
        for row in rows
        if row.key_id in openers
    ]


def worth_landing(
    tx: Tx, intake: Intake, stream: sources.Stream, read: Sequence[Reading], began: datetime
) -> list[Message]:
    """The messages that were understood and that nothing newer has overtaken.

    `began`: when this replay began; what it landed itself is not newer.
    """
    sources.lock_stream(tx.main, stream.id)
    macs = {
        reading.kept.id: intake.external_key_mac(stream.source_id, stream.name, reading.message.key)
        for reading in read
        if isinstance(reading.message, Record)
    }
    landed = quarantine.landed_at(tx.main, stream.id, sorted(set(macs.values())))
    found: list[Message] = []
    for reading in read:
        newest = landed.get(macs.get(reading.kept.id, b""))
        overtaken = newest is not None and reading.kept.created_at < newest < began
        if not overtaken and not isinstance(reading.message, Unreadable):
            found.append(reading.message)
    return found


def settle(tx: Tx, read: Sequence[Reading], now: datetime) -> Mapping[str, int]:
    """Rows that were understood leave quarantine, the others keep their newest reason.

    Returns how many stay, by reason.
    """
    flawed = {
        reading.kept.id: reading.message.reason
        for reading in read
        if isinstance(reading.message, Unreadable)
    }
    known = {reading.kept.id: reading.kept.flawed.reason for reading in read}
    quarantine.understood(tx.main, known.keys() - flawed.keys(), now)
    changed = {row: reason for row, reason in flawed.items() if reason != known[row]}
    quarantine.still_unread(tx.main, changed)
    reasons = list(flawed.values())
    return {reason: reasons.count(reason) for reason in sorted(set(reasons))}
