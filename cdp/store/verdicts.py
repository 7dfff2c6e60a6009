"""Verdicts: what people decided about records. Taken back, never deleted."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from cdp.store import bulk
from cdp.store.rows.verdicts import verdict, verdict_record

TOGETHER: Final = "together"
APART: Final = "apart"


@dataclass(frozen=True)
class Author:
    """Who decided: an API client, or staff (no client id)."""

    client_id: UUID | None
    name: str


@dataclass(frozen=True)
class Taken:
    """When a verdict was taken back, and by whom."""

    by: str
    seq: int
    at: datetime


@dataclass(frozen=True)
class Verdict:
    """One verdict. `whole` and `merge_seq`: it undoes the merge at that place of the counter."""

    id: UUID
    ruling: str
    groups: tuple[tuple[UUID, ...], ...]
    author: Author
    reason: str | None
    seq: int
    at: datetime
    whole: bool = False
    merge_seq: int | None = None
    taken: Taken | None = None

    @property
    def records(self) -> frozenset[UUID]:
        """Everybody it speaks of."""
        return frozenset(record for group in self.groups for record in group)

    @property
    def speaks(self) -> bool:
        """Whether it says anything still, now that some of its records may be erased."""
        return len(self.groups) > 1 if self.ruling == APART else len(self.records) > 1

    @property
    def ties(self) -> tuple[tuple[UUID, ...], ...]:
        """The groups that it holds together."""
        return self.groups if self.whole or self.ruling == TOGETHER else ()


def add(connection: Connection, workspace: UUID, given: Verdict) -> None:
    """A new verdict."""
    connection.execute(
        insert(verdict).values(
            id=given.id,
            workspace_id=workspace,
            ruling=given.ruling,
            whole=given.whole,
            merge_seq=given.merge_seq,
            client_id=given.author.client_id,
            said_by=given.author.name,
            reason=given.reason,
            seq=given.seq,
            at=given.at,
        )
    )
    rows = [
        {"verdict_id": given.id, "record_id": record, "workspace_id": workspace, "part": part}
        for part, group in enumerate(given.groups)
        for record in group
    ]
    bulk.insert(connection, verdict_record, rows)


def take_back(connection: Connection, verdict_id: UUID, taken: Taken) -> None:
    """This verdict holds no longer; that it was given stays."""
    connection.execute(
        update(verdict)
        .where(verdict.c.id == verdict_id)
        .values(undone_by=taken.by, undone_seq=taken.seq, undone_at=taken.at)
    )


def find(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Verdict]:
    """Verdicts by id, those that were taken back too."""
    wanted = set(ids)
    groups: dict[UUID, dict[int, list[UUID]]] = {}
    members = select(verdict_record.c.verdict_id, verdict_record.c.record_id, verdict_record.c.part)
    for row in bulk.found(connection, members, verdict_record.c.verdict_id, wanted):
        parts = groups.setdefault(row.verdict_id, {})
        parts.setdefault(row.part, []).append(row.record_id)
    found = {}
    for row in bulk.found(connection, select(verdict), verdict.c.id, wanted):
        held = groups.get(row.id, {})
        taken = None
        if row.undone_seq is not None:
            taken = Taken(row.undone_by, row.undone_seq, row.undone_at)
        found[row.id] = Verdict(
            id=row.id,
            ruling=row.ruling,
            groups=tuple(tuple(sorted(held[part])) for part in sorted(held)),
            author=Author(row.client_id, row.said_by),
            reason=row.reason,
            seq=row.seq,
            at=row.at,
            whole=row.whole,
            merge_seq=row.merge_seq,
            taken=taken,
        )
    return found


def are_there(connection: Connection, workspace: UUID) -> bool:
    """Whether any verdict stands in this workspace."""
    standing = select(verdict.c.id).where(
        verdict.c.workspace_id == workspace, verdict.c.undone_seq.is_(None)
    )
    return connection.execute(standing.limit(1)).first() is not None


def standing(connection: Connection, workspace: UUID) -> list[Verdict]:
    """Every verdict that nobody took back, in the order they were given."""
    ids = connection.execute(
        select(verdict.c.id).where(
            verdict.c.workspace_id == workspace, verdict.c.undone_seq.is_(None)
        )
    ).scalars()
    return sorted(find(connection, ids).values(), key=lambda item: item.seq)


def about(connection: Connection, record_ids: Collection[UUID]) -> list[Verdict]:
    """The standing verdicts that name one of these records, whole."""
    named = (
        select(verdict_record.c.verdict_id)
        .join(verdict, verdict.c.id == verdict_record.c.verdict_id)
        .where(verdict.c.undone_seq.is_(None))
    )
    rows = bulk.found(connection, named, verdict_record.c.record_id, set(record_ids))
    found = find(connection, {row.verdict_id for row in rows})
    return sorted(found.values(), key=lambda item: item.seq)


def page(
    connection: Connection, workspace: UUID, *, before: int | None, limit: int
) -> Sequence[Verdict]:
    """The newest verdicts, or those before a place of the counter; the newest first."""
    statement = select(verdict.c.id).where(verdict.c.workspace_id == workspace)
    if before is not None:
        statement = statement.where(verdict.c.seq < before)
    ids = connection.execute(statement.order_by(verdict.c.seq.desc()).limit(limit)).scalars()
    return sorted(find(connection, ids).values(), key=lambda item: -item.seq)
