"""`cdp consent`: give, withdraw, show. Staff speak for a person here and never as the person.

So a yes counts as staff's (rank 2, with a reference to its evidence) and undoes no earlier no; a
no counts at once, whoever brings it. A withdrawal is acknowledged when it holds for every reader.
"""

from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import click
from rich.console import Console

from cdp import door, hearing, work
from cdp.cli.opening import IDENTIFIER, PROFILE_ID, STAFF, opened
from cdp.cli.output import examples, show, table, with_json
from cdp.door import CHANNELS, Identifier
from cdp.errors import ContinuumError
from cdp.hearing import ConsentRequest
from cdp.ids import new_id
from cdp.platform import Platform

SOURCE: Final = "staff"


@click.group(epilog=examples("cdp consent show ID", "cdp consent give --help"))
def consent() -> None:
    """Record and show what a person said about consent."""


@consent.command(
    epilog=examples(
        "cdp consent give ID --purpose offers --channel email --notice privacy-2026"
        " --evidence call/4711 --subject",
        "cdp consent give ID --purpose newsletter --notice privacy-2026 --identifier - < address",
    )
)
@click.argument("profile_id", type=PROFILE_ID, metavar="ID")
@click.option("--purpose", "purposes", multiple=True, required=True, help="One it covers.")
@click.option("--channel", "channels", multiple=True, type=click.Choice(CHANNELS))
@click.option("--notice", required=True, help="The notice of the policy that was shown.")
@click.option("--identifier", type=IDENTIFIER, help="What they proved to be; - reads stdin.")
@click.option("--evidence", help="Where the proof is kept: a reference, no proof and no name.")
@click.option("--subject", is_flag=True, help="They said it themselves, to you.")
@click.option("--event-id", type=PROFILE_ID, help="To repeat safely: the id of this statement.")
@with_json
def give(
    profile_id: UUID,
    *,
    purposes: tuple[str, ...],
    channels: tuple[str, ...],
    notice: str,
    identifier: Identifier | None,
    evidence: str | None,
    subject: bool,
    event_id: UUID | None,
) -> None:
    """Record a yes, as staff on behalf of the person."""
    fields = {
        **_scope("given", purposes, channels, evidence, subject=subject),
        "notice": notice,
    }
    with opened() as platform:
        answer = tell(platform, profile_id, fields, identifier=identifier, event_id=event_id)
    _show(answer, "The yes is recorded")


@consent.command(
    epilog=examples(
        "cdp consent withdraw ID --purpose offers",
        "cdp consent withdraw ID --purpose '*'",
        "cdp consent withdraw ID --purpose offers --contact - < address",
    )
)
@click.argument("profile_id", type=PROFILE_ID, metavar="ID")
@click.option("--purpose", "purposes", multiple=True, required=True, help="Also '*': every one.")
@click.option("--channel", "channels", multiple=True, type=click.Choice(CHANNELS))
@click.option("--contact", type=IDENTIFIER, help="Only this address or number; - reads stdin.")
@click.option("--evidence", help="Where the proof is kept: a reference.")
@click.option("--subject", is_flag=True, help="They said it themselves, to you.")
@click.option("--event-id", type=PROFILE_ID, help="To repeat safely: the id of this statement.")
@with_json
def withdraw(
    profile_id: UUID,
    *,
    purposes: tuple[str, ...],
    channels: tuple[str, ...],
    contact: Identifier | None,
    evidence: str | None,
    subject: bool,
    event_id: UUID | None,
) -> None:
    """Record a withdrawal; it holds at once, and only the person can undo it.

    It covers a purpose and everything below it, on the channels named, or on all of them.
    """
    fields = _scope("withdrawn", purposes, channels, evidence, subject=subject)
    with opened() as platform:
        answer = tell(platform, profile_id, fields, contact=contact, event_id=event_id)
    _show(answer, "The withdrawal holds")


@consent.command("show", epilog=examples("cdp consent show ID", "cdp consent show ID --json"))
@click.argument("profile_id", type=PROFILE_ID, metavar="ID")
@with_json
def show_consents(profile_id: UUID) -> None:
    """Show what a person has said, record by record, without any address."""
    with opened() as platform:
        document = door.consent_states(platform, STAFF, profile_id)

    def human(out: Console) -> None:
        rows = [
            (
                record["record_id"],
                fact["type"],
                ", ".join(fact["purposes"]),
                ", ".join(fact["channels"]),
                fact["at"],
                fact["rank"],
            )
            for record in document["records"]
            for fact in record["facts"]
        ]
        columns = ("record", "said", "purposes", "channels", "at", "rank")
        out.print(table(f"Profile {document['profile_id']}", columns, rows))

    show(document, human)


def tell(
    platform: Platform,
    profile_id: UUID,
    fields: dict[str, Any],
    *,
    contact: Identifier | None = None,
    identifier: Identifier | None = None,
    event_id: UUID | None = None,
) -> dict[str, Any]:
    """Record a statement as staff, and refresh what it changes.

    Raises:
        NotFound, Refused: as `hearing.record`.
    """
    request = ConsentRequest(
        event_id=event_id or new_id(),
        source=SOURCE,
        fields=fields,
        contact=contact,
        identifier=identifier,
    )
    report, applied = hearing.record(platform, STAFF, profile_id, request)
    # It holds, whatever becomes of the rebuild; other people's views can wait.
    with suppress(ContinuumError):
        work.refresh_now(platform, profile_id)
    return {
        "event_id": report.event_id,
        "seq": report.seq,
        "records": report.records,
        "repeated": report.repeated,
        "effective": True,
        "key_destroyed": applied,
    }


def _scope(
    kind: str,
    purposes: tuple[str, ...],
    channels: tuple[str, ...],
    evidence: str | None,
    *,
    subject: bool,
) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "type": kind,
        "purposes": list(purposes),
        "by_party": "data_subject" if subject else "staff",
        "method": "cli",
    }
    fields |= {"channels": list(channels)} if channels else {}
    return fields | ({"evidence": {"ref": evidence}} if evidence else {})


def _show(answer: dict[str, Any], what: str) -> None:
    def human(out: Console) -> None:
        if answer["repeated"]:
            out.print(f"Recorded before, as number {answer['seq']}; nothing changed.")
            return
        out.print(f"{what}: number {answer['seq']}, on {answer['records']} records.")
        if not answer["key_destroyed"]:
            out.print("Views or custody are away: readers refuse already, the keys go later.")

    show(answer, human)
