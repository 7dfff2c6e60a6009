"""What changed, in the order of the workspace's counter: merges, splits, what people said.

Every change takes its number from one gapless counter whose lock is held until commit, so whoever
has read the head has every number up to it. A page therefore reads the head first and nothing above
it; what is on it never changes afterwards but for the current profile of a record.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, and_, or_, select

from cdp.store import configuration
from cdp.store.protocol import chunks
from cdp.store.rows.main import consent_binding, consent_event, lineage, link, profile

MERGED: Final = "merged"
SPLIT: Final = "split"
CONSENT: Final = "consent"
TYPES: Final = (MERGED, SPLIT, CONSENT)


@dataclass(frozen=True)
class Position:
    """How far a reader is: past `seq`, or inside it and past the former id `after`."""

    seq: int
    after: UUID | None = None


@dataclass(frozen=True)
class Change:
    """One change. `profiles`: who the former id stands for since, or whose consent changed."""

    seq: int
    type: str
    profiles: tuple[UUID, ...]
    former: UUID | None = None
    at: datetime | None = None

    @property
    def position(self) -> Position:
        """Where a reader is who has read this one."""
        return Position(self.seq, self.former)


@dataclass(frozen=True)
class Page:
    """Some changes, where the next page begins, and whether there is one already."""

    changes: tuple[Change, ...]
    next: Position
    more: bool


@dataclass(frozen=True)
class _Span:
    """After a position, up to a seq, at most so many."""

    since: Position
    last: int
    most: int


def head(connection: Connection, workspace: UUID) -> Position:
    """Past everything that has happened."""
    return Position(configuration.head(connection, workspace)[0])


def page(
    connection: Connection,
    workspace: UUID,
    since: Position,
    *,
    types: Collection[str] = TYPES,
    limit: int,
) -> Page:
    """The next changes of these types after a position, at most `limit`.

    A reader that goes on from `next` misses nothing and sees nothing twice, whatever is written
    meanwhile.
    """
    last = head(connection, workspace)
    descents = [kind for kind in (MERGED, SPLIT) if kind in types]
    found: list[Change] = []
    if descents:
        found += _descents(connection, workspace, _Span(since, last.seq, limit + 1), descents)
    if CONSENT in types:
        found += _statements(connection, workspace, _Span(since, last.seq, limit + 1))
    found.sort(key=lambda change: (change.seq, change.former or UUID(int=0)))
    if len(found) <= limit:
        return Page(_heard(found), Position(max(last.seq, since.seq)), more=False)
    kept = found[:limit]
    return Page(_heard(kept), kept[-1].position, more=True)


def _heard(found: Sequence[Change]) -> tuple[Change, ...]:
    # What was said about a record that belongs to nobody any more changes no profile.
    return tuple(change for change in found if change.profiles)


def _descents(
    connection: Connection,
    workspace: UUID,
    span: _Span,
    kinds: Collection[str],
) -> list[Change]:
    table, since = lineage.c, span.since
    later = table.seq > since.seq
    if since.after is not None:
        later = or_(later, and_(table.seq == since.seq, table.profile_id > since.after))
    steps = connection.execute(
        select(table.seq, table.profile_id, table.kind, profile.c.retired_at)
        .join(profile, profile.c.id == table.profile_id)
        .where(
            table.workspace_id == workspace,
            table.seq <= span.last,
            later,
            table.kind.in_(sorted(kinds)),
        )
        .distinct()
        .order_by(table.seq, table.profile_id)
        .limit(span.most)
    ).all()
    successors = _successors(connection, workspace, {step.profile_id for step in steps})
    found = []
    for step in steps:
        current, at = successors[step.seq, step.profile_id]
        # Not of a merge: an id that an undo brought back was nobody's when it was merged.
        if step.retired_at is None and step.kind == SPLIT:
            current = sorted({*current, step.profile_id})
        found.append(Change(step.seq, step.kind, tuple(current), step.profile_id, at))
    return found


def _successors(
    connection: Connection, workspace: UUID, formers: Collection[UUID]
) -> dict[tuple[int, UUID], tuple[list[UUID], datetime]]:
    """Who followed a former id at each step, and when."""
    table = lineage.c
    found: dict[tuple[int, UUID], tuple[list[UUID], datetime]] = {}
    for part in chunks(sorted(formers)):
        rows = connection.execute(
            select(table.seq, table.profile_id, table.successor_id, table.at)
            .where(table.workspace_id == workspace, table.profile_id.in_(part))
            .order_by(table.seq, table.profile_id, table.successor_id)
        )
        for step, group in groupby(rows, key=lambda row: (int(row.seq), row.profile_id)):
            members = list(group)
            found[step] = ([row.successor_id for row in members], members[0].at)
    return found


def _statements(connection: Connection, workspace: UUID, span: _Span) -> list[Change]:
    event = consent_event.c
    rows = connection.execute(
        select(event.id, event.seq)
        .where(event.workspace_id == workspace, event.seq > span.since.seq, event.seq <= span.last)
        .order_by(event.seq)
        .limit(span.most)
    ).all()
    profiles: dict[UUID, set[UUID]] = {row.id: set() for row in rows}
    for part in chunks(sorted(profiles)):
        bound = connection.execute(
            select(consent_binding.c.event_id, link.c.profile_id)
            .join(link, link.c.record_id == consent_binding.c.record_id)
            .where(
                consent_binding.c.workspace_id == workspace, consent_binding.c.event_id.in_(part)
            )
        )
        for row in bound:
            profiles[row.event_id].add(row.profile_id)
    return [Change(row.seq, CONSENT, tuple(sorted(profiles[row.id]))) for row in rows]
