"""What a reader needs from main in one statement, and the log of what was answered."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, insert, select, true

from cdp.store.jobs import REFRESH
from cdp.store.prebuilt import Prebuilt
from cdp.store.rows.main import (
    catalogue,
    consent_current,
    disclosure,
    job,
    link,
    policy,
    profile,
    record,
    workspace_head,
)


@dataclass(frozen=True)
class StandingMember:
    """One record of a profile as main has it now."""

    record_id: UUID
    link: str
    relation: str
    fence_seq: int
    facts: list[dict[str, Any]] = field(repr=False)


@dataclass(frozen=True)
class Standing:
    """Everything about a profile that main knows now and a decision needs.

    `fence_seq` is the highest fence of workspace, profile and records: a view built before it is
    void. `rebuilding`: a build job is open. `catalogues`: how many versions of catalogues there
    ever were, and when the last came; whenever one is put in force, it changes.
    """

    profile_id: UUID
    lifecycle: str
    partition_version: int
    fence_seq: int
    merged_at: datetime | None
    retired: bool
    seq: int
    policy_hash: str
    rebuilding: bool
    catalogues: tuple[int, datetime | None]
    members: tuple[StandingMember, ...]


@dataclass(frozen=True)
class Disclosure:
    """One answer, refusals included. Codes and ids only."""

    id: UUID
    at: datetime
    client_id: UUID | None
    action: str
    profile_id: UUID | None
    purpose: str
    channel: str | None
    permitted: bool
    reasons: dict[str, str]
    compartments: list[str]
    consent_seq: int


_POLICY = (
    select(policy.c.hash)
    .where(policy.c.workspace_id == bindparam("workspace"))
    .order_by(policy.c.version.desc())
    .limit(1)
    .scalar_subquery()
)
_REBUILDING = (
    select(func.count())
    .select_from(job)
    .where(
        job.c.workspace_id == bindparam("workspace"),
        job.c.kind == REFRESH,
        job.c.subject_id == bindparam("profile"),
    )
    .scalar_subquery()
)
_CATALOGUES = (
    select(func.count().label("versions"), func.max(catalogue.c.created_at).label("since"))
    .where(catalogue.c.workspace_id == bindparam("workspace"))
    .subquery("catalogues")
)
_STANDING = Prebuilt(
    select(
        profile.c.lifecycle,
        profile.c.partition_version,
        profile.c.fence_seq.label("profile_fence"),
        profile.c.merged_at,
        profile.c.retired_at,
        workspace_head.c.seq,
        workspace_head.c.fence_seq.label("workspace_fence"),
        _POLICY.label("policy_hash"),
        _REBUILDING.label("rebuilding"),
        _CATALOGUES.c.versions,
        _CATALOGUES.c.since,
        link.c.record_id,
        link.c.kind,
        link.c.relation,
        record.c.fence_seq.label("record_fence"),
        consent_current.c.facts,
    )
    .join(workspace_head, workspace_head.c.workspace_id == profile.c.workspace_id)
    .join(_CATALOGUES, true())
    .outerjoin(link, link.c.profile_id == profile.c.id)
    .outerjoin(record, record.c.id == link.c.record_id)
    .outerjoin(consent_current, consent_current.c.record_id == link.c.record_id)
    .where(profile.c.workspace_id == bindparam("workspace"), profile.c.id == bindparam("profile"))
    .order_by(link.c.record_id)
)


class _Row(NamedTuple):
    """One row of `_STANDING`."""

    lifecycle: str
    partition_version: int
    profile_fence: int
    merged_at: datetime | None
    retired_at: datetime | None
    seq: int
    workspace_fence: int
    policy_hash: str | None
    rebuilding: int
    catalogues: int
    catalogues_since: datetime | None
    record_id: UUID | None
    kind: str
    relation: str
    record_fence: int
    facts: list[dict[str, Any]] | None


_LOG = Prebuilt(insert(disclosure))


def standing(connection: Connection, workspace: UUID, profile_id: UUID) -> Standing | None:
    """Main's state of a profile, in one statement; None: no such id in this workspace.

    A reader calls this *after* it has fetched the view's bytes: then whatever was acknowledged
    before the request is in the state, and a view that is older than it is refused.
    """
    rows = _STANDING.rows(connection, {"workspace": workspace, "profile": profile_id})
    if not rows:
        return None
    first = _Row(*rows[0])
    members = tuple(
        StandingMember(record, kind, relation, fence, facts or [])
        for *_, record, kind, relation, fence, facts in rows
        if record is not None
    )
    fences = [first.profile_fence, first.workspace_fence, *(item.fence_seq for item in members)]
    return Standing(
        profile_id=profile_id,
        lifecycle=first.lifecycle,
        partition_version=first.partition_version,
        fence_seq=max(fences),
        merged_at=first.merged_at,
        retired=first.retired_at is not None,
        seq=first.seq,
        policy_hash=first.policy_hash or "",
        rebuilding=bool(first.rebuilding),
        catalogues=(first.catalogues, first.catalogues_since),
        members=members,
    )


def log(connection: Connection, workspace: UUID, entry: Disclosure) -> None:
    """Write the answer down; it commits before the first byte leaves."""
    _LOG.run(
        connection,
        {
            "id": entry.id,
            "workspace_id": workspace,
            "at": entry.at,
            "client_id": entry.client_id,
            "action": entry.action,
            "profile_id": entry.profile_id,
            "purpose": entry.purpose,
            "channel": entry.channel,
            "permitted": entry.permitted,
            "reasons": entry.reasons,
            "compartments": entry.compartments,
            "consent_seq": entry.consent_seq,
        },
    )


def count(connection: Connection, workspace: UUID, profile_id: UUID | None = None) -> int:
    """How many answers were logged, for the workspace or about one profile."""
    statement = (
        select(func.count()).select_from(disclosure).where(disclosure.c.workspace_id == workspace)
    )
    if profile_id is not None:
        statement = statement.where(disclosure.c.profile_id == profile_id)
    return int(connection.execute(statement).scalar_one())
