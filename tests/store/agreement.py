"""What must be true of three stores once a start-up has run, whatever happened before."""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, select

from cdp import clock
from cdp.canonical import canonical
from cdp.store import configuration, provision
from cdp.store.grants import METADATA
from cdp.store.tx import Stores

UNTOUCHED = frozenset(
    {"alive", "api_client", "blind_index", "blocked_value", "catalogue", "disclosure", "event"}
    | {"indexed_record", "lineage", "mapping", "policy", "quarantine", "source", "stream"}
    | {"workspace"}
)


def rows(connection: Connection, table: Table, workspace: UUID) -> list[Any]:
    """Every row of a workspace, in the order of the primary key."""
    return list(
        connection.execute(
            select(table).where(table.c.workspace_id == workspace).order_by(*table.primary_key)
        )
    )


def fingerprint(stores: Stores, workspace: UUID) -> dict[str, list[Any]]:
    """All that landing, saying, building and applying write, by table."""
    found = {}
    with stores.read(workspace) as tx:
        for name, metadata in METADATA.items():
            for table in metadata.sorted_tables:
                if table.name not in UNTOUCHED:
                    found[table.name] = rows(getattr(tx, name), table, workspace)
    return found


def agree(stores: Stores, workspace: UUID) -> dict[str, list[Any]]:
    """Main, views and custody agree, nothing is missing and nothing is left over.

    Returns what they hold, as `fingerprint` does.
    """
    held = fingerprint(stores, workspace)
    with stores.read(workspace) as tx:
        head, _ = configuration.head(tx.main, workspace)
    _counter(held, head)
    _journal(held)
    _fences(held, workspace)
    _views(held)
    _keys(held)
    return held


def _counter(held: dict[str, list[Any]], head: int) -> None:
    taken = {row.seq for row in held["consent_event"]} | {row.seq for row in held["outbox"]}
    assert taken == set(range(1, head + 1)), "the counter has gaps, or counted twice"


def _journal(held: dict[str, list[Any]]) -> None:
    queued = held["outbox"]
    assert all(row.applied_at is not None and row.payload is None for row in queued)
    assert [row.seq for row in held["journal"]] == [row.seq for row in queued]
    link = provision.GENESIS
    for row in held["journal"]:
        entry = {
            "seq": row.seq,
            "kind": row.kind,
            "records": row.records,
            "profiles": row.profiles,
            "at": clock.text(row.at),
        }
        link = hashlib.sha256(link + canonical(entry)).digest()
        assert row.hash == link, f"the journal's chain breaks at seq {row.seq}"
    (mark,) = held["journal_mark"]
    last = held["journal"][-1].seq if held["journal"] else 0
    assert (mark.seq, mark.hash) == (last, link)
    bodies = {row.event_id for row in held["consent_body"]}
    assert bodies == {row.id for row in held["consent_event"]}


def _fences(held: dict[str, list[Any]], workspace: UUID) -> None:
    (whole,) = held["workspace_head"]
    wanted = {("workspace", workspace): whole.fence_seq}
    for kind in ("record", "profile"):
        wanted |= {(kind, row.id): row.fence_seq for row in held[kind]}
    found = {(row.kind, row.id): row.seq for row in held["fence"]}
    assert {key: seq for key, seq in wanted.items() if seq} == {
        key: seq for key, seq in found.items() if seq
    }
    assert found.keys() <= wanted.keys()


def _views(held: dict[str, list[Any]]) -> None:
    fences = {(row.kind, row.id): row.seq for row in held["fence"]}
    put = {row.id: row for row in held["sealed_view"]}
    for row in held["view_source"]:
        assert fences["record", row.record_id] <= put[row.view_id].built_seq
    for view in put.values():
        assert fences["profile", view.profile_id] <= view.built_seq
    assert {row.view_id for row in held["lookup"]} <= put.keys()
    assert {row.view_id for row in held["view_source"]} == put.keys()
    filled = {(row.profile_id, row.purpose) for row in held["slot"] if any(row.wrapped)}
    assert filled == {(view.profile_id, view.purpose) for view in put.values()}


def _keys(held: dict[str, list[Any]]) -> None:
    landed = {row.id for row in held["batch"]}
    assert {row.batch_id for row in held["batch_key"]} <= landed
    assert {row.batch_id for row in held["data_key"] if row.batch_id} <= landed
    in_custody = {row.id for row in held["data_key"]}
    assert in_custody == {row.key_id for row in held["record_version"] if row.key_id}
