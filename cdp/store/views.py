"""Sealed views: publishing under the fences, fetching, looking up, and the sweep.

A builder works from a snapshot of main at seq `head`. `publish` locks the fences of everything
the views rest on and compares: any fence above `head` means that something was taken away since
the snapshot, so the build is dropped. T2 raises fences before it deletes, and both take them in
the same order, so whichever of the two comes second sees the other and neither waits in a circle.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, delete, func, select

from cdp.store import bulk
from cdp.store.prebuilt import Prebuilt
from cdp.store.protocol import chunks, delete_views, raise_fences
from cdp.store.records import insert_new
from cdp.store.rows.views import alive, fence, lookup, sealed_view, slot, view_source


@dataclass(frozen=True)
class StoredView:
    """A sealed view as it lies in the store: a header in clear, the rest bytes."""

    id: UUID
    profile_id: UUID
    purpose: str
    built_seq: int
    partition_version: int
    policy_hash: str
    recheck_at: datetime
    body: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True)
class Build:
    """What a builder made of one profile: views to put, purposes to take away."""

    profile_id: UUID
    records: tuple[UUID, ...]
    views: tuple[StoredView, ...]
    removed: tuple[str, ...]
    # purpose -> lookup tokens
    lookups: dict[str, frozenset[bytes]] = field(repr=False)


def publish(
    connection: Connection, workspace: UUID, head: int, builds: Sequence[Build]
) -> set[UUID]:
    """Put views that were built from main at `head`; returns the profiles that went through.

    A profile that is missing from the answer met a newer fence or a newer view: build it again.
    """
    whole = connection.execute(
        select(fence.c.seq)
        .where(fence.c.workspace_id == workspace, fence.c.kind == "workspace")
        .with_for_update(read=True)
    ).scalar()
    if whole is None or whole > head:
        return set()
    ids = {("record", record) for build in builds for record in build.records}
    ids |= {("profile", build.profile_id) for build in builds}
    fenced = _lock(connection, workspace, ids)
    good = [
        build
        for build in builds
        if all(fenced[key] <= head for key in (build.profile_id, *build.records))
    ]
    existing = _existing(connection, workspace, [build.profile_id for build in good])
    newer = {profile for (profile, _), (_, built) in existing.items() if built > head}
    good = [build for build in good if build.profile_id not in newer]
    _put(connection, workspace, good, existing)
    return {build.profile_id for build in good}


def _lock(
    connection: Connection, workspace: UUID, ids: Collection[tuple[str, UUID]]
) -> dict[UUID, int]:
    """Fences by id, each locked until commit; one that is missing is made, at 0."""
    raise_fences(connection, workspace, dict.fromkeys(ids, 0))
    found: dict[UUID, int] = {}
    for part in chunks(sorted(key for _, key in ids)):
        rows = connection.execute(
            select(fence.c.id, fence.c.seq).where(
                fence.c.workspace_id == workspace,
                fence.c.kind.in_(["profile", "record"]),
                fence.c.id.in_(part),
            )
        )
        found.update({row.id: int(row.seq) for row in rows})
    return found


def _existing(
    connection: Connection, workspace: UUID, profile_ids: Iterable[UUID]
) -> dict[tuple[UUID, str], tuple[UUID, int]]:
    found: dict[tuple[UUID, str], tuple[UUID, int]] = {}
    for part in chunks(sorted(profile_ids)):
        rows = connection.execute(
            select(
                sealed_view.c.profile_id,
                sealed_view.c.purpose,
                sealed_view.c.id,
                sealed_view.c.built_seq,
            ).where(sealed_view.c.workspace_id == workspace, sealed_view.c.profile_id.in_(part))
        )
        found.update({(row[0], row[1]): (row[2], int(row[3])) for row in rows})
    return found


def _put(
    connection: Connection,
    workspace: UUID,
    builds: Sequence[Build],
    existing: Mapping[tuple[UUID, str], tuple[UUID, int]],
) -> None:
    """What is outdated goes, what was built comes; a few statements for all builds together."""
    touched = [
        (build.profile_id, purpose)
        for build in builds
        for purpose in sorted({view.purpose for view in build.views} | set(build.removed))
    ]
    outdated = [(existing[place][0], *place) for place in touched if place in existing]
    delete_views(connection, workspace, outdated)
    made = [view for build in builds for view in build.views]
    bulk.insert(connection, sealed_view, [_row(workspace, view) for view in made])
    _fill_slots(connection, workspace, made)
    insert_new(
        connection,
        view_source,
        [
            {"view_id": view.id, "record_id": record, "workspace_id": workspace}
            for build in builds
            for view in build.views
            for record in build.records
        ],
    )
    insert_new(
        connection,
        lookup,
        [
            {
                "workspace_id": workspace,
                "purpose": view.purpose,
                "token": token,
                "view_id": view.id,
                "profile_id": view.profile_id,
            }
            for build in builds
            for view in build.views
            for token in sorted(build.lookups.get(view.purpose, frozenset()))
        ],
    )


def _row(workspace: UUID, view: StoredView) -> dict[str, object]:
    return {
        "id": view.id,
        "workspace_id": workspace,
        "profile_id": view.profile_id,
        "purpose": view.purpose,
        "built_seq": view.built_seq,
        "partition_version": view.partition_version,
        "policy_hash": view.policy_hash,
        "recheck_at": view.recheck_at,
        "body": view.body,
        "signature": view.signature,
    }


def _fill_slots(connection: Connection, workspace: UUID, made: Sequence[StoredView]) -> None:
    bulk.insert(
        connection,
        slot,
        [
            {
                "workspace_id": workspace,
                "profile_id": view.profile_id,
                "purpose": view.purpose,
                "wrapped": view.wrapped,
            }
            for view in made
        ],
        "ON CONFLICT (workspace_id, profile_id, purpose) DO UPDATE SET wrapped = excluded.wrapped",
    )


_FETCH = select(
    sealed_view.c.id,
    sealed_view.c.profile_id,
    sealed_view.c.purpose,
    sealed_view.c.built_seq,
    sealed_view.c.partition_version,
    sealed_view.c.policy_hash,
    sealed_view.c.recheck_at,
    sealed_view.c.body,
    sealed_view.c.signature,
    slot.c.wrapped,
).join(
    slot,
    and_(
        slot.c.workspace_id == sealed_view.c.workspace_id,
        slot.c.profile_id == sealed_view.c.profile_id,
        slot.c.purpose == sealed_view.c.purpose,
    ),
)
# A reader asks for few things, so that the statement can be made once: the last fills up.
_PURPOSES = [f"purpose_{number}" for number in range(4)]
_TOKENS = [f"token_{number}" for number in range(4)]
_FETCH_ONE = Prebuilt(
    _FETCH.where(
        sealed_view.c.workspace_id == bindparam("workspace"),
        sealed_view.c.profile_id == bindparam("profile"),
        sealed_view.c.purpose.in_([bindparam(name) for name in _PURPOSES]),
    )
)


def fetch(
    connection: Connection, workspace: UUID, profile_id: UUID, purposes: Collection[str]
) -> dict[str, StoredView]:
    """The bytes of a profile's views, by purpose. Nothing is opened here."""
    wanted, found = sorted(purposes), {}
    for named in _filled(_PURPOSES, wanted):
        rows = _FETCH_ONE.rows(connection, {"workspace": workspace, "profile": profile_id, **named})
        found.update({view.purpose: view for view in map(_stored, rows)})
    return found


def _stored(row: Sequence[Any]) -> StoredView:
    return StoredView(*row)


def _filled(names: Sequence[str], wanted: Sequence[Any]) -> Iterable[dict[str, Any]]:
    """What is wanted under the names of parameters, so many at a time."""
    for part in chunks(wanted, len(names)):
        yield dict(zip_longest(names, part, fillvalue=part[-1]))


def page(
    connection: Connection, workspace: UUID, profile_ids: Collection[UUID]
) -> list[StoredView]:
    """Every view of these profiles: for the drift figures."""
    found: list[StoredView] = []
    for part in chunks(sorted(profile_ids)):
        rows = connection.execute(
            _FETCH.where(
                sealed_view.c.workspace_id == workspace, sealed_view.c.profile_id.in_(part)
            )
        )
        found.extend(StoredView(*tuple(row)) for row in rows)
    return found


def look_up(
    connection: Connection, workspace: UUID, purpose: str, tokens: Collection[bytes]
) -> set[UUID]:
    """The profiles that carry one of these tokens in a view of this purpose."""
    return {
        profile
        for named in _filled(_TOKENS, sorted(tokens))
        for (profile,) in _LOOK_UP.rows(
            connection, {"workspace": workspace, "purpose": purpose, **named}
        )
    }


_LOOK_UP = Prebuilt(
    select(lookup.c.profile_id).where(
        lookup.c.workspace_id == bindparam("workspace"),
        lookup.c.purpose == bindparam("purpose"),
        lookup.c.token.in_([bindparam(name) for name in _TOKENS]),
    )
)


def due(connection: Connection, workspace: UUID, at: datetime, limit: int = 500) -> set[UUID]:
    """Profiles with a view whose time to be checked again has come."""
    rows = connection.execute(
        select(sealed_view.c.profile_id)
        .where(sealed_view.c.workspace_id == workspace, sealed_view.c.recheck_at <= at)
        .order_by(sealed_view.c.recheck_at)
        .limit(limit)
    )
    return set(rows.scalars())


def remove_retired(connection: Connection, workspace: UUID, profile_ids: Collection[UUID]) -> int:
    """Delete what is left of profiles that no longer exist."""
    left = page(connection, workspace, profile_ids)
    delete_views(connection, workspace, [(view.id, view.profile_id, view.purpose) for view in left])
    # Their slots are empty by now and will never be filled again.
    for part in chunks(sorted(profile_ids)):
        mine = (slot.c.workspace_id == workspace) & slot.c.profile_id.in_(part)
        connection.execute(delete(slot).where(mine))
    return len(left)


def count(connection: Connection, workspace: UUID) -> dict[str, int]:
    """How many views there are per purpose."""
    rows = connection.execute(
        select(sealed_view.c.purpose, func.count())
        .where(sealed_view.c.workspace_id == workspace)
        .group_by(sealed_view.c.purpose)
    )
    return {row[0]: int(row[1]) for row in rows}


def survived(connection: Connection, workspace: UUID) -> bool:
    """Whether the unlogged tables are those of before: a crash of PostgreSQL empties them."""
    found = connection.execute(select(alive.c.since).where(alive.c.workspace_id == workspace))
    return found.first() is not None


def mark_alive(connection: Connection, workspace: UUID, at: datetime) -> None:
    """From here on, finding the mark means that nothing was emptied."""
    insert_new(connection, alive, [{"workspace_id": workspace, "since": at}])


def fences_lost(connection: Connection, workspace: UUID) -> bool:
    """Whether the workspace's fence, made with the workspace, is gone: the table was lost."""
    found = connection.execute(
        select(fence.c.seq).where(fence.c.workspace_id == workspace, fence.c.kind == "workspace")
    )
    return found.first() is None
