"""Streams without files: messages are handed to landing as a connector would yield them."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from cdp import clock, work
from cdp.flows.land import LandReport, land
from cdp.flows.resolve import ResolveReport
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.store import links, records, sources
from connectors.base import Message, Record
from identity.rules import Rules

PERSON_FIELDS = {
    "no": {"identifier": "customer_id"},
    "email": {
        "identifier": "email",
        "confirmed": {"column": "confirmed", "values": ["yes"]},
        "channels": ["email"],
    },
    "phone": {"identifier": "phone", "region": "DE"},
    "name": {"attribute": "given_name"},
    "country": {"attribute": "country"},
}


def add_stream(
    platform: Platform,
    name: str = "crm",
    *,
    relation: str = "customer",
    fields: Mapping[str, object] | None = None,
) -> sources.Stream:
    """A source with one stream and its mapping."""
    now, source_id = clock.now(), new_id()
    sealed = platform.keyring.intake().seal_own("source", source_id, b"{}")
    with platform.write() as tx:
        source = sources.Source(source_id, name, "delimited", sealed)
        sources.add(tx.main, tx.workspace, source, ["people"], now)
        (stream,) = sources.streams_of(tx.main, tx.workspace, source_id)
        document = {"relation": relation, "fields": dict(fields or PERSON_FIELDS)}
        sources.add_mapping(tx.main, tx.workspace, stream.id, document, now)
    return stream


def land_all(platform: Platform, stream: sources.Stream, messages: Sequence[Message]) -> LandReport:
    """One batch."""
    with platform.write() as tx:
        return land(tx, platform.keyring.intake(), stream, messages, clock.now())


def land_rows(
    platform: Platform, stream: sources.Stream, rows: Mapping[str, Mapping[str, str]]
) -> LandReport:
    """Records by key."""
    messages = [Record(stream.name, key, row, "line 1") for key, row in rows.items()]
    return land_all(platform, stream, messages)


def rules_of(platform: Platform) -> Rules:
    """The rules of identity in force."""
    with platform.read() as tx:
        return platform.rules(tx)


def put_rules(platform: Platform, document: Mapping[str, object]) -> None:
    """These rules are in force, and everybody is who they say."""
    work.rebuild_identity(platform, document)


def resolve_all(platform: Platform) -> ResolveReport:
    """Everything that waits."""
    report, _ = work.resolve_all(platform)
    return report


def record_ids(platform: Platform, stream: sources.Stream, keys: Iterable[str]) -> dict[str, UUID]:
    """The records of these keys that are known."""
    intake = platform.keyring.intake()
    macs = {intake.external_key_mac(stream.source_id, stream.name, key): key for key in keys}
    with platform.read() as tx:
        found = records.known(tx.main, stream.id, sorted(macs))
    return {macs[mac]: item.id for mac, item in found.items()}


def people(
    platform: Platform, landed: Mapping[sources.Stream, Iterable[str]]
) -> set[frozenset[str]]:
    """The partition of these records, as sets of `source:key`."""
    names = {
        record: f"{stream.source}:{key}"
        for stream, keys in landed.items()
        for key, record in record_ids(platform, stream, keys).items()
    }
    found: dict[UUID, set[str]] = {}
    with platform.read() as tx:
        for link in links.links_of(tx.main, names).values():
            found.setdefault(link.profile_id, set()).add(names[link.record_id])
    return {frozenset(group) for group in found.values()}
