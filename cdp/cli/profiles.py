"""`cdp profile` and `cdp context`: what a purpose may read of a person, through the one door.

What is asked here is decided and logged like a request of any client; the caller is staff.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

import click
from rich.console import Console

from cdp import door
from cdp.cli.graphs import print_graph
from cdp.cli.opening import IDENTIFIER, PROFILE_ID, PURPOSE, STAFF, asked, opened
from cdp.cli.output import examples, show, with_json
from cdp.cli.panels import context_panel, decision_line
from cdp.cli.stewarding import STEWARD
from cdp.cli.traits import traits_panel
from cdp.cli.waterfall import explanation_panel
from cdp.door import CHANNELS, Identifier


@click.group(epilog=examples("cdp profile find email=jane@example.org", "cdp profile show ID"))
def profile() -> None:
    """Find a profile and show what a purpose may read."""


@profile.command(
    epilog=examples(
        "cdp profile find customer_id=K-100002",
        "cdp profile find phone='0171 3920088' --region DE",
        "cdp profile find - < identifier",
    )
)
@click.argument("identifiers", type=IDENTIFIER, nargs=-1, required=True, metavar="TYPE=VALUE...")
@click.option("--purpose", type=PURPOSE, default="service", show_default=True)
@click.option("--region", help="Country of a phone number without a prefix, such as DE.")
@with_json
def find(identifiers: tuple[Identifier, ...], purpose: str, region: str | None) -> None:
    """Print the ids of the profiles that identifiers lead to, one a line.

    A shell remembers what is typed: write - to read TYPE=VALUE from stdin. Somebody unknown and
    somebody the purpose may not see look the same: nothing is printed.
    """
    wanted = [replace(item, region=region) for item in identifiers]
    with opened() as platform:
        found = door.resolve(platform, STAFF, purpose, wanted)

    def human(out: Console) -> None:
        for profile_id in found:
            out.print(str(profile_id))

    show({"profiles": found, "purpose": purpose}, human)


@profile.command("show", epilog=examples("cdp profile show ID", "cdp profile show ID --json"))
@click.argument("profile_id", type=PROFILE_ID, metavar="ID")
@click.option("--purpose", type=PURPOSE, default="service", show_default=True)
@with_json
def show_profile(profile_id: UUID, purpose: str) -> None:
    """Show what a purpose may read of a profile."""
    with opened() as platform:
        answer = asked(
            platform, profile_id, lambda: door.profile(platform, STAFF, profile_id, purpose)
        )
    document: dict[str, Any] = {
        "profile_id": answer.profile_id,
        "canonical_id": answer.canonical_id,
        "consent_seq": answer.consent_seq,
        "decision": answer.decision,
    }
    if answer.data is not None:
        document["data"] = answer.data

    def human(out: Console) -> None:
        out.print(decision_line(purpose, answer.decision))
        if answer.data is not None:
            out.print(traits_panel(answer.data))

    show(document, human)


@profile.command(
    epilog=examples("cdp profile explain ID OTHER", "cdp profile explain ID ID --json")
)
@click.argument("first", type=PROFILE_ID, metavar="ID")
@click.argument("second", type=PROFILE_ID, metavar="OTHER")
@with_json
def explain(first: UUID, second: UUID) -> None:
    """Explain why two profiles or records are one person, or why not.

    Each comparison and identifier is weighed in bits of evidence; values are masked. An id given
    twice shows the weakest link that holds the profile together.
    """
    with opened() as platform:
        document = door.explain(platform, STEWARD, first, second)
    show(document, lambda out: out.print(explanation_panel(document)))


@profile.command(epilog=examples("cdp profile graph ID", "cdp profile graph ID --records"))
@click.argument("profile_id", type=PROFILE_ID, metavar="ID")
@click.option("--records", is_flag=True, help="Print the ids of its records only, one a line.")
@with_json
def graph(profile_id: UUID, *, records: bool) -> None:
    """Draw a profile as a graph of its records and the links between them.

    Links and records that alone hold the profile together are marked; values are masked.
    """
    with opened() as platform:
        document = door.graph(platform, STEWARD, profile_id)

    def human(out: Console) -> None:
        if not records:
            print_graph(out, document)
            return
        for node in document["nodes"]:
            out.print(node["record_id"])

    show(document, human)


@click.command(
    epilog=examples(
        "cdp context ID", "cdp context ID --channel chat", "cdp context ID --purpose offers --json"
    )
)
@click.argument("profile_id", type=PROFILE_ID, metavar="ID")
@click.option("--purpose", type=PURPOSE, default="service", show_default=True)
@click.option("--channel", type=click.Choice(CHANNELS), help="Where the interaction happens.")
@click.option("--interaction", default="", help="Your own id of the interaction.")
@with_json
def context(profile_id: UUID, purpose: str, channel: str | None, interaction: str) -> None:
    """Show the outcome context for an interaction.

    What is known and what may be done now, each statement with its evidence, and for every offer
    that is withheld the reason.
    """
    with opened() as platform:
        document = asked(
            platform,
            profile_id,
            lambda: door.context(
                platform, STAFF, profile_id, purpose, channel=channel, interaction_id=interaction
            ),
        )
    show(document, lambda out: out.print(context_panel("Context", document)))
