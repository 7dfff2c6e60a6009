"""How the three silos are plugged in: sources, mappings, offers, and the policy of the demo.

The country of a delivery or of a phone number only helps to read numbers; where somebody lives, and
so which law protects them, is said by the CRM alone.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from examples.ledger import NOTICE
from examples.streams import FILES, SHOP_TIME, SHOP_ZONE

Document = dict[str, Any]

LIA = "LIA-SI-1"
"""The legitimate-interest assessment on file for `service_insight`."""

NOTICE_TEXT = (
    "We keep what you order and ask us in order to serve you. With your yes we also send you the "
    "newsletter and offers, on the channels you chose, and choose them by what you did here. "
    "You can take back every yes at any time."
)
"""What the form showed."""

_CUSTOMER_NO: Document = {"identifier": "customer_id"}
_PHONE: Document = {"identifier": "phone", "region_column": "country"}
_TOUCH: Document = {"topic": "topic", "channel": "channel", "about": "order_no", "case": "case_no"}


def _answer(*purposes: str, channels: tuple[str, ...] = ()) -> Document:
    """A column of the form: yes or no, with when, how and under which notice it was asked."""
    about: Document = {"at": "asked_at", "evidence": "asked_how", "notice": "notice"}
    scope: Document = {"channels": list(channels)} if channels else {}
    answers: Document = {"given": ["yes"], "refused": ["no"]}
    return {"consent": {"purposes": list(purposes), **scope, **answers, **about}}


def _moment(kind: str, column: str, **data: str) -> Document:
    """An event of an order, told by a column that is filled once it happened."""
    return {"type": kind, "at": column, "object": "order_no", "data": data}


def _entry(native: str, name: str, /, **data: str) -> Document:
    """An event told by one line of the help desk's log."""
    return {
        "type": name,
        "at": "at",
        "id": "entry_no",
        "object": "case_no",
        "when": {"column": "type", "values": [native]},
        "data": data,
    }


MAPPINGS: Mapping[str, Document] = MappingProxyType(
    {
        "customers": {
            "relation": "customer",
            "fields": {
                "customer_no": _CUSTOMER_NO,
                "email": {
                    "identifier": "email",
                    "confirmed": {"column": "email_verified", "values": ["yes"]},
                    "channels": ["email"],
                },
                "phone": {**_PHONE, "channels": ["phone", "sms"]},
                "first_name": {"attribute": "given_name"},
                "surname": {"attribute": "family_name"},
                "street": {"attribute": "street"},
                "postcode": {"attribute": "postcode"},
                "city": {"attribute": "city"},
                "region": {"attribute": "region"},
                "country": {"attribute": "country"},
                "birth_date": {"attribute": "birth_date"},
                "time_zone": {"attribute": "time_zone"},
                "language": {"attribute": "language"},
                "signed_up": {"attribute": "customer_since"},
                "newsletter": _answer("newsletter", channels=("email",)),
                "offers_email": _answer("offers", channels=("email",)),
                "offers_chat": _answer("offers", channels=("chat", "web")),
                "personal_offers": _answer("profiling_offers"),
            },
        },
        "orders": {
            "relation": "customer",
            "zone": SHOP_ZONE,
            "format": SHOP_TIME,
            "fields": {
                "customer_no": _CUSTOMER_NO,
                "email": {"identifier": "email"},
                "phone": _PHONE,
                "name": {"attribute": "full_name"},
                "street": {"attribute": "street"},
            },
            "events": [
                _moment(
                    "order.placed",
                    "ordered_at",
                    promised_at="promised_at",
                    total="total",
                    currency="currency",
                    items="items",
                ),
                _moment("shipment.sent", "sent_at"),
                _moment("delivery.delivered", "delivered_at"),
                _moment("order.cancelled", "cancelled_at", by="cancelled_by"),
            ],
        },
        "contacts": {
            "relation": "customer",
            "fields": {
                "customer_no": _CUSTOMER_NO,
                "email": {"identifier": "email"},
                "phone": _PHONE,
                "name": {"attribute": "full_name"},
                "language": {"attribute": "language"},
                "preferred_channel": {"attribute": "preferred_channel"},
            },
        },
        "cases": {
            "relation": "customer",
            "fields": {
                "customer_no": _CUSTOMER_NO,
                "email": {"identifier": "email"},
                "phone": _PHONE,
            },
            "events": [
                _entry(
                    "ticket opened",
                    "case.opened",
                    kind="kind",
                    topic="topic",
                    about="order_no",
                    channel="channel",
                    due_at="due_at",
                ),
                _entry("reply sent", "case.answered", channel="channel"),
                _entry("handed over", "case.transferred", to="team"),
                _entry("ticket solved", "case.closed"),
                _entry("solution accepted", "case.confirmed"),
                _entry("ticket reopened", "case.reopened", channel="channel"),
                _entry("inbound", "contact.received", **_TOUCH),
                _entry("callback", "contact.made", **_TOUCH),
                _entry("complaint", "complaint.received", **_TOUCH),
            ],
        },
    }
)
"""The mapping document of every stream."""


def source_config(stream: str, folder: Path) -> Document:
    """The configuration of the delimited source that reads this stream below the folder."""
    file = FILES[stream]
    return {
        "path": str(folder / file.path),
        "stream": stream,
        "key": [file.key],
        "encoding": file.encoding,
        "delimiter": file.delimiter,
    }


def offers(now: datetime) -> list[Document]:
    """The offer catalogue: three generic offers, active around `now`."""
    active = {
        "active_from": _text(now - timedelta(days=30)),
        "active_until": _text(now + timedelta(days=60)),
    }
    everywhere = ["email", "chat", "web"]
    return [
        {
            "id": "free-shipping",
            "title": "Free shipping on the next order",
            "group": "shipping",
            "channels": everywhere,
            **active,
        },
        {
            "id": "repair-week",
            "title": "Repair week: we mend what you bought",
            "group": "repair",
            "channels": everywhere,
            "eligibility": {"relations": ["customer"]},
            **active,
        },
        {
            "id": "winter-catalogue",
            "title": "The winter catalogue, early",
            "group": "catalogue",
            "channels": ["email"],
            "eligibility": {"countries": ["DE", "FR"]},
            **active,
        },
    ]


def policy(document: Mapping[str, Any]) -> Document:
    """The policy of the demo: the given one with a notice in force and an assessment on file.

    No channel asks for a second opt-in: the CRM's form asks twice itself, and what it exports as
    `asked_how` is the proof of the second answer.
    """
    text = {"version": 1, "locale": "en", "text_sha256": sha256(NOTICE_TEXT.encode()).hexdigest()}
    return {
        **document,
        "notices": {**document["notices"], NOTICE: text},
        "lia": {**document["lia"], "service_insight": LIA},
        "doi_channels": [],
    }


def write_configuration(silos: Path, folder: Path, now: datetime) -> Mapping[str, Path]:
    """Write what `cdp` is given as files, as JSON, into the folder, which is made.

    `silos` is the folder the silos were written to. Returns the paths by name: `<source>.source`
    and `<source>.mapping` of every source, and `offers`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    documents: dict[str, object] = {"offers": offers(now)}
    for stream, file in FILES.items():
        documents[f"{file.source}.source"] = source_config(stream, silos)
        documents[f"{file.source}.mapping"] = MAPPINGS[stream]
    paths = {}
    for name, document in documents.items():
        paths[name] = folder / f"{name}.json"
        paths[name].write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return paths


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
