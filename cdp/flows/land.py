"""Land a batch: every message becomes a sealed fact, once, or goes to quarantine with a reason.

Idempotent: a record whose content is unchanged, or an event that landed before, changes nothing
(a full refresh marks it as seen, all such records of a batch at once).
Custody gets the keys first; the batch exists from main's commit on, together with the state from
which the connector goes on. Nothing here can be read back by the keys that wrote it.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from cdp import clock
from cdp.errors import Refused
from cdp.ids import new_id, new_ids
from cdp.store import keys, records, sources
from cdp.store.protocol import Restriction
from cdp.store.tx import Tx
from cdp.vault.intake import BatchSealer, DataKey, Intake
from connectors.base import (
    Consent,
    Delete,
    Event,
    Message,
    Record,
    Refreshed,
    Refreshing,
    State,
    Unreadable,
)

POSITION_LENGTH: Final = 63
IDS_AT_ONCE: Final = 256
# Messages that may name a record, and those that have an id of their own.
_NAMING: Final = (Record, Event, Consent, Delete, Unreadable)
_HAPPENED: Final = (Event, Consent)


@dataclass(frozen=True)
class LandReport:
    """Counts of one batch: new, changed, unchanged, event, consent, repeated, deleted,
    quarantined."""

    counts: dict[str, int] = field(default_factory=dict)
    # Where the stream stands after this batch.
    place: sources.Place | None = field(default=None, repr=False, compare=False)

    def __add__(self, other: "LandReport") -> "LandReport":
        return LandReport(dict(Counter(self.counts) + Counter(other.counts)), other.place)


def land(
    tx: Tx,
    intake: Intake,
    stream: sources.Stream,
    messages: Sequence[Message],
    now: datetime,
    *,
    since: sources.Place | None = None,
) -> LandReport:
    """Land the messages of one batch of one stream, and keep the last State among them.

    `since`: where the stream stood after this reader's last batch. `Refreshed` is not for here:
    `delete_unseen` does what it says.

    Raises:
        Refused: another reader landed in between (`overtaken`).
    """
    place = sources.lock_stream(tx.main, stream.id)
    if since is not None and place != since:
        raise Refused(
            "another run has read this stream in the meantime; sync again", reason="overtaken"
        )
    batch = _Batch(tx, intake, stream, place, now)
    batch.look_up(messages)
    for message in messages:
        batch.take(message)
    return LandReport(dict(batch.counts), batch.keep())


class _Batch:
    """One batch on its way in: what is known, what is new, and the keys it is sealed under."""

    def __init__(
        self,
        tx: Tx,
        intake: Intake,
        stream: sources.Stream,
        place: sources.Place,
        now: datetime,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._tx = tx
        self._intake = intake
        self._stream = stream
        self._now = now
        self._id = new_id()
        self._sealer: BatchSealer = intake.begin_batch(self._id)
        self._stream_macs = intake.reading(stream.source_id, stream.source, stream.name)
        self._ids: list[UUID] = []
        self._rows = records.Landed()
        self._place = place
        self._generation = place.generation
        self._flaws = place.flaws
        # MACs by key and by message id, of those that can be written as UTF-8.
        self._macs: dict[str, bytes] = {}
        self._messages: dict[str, bytes] = {}
        self._known: dict[bytes, records.Known] = {}
        self._new: dict[UUID, dict[str, Any]] = {}
        self._seen: set[UUID] = set()
        self._said: set[bytes] = set()
        self._keys: dict[UUID, DataKey] = {}
        self._deleted: list[UUID] = []
        self._unreadable: list[Unreadable] = []
        self._state: State | None = None

    def look_up(self, messages: Sequence[Message]) -> None:
        """What is known of the keys and messages of this batch, in a few statements."""
        keys = {message.key for message in messages if isinstance(message, _NAMING)}
        self._macs = {
            key: self._stream_macs.external_key(key)
            for key in keys
            if key is not None and _is_text(key)
        }
        self._known = records.known(self._tx.main, self._stream.id, self._macs.values())
        ids = {message.id for message in messages if isinstance(message, _HAPPENED)}
        self._messages = {each: self._stream_macs.message(each) for each in ids if _is_text(each)}
        self._said = records.known_messages(
            self._tx.main, self._tx.workspace, self._messages.values()
        )

    def take(self, message: Message) -> None:
        """One message."""
        match message:
            case Record() | Event() | Consent() | Delete():
                self._fact(message)
            case Unreadable():
                self._quarantine(message)
            case State():
                self._state = message
            case Refreshing():
                self._generation, self._flaws = self._generation + 1, 0
                self._seen.clear()
            case Refreshed():
                raise ValueError("what a full refresh did not see is for delete_unseen")

    def _fact(self, message: Record | Event | Consent | Delete) -> None:
        """A fact, unless it cannot be kept as JSON and UTF-8: then it is quarantined."""
        if message.key not in self._macs or (
            isinstance(message, _HAPPENED) and message.id not in self._messages
        ):
            self._quarantine(_unsound(message, "bad_key", None))
            return
        match message:
            case Delete():
                self._delete(message)
                return
            case Event():
                body = {"type": message.type, "at": clock.text(message.at), "data": message.data}
            case Consent():
                body = {"data": message.data}
            case Record():
                body = {}
        try:
            if isinstance(message, Record):
                self._record(message, orjson.dumps(message.data, option=orjson.OPT_SORT_KEYS))
            else:
                self._happened(message, orjson.dumps({"id": message.id, **body}))
        except orjson.JSONEncodeError:
            self._quarantine(_unsound(message, "not_plain_json", message.key))

    def keep(self) -> sources.Place:
        """Custody's rows, then main's; the unit of work commits them in that order."""
        tx = self._tx
        # Before any row is locked: everybody takes the counter first.
        seq = tx.take_seq() if self._deleted else 0
        self._seal_unreadable()
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
        records.mark_seen(tx.main, self._seen, self._generation)
        if self._deleted:
            self._restrict(seq)
        return self._keep_place()

    def _keep_place(self) -> sources.Place:
        """Where the stream stands now."""
        main, stream = self._tx.main, self._stream
        sealed, refresh = self._place.state_sealed, (self._generation, self._flaws)
        if refresh != (self._place.generation, self._place.flaws):
            sources.keep_refresh(main, stream.id, generation=self._generation, flaws=self._flaws)
        if self._state is not None:
            state = orjson.dumps(self._state.value)
            sealed = self._intake.seal_state(stream.source_id, stream.name, state)
            sources.keep_state(main, stream.id, sealed, self._now)
        return sources.Place(sealed, *refresh)

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

    def _record(self, message: Record, body: bytes) -> None:
        known = self._ensure(message.key)
        content = self._intake.content_mac(known.id, body)
        if content == known.content_mac and not known.deleted:
            self.counts["unchanged"] += 1
            return
        self.counts["changed" if known.version else "new"] += 1
        self._version(message.key, known, content, body)

    def _delete(self, message: Delete) -> None:
        known = self._known.get(self._macs[message.key])
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
        if known.id in self._new:
            self._new[known.id].update(version=version, deleted=gone)
        else:
            self._rows.current[known.id] = (version, gone)
        self._known[self._macs[key]] = records.Known(
            known.id, version, gone, content, self._generation
        )

    def _happened(self, message: Event | Consent, body: bytes) -> None:
        kind = "event" if isinstance(message, Event) else "consent"
        mac = self._messages[message.id]
        if mac in self._said:
            self.counts["repeated"] += 1
            return
        self._said.add(mac)
        self.counts[kind] += 1
        known = self._ensure(message.key)
        event_id = self._new_id()
        data_key = self._data_key(known.id)
        sealed = data_key.seal("event", event_id, body)
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
        self._flawed(message.key)
        self._unreadable.append(message)

    def _seal_unreadable(self) -> None:
        """In the order they came, which their ids keep: a replay takes the last one for newest."""
        if not self._unreadable:
            return
        data_key = self._data_key(self._id)
        ids = new_ids(len(self._unreadable))
        for row_id, message in zip(ids, self._unreadable, strict=True):
            self._rows.quarantined.append(
                {
                    "id": row_id,
                    "workspace_id": self._tx.workspace,
                    "stream_id": self._stream.id,
                    "batch_id": self._id,
                    "key_id": data_key.key_id,
                    "position": message.position[:POSITION_LENGTH],
                    "reason": message.reason[:POSITION_LENGTH],
                    "raw_mac": self._intake.content_mac(self._stream.id, message.raw),
                    "body": data_key.seal("quarantine", row_id, message.raw),
                    "created_at": self._now,
                }
            )

    def _flawed(self, key: str | None) -> None:
        """A record that cannot be read is there all the same; one without a name may be any."""
        known = None if key is None else self._known.get(self._macs.get(key, b""))
        if known is not None:
            self._seen.add(known.id)
        elif key is None:
            self._flaws += 1

    def _ensure(self, key: str) -> records.Known:
        """The record of this key; a new one if only now it is heard of."""
        mac = self._macs[key]
        known = self._known.get(mac)
        if known is not None:
            if known.generation != self._generation:
                self._seen.add(known.id)
            return known
        known = records.Known(
            self._new_id(), 0, deleted=False, content_mac=None, generation=self._generation
        )
        self._known[mac] = known
        self._new[known.id] = {
            "id": known.id,
            "workspace_id": self._tx.workspace,
            "stream_id": self._stream.id,
            "key_mac": mac,
            "order_key": self._stream_macs.order_key(key),
            "version": 0,
            "deleted": False,
            "fence_seq": 0,
            "created_at": self._now,
            "generation": self._generation,
        }
        self._rows.records.append(self._new[known.id])
        return known

    def _data_key(self, record_id: UUID) -> DataKey:
        key = self._keys.get(record_id)
        if key is None:
            key = self._keys[record_id] = self._sealer.new_key(self._new_id(), record_id)
        return key

    def _new_id(self) -> UUID:
        if not self._ids:
            self._ids = new_ids(IDS_AT_ONCE)[::-1]
        return self._ids.pop()


def _is_text(name: str) -> bool:
    """Whether it can be written as UTF-8: JSON can hold half a surrogate pair."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unsound(
    message: Record | Event | Consent | Delete, reason: str, key: str | None
) -> Unreadable:
    data = {"key": message.key, "data": getattr(message, "data", None)}
    raw = json.dumps(data, ensure_ascii=True, default=str).encode()
    return Unreadable(message.stream, message.position, reason, raw, key)
