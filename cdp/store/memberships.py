"""Who was in which profile at any past moment, in terms of the workspace's counter.

A link says since when it holds; when a record leaves its profile, what was so until then is added
here. Nothing is written for records that stay where they are.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, insert, literal, select

from cdp.store import bulk
from cdp.store.protocol import chunks
from cdp.store.rows.main import lineage, link
from cdp.store.rows.verdicts import membership


def leave(connection: Connection, workspace: UUID, record_ids: Collection[UUID], seq: int) -> None:
    """These records are about to leave the profiles they are in."""
    names = ["record_id", "to_seq", "workspace_id", "profile_id", "from_seq"]
    for part in chunks(sorted(record_ids)):
        left = select(
            link.c.record_id,
            literal(seq),
            link.c.workspace_id,
            link.c.profile_id,
            link.c.since_seq,
        ).where(link.c.workspace_id == workspace, link.c.record_id.in_(part))
        connection.execute(insert(membership).from_select(names, left))


def members_at(connection: Connection, profiles: Iterable[UUID], seq: int) -> dict[UUID, UUID]:
    """Record to profile, of everybody who was in one of these once `seq` had happened."""
    return _at(connection, seq, set(profiles), (link.c.profile_id, membership.c.profile_id))


def homes_at(connection: Connection, record_ids: Iterable[UUID], seq: int) -> dict[UUID, UUID]:
    """Record to profile, once `seq` had happened; a record that was in none is missing."""
    return _at(connection, seq, set(record_ids), (link.c.record_id, membership.c.record_id))


def _at(
    connection: Connection,
    seq: int,
    ids: Collection[UUID],
    columns: tuple[ColumnElement[UUID], ColumnElement[UUID]],
) -> dict[UUID, UUID]:
    now = select(link.c.record_id, link.c.profile_id).where(link.c.since_seq <= seq)
    then = select(membership.c.record_id, membership.c.profile_id).where(
        membership.c.from_seq <= seq, membership.c.to_seq > seq
    )
    rows = [
        row
        for statement, column in zip((now, then), columns, strict=True)
        for row in bulk.found(connection, statement, column, ids)
    ]
    return {row.record_id: row.profile_id for row in rows}


def holding(
    connection: Connection, workspace: UUID, profile_id: UUID, among: Collection[UUID]
) -> set[UUID]:
    """Those of the profiles that hold a record which this one ever had.

    All of them where history does not go back far enough to tell, or none of its records is left.
    """
    if len(among) <= 1:
        return set(among)
    left = set(
        connection.execute(
            select(lineage.c.seq).where(
                lineage.c.workspace_id == workspace, lineage.c.profile_id == profile_id
            )
        ).scalars()
    )
    told = connection.execute(
        select(membership.c.to_seq, link.c.profile_id)
        .select_from(membership)
        .outerjoin(link, link.c.record_id == membership.c.record_id)
        .where(membership.c.profile_id == profile_id)
    ).all()
    found = {row.profile_id for row in told} & set(among)
    return found if found and left <= {row.to_seq for row in told} else set(among)
