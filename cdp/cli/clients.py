"""`cdp client`: who may call the API. A key is printed once and kept nowhere."""

from typing import Any

import click
from rich.console import Console

from cdp import clock
from cdp.cli.opening import opened
from cdp.cli.output import examples, show, table, with_json
from cdp.flows.add_client import add_client
from cdp.flows.revoke_client import revoke_client
from cdp.store import configuration
from cdp.web.auth import SCOPES, new_key


@click.group(epilog=examples("cdp client create crm-desk --purpose service"))
def client() -> None:
    """Create, list and revoke API clients."""


@client.command(
    epilog=examples(
        "cdp client create crm-desk --purpose service --purpose offers",
        "cdp client create preference-centre --purpose service --scope consents:write",
    )
)
@click.argument("name")
@click.option("--purpose", "purposes", multiple=True, required=True, help="One it may ask for.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(tuple(SCOPES)))
@with_json
def create(name: str, purposes: tuple[str, ...], scopes: tuple[str, ...]) -> None:
    """Create an API client and print its key, once.

    Of the key only a digest is kept: a key that is lost is replaced, not found again.
    """
    key, digest = new_key()
    with opened() as platform, platform.write() as tx:
        policy, _ = platform.policy(tx)
        made = add_client(tx, policy, name, digest, clock.now(), purposes=purposes, scopes=scopes)
    answer = {
        "client_id": made.id,
        "name": name,
        "purposes": sorted(made.purposes),
        "scopes": sorted(made.scopes),
        "key": key,
    }

    def human(out: Console) -> None:
        out.print(f"Client {name} ({made.id}); this is its key, shown once:")
        out.print(key, soft_wrap=True)
        out.print("Send it as: Authorization: Bearer KEY", style="dim")

    show(answer, human)


@client.command("list", epilog=examples("cdp client list", "cdp client list --json"))
@with_json
def list_() -> None:
    """List API clients: purposes, scopes, and whether they are revoked."""
    with opened() as platform, platform.read() as tx:
        rows: list[dict[str, Any]] = [
            {
                "client_id": str(item.id),
                "name": item.name,
                "purposes": sorted(item.purposes),
                "scopes": sorted(item.scopes),
                "revoked": item.revoked,
            }
            for item in configuration.clients(tx.main, platform.workspace)
        ]

    def human(out: Console) -> None:
        lines = [
            [
                row["client_id"],
                row["name"],
                ", ".join(row["purposes"]),
                ", ".join(row["scopes"]),
                "revoked" if row["revoked"] else "active",
            ]
            for row in rows
        ]
        columns = ("client", "name", "purposes", "scopes", "state")
        out.print(table("", columns, lines) if lines else "No clients; see cdp client create")

    show({"clients": rows}, human)


@client.command(
    epilog=examples(
        "cdp client revoke crm-desk",
        "cdp client revoke 01a2003e-30cb-7693-8456-7cacb722e4ca",
    )
)
@click.argument("named", metavar="NAME|ID")
@with_json
def revoke(named: str) -> None:
    """Revoke an API client: its key is refused from now on."""
    with opened() as platform, platform.write() as tx:
        before = revoke_client(tx, named, clock.now())

    def human(out: Console) -> None:
        out.print("It was revoked before." if before.revoked else "Revoked.")

    changed = not before.revoked
    show({"client_id": str(before.id), "revoked": True, "changed": changed}, human)
