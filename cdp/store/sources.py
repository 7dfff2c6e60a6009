"""Sources, their streams, sync states and mappings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from cdp.errors import NotFound, Refused
from cdp.ids import new_id
from cdp.store.rows.main import mapping, record, source, stream


@dataclass(frozen=True)
class Source:
    """A silo. Its configuration is sealed: paths and cursors may name people."""

    id: UUID
    name: str
    kind: str
    config_sealed: bytes = field(repr=False)


@dataclass(frozen=True)
class Stream:
    """One table of a source; `state_sealed` is where reading goes on."""

    id: UUID
    source_id: UUID
    source: str
    name: str
    state_sealed: bytes | None = field(repr=False)


@dataclass(frozen=True)
class Place:
    """Where the reading of a stream stands: its state, its full refresh, the rows without a key.

    Two equal places mean that nobody else landed in between.
    """

    state_sealed: bytes | None = field(repr=False)
    generation: int
    flaws: int = field(compare=False)


@dataclass(frozen=True)
class MappingVersion:
    """A stream's mapping as configured; documents hold column names, never values."""

    stream_id: UUID
    version: int
    document: dict[str, Any]


def add(
    connection: Connection, workspace: UUID, new: Source, streams: list[str], at: datetime
) -> None:
    """Add a source with its streams.

    Raises:
        Refused: the name is taken.
    """
    if find_all(connection, workspace, new.name):
        raise Refused(f"a source named {new.name} exists already", reason="source_exists")
    connection.execute(
        insert(source).values(
            id=new.id,
            workspace_id=workspace,
            name=new.name,
            kind=new.kind,
            config_sealed=new.config_sealed,
            created_at=at,
        )
    )
    add_streams(connection, workspace, new.id, streams)


def find_all(connection: Connection, workspace: UUID, name: str | None = None) -> list[Source]:
    """Every source of the workspace, or the one named."""
    statement = select(source).where(source.c.workspace_id == workspace).order_by(source.c.name)
    if name is not None:
        statement = statement.where(source.c.name == name)
    return [
        Source(row.id, row.name, row.kind, bytes(row.config_sealed))
        for row in connection.execute(statement)
    ]


def find(connection: Connection, workspace: UUID, name: str) -> Source:
    """The source of that name.

    Raises:
        NotFound: there is none; the message lists those there are.
    """
    found = find_all(connection, workspace, name)
    if not found:
        names = ", ".join(item.name for item in find_all(connection, workspace)) or "none"
        raise NotFound(f"no source named {name} (sources: {names}); add it with `cdp source add`")
    return found[0]


def streams_of(
    connection: Connection, workspace: UUID, source_id: UUID | None = None
) -> list[Stream]:
    """The streams of a source, or of the workspace."""
    statement = (
        select(stream, source.c.name.label("source_name"))
        .join(source, source.c.id == stream.c.source_id)
        .where(stream.c.workspace_id == workspace)
        .order_by(source.c.name, stream.c.name)
    )
    if source_id is not None:
        statement = statement.where(stream.c.source_id == source_id)
    return [
        Stream(row.id, row.source_id, row.source_name, row.name, row.state_sealed)
        for row in connection.execute(statement)
    ]


def lock_stream(connection: Connection, stream_id: UUID) -> Place:
    """Only one run lands a stream at a time; the next one waits for this one's commit."""
    row = connection.execute(
        select(stream.c.state_sealed, stream.c.generation, stream.c.flaws)
        .where(stream.c.id == stream_id)
        .with_for_update()
    ).one()
    return Place(row.state_sealed, row.generation, row.flaws)


def keep_state(connection: Connection, stream_id: UUID, sealed: bytes, at: datetime) -> None:
    """Where to go on reading; commits together with what was read."""
    connection.execute(
        update(stream).where(stream.c.id == stream_id).values(state_sealed=sealed, state_at=at)
    )


def forget_states(connection: Connection, stream_ids: Sequence[UUID]) -> None:
    """These streams are read from their beginning next time."""
    connection.execute(update(stream).where(stream.c.id.in_(stream_ids)).values(state_sealed=None))


def keep_refresh(connection: Connection, stream_id: UUID, *, generation: int, flaws: int) -> None:
    """Which full refresh is under way, and how many of its rows name no record."""
    connection.execute(
        update(stream).where(stream.c.id == stream_id).values(generation=generation, flaws=flaws)
    )


def reconfigure(connection: Connection, source_id: UUID, config_sealed: bytes) -> None:
    """The source has another configuration from now on."""
    connection.execute(
        update(source).where(source.c.id == source_id).values(config_sealed=config_sealed)
    )


def add_streams(
    connection: Connection, workspace: UUID, source_id: UUID, names: Iterable[str]
) -> None:
    """More streams of a source that is there."""
    for name in names:
        connection.execute(
            insert(stream).values(
                id=new_id(), workspace_id=workspace, source_id=source_id, name=name
            )
        )


def add_mapping(
    connection: Connection, workspace: UUID, stream_id: UUID, document: dict[str, Any], at: datetime
) -> int:
    """Keep a new version of a stream's mapping and return its number."""
    newest = connection.execute(
        select(func.max(mapping.c.version)).where(mapping.c.stream_id == stream_id)
    ).scalar()
    version = (newest or 0) + 1
    connection.execute(
        insert(mapping).values(
            id=new_id(),
            workspace_id=workspace,
            stream_id=stream_id,
            version=version,
            document=document,
            created_at=at,
        )
    )
    return version


def mappings(connection: Connection, workspace: UUID) -> dict[UUID, MappingVersion]:
    """The newest mapping of every stream that has one."""
    newest = (
        select(mapping.c.stream_id, func.max(mapping.c.version).label("version"))
        .where(mapping.c.workspace_id == workspace)
        .group_by(mapping.c.stream_id)
        .subquery()
    )
    rows = connection.execute(
        select(mapping.c.stream_id, mapping.c.version, mapping.c.document).join(
            newest,
            (newest.c.stream_id == mapping.c.stream_id) & (newest.c.version == mapping.c.version),
        )
    )
    return {row.stream_id: MappingVersion(row.stream_id, row.version, row.document) for row in rows}


def count_records(connection: Connection, workspace: UUID) -> dict[UUID, int]:
    """Live records per stream."""
    rows = connection.execute(
        select(record.c.stream_id, func.count())
        .where(record.c.workspace_id == workspace, ~record.c.deleted)
        .group_by(record.c.stream_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def synced_at(connection: Connection, workspace: UUID) -> dict[UUID, datetime]:
    """When each stream that was ever read to a state was read last."""
    rows = connection.execute(
        select(stream.c.id, stream.c.state_at).where(
            stream.c.workspace_id == workspace, stream.c.state_at.is_not(None)
        )
    )
    return {row.id: row.state_at for row in rows}
