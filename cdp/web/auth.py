"""API keys: who calls, for which purposes, with which scopes.

A key is `cdp_` and 32 random bytes; the platform keeps its SHA-256. A key that is wrong, revoked,
expired or of another workspace is refused in the same words. The look-up is by digest, so what its
duration could tell is about the digest of a guess and never about a key. Every route asks for a key
unless it is declared public.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Flask, g, request

from cdp import clock
from cdp.errors import Refused
from cdp.flows.disclose import Caller
from cdp.platform import Platform
from cdp.store import configuration
from cdp.store.configuration import Client
from cdp.web import http
from cdp.web.rates import Buckets, Meter

PREFIX: Final = "cdp_"
KEY_BYTES: Final = 32
SCOPES: Final[Mapping[str, str]] = {
    "changes:read": "read which profiles were merged, split, or changed their consent",
    "consents:read": "read what a person has said about consent",
    "consents:write": "record what a person says about consent",
    "identity:read": "read verdicts, the review queue, and profiles as graphs",
    "identity:judge": "decide who is one person and who is not, and take that back",
    "consents:assert": "say how the person proved to be themselves (`source`)",
}
_BEARER = re.compile(r"Bearer +(cdp_[A-Za-z0-9_-]{43})", re.IGNORECASE)


@dataclass(frozen=True)
class Access:
    """Who may call a route: everybody, or a client with this scope (none: any client).

    `metered`: a client's rate holds before the route is entered; else the route sees to it.
    """

    public: bool = False
    scope: str | None = None
    metered: bool = True


def new_key() -> tuple[str, bytes]:
    """A fresh key, to be shown once, and the digest to keep."""
    text = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")
    key = PREFIX + text
    return key, digest(key)


def digest(key: str) -> bytes:
    """What is kept of a key: SHA-256, which is enough for 256 random bits."""
    return hashlib.sha256(key.encode()).digest()


def authenticate(platform: Platform, authorization: str | None) -> Client:
    """The client of an `Authorization` header.

    Raises:
        Refused: `key_needed`, or `key_refused` for a key that is not valid in this workspace.
    """
    if authorization is None:
        raise Refused("send an API key: `Authorization: Bearer cdp_...`", reason="key_needed")
    written = _BEARER.fullmatch(authorization.strip())
    if written is None:
        raise _key_refused()
    with platform.answer() as tx:
        client = configuration.client_by_key(tx.main, digest(written[1]))
    if client is None or client.workspace_id != platform.workspace or not client.valid(clock.now()):
        raise _key_refused()
    return client


def caller_of(client: Client) -> Caller:
    """The client as the door knows it."""
    return Caller(client.id, client.name, client.purposes, client.scopes, client.fields)


def guard(app: Flask, access: Mapping[str, Access]) -> None:
    """Ask for a key before every route; `access` by endpoint, none given means: any client."""
    buckets = Buckets()

    def check() -> None:
        if request.url_rule is None:
            return  # no such route: there is nothing to guard
        wanted = access.get(request.endpoint or "", Access())
        if wanted.public:
            return
        platform = http.platform()
        client = authenticate(platform, request.headers.get("Authorization"))
        g.caller = caller_of(client)
        g.meter = Meter(buckets, client.id, client.rate or platform.settings.rate)
        if wanted.metered:
            g.meter.take()
        if wanted.scope is not None and wanted.scope not in client.scopes:
            raise Refused(f"this client lacks the scope {wanted.scope}", reason="scope_missing")

    app.before_request(check)


def _key_refused() -> Refused:
    return Refused("this API key is not valid here", reason="key_refused")
