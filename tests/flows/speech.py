"""What tests of consent say and ask through the door."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from cdp import clock, door, hearing
from cdp.flows.record_consent import ConsentReport
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.store import links, sources
from cdp.store.rows import main
from consent.decision import Ask
from tests.flows.seeding import NOTICE, STAFF
from tests.flows.streams import record_ids


def say(
    platform: Platform,
    profile: UUID,
    kind: str,
    *,
    source: str = "staff",
    event_id: UUID | None = None,
    identifier: str | None = None,
    **fields: Any,
) -> tuple[ConsentReport, bool]:
    said = {"type": kind, "purposes": ["offers"], "channels": ["email"], **fields}
    if kind == "given":
        said.setdefault("notice", NOTICE)
    request = hearing.ConsentRequest(
        event_id or new_id(),
        source,
        said,
        identifier=door.Identifier("email", identifier) if identifier else None,
    )
    return hearing.record(platform, STAFF, profile, request)


def ask(platform: Platform, profile: UUID, channel: str = "email") -> dict[str, object]:
    question = Ask(purpose="offers", now=clock.now(), channel=channel)
    return door.decide(platform, STAFF, profile, question).decision


def disclosed(platform: Platform) -> list[tuple[str, bool, list[str]]]:
    table = main.disclosure
    with platform.read() as tx:
        rows = tx.main.execute(
            select(table).where(table.c.workspace_id == tx.workspace).order_by(table.c.id)
        )
        return [(row.action, row.permitted, list(row.compartments)) for row in rows]


def profiles_in(platform: Platform, stream: sources.Stream) -> list[UUID]:
    record = record_ids(platform, stream, ["1"])["1"]
    with platform.read() as tx:
        return [links.links_of(tx.main, [record])[record].profile_id]
