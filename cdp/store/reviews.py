"""The review queue: what a person should look at, as each component was left when last resolved."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, tuple_

from cdp.store import bulk
from cdp.store.protocol import chunks
from cdp.store.rows.verdicts import review


@dataclass(frozen=True)
class Item:
    """Two records, or one twice. `weight`: thousandths of a bit. `seq`: since when it waits."""

    kind: str
    a_id: UUID
    b_id: UUID
    weight: int
    size: int
    type: str
    seq: int

    @property
    def key(self) -> tuple[UUID, UUID, str]:
        """What makes it the same item."""
        return self.a_id, self.b_id, self.kind


_ITEM = select(
    review.c.kind,
    review.c.a_id,
    review.c.b_id,
    review.c.weight,
    review.c.size,
    review.c.type,
    review.c.seq,
)


def replace(
    connection: Connection, workspace: UUID, record_ids: Collection[UUID], items: Iterable[Item]
) -> None:
    """Everything there is to look at about these records; what waited already keeps its place."""
    wanted = {item.key: item for item in items}
    known = {
        item.key: item
        for column in (review.c.a_id, review.c.b_id)
        for item in (
            Item(*tuple(row)) for row in bulk.found(connection, _ITEM, column, set(record_ids))
        )
    }
    gone = sorted(known.keys() - wanted.keys())
    for part in chunks(gone):
        key = tuple_(review.c.a_id, review.c.b_id, review.c.kind)
        connection.execute(delete(review).where(key.in_(part)))
    keep(connection, workspace, [wanted[key] for key in sorted(wanted.keys() - known.keys())])
    changed = [item for key, item in wanted.items() if key in known and known[key] != item]
    keep(connection, workspace, sorted(changed, key=lambda item: item.key))


def keep(connection: Connection, workspace: UUID, items: Sequence[Item]) -> None:
    """These wait as well."""
    rows = [
        {
            "a_id": item.a_id,
            "b_id": item.b_id,
            "kind": item.kind,
            "workspace_id": workspace,
            "weight": item.weight,
            "size": item.size,
            "type": item.type,
            "seq": item.seq,
        }
        for item in items
    ]
    conflict = (
        "ON CONFLICT (a_id, b_id, kind) DO UPDATE SET weight = excluded.weight,"
        " size = excluded.size, type = excluded.type"
    )
    bulk.insert(connection, review, rows, conflict)


def page(
    connection: Connection, workspace: UUID, *, kinds: Collection[str], limit: int
) -> Sequence[Item]:
    """What of these kinds has waited longest."""
    statement = _ITEM.where(review.c.workspace_id == workspace, review.c.kind.in_(sorted(kinds)))
    order = (review.c.seq, review.c.a_id, review.c.b_id, review.c.kind)
    return [
        Item(*tuple(row)) for row in connection.execute(statement.order_by(*order).limit(limit))
    ]


def counts(connection: Connection, workspace: UUID) -> dict[str, int]:
    """How many items of each kind wait."""
    rows = connection.execute(
        select(review.c.kind, func.count())
        .where(review.c.workspace_id == workspace)
        .group_by(review.c.kind)
        .order_by(review.c.kind)
    )
    return {row[0]: int(row[1]) for row in rows}
