"""Landing: facts, once, sealed, with versions; what cannot be read is kept too."""

import gc
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from cdp import clock
from cdp.flows.land import land
from cdp.platform import Platform
from cdp.store import keys, records, sources
from cdp.store.rows import custody, main
from cdp.vault.envelope import CannotOpen
from cdp.vault.intake import SealedBatchKey
from connectors.base import Consent, Delete, Event, Message, Record, State, Unreadable
from tests.flows.streams import add_stream, land_all, land_rows, record_ids, resolve_all

ROWS = {
    "1": {"no": "K-100", "email": "ada@example.org", "name": "Ada"},
    "2": {"no": "K-200", "email": "ben@example.org", "name": "Ben"},
}


def versions(platform: Platform, record: UUID) -> list[tuple[int, bool]]:
    """(version, has a body), oldest first."""
    table = main.record_version
    with platform.read() as tx:
        rows = tx.main.execute(
            select(table.c.version, table.c.body)
            .where(table.c.record_id == record)
            .order_by(table.c.version)
        )
        return [(row.version, row.body is not None) for row in rows]


def test_the_same_batch_lands_once(platform: Platform) -> None:
    stream = add_stream(platform)

    first = land_rows(platform, stream, ROWS)
    second = land_rows(platform, stream, ROWS)

    assert first.counts == {"new": 2}
    assert second.counts == {"unchanged": 2}


def test_a_changed_row_is_a_new_version_and_the_old_one_stays(platform: Platform) -> None:
    stream = add_stream(platform)
    land_rows(platform, stream, ROWS)

    changed = land_rows(platform, stream, {"1": {**ROWS["1"], "name": "Adah"}})

    assert changed.counts == {"changed": 1}
    record = record_ids(platform, stream, ["1"])["1"]
    assert versions(platform, record) == [(1, True), (2, True)]


def test_one_batch_may_hold_a_key_twice(platform: Platform) -> None:
    stream = add_stream(platform)
    messages = [Record("people", "1", {"name": name}, "line") for name in ("A", "B", "B", "A")]

    report = land_all(platform, stream, messages)

    assert report.counts == {"new": 1, "changed": 2, "unchanged": 1}
    record = record_ids(platform, stream, ["1"])["1"]
    assert versions(platform, record) == [(1, True), (2, True), (3, True)]


def test_a_deletion_is_a_version_without_a_body_and_the_row_may_come_back(
    platform: Platform,
) -> None:
    stream = add_stream(platform)
    land_rows(platform, stream, ROWS)

    gone = land_all(platform, stream, [Delete("people", "1", "line"), Delete("people", "9", "l")])
    again = land_all(platform, stream, [Delete("people", "1", "line")])
    back = land_rows(platform, stream, ROWS)

    assert gone.counts == {"deleted": 1, "unchanged": 1}
    assert again.counts == {"unchanged": 1}
    assert back.counts == {"changed": 1, "unchanged": 1}
    record = record_ids(platform, stream, ["1"])["1"]
    assert versions(platform, record) == [(1, True), (2, False), (3, True)]


def test_events_and_consents_land_once_and_make_their_record_known(platform: Platform) -> None:
    stream = add_stream(platform)
    messages: list[Message] = [
        Event("people", "7", "e1", "order.placed", clock.now(), {"order": "B-1"}, "line 1"),
        Consent("people", "7", "c1", {"type": "refused", "purposes": ["offers"]}, "line 2"),
    ]

    first = land_all(platform, stream, messages)
    second = land_all(platform, stream, messages)

    assert first.counts == {"event": 1, "consent": 1}
    assert second.counts == {"repeated": 2}
    record = record_ids(platform, stream, ["7"])["7"]
    assert versions(platform, record) == []
    with platform.read() as tx:
        assert records.pending_ids(tx.main, tx.workspace, 10) == [record]


def test_what_cannot_be_read_is_kept_with_its_reason_and_nothing_else_suffers(
    platform: Platform,
) -> None:
    stream = add_stream(platform)
    bad = Unreadable("people", "line 3", "bad_encoding", b"\xff\xfe secret")
    messages: list[Message] = [Record("people", "1", ROWS["1"], "line 2"), bad]

    report = land_all(platform, stream, messages)
    land_all(platform, stream, [bad])

    assert report.counts == {"new": 1, "quarantined": 1}
    with platform.read() as tx:
        found = records.quarantined(tx.main, tx.workspace)
        row = tx.main.execute(
            select(main.quarantine).where(main.quarantine.c.workspace_id == tx.workspace)
        ).one()
        wrapped = keys.wrapped_keys(tx.custody, [row.key_id])[row.key_id]
        batch = keys.batch_keys(tx.custody, [row.batch_id])[row.batch_id]
    assert found == [("crm", "people", "line 3", "bad_encoding")]
    custodian = platform.keyring.custodian()
    opened = custodian.open_batch(SealedBatchKey(batch.batch_id, batch.sealed, batch.signature))
    opener = custodian.record_opener(wrapped.id, wrapped.record_id, wrapped.wrapped, opened)
    assert opener.open("quarantine", row.id, row.body) == b"\xff\xfe secret"


def test_the_state_is_kept_with_the_batch_and_opens_for_its_stream_only(
    platform: Platform,
) -> None:
    stream, other = add_stream(platform), add_stream(platform, "shop")
    land_all(platform, stream, [State("people", {"file": "ada.csv", "at": 7})])

    with platform.read() as tx:
        kept = {item.id: item for item in sources.streams_of(tx.main, tx.workspace)}
    sealed = kept[stream.id].state_sealed
    assert sealed is not None
    assert b"ada.csv" not in sealed
    intake = platform.keyring.intake()
    assert intake.open_state(stream.source_id, "people", sealed) == b'{"file":"ada.csv","at":7}'
    with pytest.raises(CannotOpen):
        intake.open_state(other.source_id, "people", sealed)


def test_a_unit_that_fails_leaves_nothing_behind_but_keys_that_are_swept(
    platform: Platform,
) -> None:
    stream = add_stream(platform)

    class Interrupted(RuntimeError):
        """The unit ends before its commit."""

    def interrupted() -> None:
        with platform.write() as tx:
            from_outside = [Record("people", "1", ROWS["1"], "line")]

            land(tx, platform.keyring.intake(), stream, from_outside, clock.now())
            raise Interrupted

    with pytest.raises(Interrupted):
        interrupted()
    gc.collect()

    assert record_ids(platform, stream, ["1"]) == {}
    with platform.read() as tx:
        left = tx.custody.execute(
            select(custody.data_key).where(custody.data_key.c.workspace_id == tx.workspace)
        ).all()
    assert left == []


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    cuts=st.lists(st.integers(0, 12), max_size=4),
    rows=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y"])), min_size=1, max_size=12
    ),
)
def test_however_a_stream_is_cut_into_batches_the_same_facts_land(
    platform: Platform, cuts: list[int], rows: list[tuple[str, str]]
) -> None:
    whole, cut = (add_stream(platform, f"s{clock.now().timestamp()}{n}") for n in "ab")
    messages = [Record("people", key, {"name": value}, "line") for key, value in rows]
    edges = [0, *sorted(cuts), len(messages)]

    land_all(platform, whole, messages)
    for start, end in pairwise(edges):
        land_all(platform, cut, messages[start:end])

    for key in {key for key, _ in rows}:
        seen = {
            tuple(versions(platform, record_ids(platform, stream, [key])[key]))
            for stream in (whole, cut)
        }
        assert len(seen) == 1
    resolve_all(platform)
