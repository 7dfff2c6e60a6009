"""How the four silos are plugged in: sources, mappings, offers, and the policy of the demo."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from examples.ledger import NOTICE
from examples.mappings import MAPPINGS, Document
from examples.stories import ARTICLE
from examples.streams import SOURCES, Table

LIA = "LIA-SI-1"
"""The legitimate-interest assessment on file for `service_insight`."""

NOTICE_TEXT = (
    "We keep what you order and ask us in order to serve you. With your yes we also send you the "
    "newsletter and offers, on the channels you chose, and choose them by what you did here. "
    "You can take back every yes at any time."
)
"""What the form showed."""


def source_config(source: str, folder: Path) -> Document:
    """The configuration of a source that reads its silo below the folder."""
    tables = SOURCES[source]
    path = folder / tables[0].path
    if tables[0].kind == "sql":
        streams = [
            {"name": table.stream, "table": table.stream, "key": [table.key], "cursor": "changed"}
            for table in tables
        ]
        return {"url": f"sqlite:///{path}", "streams": streams}
    (table,) = tables
    return {"path": str(path), "stream": table.stream, "key": [table.key], **_events(table)}


def _events(table: Table) -> Document:
    if not table.event_id:
        return {}
    named = {"id": [table.event_id], "type_column": "type", "at": "at"}
    return {"message": "event", "event": named}


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


def answers(now: datetime) -> list[Document]:
    """The answers of the help pages, valid around `now`."""
    asked = {"channels": ["email", "chat", "web"], "valid_from": _text(now - timedelta(days=200))}
    return [
        {
            "id": ARTICLE,
            "title": "Sending something back, in three steps",
            "intent": "return_or_refund",
            "topic": "returns",
            "url": "https://example.org/help/returns",
            **asked,
        },
        {
            "id": "where-is-my-parcel",
            "title": "Where your parcel is, and what we do if it is late",
            "intent": "order_status",
            "topic": "delivery",
            "url": "https://example.org/help/parcels",
            **asked,
        },
    ]


def catalogues(now: datetime) -> dict[str, list[Document]]:
    """The catalogues by the name of their kind; traits and journeys are the default ones."""
    return {"offers": offers(now), "answers": answers(now)}


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

    `silos` is the folder the silos were written to. Returns the paths by name: `<source>.source` of
    every source, `<source>.<stream>.mapping` of every stream, and the catalogues.
    """
    folder.mkdir(parents=True, exist_ok=True)
    documents: dict[str, object] = dict(catalogues(now))
    for source, tables in SOURCES.items():
        documents[f"{source}.source"] = source_config(source, silos)
        for table in tables:
            documents[f"{source}.{table.stream}.mapping"] = MAPPINGS[table.stream]
    paths = {}
    for name, document in documents.items():
        paths[name] = folder / f"{name}.json"
        paths[name].write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return paths


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
