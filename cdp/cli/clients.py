"""`cdp client`: who may call the API. A key is printed once and kept nowhere."""

import click
from rich.console import Console

from cdp import clock
from cdp.cli.opening import opened
from cdp.cli.output import examples, show, with_json
from cdp.flows.add_client import add_client
from cdp.web.auth import SCOPES, new_key


@click.group(epilog=examples("cdp client create crm-desk --purpose service"))
def client() -> None:
    """Create API clients."""


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
