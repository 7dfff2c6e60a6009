"""Delete unseen: a full refresh ended, and what it did not bring is gone at the source.

Some at a time, so that nobody waits long for the workspace's counter; each unit is what a `Delete`
of the source would have been. Nothing is deleted while it is not certain what is gone: rows came
that name no record, or more would go than the source allows at once (a cut-off export looks the
same as everybody leaving).
"""

from dataclasses import dataclass
from datetime import datetime

from cdp.errors import Refused
from cdp.ids import new_id
from cdp.store import records, sources
from cdp.store.protocol import Restriction
from cdp.store.tx import Tx
from cdp.vault.intake import Intake


@dataclass(frozen=True)
class Unseen:
    """What one unit did: records deleted; records kept, as it is not certain that they are gone."""

    deleted: int = 0
    kept: int = 0


def delete_unseen(
    tx: Tx,
    intake: Intake,
    stream: sources.Stream,
    since: sources.Place,
    now: datetime,
    *,
    at_most: float,
    limit: int,
) -> Unseen:
    """Delete up to `limit` records that the refresh did not see; call until it deletes none.

    `at_most` is the share of live records that may go.

    Raises:
        Refused: more would go than that (`too_many_deletes`), or another run reads this stream
            (`overtaken`).
    """
    place = sources.lock_stream(tx.main, stream.id)
    if place != since:
        raise Refused(
            "another run has read this stream in the meantime; sync again", reason="overtaken"
        )
    gone, live = records.count_unseen(tx.main, stream.id, place.generation)
    if place.flaws or gone == 0:
        return Unseen(kept=gone)
    if gone > at_most * live:
        raise Refused(
            f"{gone} of {live} records are missing at the source, more than the share of {at_most}"
            " that may go at once; if they are really gone: cdp sync --accept-deletes",
            reason="too_many_deletes",
        )
    tx.lock_counter()
    versions = records.unseen(tx.main, stream.id, place.generation, limit)
    batch_id = new_id()
    landed = records.Landed(
        versions=[
            {
                "record_id": record,
                "version": version + 1,
                "workspace_id": tx.workspace,
                "batch_id": batch_id,
                "key_id": None,
                "body": None,
                "content_mac": intake.content_mac(record, b""),
                "landed_at": now,
            }
            for record, version in versions.items()
        ],
        current={record: (version + 1, True) for record, version in versions.items()},
    )
    records.insert_batch(
        tx.main,
        tx.workspace,
        batch_id=batch_id,
        stream_id=stream.id,
        at=now,
        counts={"deleted": len(versions)},
    )
    records.insert_landed(tx.main, tx.workspace, landed)
    profiles = records.profiles_of(tx.main, list(versions))
    tx.restrict(
        Restriction(
            seq=tx.take_seq(),
            kind="deletion",
            records=tuple(versions),
            profiles=tuple(sorted(set(profiles.values()))),
            at=now,
        )
    )
    return Unseen(deleted=len(versions))
