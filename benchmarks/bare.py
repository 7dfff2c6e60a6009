"""The peer of a context read: the least Flask endpoint that reads and writes as much, in clear.

One table for each kind of row the platform reads for an answer: the client by the hash of its key,
the bytes of three views, where the profile and its records stand (one statement, a row per record).
Then one insert, committed before the answer leaves, and the views as JSON. Nothing is sealed,
decided, validated or kept apart; each thread keeps one connection, and statements are prepared by
the driver.
"""

import hashlib
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
from flask import Flask, Response, request

from benchmarks.world import World
from cdp import clock
from cdp.flows import disclose
from cdp.ids import new_id
from cdp.store import disclosures, views

TABLES = (
    "CREATE TABLE client (key_hash {bytes} PRIMARY KEY, id {id}, name TEXT, purposes TEXT)",
    "CREATE TABLE view (profile_id {id}, purpose TEXT, body {bytes}, signature {bytes},"
    " wrapped {bytes}, built_seq BIGINT, PRIMARY KEY (profile_id, purpose))",
    "CREATE TABLE profile (id {id} PRIMARY KEY, lifecycle TEXT, fence_seq BIGINT, policy TEXT)",
    "CREATE TABLE member (record_id {id} PRIMARY KEY, profile_id {id}, kind TEXT, relation TEXT,"
    " fence_seq BIGINT, facts TEXT)",
    "CREATE INDEX member_profile ON member (profile_id)",
    "CREATE TABLE answer (id {id} PRIMARY KEY, at {at}, client_id {id}, profile_id {id},"
    " purpose TEXT, channel TEXT, permitted BOOLEAN, reasons TEXT, compartments TEXT, seq BIGINT)",
    "CREATE INDEX answer_profile ON answer (profile_id, at)",
)
TYPES = {
    "sqlite": {"bytes": "BLOB", "id": "TEXT", "at": "TEXT"},
    "postgresql": {"bytes": "BYTEA", "id": "UUID", "at": "TIMESTAMPTZ"},
}
CLIENT = "SELECT id, name, purposes FROM client WHERE key_hash = ?"
VIEWS = (
    "SELECT purpose, body, signature, wrapped, built_seq FROM view"
    " WHERE profile_id = ? AND purpose IN ('service', 'service_insight', 'offers')"
)
STANDING = (
    "SELECT p.lifecycle, p.fence_seq, p.policy, m.record_id, m.kind, m.relation,"
    " m.fence_seq, m.facts FROM profile p LEFT JOIN member m ON m.profile_id = p.id"
    " WHERE p.id = ? ORDER BY m.record_id"
)
ANSWER = "INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
Execute = Callable[[str, tuple[Any, ...]], Any]


@dataclass(frozen=True)
class Store:
    """One database of the endpoint's own. `url` is a path on SQLite."""

    kind: str
    url: str = field(repr=False)

    def connect(self) -> Any:
        """A connection as durable as the platform's: an insert is on the disk at its commit."""
        if self.kind == "postgresql":
            return psycopg.connect(self.url)
        connection = sqlite3.connect(self.url, timeout=10, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA synchronous = 2")
        return connection

    def statement(self, text: str) -> str:
        """The statement with this driver's placeholders."""
        return text.replace("?", "%s") if self.kind == "postgresql" else text

    def key(self, value: UUID) -> Any:
        """An id as this driver keeps it."""
        return value if self.kind == "postgresql" else value.hex


def sqlite(folder: Path) -> Store:
    """A file of its own beside the stores."""
    return Store("sqlite", str(folder / "bare.sqlite3"))


def fill(store: Store, world: World) -> None:
    """The same people as the platform's, in clear; views as large as their sealed bodies."""
    connection = store.connect()
    for table in TABLES:
        connection.execute(table.format(**TYPES[store.kind]))
    run = _runner(store, connection)
    digest = hashlib.sha256(world.key.encode()).digest()
    run(
        "INSERT INTO client VALUES (?, ?, ?, ?)",
        (digest, store.key(new_id()), "crm", '["offers", "service", "service_insight"]'),
    )
    for profile in world.profiles:
        _copy(store, run, world, profile)
    connection.commit()
    connection.close()


def application(kind: str, url: str) -> Flask:
    """The endpoint, under the platform's own path."""
    store, app, own = Store(kind, url), Flask("bare", static_folder=None), threading.local()

    @app.post("/v1/profiles/<uuid:profile_id>/context")
    def context(profile_id: UUID) -> Response:
        connection = getattr(own, "connection", None)
        if connection is None:
            connection = own.connection = store.connect()
        wanted = orjson.loads(request.data)
        answer = _answer(store, _runner(store, connection), profile_id, wanted)
        connection.commit()
        return Response(orjson.dumps(answer), content_type="application/json")

    return app


def _answer(store: Store, run: Execute, profile_id: UUID, wanted: dict[str, str]) -> dict[str, Any]:
    key = request.headers["Authorization"].removeprefix("Bearer ")
    client, name, purposes = run(CLIENT, (hashlib.sha256(key.encode()).digest(),)).fetchone()
    stored = run(VIEWS, (store.key(profile_id),)).fetchall()
    members = run(STANDING, (store.key(profile_id),)).fetchall()
    opened = {row[0]: orjson.loads(bytes(row[1]).rstrip(b"\0")) for row in stored}
    run(
        ANSWER,
        (
            store.key(new_id()),
            clock.now().isoformat() if store.kind == "sqlite" else clock.now(),
            client,
            store.key(profile_id),
            wanted["purpose"],
            wanted["channel"],
            True,
            orjson.dumps({row[0]: "BASIS_CONTRACT" for row in stored}).decode(),
            purposes,
            members[0][1],
        ),
    )
    return {
        "profile_id": str(profile_id),
        "requester": name,
        "lifecycle": members[0][0],
        "members": [[str(row[3]), row[4], orjson.loads(row[7])] for row in members],
        "views": {purpose: content["state"] for purpose, content in opened.items()},
    }


def _runner(store: Store, connection: Any) -> Execute:
    return lambda text, values: connection.execute(store.statement(text), values)


def _copy(store: Store, run: Execute, world: World, profile: UUID) -> None:
    platform = world.platform
    keys = platform.disclosure_keys(platform.view_purposes)
    with platform.read() as tx:
        found = views.fetch(tx.views, tx.workspace, profile, platform.view_purposes)
        standing = disclosures.standing(tx.main, tx.workspace, profile)
    if standing is None:
        raise ValueError("a person of this world has no profile")
    for view in found.values():
        content = orjson.dumps(disclose.open_content(keys, view))
        run(
            "INSERT INTO view VALUES (?, ?, ?, ?, ?, ?)",
            (
                store.key(profile),
                view.purpose,
                content.ljust(len(view.body), b"\0"),
                view.signature,
                view.wrapped,
                view.built_seq,
            ),
        )
    run(
        "INSERT INTO profile VALUES (?, ?, ?, ?)",
        (store.key(profile), standing.lifecycle, standing.fence_seq, standing.policy_hash),
    )
    for member in standing.members:
        run(
            "INSERT INTO member VALUES (?, ?, ?, ?, ?, ?)",
            (
                store.key(member.record_id),
                store.key(profile),
                member.link,
                member.relation,
                member.fence_seq,
                orjson.dumps(member.facts).decode(),
            ),
        )
