"""Many rows at once: the same rows as one by one, on both databases."""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError

from benchmarks import stage
from cdp.clock import instant
from cdp.errors import Misconfigured
from cdp.ids import new_id, new_ids
from cdp.store import bulk, records
from cdp.store.rows.main import event, record, record_version
from cdp.store.tx import Stores

NOW = instant("2026-03-01T09:00:00.123456+02:00")


def version(record_id: UUID, workspace: UUID, number: int, **values: Any) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "version": number,
        "workspace_id": workspace,
        "batch_id": new_id(),
        "key_id": None,
        "body": None,
        "content_mac": secrets.token_bytes(32),
        "landed_at": NOW + timedelta(minutes=number),
        **values,
    }


def happening(workspace: UUID, mac: bytes, kind: str = "event") -> dict[str, Any]:
    return {
        "id": new_id(),
        "workspace_id": workspace,
        "record_id": new_id(),
        "batch_id": new_id(),
        "key_id": new_id(),
        "message_mac": mac,
        "kind": kind,
        "body": secrets.token_bytes(90),
        "received_at": NOW,
    }


@pytest.mark.parametrize("count", [1, 2, 1201])
def test_rows_come_back_as_they_were_given(stores: tuple[Stores, UUID], count: int) -> None:
    opened, workspace = stores
    rows = [
        version(new_id(), workspace, number)
        | ({"key_id": new_id(), "body": b"\0sealed\xff"} if number % 3 else {})
        for number in range(count)
    ]

    with opened.write(workspace) as tx:
        bulk.insert(tx.main, record_version, rows)
    with opened.read(workspace) as tx:
        statement = select(*(record_version.c[name] for name in rows[0]))
        wanted = [row["record_id"] for row in rows]
        found = list(bulk.found(tx.main, statement, record_version.c.record_id, wanted))

    key = rows[0].keys()
    assert sorted((dict(zip(key, row, strict=True)) for row in found), key=_first) == sorted(
        rows, key=_first
    )


def _first(row: dict[str, Any]) -> UUID:
    made: UUID = row["record_id"]
    return made


def test_rows_that_all_lack_a_value_and_rows_that_are_alike_land_too(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    row = happening(workspace, secrets.token_bytes(32))

    with opened.write(workspace) as tx:
        bulk.insert(tx.main, event, [row, row, row], bulk.NEW_ONLY)
        bulk.insert(tx.main, event, [], bulk.NEW_ONLY)
        said = records.known_messages(tx.main, workspace, [row["message_mac"], b"?" * 32])
        kept = records.sealed_events(tx.main, [row["record_id"]])

    assert said == {row["message_mac"]}
    assert [one.id for one in kept] == [row["id"]]


def test_what_is_there_already_stays_and_the_rest_lands(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    first, second = (happening(workspace, secrets.token_bytes(32)) for _ in range(2))
    again = happening(workspace, first["message_mac"])

    with opened.write(workspace) as tx:
        bulk.insert(tx.main, event, [first], bulk.NEW_ONLY)
        bulk.insert(tx.main, event, [again, second], bulk.NEW_ONLY)
        ids = [one["record_id"] for one in (first, second, again)]
        kept = {one.id for one in records.sealed_events(tx.main, ids)}

    assert kept == {first["id"], second["id"]}


def test_a_row_that_is_there_is_an_error_where_only_new_ones_belong(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    row = happening(workspace, secrets.token_bytes(32))

    with pytest.raises(IntegrityError) as caught, opened.write(workspace) as tx:
        bulk.insert(tx.main, event, [row, row | {"id": new_id()}])

    assert row["message_mac"].hex() not in str(caught.value)


def test_what_is_too_long_for_its_column_is_refused_and_not_cut(
    stores: tuple[Stores, UUID], backend: str
) -> None:
    if backend == "sqlite":
        pytest.skip("SQLite knows no lengths")
    opened, workspace = stores
    rows = [happening(workspace, secrets.token_bytes(32), kind="x" * n) for n in (17, 18)]

    for some in (rows, rows[:1]):
        with pytest.raises(DataError), opened.write(workspace) as tx:
            bulk.insert(tx.main, event, some)


def test_rows_of_another_workspace_are_refused_where_the_database_can(
    stores: tuple[Stores, UUID], backend: str
) -> None:
    if backend == "sqlite":
        pytest.skip("SQLite has no row-level security; the keys are the wall")
    opened, workspace = stores

    with pytest.raises(Misconfigured, match="42501"), opened.write(workspace) as tx:
        bulk.insert(tx.main, event, [happening(new_id(), bytes([n]) * 32) for n in range(2)])


def test_a_search_by_many_keys_stays_in_its_workspace(
    stores: tuple[Stores, UUID], backend: str
) -> None:
    opened, workspace = stores
    stream = stage.add_stream(opened, workspace)
    ids = stage.land(opened, workspace, stream, [secrets.token_bytes(32) for _ in range(3)])

    with opened.read(new_id()) as tx:
        seen = list(bulk.found(tx.main, select(record.c.id), record.c.id, ids))

    assert seen == []


def test_many_new_ids_are_of_this_moment_ascending_and_all_different() -> None:
    before, made, after = new_id(), new_ids(500), new_id()

    assert made == sorted(set(made))
    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {before.variant}
    assert before.int >> 80 <= made[0].int >> 80 == made[-1].int >> 80 <= after.int >> 80


def test_keys_of_several_lengths_are_found_and_none_is_taken_for_a_part_of_another(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    macs = [b"\0" * 32, b"\0\1" * 16, b"\xff" * 31, b"'\"%s", b"\0"]
    rows = [happening(workspace, mac) for mac in macs]
    strange = [b"\0" * 31, b"\1\0" * 16, b"\xff" * 32, b"\0\0"]

    with opened.write(workspace) as tx:
        bulk.insert(tx.main, event, rows)
        said = records.known_messages(tx.main, workspace, [*macs, *strange])

    assert said == set(macs)
