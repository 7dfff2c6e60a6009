"""A small platform built through the real flows: two silos, three people, what they said.

    Ada   crm + shop; her order came in time; wants offers by e-mail and in the chat
    Ben   crm + shop; his order came in time; refused offers
    Cyra  crm + shop; her order is overdue; was never asked about offers

`seed` lands two delimited files, maps, resolves, takes the consents of the CRM, records what Ada
said when she was signed in, and builds every view. Import the fixture `seeded` into a conftest.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
import pytest

from cdp import clock, door, hearing, work
from cdp.flows.disclose import Caller
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.store import configuration, sources
from consent.policy import Policy
from consent.policy import default_document as default_policy

NOTICE = "privacy-2026"
STAFF = Caller(
    None, "tests", frozenset({"service", "service_insight", "offers", "dsr"}), frozenset()
)


@dataclass(frozen=True)
class Person:
    """Somebody the silos know. Every value can be looked for in places where it must not be."""

    customer_no: str
    given: str
    surname: str
    email: str
    phone: str
    offers: str = ""
    ordered: str = ""
    late: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """What must not be seen outside of answers."""
        return (self.customer_no, self.given, self.surname, self.email, self.phone)


PEOPLE: Mapping[str, Person] = MappingProxyType(
    {
        "ada": Person(
            customer_no="K-1001",
            given="Adalind",
            surname="Quellwasser",
            email="ada.quellwasser@example.org",
            phone="+4915123456701",
            offers="yes",
            ordered="B-501",
        ),
        "ben": Person(
            customer_no="K-1002",
            given="Benedikt",
            surname="Ofenrohr",
            email="ben.ofenrohr@example.org",
            phone="+4915123456702",
            offers="no",
            ordered="B-502",
        ),
        "cyra": Person(
            customer_no="K-1003",
            given="Cyrane",
            surname="Zwirnfaden",
            email="cyra.zwirnfaden@example.org",
            phone="+4915123456703",
            ordered="B-503",
            late=True,
        ),
    }
)
_ANSWERS = {"given": ["yes"], "refused": ["no"]}
_ABOUT = {"at": "asked_at", "evidence": "asked_how", "notice": "notice"}
MAPPINGS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
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
                "offers": {
                    "consent": {
                        "purposes": ["offers"],
                        "channels": ["chat", "web"],
                        **_ANSWERS,
                        **_ABOUT,
                    }
                },
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
)
SOURCES = MappingProxyType({"crm": ("customers", "entry_no"), "shop": ("orders", "order_no")})


@dataclass(frozen=True)
class Seeded:
    """The platform and the profile of each person, by key of `PEOPLE`."""

    platform: Platform = field(repr=False)
    profiles: Mapping[str, UUID]


def seed(platform: Platform, folder: Path) -> Seeded:
    """Everything, from files to views."""
    now = clock.now()
    folder.mkdir(parents=True, exist_ok=True)
    put_policy(platform, now)
    put_offers(platform, now)
    for name, rows in (("crm", crm_rows(now)), ("shop", shop_rows(now))):
        write_rows(folder / f"{name}.csv", rows)
        add_source(platform, name, folder / f"{name}.csv")
    work.sync(platform, SOURCES)
    profiles = {key: profile_of(platform, person) for key, person in PEOPLE.items()}
    say(platform, profiles["ada"], PEOPLE["ada"], "given", ["email", "chat", "web"])
    work.refresh_all(platform)
    return Seeded(platform, profiles)


def put_policy(platform: Platform, now: datetime) -> None:
    """The default policy with a notice and the assessment that `service_insight` needs."""
    document = default_policy()
    document["notices"] = {NOTICE: {}}
    document["lia"] = {"service_insight": "LIA-1"}
    with platform.write() as tx:
        configuration.add_policy(
            tx.main,
            platform.workspace,
            dict(Policy.parse(document).document),
            tx.take_seq(),
            now,
        )


def put_offers(platform: Platform, now: datetime) -> None:
    """One generic offer, in force."""
    offer = {
        "id": "repair-week",
        "title": "Repair week",
        "group": "repair",
        "channels": ["email", "chat", "web"],
        "active_from": clock.text(now - timedelta(days=5)),
        "active_until": clock.text(now + timedelta(days=5)),
    }
    with platform.write() as tx:
        configuration.add_catalogue(
            tx.main, platform.workspace, configuration.OFFERS, {"offers": [offer]}, now
        )


def add_source(platform: Platform, name: str, path: Path) -> None:
    """A delimited source with its one stream and the stream's mapping."""
    stream, key = SOURCES[name]
    config = {"path": str(path), "stream": stream, "key": [key]}
    source_id, now = new_id(), clock.now()
    sealed = platform.keyring.intake().seal_own("source", source_id, orjson.dumps(config))
    with platform.write() as tx:
        new = sources.Source(source_id, name, "delimited", sealed)
        sources.add(tx.main, platform.workspace, new, [stream], now)
        (added,) = sources.streams_of(tx.main, platform.workspace, source_id)
        sources.add_mapping(tx.main, platform.workspace, added.id, MAPPINGS[stream], now)


def crm_rows(now: datetime) -> list[dict[str, str]]:
    """One row a person."""
    asked = clock.text(now - timedelta(days=40))
    return [
        {
            "entry_no": f"E-{key}",
            "customer_no": person.customer_no,
            "first_name": person.given,
            "surname": person.surname,
            "email": person.email,
            "email_verified": "yes",
            "phone": person.phone,
            "country": "DE",
            "birth_date": "1984-05-17",
            "time_zone": "Europe/Berlin",
            "offers": person.offers,
            "asked_at": asked if person.offers else "",
            "asked_how": f"form-{key}" if person.offers else "",
            "notice": NOTICE if person.offers else "",
        }
        for key, person in PEOPLE.items()
    ]


def shop_rows(now: datetime) -> list[dict[str, str]]:
    """One order a person."""
    return [
        {
            "order_no": person.ordered,
            "customer_no": person.customer_no,
            "email": person.email,
            "name": f"{person.given} {person.surname}",
            "ordered_at": clock.text(now - timedelta(days=9)),
            "promised_at": clock.text(now - timedelta(days=3)),
            "delivered_at": "" if person.late else clock.text(now - timedelta(days=4)),
        }
        for person in PEOPLE.values()
    ]


def write_rows(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """A file as a silo would write it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), "utf-8")


def profile_of(platform: Platform, person: Person) -> UUID:
    """The one profile that a person's address leads to, for service."""
    wanted = [door.Identifier("email", person.email)]
    (found,) = door.resolve(platform, STAFF, "service", wanted)
    return found


def say(
    platform: Platform, profile_id: UUID, person: Person, kind: str, channels: Sequence[str]
) -> None:
    """A signed-in person's word on offers by these channels."""
    said = {"type": kind, "purposes": ["offers"], "channels": list(channels), "notice": NOTICE}
    request = hearing.ConsentRequest(
        event_id=new_id(),
        source="subject_auth",
        fields=said,
        identifier=door.Identifier("email", person.email),
    )
    hearing.record(platform, STAFF, profile_id, request)


@pytest.fixture
def seeded(platform: Platform, tmp_path: Path) -> Seeded:
    """A seeded platform of this test's own."""
    return seed(platform, tmp_path / "silos")
