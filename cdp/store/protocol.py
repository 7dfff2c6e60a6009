"""How a restriction becomes true everywhere: T1 on main, T2 on views, T3 on custody.

1. Every consent event, partition change and policy change takes the next `seq` of one gapless
   counter per workspace; the counter's lock is held until commit (`take_seqs`).
2. T1 raises `fence_seq` on the bound records and profiles and queues an outbox row (`restrict`),
   in the transaction that records the event. From its commit on, readers refuse.
3. T2, in views, READ COMMITTED: first the fences of records and profiles, in id order, then views
   and lookups found by source record or profile, then the key slots are overwritten. The order is
   what stops a builder that read an older state from putting a view back after the delete.
4. T3, in custody: the sealed event body, the journal row, the high-water mark.

T2 and T3 are applied in seq order, are idempotent (by greatest()), and are run by whoever comes
first: the writer right after T1, the start-up, or the loop. No lock on main is held meanwhile.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from cdp import clock
from cdp.canonical import canonical
from cdp.errors import ContinuumError
from cdp.store import bulk
from cdp.store.database import Database
from cdp.store.rows import custody, main, views

CHUNK = 500
# Kinds that fence everything; T2 and the journal know a restriction by its kind.
WHOLE_WORKSPACE = frozenset({"policy", "notice"})
_LOCK_SPACE = 0x5E9
_T = TypeVar("_T")


@dataclass(frozen=True)
class Restriction:
    """Something that takes away: a no, a partition change, a deletion, a tighter policy.

    `payload` is the consent event as sealed to the custodian; it travels with the outbox row
    because a restriction must not wait for custody. `whole_workspace` fences everything and
    belongs to the kinds in `WHOLE_WORKSPACE`, to all of them and to no other.
    """

    seq: int
    kind: str
    records: tuple[UUID, ...]
    profiles: tuple[UUID, ...]
    at: datetime
    event_id: UUID | None = None
    payload: bytes | None = field(default=None, repr=False)
    whole_workspace: bool = False

    def __post_init__(self) -> None:
        if self.whole_workspace != (self.kind in WHOLE_WORKSPACE):
            raise ValueError(f"a restriction of kind {self.kind} and its reach do not agree")


def lock_counter(connection: Connection, workspace: UUID) -> None:
    """Hold the counter until commit, without taking a number yet.

    SQLite's writing unit holds the whole store already.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:space, hashtext(:workspace))"),
            {"space": _LOCK_SPACE, "workspace": str(workspace)},
        )


def take_seqs(connection: Connection, workspace: UUID, count: int) -> int:
    """The first of the next `count` seqs, all of which the caller uses.

    On PostgreSQL the advisory lock comes first, the head is read after it.
    """
    lock_counter(connection, workspace)
    head = main.workspace_head
    seq = connection.execute(
        update(head)
        .where(head.c.workspace_id == workspace)
        .values(seq=head.c.seq + count)
        .returning(head.c.seq)
    ).scalar_one()
    return int(seq) - count + 1


def restrict(connection: Connection, workspace: UUID, restrictions: Sequence[Restriction]) -> None:
    """T1: fences on main and the outbox rows, in the caller's transaction."""
    tables = {"record": main.record, "profile": main.profile}
    fences = _fences(workspace, restrictions)
    for kind, table in tables.items():
        rows = [
            {"key": key, "to_seq": seq} for (of, key), seq in sorted(fences.items()) if of == kind
        ]
        if rows:
            # One by one in id order, like landing: two writers must not wait in a circle.
            connection.execute(
                update(table)
                .where(table.c.workspace_id == workspace, table.c.id == bindparam("key"))
                .values(fence_seq=bindparam("to_seq")),
                rows,
            )
    whole = fences.get(("workspace", workspace))
    if whole is not None:
        head = main.workspace_head
        connection.execute(
            update(head).where(head.c.workspace_id == workspace).values(fence_seq=whole)
        )
    connection.execute(insert(main.outbox), [_row(workspace, item) for item in restrictions])


def _fences(workspace: UUID, restrictions: Sequence[Restriction]) -> dict[tuple[str, UUID], int]:
    """What these raise, on main and in views alike; of several the newest counts."""
    fences: dict[tuple[str, UUID], int] = {}
    for restriction in sorted(restrictions, key=lambda item: item.seq):
        fences |= {("record", record): restriction.seq for record in restriction.records}
        fences |= {("profile", profile): restriction.seq for profile in restriction.profiles}
        if restriction.whole_workspace:
            fences["workspace", workspace] = restriction.seq
    return fences


def _row(workspace: UUID, restriction: Restriction) -> dict[str, object]:
    return {
        "workspace_id": workspace,
        "seq": restriction.seq,
        "kind": restriction.kind,
        "records": [str(record) for record in sorted(restriction.records)],
        "profiles": [str(profile) for profile in sorted(restriction.profiles)],
        "event_id": restriction.event_id,
        "payload": restriction.payload,
        "created_at": restriction.at,
    }


def apply_outbox(
    main_database: Database, views_database: Database, custody_database: Database, workspace: UUID
) -> bool:
    """T2, then T3, then mark the rows as applied. Idempotent; safe beside others doing the same.

    False when views or custody is away or busy, or when a reader keeps old key slots in SQLite's
    write-ahead log: the rows stay and the next call does the rest.
    """
    try:
        while waiting := _waiting(main_database, workspace):
            with views_database.begin(workspace) as connection:
                withdraw_views(connection, workspace, waiting)
                connection.commit()
            destroyed = views_database.checkpoint()
            with custody_database.begin(workspace) as connection:
                _journal(connection, workspace, waiting)
                connection.commit()
            if not destroyed:
                return False
            _mark_applied(main_database, workspace, waiting[-1].seq)
    except ContinuumError:
        return False
    return True


def pending(connection: Connection, workspace: UUID) -> int:
    """How many restrictions are not yet applied to views and custody."""
    statement = (
        select(func.count())
        .select_from(main.outbox)
        .where(main.outbox.c.workspace_id == workspace, main.outbox.c.applied_at.is_(None))
    )
    return int(connection.execute(statement).scalar_one())


def raise_fences(
    connection: Connection, workspace: UUID, fences: Mapping[tuple[str, UUID], int]
) -> None:
    """Set each fence to at least its seq, in lock order, creating it where it is missing.

    Every one of them is locked until commit, raised or not.
    """
    rows = [
        {"workspace_id": workspace, "kind": kind, "id": key, "seq": seq}
        for (kind, key), seq in sorted(fences.items(), key=_lock_order)
    ]
    bulk.insert(
        connection,
        views.fence,
        rows,
        "ON CONFLICT (workspace_id, kind, id) DO UPDATE SET seq = excluded.seq"
        " WHERE excluded.seq > fence.seq",
    )


def withdraw_views(
    connection: Connection, workspace: UUID, restrictions: Sequence[Restriction]
) -> None:
    """T2: all fences first, in lock order, then the views, lookups and slots older than them."""
    raise_fences(connection, workspace, _fences(workspace, restrictions))
    doomed: set[tuple[UUID, UUID, str]] = set()
    for restriction in restrictions:
        doomed |= _resting_on(connection, workspace, restriction)
    delete_views(connection, workspace, sorted(doomed))


def _resting_on(
    connection: Connection, workspace: UUID, restriction: Restriction
) -> set[tuple[UUID, UUID, str]]:
    view, source = views.sealed_view, views.view_source
    older = select(view.c.id, view.c.profile_id, view.c.purpose).where(
        view.c.workspace_id == workspace, view.c.built_seq < restriction.seq
    )
    conditions = [
        view.c.id.in_(select(source.c.view_id).where(source.c.record_id.in_(chunk)))
        for chunk in chunks(restriction.records)
    ] + [view.c.profile_id.in_(chunk) for chunk in chunks(restriction.profiles)]
    return {
        (row.id, row.profile_id, row.purpose)
        for condition in conditions
        for row in connection.execute(older.where(condition))
    }


def _lock_order(fence: tuple[tuple[str, UUID], int]) -> tuple[bool, UUID]:
    (kind, key), _ = fence
    return kind != "workspace", key


def delete_views(
    connection: Connection, workspace: UUID, doomed: Sequence[tuple[UUID, UUID, str]]
) -> None:
    """Delete views given as (view, profile, purpose) and overwrite their key slots in place."""
    for chunk in chunks(doomed):
        ids = [view for view, _, _ in chunk]
        for table in (views.lookup, views.view_source):
            connection.execute(delete(table).where(table.c.view_id.in_(ids)))
        connection.execute(delete(views.sealed_view).where(views.sealed_view.c.id.in_(ids)))
        connection.execute(
            update(views.slot)
            .where(
                views.slot.c.workspace_id == workspace,
                views.slot.c.profile_id == bindparam("of_profile"),
                views.slot.c.purpose == bindparam("for_purpose"),
            )
            .values(wrapped=_zeros(connection)),
            [{"of_profile": profile, "for_purpose": purpose} for _, profile, purpose in chunk],
        )


def chunks(items: Sequence[_T], size: int = CHUNK) -> Iterable[Sequence[_T]]:
    """Slices small enough for one statement's parameters."""
    return (items[start : start + size] for start in range(0, len(items), size))


def rederive_fences(main_connection: Connection, connection: Connection, workspace: UUID) -> int:
    """After the fence table was lost: every fence again, from main. Returns how many were raised.

    Only ever raises fences, so it is harmless where nothing was lost.
    """
    head = main.workspace_head
    whole = main_connection.execute(
        select(head.c.fence_seq).where(head.c.workspace_id == workspace)
    ).scalar_one()
    raise_fences(connection, workspace, {("workspace", workspace): whole})
    count = 1
    for kind, table in (("record", main.record), ("profile", main.profile)):
        fenced = main_connection.execute(
            select(table.c.id, table.c.fence_seq)
            .where(table.c.workspace_id == workspace, table.c.fence_seq > 0)
            .execution_options(yield_per=CHUNK)
        )
        for part in fenced.partitions():
            fences = {(kind, row.id): int(row.fence_seq) for row in part}
            raise_fences(connection, workspace, fences)
            count += len(fences)
    return count


def _waiting(database: Database, workspace: UUID) -> list[Restriction]:
    outbox = main.outbox
    with database.begin(workspace, mode="snapshot") as connection:
        rows = connection.execute(
            select(outbox)
            .where(outbox.c.workspace_id == workspace, outbox.c.applied_at.is_(None))
            .order_by(outbox.c.seq)
            .limit(CHUNK)
        ).all()
    return [_restriction(row) for row in rows]


def _restriction(row: Row[tuple[object, ...]]) -> Restriction:
    return Restriction(
        seq=row.seq,
        kind=row.kind,
        records=tuple(UUID(record) for record in row.records),
        profiles=tuple(UUID(profile) for profile in row.profiles),
        at=row.created_at,
        event_id=row.event_id,
        payload=row.payload,
        whole_workspace=row.kind in WHOLE_WORKSPACE,
    )


def _journal(connection: Connection, workspace: UUID, waiting: Sequence[Restriction]) -> None:
    """T3. The mark's row lock (SQLite: the write lock) keeps the chain in seq order."""
    table, mark = custody.journal, custody.journal_mark
    locked = connection.execute(
        select(mark.c.seq, mark.c.hash).where(mark.c.workspace_id == workspace).with_for_update()
    ).one()
    seq, link = int(locked.seq), bytes(locked.hash)
    for restriction in waiting:
        if restriction.seq <= seq:
            continue
        entry = {
            "seq": restriction.seq,
            "kind": restriction.kind,
            "records": [str(record) for record in restriction.records],
            "profiles": [str(profile) for profile in restriction.profiles],
            "at": clock.text(restriction.at),
        }
        seq, link = restriction.seq, hashlib.sha256(link + canonical(entry)).digest()
        connection.execute(
            insert(table).values(
                workspace_id=workspace,
                seq=seq,
                kind=restriction.kind,
                records=entry["records"],
                profiles=entry["profiles"],
                hash=link,
                at=restriction.at,
            )
        )
        if restriction.payload is not None and restriction.event_id is not None:
            connection.execute(
                _dialect_insert(connection)(custody.consent_body)
                .values(
                    event_id=restriction.event_id,
                    workspace_id=workspace,
                    sealed=restriction.payload,
                    created_at=restriction.at,
                )
                .on_conflict_do_nothing()
            )
    connection.execute(
        update(mark).where(mark.c.workspace_id == workspace).values(seq=seq, hash=link)
    )


def _mark_applied(database: Database, workspace: UUID, seq: int) -> None:
    outbox = main.outbox
    with database.begin(workspace) as connection:
        connection.execute(
            update(outbox)
            .where(
                outbox.c.workspace_id == workspace,
                outbox.c.seq <= seq,
                or_(outbox.c.applied_at.is_(None), outbox.c.payload.is_not(None)),
            )
            .values(applied_at=clock.now(), payload=None)
        )
        connection.commit()


def _dialect_insert(connection: Connection) -> Any:
    """The INSERT that knows ON CONFLICT; SQLite's and PostgreSQL's have no common type."""
    return sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert


def _zeros(connection: Connection) -> object:
    slot = views.slot.c.wrapped
    if connection.dialect.name == "sqlite":
        return func.zeroblob(func.length(slot))
    return func.decode(func.repeat("00", func.length(slot)), "hex")
