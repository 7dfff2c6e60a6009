"""Read facts: open sealed rows with the custodian's keys and apply the streams' mappings.

What comes out is what a record *says* under the mapping in force, so a better mapping changes the
answer and never the fact. A cell that cannot be understood is counted, not guessed. Nothing read
here is kept: the values live as long as the unit of work.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from cdp.clock import instant
from cdp.errors import Refused
from cdp.mapping import Facts, apply, apply_event
from cdp.mapping import Mapping as StreamMapping
from cdp.outcomes.events import Interaction
from cdp.outcomes.facts import ContactPoint, RecordFacts
from cdp.store import keys, records, sources
from cdp.store.tx import Tx
from cdp.vault.custodian import BatchKey, Custodian, RecordOpener
from cdp.vault.intake import SealedBatchKey
from identity.features import ATTRIBUTES, NOBODY, Told
from identity.features import read as read_features
from identity.keys import BlockingRule
from identity.normalize import Unusable, normalise
from identity.rules import Rules

CHANNELS: Final = {"email": ("email",), "phone": ("phone", "sms")}


@dataclass(frozen=True)
class ReadIdentifier:
    """A normalised identifier and its blind-index token."""

    type: str
    value: str = field(repr=False)
    token: bytes = field(repr=False)
    confirmed: bool
    channels: tuple[str, ...]


@dataclass(frozen=True)
class RecordReading:
    """What one record says. `gone`: its source deleted it, or only an event ever named it."""

    record_id: UUID
    order_key: bytes = field(repr=False)
    source: str
    gone: bool
    relation: str
    identifiers: tuple[ReadIdentifier, ...] = field(repr=False)
    facts: RecordFacts = field(repr=False)
    consents: tuple[Mapping[str, Any], ...] = field(repr=False)
    problems: int
    # What it says of a person, as it is compared.
    told: Told = field(default=NOBODY, repr=False)


@dataclass(frozen=True)
class Said:
    """One statement about consent by a source, about one of its records; fields as it gave them."""

    record_id: UUID
    fields: Mapping[str, Any] = field(repr=False)


class FactReader:
    """Opens records of one workspace; make one per unit of work."""

    def __init__(self, tx: Tx, custodian: Custodian) -> None:
        self._tx = tx
        self._custodian = custodian
        self._mappings = {
            stream: StreamMapping.parse(version.document)
            for stream, version in sources.mappings(tx.main, tx.workspace).items()
        }
        # What each stream says of a person in words; one that says nothing is left out.
        self._worded = {
            stream: worded
            for stream, mapping in self._mappings.items()
            if (worded := mapping.worded(ATTRIBUTES))
        }
        self._told: dict[tuple[tuple[str, str], ...], Told] = {}
        self._batches: dict[UUID, BatchKey] = {}

    def read(self, ids: Collection[UUID], *, events: bool = False) -> dict[UUID, RecordReading]:
        """These records, with their native events if wanted.

        A record that only events ever named says what its events say: a web visitor, the line of
        a log. So the events of such a record are read in any case.

        Raises:
            CannotOpen: a row that does not open under its key.
        """
        sealed = records.sealed_records(self._tx.main, sorted(ids))
        telling = ids if events else [row.id for row in sealed if row.version == 0]
        happened = records.sealed_events(self._tx.main, sorted(telling))
        openers = self._openers([row.key_id for row in sealed if row.key_id], happened)
        by_record: dict[UUID, list[tuple[records.SealedEvent, dict[str, Any]]]] = {}
        for event in happened:
            if event.key_id in openers:
                body = openers[event.key_id].open("event", event.id, event.body)
                by_record.setdefault(event.record_id, []).append((event, orjson.loads(body)))
        return {row.id: self._reading(row, openers, by_record.get(row.id, [])) for row in sealed}

    def features(self, ids: Collection[UUID]) -> dict[UUID, Told]:
        """What these records say of a person, as it is compared; less work than `read`.

        A record of a stream whose mapping reads no such words says nothing, so it is not opened:
        thousands of tickets of one customer cost no more than their index rows.

        Raises:
            CannotOpen: a row that does not open under its key.
        """
        sealed = records.sealed_records(self._tx.main, ids, streams=self._worded.keys())
        told = self.read([row.id for row in sealed if row.version == 0])
        openers = self._openers([row.key_id for row in sealed if row.key_id], [])
        found = {record: reading.told for record, reading in told.items()}
        for row in sealed:
            body = None if row.id in found else self._body(row, openers)
            if body is not None:
                found[row.id] = self._features(apply(self._worded[row.stream_id], body))
        return found

    def _features(self, said: Facts) -> Told:
        """One object for all records that say the same."""
        found = _attributes(said)
        for item in said.identifiers:
            with suppress(Unusable):
                found.setdefault(item.type, normalise(item.type, item.value, region=item.region))
        key = tuple(sorted(found.items()))
        told = self._told.get(key)
        if told is None:
            told = self._told[key] = read_features(found)
        return told

    def blocking_tokens(
        self, told: Told, rules: Iterable[BlockingRule]
    ) -> tuple[tuple[str, bytes], ...]:
        """The blocking keys of a record, as the blind index holds them."""
        return tuple(
            (rule.type, self._custodian.blind_index(rule.type, key))
            for rule in rules
            if (key := rule.key(told))
        )

    def names(self, told: Told, rules: Rules) -> dict[str, str]:
        """How the frequencies of the rules call what a record says."""
        return {
            feature: self._custodian.count_name(feature, told[feature])
            for feature in rules.frequencies
            if feature in told
        }

    def said(self, read: Mapping[UUID, RecordReading]) -> list[Said]:
        """What these records, and consent messages about them, say about consent."""
        found = [
            Said(record, consent)
            for record, reading in read.items()
            for consent in reading.consents
        ]
        messages = records.sealed_events(self._tx.main, sorted(read), kind="consent")
        openers = self._openers([], messages)
        for message in messages:
            if message.key_id in openers:
                body = openers[message.key_id].open("event", message.id, message.body)
                found.append(Said(message.record_id, orjson.loads(body)["data"]))
        return found

    def _openers(
        self, key_ids: Iterable[UUID], events: Sequence[records.SealedEvent]
    ) -> dict[UUID, RecordOpener]:
        """Openers by key id; a key that was destroyed has none."""
        wanted = {*key_ids, *(event.key_id for event in events)}
        wrapped = keys.wrapped_keys(self._tx.custody, wanted)
        self._open_batches({key.batch_id for key in wrapped.values() if key.batch_id})
        return {
            key.id: self._custodian.record_opener(
                key.id,
                key.record_id,
                key.wrapped,
                self._batches[key.batch_id] if key.batch_id else None,
            )
            for key in wrapped.values()
        }

    def _open_batches(self, ids: set[UUID]) -> None:
        for batch in keys.batch_keys(self._tx.custody, ids - self._batches.keys()).values():
            sealed = SealedBatchKey(batch.batch_id, batch.sealed, batch.signature)
            self._batches[batch.batch_id] = self._custodian.open_batch(sealed)

    def _reading(
        self,
        row: records.SealedRecord,
        openers: Mapping[UUID, RecordOpener],
        happened: Sequence[tuple[records.SealedEvent, dict[str, Any]]],
    ) -> RecordReading:
        mapping = self._mappings.get(row.stream_id, _NO_MAPPING)
        body = self._body(row, openers)
        said = Facts() if body is None else apply(mapping, body)
        if row.version == 0:
            said = _told(mapping, [told["data"] for _, told in happened])
        identifiers, unusable = self._identifiers(said.identifiers)
        seen_at = row.seen_at or _first_seen(happened)
        heard = [(said, seen_at), *(self._native(mapping, event, told) for event, told in happened)]
        interactions, strange = _interactions(row, heard)
        problems = unusable + strange + sum(len(facts.problems) for facts, _ in heard)
        return RecordReading(
            record_id=row.id,
            order_key=row.order_key,
            source=row.source,
            gone=row.deleted,
            relation=mapping.relation,
            identifiers=identifiers,
            facts=RecordFacts(
                record_id=str(row.id),
                source=row.source,
                stream=row.stream,
                relation=mapping.relation,
                seen_at=seen_at,
                attributes=_attributes(said),
                interactions=interactions,
                contacts=self._contacts(identifiers),
            ),
            consents=tuple(said.consents),
            problems=problems,
            # As `features` has it: of a stream without words, tokens alone speak.
            told=self._features(said) if row.stream_id in self._worded else NOBODY,
        )

    @staticmethod
    def _body(
        row: records.SealedRecord, openers: Mapping[UUID, RecordOpener]
    ) -> dict[str, Any] | None:
        if row.body is None or row.key_id is None or row.key_id not in openers:
            return None
        opened = openers[row.key_id].open(
            "record_version", row.id, row.body, field=f"body:{row.version}"
        )
        body: dict[str, Any] = orjson.loads(opened)
        return body

    def _identifiers(self, said: Iterable[Any]) -> tuple[tuple[ReadIdentifier, ...], int]:
        found: dict[tuple[str, str], ReadIdentifier] = {}
        unusable = 0
        for item in said:
            try:
                value = normalise(item.type, item.value, region=item.region)
            except Unusable:
                unusable += 1
                continue
            token = self._custodian.blind_index(item.type, value)
            before = found.get((item.type, value))
            found[item.type, value] = ReadIdentifier(
                type=item.type,
                value=value,
                token=token,
                confirmed=item.confirmed or (before is not None and before.confirmed),
                channels=tuple(item.channels) or CHANNELS.get(item.type, ()),
            )
        return tuple(found.values()), unusable

    def _contacts(self, identifiers: Iterable[ReadIdentifier]) -> tuple[ContactPoint, ...]:
        return tuple(
            ContactPoint(
                type=item.type,
                value=item.value,
                channels=item.channels,
                ref=self._custodian.contact_ref(item.type, item.value),
                confirmed=item.confirmed,
            )
            for item in identifiers
            if item.channels
        )

    @staticmethod
    def _native(
        mapping: StreamMapping, event: records.SealedEvent, body: dict[str, Any]
    ) -> tuple[Facts, datetime]:
        said = apply_event(
            mapping, body["type"], instant(body["at"]), body["data"], event_id=body["id"]
        )
        return said, event.received_at


def _told(mapping: StreamMapping, events: Sequence[dict[str, Any]]) -> Facts:
    """Who the events of a record say it is, and what they say of it; the newest says it first."""
    fields = replace(mapping, events=())
    each = [apply(fields, data) for data in reversed(events)]
    return Facts(
        identifiers=tuple(item for facts in each for item in facts.identifiers),
        attributes=tuple(item for facts in each for item in facts.attributes),
        problems=tuple(item for facts in each for item in facts.problems),
    )


def _attributes(said: Facts) -> dict[str, str]:
    """By name; where two columns say the same thing, the first of the mapping stands."""
    found: dict[str, str] = {}
    for item in said.attributes:
        found.setdefault(item.name, item.value)
    return found


def _interactions(
    row: records.SealedRecord, heard: Iterable[tuple[Facts, datetime]]
) -> tuple[tuple[Interaction, ...], int]:
    made, strange = [], 0
    for event, received in ((event, at) for said, at in heard for event in said.events):
        try:
            interaction = Interaction.parse(
                {
                    "id": event.id,
                    "record_id": str(row.id),
                    "source": row.source,
                    "type": event.type,
                    "at": event.at,
                    "received": received,
                    "object": event.object or "",
                    "data": event.data,
                }
            )
        except Refused:
            strange += 1
            continue
        made.append(interaction)
    return tuple(made), strange


def _first_seen(happened: Sequence[tuple[records.SealedEvent, dict[str, Any]]]) -> datetime:
    return min(event.received_at for event, _ in happened) if happened else _EPOCH


_NO_MAPPING: Final = StreamMapping.parse({})
_EPOCH: Final = instant("1970-01-01T00:00:00Z")
