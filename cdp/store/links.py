"""Profiles, the links of records to them, and the lineage of ids.

A profile is an opinion: it can be recomputed. Its id is not: once minted it answers for ever,
through `lineage` where the profile was merged away or split.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from cdp.ids import new_id
from cdp.store import bulk, memberships
from cdp.store.protocol import chunks
from cdp.store.rows.main import lineage, link, profile


@dataclass(frozen=True)
class Link:
    """How a record belongs to its profile."""

    record_id: UUID
    profile_id: UUID
    kind: str
    relation: str


@dataclass(frozen=True)
class Profile:
    """A profile's row."""

    id: UUID
    lifecycle: str
    partition_version: int
    fence_seq: int
    created_at: datetime
    merged_at: datetime | None
    retired_at: datetime | None


@dataclass(frozen=True)
class Descent:
    """An id that is no longer current, and one of its successors."""

    profile_id: UUID
    successor_id: UUID
    kind: str


@dataclass(frozen=True)
class Step:
    """A descent, and when it happened."""

    profile_id: UUID
    successor_id: UUID
    kind: str
    seq: int
    at: datetime


def links_of(connection: Connection, record_ids: Iterable[UUID]) -> dict[UUID, Link]:
    """The links of these records."""
    return _links(connection, link.c.record_id, record_ids)


def members(connection: Connection, profile_ids: Iterable[UUID]) -> dict[UUID, Link]:
    """The links of every record of these profiles, by record."""
    return _links(connection, link.c.profile_id, profile_ids)


def _links(
    connection: Connection, column: ColumnElement[UUID], ids: Iterable[UUID]
) -> dict[UUID, Link]:
    statement = select(link.c.record_id, link.c.profile_id, link.c.kind, link.c.relation)
    rows = bulk.found(connection, statement, column, set(ids))
    return {row.record_id: Link(*tuple(row)) for row in rows}


def profiles_of(connection: Connection, record_ids: Iterable[UUID]) -> set[UUID]:
    """The profiles of these records, each once however many of its records are among them."""
    statement = select(link.c.profile_id).distinct()
    rows = bulk.found(connection, statement, link.c.record_id, set(record_ids))
    return {row.profile_id for row in rows}


def profiles(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Profile]:
    """Profile rows by id."""
    statement = select(
        profile.c.id,
        profile.c.lifecycle,
        profile.c.partition_version,
        profile.c.fence_seq,
        profile.c.created_at,
        profile.c.merged_at,
        profile.c.retired_at,
    )
    rows = bulk.found(connection, statement, profile.c.id, set(ids))
    return {row.id: Profile(*tuple(row)) for row in rows}


def current_ids(
    connection: Connection, workspace: UUID, after: UUID | None = None, limit: int = 500
) -> list[UUID]:
    """A page of the ids of current profiles, in id order."""
    statement = (
        select(profile.c.id)
        .where(profile.c.workspace_id == workspace, profile.c.retired_at.is_(None))
        .order_by(profile.c.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(profile.c.id > after)
    return list(connection.execute(statement).scalars())


def count(connection: Connection, workspace: UUID) -> int:
    """How many current profiles there are."""
    statement = (
        select(func.count())
        .select_from(profile)
        .where(profile.c.workspace_id == workspace, profile.c.retired_at.is_(None))
    )
    return int(connection.execute(statement).scalar_one())


def current(connection: Connection, workspace: UUID, profile_id: UUID) -> set[UUID]:
    """The current profiles an id stands for: itself, its successors, or none if it is unknown."""
    row = profiles(connection, [profile_id]).get(profile_id)
    if row is None:
        return set()
    if row.retired_at is None:
        return {profile_id}
    found = successors(connection, workspace, profile_id)
    return memberships.holding(connection, workspace, profile_id, found)


def successors(connection: Connection, workspace: UUID, profile_id: UUID) -> set[UUID]:
    """The current profiles that a former id stands for, following lineage to its end.

    Of an id that was reached, only what became of it afterwards counts. That it is current does not
    end the way: if it lost records since, those of the former id may be among them; which of them,
    `memberships.holding` knows.
    """
    current: set[UUID] = set()
    reached: dict[UUID, int] = {}
    open_ids = {profile_id: -1}
    while open_ids:
        reached |= open_ids
        rows = connection.execute(
            select(
                lineage.c.profile_id, lineage.c.successor_id, lineage.c.seq, profile.c.retired_at
            )
            .join(profile, profile.c.id == lineage.c.successor_id)
            .where(lineage.c.workspace_id == workspace, lineage.c.profile_id.in_(open_ids))
            .order_by(lineage.c.seq)
        ).all()
        later = [row for row in rows if row.seq > open_ids[row.profile_id]]
        current |= {row.successor_id for row in later if row.retired_at is None}
        # The earliest way to an id shows most of what became of it: seen last, it stays.
        found = {row.successor_id: row.seq for row in reversed(later)}
        open_ids = {id_: seq for id_, seq in found.items() if seq < reached.get(id_, seq + 1)}
    return current


def steps(connection: Connection, workspace: UUID, profiles: Iterable[UUID]) -> list[Step]:
    """What these profiles came from and what became of them, the newest first."""
    statement = select(
        lineage.c.profile_id, lineage.c.successor_id, lineage.c.kind, lineage.c.seq, lineage.c.at
    ).where(lineage.c.workspace_id == workspace)
    found = {
        Step(*tuple(row))
        for column in (lineage.c.profile_id, lineage.c.successor_id)
        for row in bulk.found(connection, statement, column, set(profiles))
    }
    return sorted(found, key=lambda one: (-one.seq, one.profile_id, one.successor_id))


def create(
    connection: Connection, workspace: UUID, ids: Collection[UUID], seq: int, at: datetime
) -> None:
    """New profiles."""
    bulk.insert(
        connection,
        profile,
        [
            {
                "id": new,
                "workspace_id": workspace,
                "lifecycle": "active",
                "partition_version": seq,
                "fence_seq": 0,
                "created_at": at,
            }
            for new in sorted(ids)
        ],
    )


def change(
    connection: Connection,
    *,
    changed: Collection[UUID],
    merged: Collection[UUID],
    retired: Collection[UUID],
    revived: Collection[UUID] = (),
    seq: int,
    at: datetime,
) -> None:
    """Profiles whose records changed, that absorbed others, that ended, or are there again."""
    for ids, values in (
        (changed, {"partition_version": seq}),
        (revived, {"retired_at": None}),
        (merged, {"merged_at": at}),
        (retired, {"retired_at": at, "partition_version": seq}),
    ):
        for part in chunks(sorted(ids)):
            connection.execute(update(profile).where(profile.c.id.in_(part)).values(**values))


def record_descent(
    connection: Connection, workspace: UUID, descents: Sequence[Descent], seq: int, at: datetime
) -> None:
    """Which ids follow which; kept for ever."""
    if descents:
        connection.execute(
            insert(lineage),
            [
                {
                    "id": new_id(),
                    "workspace_id": workspace,
                    "profile_id": item.profile_id,
                    "successor_id": item.successor_id,
                    "kind": item.kind,
                    "seq": seq,
                    "at": at,
                }
                for item in descents
            ],
        )


def keep_links(connection: Connection, workspace: UUID, links: Sequence[Link], seq: int) -> None:
    """Links as they are now; a record has one. Who leaves a profile goes through `leave` first."""
    bulk.insert(
        connection,
        link,
        [
            {
                "record_id": item.record_id,
                "workspace_id": workspace,
                "profile_id": item.profile_id,
                "kind": item.kind,
                "relation": item.relation,
                "seq": seq,
                "since_seq": seq,
            }
            for item in links
        ],
        "ON CONFLICT (record_id) DO UPDATE SET profile_id = excluded.profile_id,"
        " kind = excluded.kind, relation = excluded.relation, seq = excluded.seq,"
        " since_seq = CASE WHEN link.profile_id = excluded.profile_id"
        " THEN link.since_seq ELSE excluded.since_seq END",
    )


def remove_links(connection: Connection, record_ids: Collection[UUID]) -> None:
    """These records no longer belong to anybody: their source deleted them."""
    for part in chunks(sorted(record_ids)):
        connection.execute(delete(link).where(link.c.record_id.in_(part)))
