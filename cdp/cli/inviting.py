"""Leaves the demo running for whoever wants to call it: a client, its key, and lines to paste.

The lines ask what a CRM asks: who is this, what is known for this interaction, may we, and what
changes when somebody says no. The e-mail in them is invented, so a shell may remember it.
"""

import json
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from cdp import clock
from cdp.cli.story import settings_of
from cdp.door import known_fields
from cdp.errors import Refused
from cdp.flows.add_client import ClientWanted, Known, add_client
from cdp.ids import new_id
from cdp.platform import VIEW_PURPOSES, Platform
from cdp.settings import Settings
from cdp.web import serving
from cdp.web.auth import SCOPES, new_key
from examples.heroes import HEROES

CLIENT: Final = "demo-desk"
_SCOPES: Final = ("consents:read", "consents:write")
_JSON: Final = "-H 'Content-Type: application/json'"


def invitation(folder: Path, told: Mapping[str, Any], *, port: int | None) -> dict[str, Any]:
    """Create the client; returns the address, its key (kept nowhere) and the lines."""
    settings = _served(folder, port)
    key, digest = new_key()
    platform = Platform.open(settings)
    try:
        with platform.write() as tx:
            policy, _ = platform.policy(tx)
            wanted = ClientWanted(CLIENT, tuple(VIEW_PURPOSES), _SCOPES)
            known = Known(policy, SCOPES, known_fields(platform, tx))
            add_client(tx, known, wanted, digest, clock.now())
    finally:
        platform.close()
    url = f"http://{settings.host}:{settings.port}"
    ids = {name: one["subject"]["profile_id"] for name, one in told["contexts"].items()}
    return {"url": url, "client": CLIENT, "key": key, "lines": _lines(url, key, ids)}


def show_invitation(out: Console, document: Mapping[str, Any]) -> None:
    """What to paste, as it is to be pasted."""
    out.print(
        f"\nThe API answers on {document['url']} until Ctrl-C. Client {document['client']} has this"
        " key, shown once:\n",
        style="bold",
    )
    for line in document["lines"]:
        out.print(line, soft_wrap=True)
    out.print(f"\nEverything it can do: {document['url']}/openapi.json", style="dim")


def check_port(folder: Path, *, port: int | None) -> None:
    """Say early that nothing can be served there.

    Raises:
        Refused: somebody else listens on the port, or the address is not one of this machine.
    """
    settings = _served(folder, port)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            raise Refused(
                f"port {settings.port} is taken: name a free one, as in --serve 8090",
                reason="port_taken",
            ) from None


def serve(folder: Path, *, port: int | None) -> None:
    """Serve until a signal says stop."""
    serving.serve(_served(folder, port))


def _served(folder: Path, port: int | None) -> Settings:
    settings = settings_of(folder)
    return replace(settings, port=port or settings.port)


def _lines(url: str, key: str, ids: Mapping[str, str]) -> list[str]:
    """Lines for a POSIX shell, in an order in which each has something to show."""
    asked = 'curl -sS --fail-with-body -H "Authorization: Bearer $KEY"'
    email = {"type": "email", "value": HEROES["amelie"].email}
    amelie, bruno = ids["served_first"], ids["all_permitted"]
    no = {"type": "withdrawn", "purposes": ["offers"]}
    return [
        f"export KEY={key} URL={url}",
        "curl -sS --retry 20 --retry-connrefused --retry-delay 1 $URL/health/ready",
        f"{asked} {_json({'purpose': 'service', 'identifiers': [email]})} $URL/v1/profiles/resolve",
        f"{asked} {_json({'purpose': 'service', 'channel': 'chat'})}"
        f" $URL/v1/profiles/{amelie}/context",
        f'{asked} "$URL/v1/profiles/{bruno}?purpose=service"',
        f"{asked} {_json({'purpose': 'offers', 'channel': 'email'})}"
        f" $URL/v1/profiles/{bruno}/decide",
        f"{asked} -H 'Idempotency-Key: {new_id()}' {_json(no)} $URL/v1/profiles/{bruno}/consents",
        f"{asked} {_json({'purpose': 'offers', 'channel': 'email'})}"
        f" $URL/v1/profiles/{bruno}/decide",
        f"{asked} $URL/v1/profiles/{bruno}/consents",
    ]


def _json(body: Mapping[str, Any]) -> str:
    return f"{_JSON} -d '{json.dumps(body)}'"
