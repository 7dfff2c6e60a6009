"""Land a batch: every message becomes a sealed fact, once, or goes to quarantine with a reason.

Idempotent: a record whose content is unchanged, or an event that landed before, changes nothing.
Custody gets the keys first; the batch exists from main's commit on, together with the state from
which the connector goes on. Nothing here can be read back by the keys that wrote it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from cdp import clock
from cdp.ids import new_id
from cdp.store import keys, records, sources
from cdp.store.protocol import Restriction
from cdp.store.tx import Tx
from cdp.vault.intake import BatchSealer, DataKey, Intake
from connectors.base import Consent, Delete, Event, Message, Record, State, Unreadable

POSITION_LENGTH: Final = 63


@dataclass(frozen=True)
class LandReport:
    """Counts of one batch: new, changed, unchanged, event, consent, repeated, deleted,
    quarantined."""

    counts: dict[str, int] = field(default_factory=dict)

    def __add__(self, other: "LandReport") -> "LandReport":
        return LandReport(dict(Counter(self.counts) + Counter(other.counts)))


def land(
    tx: Tx, intake: Intake, stream: sources.Stream, messages: Sequence[Message], now: datetime
) -> LandReport:
    """Land the messages of one batch of one stream, and keep the last State among them."""
    sources.lock_stream(tx.main, stream.id)
    batch = _Batch(tx, intake, stream, now)
    batch.look_up(messages)
    for message in messages:
        batch.take(message)
    batch.keep()
    return LandReport(dict(batch.counts))


class _Batch:
    """One batch on its way in: what is known, what is new, and the keys it is sealed under."""

    def __init__(self, tx: Tx, intake: Intake, stream: sources.Stream, now: datetime) -> None:
        self.counts: Counter[str] = Counter()
        self._tx = tx
        self._intake = intake
        self._stream = stream
        self._now = now
        self._id = new_id()
        self._sealer: BatchSealer = intake.begin_batch(self._id)
        self._rows = records.Landed()
        self._known: dict[bytes, records.Known] = {}
        self._seen: set[bytes] = set()
        self._keys: dict[UUID, DataKey] = {}
        self._deleted: list[UUID] = []
        self._state: State | None = None

    def look_up(self, messages: Sequence[Message]) -> None:
        """What is known of the keys and messages of this batch, in a few statements."""
        macs = {
            self._key_mac(message.key)
            for message in messages
            if isinstance(message, Record | Event | Consent | Delete)
        }
        self._known = records.known(self._tx.main, self._stream.id, sorted(macs))
        said = {
            self._message_mac(message)
            for message in messages
            if isinstance(message, Event | Consent)
        }
        self._seen = records.known_messages(self._tx.main, self._tx.workspace, sorted(said))

    def take(self, message: Message) -> None:
        """One message."""
        match message:
            case Record():
                self._record(message)
            case Event():
                body = {"type": message.type, "at": clock.text(message.at), "data": message.data}
                self._happened(message, "event", body)
            case Consent():
                self._happened(message, "consent", {"data": message.data})
            case Delete():
                self._delete(message)
            case Unreadable():
                self._quarantine(message)
            case State():
                self._state = message

    def keep(self) -> None:
        """Custody's rows, then main's; the unit of work commits them in that order."""
        tx = self._tx
        # Before any row is locked: everybody takes the counter first.
        seq = tx.take_seq() if self._deleted else 0
        if self._keys:
            sealed = self._sealer.finish()
            keys.insert_keys(
                tx.custody,
                tx.workspace,
                keys.WrappedBatchKey(sealed.batch_id, sealed.sealed, sealed.signature),
                [
                    keys.WrappedKey(key.key_id, key.record_id, self._id, key.wrapped)
                    for key in self._keys.values()
                ],
                self._now,
            )
        records.insert_batch(
            tx.main,
            tx.workspace,
            batch_id=self._id,
            stream_id=self._stream.id,
            at=self._now,
            counts=dict(self.counts),
        )
        records.insert_landed(tx.main, tx.workspace, self._rows)
        if self._state is not None:
            state = orjson.dumps(self._state.value)
            sealed_state = self._intake.seal_state(self._stream.source_id, self._stream.name, state)
            sources.keep_state(tx.main, self._stream.id, sealed_state, self._now)
        if self._deleted:
            self._restrict(seq)

    def _restrict(self, seq: int) -> None:
        """What a source deleted is taken away at once, not when it is next resolved."""
        tx = self._tx
        profiles = records.profiles_of(tx.main, self._deleted)
        tx.restrict(
            Restriction(
                seq=seq,
                kind="deletion",
                records=tuple(self._deleted),
                profiles=tuple(sorted(set(profiles.values()))),
                at=self._now,
            )
        )

    def _record(self, message: Record) -> None:
        body = orjson.dumps(message.data, option=orjson.OPT_SORT_KEYS)
        known = self._ensure(message.key)
        content = self._intake.content_mac(known.id, body)
        if content == known.content_mac and not known.deleted:
            self.counts["unchanged"] += 1
            return
        self.counts["changed" if known.version else "new"] += 1
        self._version(message.key, known, content, body)

    def _delete(self, message: Delete) -> None:
        known = self._known.get(self._key_mac(message.key))
        if known is None or known.deleted:
            self.counts["unchanged"] += 1
            return
        self.counts["deleted"] += 1
        self._deleted.append(known.id)
        self._version(message.key, known, self._intake.content_mac(known.id, b""), None)

    def _version(self, key: str, known: records.Known, content: bytes, body: bytes | None) -> None:
        version = known.version + 1
        row: dict[str, Any] = {
            "record_id": known.id,
            "version": version,
            "workspace_id": self._tx.workspace,
            "batch_id": self._id,
            "key_id": None,
            "body": None,
            "content_mac": content,
            "landed_at": self._now,
        }
        if body is not None:
            data_key = self._data_key(known.id)
            row["key_id"] = data_key.key_id
            row["body"] = data_key.seal("record_version", known.id, body, field=f"body:{version}")
        self._rows.versions.append(row)
        gone = body is None
        self._rows.current[known.id] = (version, gone)
        self._known[self._key_mac(key)] = records.Known(known.id, version, gone, content)

    def _happened(self, message: Event | Consent, kind: str, body: dict[str, Any]) -> None:
        mac = self._message_mac(message)
        if mac in self._seen:
            self.counts["repeated"] += 1
            return
        self._seen.add(mac)
        self.counts[kind] += 1
        known = self._ensure(message.key)
        event_id = new_id()
        data_key = self._data_key(known.id)
        sealed = data_key.seal("event", event_id, orjson.dumps({"id": message.id, **body}))
        self._rows.events.append(
            {
                "id": event_id,
                "workspace_id": self._tx.workspace,
                "record_id": known.id,
                "batch_id": self._id,
                "key_id": data_key.key_id,
                "message_mac": mac,
                "kind": kind,
                "body": sealed,
                "received_at": self._now,
            }
        )

    def _quarantine(self, message: Unreadable) -> None:
        self.counts["quarantined"] += 1
        row_id = new_id()
        data_key = self._data_key(self._id)
        self._rows.quarantined.append(
            {
                "id": row_id,
                "workspace_id": self._tx.workspace,
                "stream_id": self._stream.id,
                "batch_id": self._id,
                "key_id": data_key.key_id,
                "position": message.position[:POSITION_LENGTH],
                "reason": message.reason,
                "raw_mac": self._intake.content_mac(self._stream.id, message.raw),
                "body": data_key.seal("quarantine", row_id, message.raw),
                "created_at": self._now,
            }
        )

    def _ensure(self, key: str) -> records.Known:
        """The record of this key; a new one if only now it is heard of."""
        mac = self._key_mac(key)
        known = self._known.get(mac)
        if known is None:
            known = records.Known(new_id(), 0, deleted=False, content_mac=None)
            self._known[mac] = known
            self._rows.records.append(
                {
                    "id": known.id,
                    "workspace_id": self._tx.workspace,
                    "stream_id": self._stream.id,
                    "key_mac": mac,
                    "order_key": self._intake.order_key(
                        self._stream.source, self._stream.name, key
                    ),
                    "version": 0,
                    "deleted": False,
                    "fence_seq": 0,
                    "created_at": self._now,
                }
            )
        return known

    def _data_key(self, record_id: UUID) -> DataKey:
        if record_id not in self._keys:
            self._keys[record_id] = self._sealer.new_key(new_id(), record_id)
        return self._keys[record_id]

    def _key_mac(self, key: str) -> bytes:
        return self._intake.external_key_mac(self._stream.source_id, self._stream.name, key)

    def _message_mac(self, message: Event | Consent) -> bytes:
        return self._intake.message_mac(self._stream.source_id, self._stream.name, message.id)
