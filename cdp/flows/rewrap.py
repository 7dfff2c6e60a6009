"""Re-wrap: data keys leave the batch key they landed with and go under the custodian's own.

The record's ciphertext is not touched. Afterwards the batch key, the one thing that intake's
side ever knew, is needed no more and is forgotten. A key that does not open stays where it is.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from uuid import UUID

from cdp.store import keys
from cdp.store.tx import Tx
from cdp.vault.custodian import BatchKey, Custodian
from cdp.vault.envelope import CannotOpen
from cdp.vault.intake import SealedBatchKey


def rewrap(tx: Tx, custodian: Custodian, *, limit: int) -> int:
    """Re-wrap up to `limit` keys; returns how many."""
    landed = keys.landed_keys(tx.custody, tx.main, tx.workspace, limit)
    sealed = keys.batch_keys(tx.custody, {key.batch_id for key in landed if key.batch_id})
    batches = dict(_opened(custodian, sealed.values()))
    moved = list(_moved(custodian, landed, batches))
    keys.rewrap(tx.custody, moved, batches.keys())
    return len(moved)


def _opened(
    custodian: Custodian, sealed: Iterable[keys.WrappedBatchKey]
) -> Iterator[tuple[UUID, BatchKey]]:
    for batch in sealed:
        with suppress(CannotOpen):
            key = SealedBatchKey(batch.batch_id, batch.sealed, batch.signature)
            yield batch.batch_id, custodian.open_batch(key)


def _moved(
    custodian: Custodian, landed: Iterable[keys.WrappedKey], batches: dict[UUID, BatchKey]
) -> Iterator[keys.WrappedKey]:
    for key in landed:
        batch = batches.get(key.batch_id) if key.batch_id else None
        if batch is not None:
            with suppress(CannotOpen):
                wrapped = custodian.rewrap(batch, key.id, key.record_id, key.wrapped)
                yield keys.WrappedKey(key.id, key.record_id, None, wrapped)
