"""A platform with people for one benchmark: founded, filled by the real flows, removed afterwards.

Everybody has a row in a CRM and an order in a shop, wants offers in the chat, and is asked for by
one API client. Names are numbered; nobody is real.
"""

import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from cdp import clock, door, hearing, work
from cdp.flows.add_client import MOST_A_MINUTE, ClientWanted, Known, add_client
from cdp.flows.disclose import Caller
from cdp.flows.land import land
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.store import configuration, sources
from cdp.web.auth import new_key
from connectors.base import Record
from consent.policy import Policy
from consent.policy import default_document as default_policy

STORES: Final = ("main", "custody", "views")
PURPOSES: Final = frozenset({"service", "service_insight", "offers"})
NOTICE: Final = "privacy-2026"
STAFF: Final = Caller(None, "benchmark", PURPOSES)
Environment = dict[str, str]
Database = Callable[[], AbstractContextManager[Environment]]
MAPPINGS: Final[Mapping[str, dict[str, Any]]] = {
    "customers": {
        "relation": "customer",
        "fields": {
            "customer_no": {"identifier": "customer_id"},
            "email": {
                "identifier": "email",
                "confirmed": {"column": "email_verified", "values": ["yes"]},
                "channels": ["email"],
            },
            "phone": {"identifier": "phone", "channels": ["phone", "sms"]},
            "first_name": {"attribute": "given_name"},
            "surname": {"attribute": "family_name"},
            "country": {"attribute": "country"},
            "birth_date": {"attribute": "birth_date"},
            "time_zone": {"attribute": "time_zone"},
        },
    },
    "orders": {
        "relation": "customer",
        "fields": {
            "customer_no": {"identifier": "customer_id"},
            "email": {"identifier": "email"},
            "name": {"attribute": "full_name"},
        },
        "events": [
            {
                "type": "order.placed",
                "at": "ordered_at",
                "object": "order_no",
                "data": {"promised_at": "promised_at"},
            },
            {"type": "delivery.delivered", "at": "delivered_at", "object": "order_no"},
        ],
    },
}
SILOS: Final = {"crm": "customers", "shop": "orders"}


@dataclass(frozen=True)
class World:
    """A platform, its people and the API key of its one client."""

    platform: Platform = field(repr=False)
    environment: Environment = field(repr=False)
    streams: Mapping[str, sources.Stream] = field(repr=False)
    profiles: tuple[UUID, ...]
    key: str = field(repr=False)


def databases(admin_url: str | None) -> dict[str, Database]:
    """What to measure on: SQLite always, PostgreSQL when there is an administrator's URL."""
    found: dict[str, Database] = {"SQLite": _sqlite}
    if admin_url:
        found["PostgreSQL"] = partial(_postgresql, admin_url)
    return found


@contextmanager
def world(environment: Environment, people: int) -> Iterator[World]:
    """A platform in these stores, with so many people whose views are built."""
    settings = Settings.load(environment, Path(environment["CDP_DATA_DIR"]))
    platform = Platform.create(settings, clock.now())
    try:
        _configure(platform)
        streams = {name: add_stream(platform, name) for name in SILOS}
        key = _add_client(platform)
        land_people(platform, streams, range(people))
        work.resolve_all(platform)
        work.refresh_all(platform)
        profiles = tuple(_find(platform, number) for number in range(people))
        for number, profile in enumerate(profiles):
            _say_yes(platform, profile, number)
        work.refresh_all(platform)
        yield World(platform, environment, streams, profiles, key)
    finally:
        platform.close()


def land_people(
    platform: Platform, streams: Mapping[str, sources.Stream], numbers: Sequence[int]
) -> None:
    """Both silos' rows of these people, in one batch a silo."""
    rows = {"crm": crm_row, "shop": shop_row}
    intake = platform.keyring.intake()
    for silo, stream in streams.items():
        messages = [record(stream, f"{silo}-{number}", rows[silo](number)) for number in numbers]
        with platform.write() as tx:
            land(tx, intake, stream, messages, clock.now())


def record(stream: sources.Stream, key: str, row: Mapping[str, str]) -> Record:
    """A row as a connector hands it over."""
    return Record(stream.name, key, row, "line 1")


def email(number: int) -> str:
    """The address of a person."""
    return f"person{number}@example.org"


def crm_row(number: int) -> dict[str, str]:
    """A person in the CRM."""
    return {
        "customer_no": f"K-{number}",
        "first_name": f"Given{number}",
        "surname": f"Surname{number}",
        "email": email(number),
        "email_verified": "yes",
        "phone": f"+4915{100000000 + number}",
        "country": "DE",
        "birth_date": "1984-05-17",
        "time_zone": "Europe/Berlin",
    }


def shop_row(number: int) -> dict[str, str]:
    """An order that came in time."""
    now = clock.now()
    return {
        "order_no": f"B-{number}",
        "customer_no": f"K-{number}",
        "email": email(number),
        "name": f"Given{number} Surname{number}",
        "ordered_at": clock.text(now - timedelta(days=9)),
        "promised_at": clock.text(now - timedelta(days=3)),
        "delivered_at": clock.text(now - timedelta(days=4)),
    }


def add_stream(platform: Platform, silo: str) -> sources.Stream:
    """A source with its one stream and the stream's mapping."""
    now, source_id, name = clock.now(), new_id(), SILOS[silo]
    sealed = platform.keyring.intake().seal_own("source", source_id, b"{}")
    with platform.write() as tx:
        sources.add(
            tx.main, tx.workspace, sources.Source(source_id, silo, "delimited", sealed), [name], now
        )
        (stream,) = sources.streams_of(tx.main, tx.workspace, source_id)
        sources.add_mapping(tx.main, tx.workspace, stream.id, MAPPINGS[name], now)
    return stream


def _configure(platform: Platform) -> None:
    now = clock.now()
    document = default_policy()
    document["notices"] = {NOTICE: {}}
    document["lia"] = {"service_insight": "LIA-1"}
    offer = {
        "id": "repair-week",
        "title": "Repair week",
        "group": "repair",
        "channels": ["email", "chat", "web"],
        "active_from": clock.text(now - timedelta(days=5)),
        "active_until": clock.text(now + timedelta(days=5)),
    }
    with platform.write() as tx:
        normalised = dict(Policy.parse(document).document)
        configuration.add_policy(tx.main, tx.workspace, normalised, tx.take_seq(), now)
        configuration.add_catalogue(
            tx.main, tx.workspace, configuration.OFFERS, {"offers": [offer]}, now
        )


def _add_client(platform: Platform) -> str:
    key, digest = new_key()
    with platform.write() as tx:
        policy, _ = platform.policy(tx)
        wanted = ClientWanted("crm", PURPOSES, rate=MOST_A_MINUTE)
        add_client(tx, Known(policy, (), ()), wanted, digest, clock.now())
    return key


def _find(platform: Platform, number: int) -> UUID:
    wanted = [door.Identifier("email", email(number))]
    (found,) = door.resolve(platform, STAFF, "service", wanted)
    return found


def _say_yes(platform: Platform, profile: UUID, number: int) -> None:
    request = hearing.ConsentRequest(
        event_id=new_id(),
        source="subject_auth",
        fields={
            "type": "given",
            "purposes": ["offers"],
            "channels": ["chat", "web", "email"],
            "notice": NOTICE,
        },
        identifier=door.Identifier("email", email(number)),
    )
    hearing.record(platform, STAFF, profile, request)


@contextmanager
def _sqlite() -> Iterator[Environment]:
    with tempfile.TemporaryDirectory(prefix="cdp-bench-") as folder:
        yield {"CDP_DATA_DIR": folder, "CDP_WORKSPACE": "bench"}


@contextmanager
def _postgresql(admin_url: str) -> Iterator[Environment]:
    """Databases and roles of our own, dropped at the end."""
    tag = f"cdp_bench_{secrets.token_hex(4)}"
    server = conninfo_to_dict(admin_url)
    host = f"{server.get('host', '127.0.0.1')}:{server.get('port', 5432)}"
    names = {"main": "DATABASE", "custody": "CUSTODY", "views": "VIEWS"}
    urls = {
        f"CDP_{variable}_URL": f"postgresql://{tag}_app@{host}/{tag}_{store}"
        for store, variable in names.items()
    }
    with _sqlite() as environment, psycopg.connect(admin_url, autocommit=True) as admin:
        try:
            yield environment | urls | {"CDP_ADMIN_URL": admin_url, "CDP_OWNER_ROLE": f"{tag}_own"}
        finally:
            for store in STORES:
                drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                admin.execute(drop.format(sql.Identifier(f"{tag}_{store}")))
            for role in ("app", "own"):
                drop = sql.SQL("DROP ROLE IF EXISTS {}")
                admin.execute(drop.format(sql.Identifier(f"{tag}_{role}")))
