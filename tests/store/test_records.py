"""Facts: landed once, versioned, and waiting until they are resolved."""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from benchmarks import stage
from cdp.clock import instant
from cdp.errors import NotFound, Refused
from cdp.ids import new_id
from cdp.store import keys, links, records, sources
from cdp.store.tx import Stores

NOW = instant("2026-03-01T09:00:00Z")


def version(record: UUID, number: int, workspace: UUID, **values: Any) -> dict[str, Any]:
    """A row of record_version."""
    return {
        "record_id": record,
        "version": number,
        "workspace_id": workspace,
        "batch_id": new_id(),
        "key_id": new_id(),
        "body": b"sealed",
        "content_mac": bytes([number]) * 32,
        "landed_at": NOW,
        **values,
    }


def event(record: UUID, workspace: UUID, mac: bytes, kind: str = "event") -> dict[str, Any]:
    """A row of event."""
    return {
        "id": new_id(),
        "workspace_id": workspace,
        "record_id": record,
        "batch_id": new_id(),
        "key_id": new_id(),
        "message_mac": mac,
        "kind": kind,
        "body": b"sealed",
        "received_at": NOW,
    }


@pytest.fixture
def landed(stores: tuple[Stores, UUID]) -> tuple[UUID, bytes, UUID]:
    """A stream with one record: (stream, key mac, record)."""
    opened, workspace = stores
    stream, mac = stage.add_stream(opened, workspace), secrets.token_bytes(32)
    (record,) = stage.land(opened, workspace, stream, [mac])
    return stream, mac, record


def test_a_changed_record_keeps_every_version_and_shows_the_last(
    stores: tuple[Stores, UUID], landed: tuple[UUID, bytes, UUID]
) -> None:
    opened, workspace = stores
    stream, mac, record = landed
    with opened.write(workspace) as tx:
        records.clear_pending(tx.main, {record: 1})
        records.clear_pending(tx.main, {})
        change = version(record, 2, workspace, body=b"sealed anew")
        records.insert_landed(
            tx.main, workspace, records.Landed(versions=[change], current={record: (2, False)})
        )

    with opened.read(workspace) as tx:
        (sealed,) = records.sealed_records(tx.main, [record])
        known = records.known(tx.main, stream, [mac, bytes(32)])
        assert records.pending_ids(tx.main, workspace, 10) == [record]
        assert sources.count_records(tx.main, workspace) == {stream: 1}

    assert (sealed.id, sealed.version, sealed.body) == (record, 2, b"sealed anew")
    assert (sealed.key_id, sealed.seen_at, sealed.stream) == (change["key_id"], NOW, "customers")
    assert known == {mac: records.Known(record, 2, False, bytes([2]) * 32)}


def test_a_record_that_its_source_deleted_has_no_body_and_is_not_counted(
    stores: tuple[Stores, UUID], landed: tuple[UUID, bytes, UUID]
) -> None:
    opened, workspace = stores
    _, _, record = landed
    with opened.write(workspace) as tx:
        gone = version(record, 2, workspace, key_id=None, body=None)
        records.insert_landed(
            tx.main, workspace, records.Landed(versions=[gone], current={record: (2, True)})
        )

    with opened.read(workspace) as tx:
        (sealed,) = records.sealed_records(tx.main, [record])
        assert sources.count_records(tx.main, workspace) == {}
    assert (sealed.deleted, sealed.key_id, sealed.body) == (True, None, None)


def test_an_event_that_landed_before_stays_as_it_was(
    stores: tuple[Stores, UUID], landed: tuple[UUID, bytes, UUID]
) -> None:
    opened, workspace = stores
    _, _, record = landed
    mac, other = secrets.token_bytes(32), secrets.token_bytes(32)
    first = event(record, workspace, mac)
    said, again = event(record, workspace, other, "consent"), event(record, workspace, mac)
    for rows in ([first, said], [again]):
        with opened.write(workspace) as tx:
            records.insert_landed(tx.main, workspace, records.Landed(events=rows))

    with opened.read(workspace) as tx:
        (kept,) = records.sealed_events(tx.main, [record])
        assert len(records.sealed_events(tx.main, [record], kind="consent")) == 1
        assert records.known_messages(tx.main, workspace, [mac, bytes(32)]) == {mac}
    assert (kept.id, kept.record_id, kept.received_at) == (first["id"], record, NOW)


def test_what_cannot_be_read_is_kept_with_its_place_and_reason_once(
    stores: tuple[Stores, UUID], landed: tuple[UUID, bytes, UUID]
) -> None:
    opened, workspace = stores
    stream, _, _ = landed
    bad = {
        "workspace_id": workspace,
        "stream_id": stream,
        "batch_id": new_id(),
        "key_id": new_id(),
        "position": "row 7",
        "reason": "no_key",
        "raw_mac": bytes(32),
        "body": b"sealed",
        "created_at": NOW,
    }
    for _ in range(2):
        with opened.write(workspace) as tx:
            rows = records.Landed(quarantined=[{"id": new_id(), **bad}])
            records.insert_landed(tx.main, workspace, rows)

    with opened.read(workspace) as tx:
        (found,) = records.quarantined(tx.main, workspace)
        assert records.count_quarantined(tx.main, workspace) == {stream: {"no_key": 1}}
    assert found[1:] == ("customers", "row 7", "no_key")


def test_a_new_mapping_puts_the_whole_stream_in_the_queue(
    stores: tuple[Stores, UUID], landed: tuple[UUID, bytes, UUID]
) -> None:
    opened, workspace = stores
    stream, _, record = landed
    with opened.write(workspace) as tx:
        records.clear_pending(tx.main, {record: 1})
        assert sources.add_mapping(tx.main, workspace, stream, {"version": "a"}, NOW) == 1
        assert sources.add_mapping(tx.main, workspace, stream, {"version": "b"}, NOW) == 2
        assert records.mark_stream_pending(tx.main, workspace, stream) == 1

    with opened.read(workspace) as tx:
        assert records.pending_ids(tx.main, workspace, 10) == [record]
        assert records.count_pending(tx.main, workspace) == 1
        newest = sources.mappings(tx.main, workspace)
    assert newest == {stream: sources.MappingVersion(stream, 2, {"version": "b"})}


def test_profiles_of_records_are_found_by_their_links(
    stores: tuple[Stores, UUID], landed: tuple[UUID, bytes, UUID]
) -> None:
    opened, workspace = stores
    _, _, record = landed
    profile = new_id()
    with opened.write(workspace) as tx:
        links.create(tx.main, workspace, [profile], 1, NOW)
        links.keep_links(tx.main, workspace, [links.Link(record, profile, "verified", "self")], 1)
    with opened.read(workspace) as tx:
        assert records.profiles_of(tx.main, [record, new_id()]) == {record: profile}


def test_a_batch_without_new_records_brings_no_keys(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    batch = new_id()
    with opened.write(workspace) as tx:
        sealed = keys.WrappedBatchKey(batch, b"sealed", b"signature")
        keys.insert_keys(tx.custody, workspace, sealed, [], NOW)
        assert keys.batch_keys(tx.custody, [batch, new_id()]) == {batch: sealed}


def test_a_source_is_found_by_name_and_its_name_is_taken_once(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    crm = sources.Source(new_id(), "crm", "delimited", b"sealed")
    with opened.write(workspace) as tx:
        with pytest.raises(NotFound, match="sources: none"):
            sources.find(tx.main, workspace, "crm")
        sources.add(tx.main, workspace, crm, ["orders", "customers"], NOW)
        with pytest.raises(Refused, match="exists already") as caught:
            sources.add(tx.main, workspace, crm, [], NOW)
        with pytest.raises(NotFound, match="sources: crm"):
            sources.find(tx.main, workspace, "shop")

    with opened.read(workspace) as tx:
        assert sources.find(tx.main, workspace, "crm") == crm
        streams = sources.streams_of(tx.main, workspace, crm.id)
        assert sources.streams_of(tx.main, workspace) == streams
    assert caught.value.reason == "source_exists"
    assert [(item.source, item.name, item.state_sealed) for item in streams] == [
        ("crm", "customers", None),
        ("crm", "orders", None),
    ]


def test_what_was_marked_while_it_was_read_goes_on_waiting(
    stores: tuple[Stores, UUID], landed: tuple[UUID, bytes, UUID]
) -> None:
    opened, workspace = stores
    _, _, record = landed
    with opened.write(workspace) as tx:
        read = records.pending_marks(tx.main, workspace, 10)
        records.mark_pending(tx.main, workspace, [record])
        records.clear_pending(tx.main, read)
        assert records.pending_marks(tx.main, workspace, 10) == {record: 2}


def test_where_reading_goes_on_is_kept_per_stream(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    stream = stage.add_stream(opened, workspace)
    with opened.write(workspace) as tx:
        assert sources.synced_at(tx.main, workspace) == {}
        sources.keep_state(tx.main, stream, b"sealed state", NOW)
    with opened.read(workspace) as tx:
        (found,) = sources.streams_of(tx.main, workspace)
        assert sources.synced_at(tx.main, workspace) == {stream: NOW}
    assert (found.id, found.state_sealed) == (stream, b"sealed state")


def test_an_instant_keeps_its_moment_and_a_naive_one_is_refused(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    elsewhere = instant("2026-03-01T14:30:00.123+05:30")
    with opened.write(workspace) as tx:
        profile = new_id()
        links.create(tx.main, workspace, [profile], 1, elsewhere)
        found = links.profiles(tx.main, [profile])[profile]
        with pytest.raises(Exception, match="offset"):
            links.create(tx.main, workspace, [new_id()], 1, elsewhere.replace(tzinfo=None))
    assert found.created_at == instant("2026-03-01T09:00:00.123Z")
    assert found.created_at.utcoffset() == timedelta(0)
