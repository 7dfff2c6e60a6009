"""Re-wrap: data keys leave the batch key they landed with and go under the custodian's own.

The record's ciphertext is not touched. Afterwards the batch key, the one thing that intake's
side ever knew, is needed no more and is forgotten.
"""

from cdp.store import keys
from cdp.store.tx import Tx
from cdp.vault.custodian import Custodian
from cdp.vault.intake import SealedBatchKey


def rewrap(tx: Tx, custodian: Custodian, *, limit: int) -> int:
    """Re-wrap up to `limit` keys; returns how many."""
    landed = keys.landed_keys(tx.custody, tx.main, tx.workspace, limit)
    sealed = keys.batch_keys(tx.custody, {key.batch_id for key in landed if key.batch_id})
    batches = {
        batch.batch_id: custodian.open_batch(
            SealedBatchKey(batch.batch_id, batch.sealed, batch.signature)
        )
        for batch in sealed.values()
    }
    moved = [
        keys.WrappedKey(
            key.id,
            key.record_id,
            None,
            custodian.rewrap(batches[key.batch_id], key.id, key.record_id, key.wrapped),
        )
        for key in landed
        if key.batch_id is not None and key.batch_id in batches
    ]
    keys.rewrap(tx.custody, moved, batches.keys())
    return len(moved)
