"""`cdp client`: who may call the API. A key is printed once and kept nowhere."""

from datetime import datetime
from typing import Any

import click
from rich.console import Console

from cdp import clock
from cdp.cli.opening import opened
from cdp.cli.output import examples, show, table, with_json
from cdp.door import known_fields
from cdp.flows.add_client import ClientWanted, Known, add_client
from cdp.flows.revoke_client import revoke_client
from cdp.store import configuration
from cdp.store.configuration import Client
from cdp.web.auth import SCOPES, new_key


@click.group(epilog=examples("cdp client create crm-desk --purpose service"))
def client() -> None:
    """Create, list and revoke API clients."""


class _Moment(click.ParamType[datetime]):
    """A day (its beginning, UTC) or an instant with its offset."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        text = str(value)
        try:
            return clock.instant(f"{text}T00:00:00Z" if len(text) == len("2027-01-01") else text)
        except ValueError:
            self.fail("write a day, 2027-01-01, or an instant, 2027-01-01T09:00:00Z", param, ctx)


class _Names(click.ParamType[list[str]]):
    """Names with commas between them."""

    name = "names"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002 - overrides
        ctx: click.Context | None,  # noqa: ARG002 - overrides
    ) -> list[str]:
        return [name.strip() for name in str(value).split(",") if name.strip()]


@client.command(
    epilog=examples(
        "cdp client create crm-desk --purpose service --purpose offers",
        "cdp client create preference-centre --purpose service --scope consents:write",
        "cdp client create dialler --purpose service --fields given_name,phone --rate 600",
        "cdp client create trial --purpose service --expires 2027-01-01",
    )
)
@click.argument("name")
@click.option("--purpose", "purposes", multiple=True, required=True, help="One it may ask for.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(tuple(SCOPES)))
@click.option("--fields", type=_Names(), help="The only fields it gets; default: all.")
@click.option("--rate", type=int, help="Requests a minute; default: the setting `rate`.")
@click.option("--expires", type=_Moment(), help="A day or an instant; default: never.")
@with_json
def create(
    *,
    name: str,
    purposes: tuple[str, ...],
    scopes: tuple[str, ...],
    fields: list[str] | None,
    rate: int | None,
    expires: datetime | None,
) -> None:
    """Create an API client and print its key, once.

    Of the key only a digest is kept: a key that is lost is replaced, not found again.
    """
    key, digest = new_key()
    wanted = ClientWanted(name, purposes, scopes, fields, rate, expires)
    with opened() as platform, platform.write() as tx:
        policy, _ = platform.policy(tx)
        known = Known(policy, SCOPES, known_fields(platform, tx))
        made = add_client(tx, known, wanted, digest, clock.now())
    answer = {**_described(made), "key": key}

    def human(out: Console) -> None:
        out.print(f"Client {made.name} ({made.id}); this is its key, shown once:")
        out.print(key, soft_wrap=True)
        out.print("Send it as: Authorization: Bearer KEY", style="dim")

    show(answer, human)


def _described(item: Client) -> dict[str, Any]:
    return {
        "client_id": str(item.id),
        "name": item.name,
        "purposes": sorted(item.purposes),
        "scopes": sorted(item.scopes),
        "fields": None if item.fields is None else sorted(item.fields),
        "rate": item.rate,
        "expires_at": clock.text(item.expires_at) if item.expires_at else None,
    }


@client.command("list", epilog=examples("cdp client list", "cdp client list --json"))
@with_json
def list_() -> None:
    """List API clients: what they are bound to, and whether their keys are valid."""
    now = clock.now()
    with opened() as platform, platform.read() as tx:
        rows: list[dict[str, Any]] = [
            {**_described(item), "revoked": item.revoked, "valid": item.valid(now)}
            for item in configuration.clients(tx.main, platform.workspace)
        ]

    def human(out: Console) -> None:
        lines = [
            [
                row["client_id"],
                row["name"],
                ", ".join(row["purposes"]),
                ", ".join(row["scopes"]),
                "all" if row["fields"] is None else ", ".join(row["fields"]),
                str(row["rate"] or ""),
                _state(row),
            ]
            for row in rows
        ]
        columns = ("client", "name", "purposes", "scopes", "fields", "rate", "state")
        out.print(table("", columns, lines) if lines else "No clients; see cdp client create")

    show({"clients": rows}, human)


def _state(row: dict[str, Any]) -> str:
    if row["revoked"]:
        return "revoked"
    if not row["valid"]:
        return "expired"
    return f"until {row['expires_at']}" if row["expires_at"] else "active"


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
