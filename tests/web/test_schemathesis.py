"""Schemathesis reads the published document and tries every operation, by what it promises.

Nothing may fail, nothing may be answered that is not documented, every answer fits its schema. What
fits the document is sent, for a known person and for made-up ids, and what does not fit as well.
"""

from collections.abc import Callable
from typing import Any, Final

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from cdp.platform import Platform
from cdp.web import GROUPS
from tests.flows.seeding import NOTICE, PEOPLE, Seeded
from tests.web.builders import Desk, add_client, email

OPERATIONS: Final = {id_.partition(".")[2] for group in GROUPS for id_ in group.access}
WRITES: Final = {"recordConsent", "giveVerdict", "undoVerdict", "undoMerge"}
TRIES: Final = settings(
    max_examples=10, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
CHECKS: Final[list[Callable[..., Any]]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
    allow_header_conformance,
]


@pytest.mark.parametrize("name", sorted(OPERATIONS - WRITES))
def test_what_reads_does_what_the_document_says(name: str, world: Seeded, desk: Desk) -> None:
    _try(name, world, desk)


@pytest.mark.parametrize("name", sorted(WRITES))
def test_what_writes_does_what_the_document_says(name: str, seeded: Seeded, own_desk: Desk) -> None:
    _try(name, seeded, own_desk)


def _try(name: str, seeded: Seeded, desk: Desk) -> None:
    operation = _operation(desk.app, name)
    ada = str(seeded.profiles["ada"])
    known = dict.fromkeys((item.name for item in operation.path_parameters), ada)
    known.setdefault("profile_id", ada)
    ways = [operation.as_strategy(GenerationMode.POSITIVE)]
    if operation.path_parameters or operation.body:
        fits = operation.as_strategy(
            GenerationMode.POSITIVE, path_parameters=known if operation.path_parameters else None
        )
        ways.append(fits.map(lambda case: _meant(case, known["profile_id"])))
    if operation.query or operation.body:
        fixed = known if operation.path_parameters else None
        ways.append(operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=fixed))
    headers = {"Authorization": f"Bearer {_client(seeded.platform)}"}

    for way in ways:

        @TRIES
        @given(case=way)
        def one(case: Case[Any]) -> None:
            response = case.call(headers=headers)
            if _is_rebuilding(response):
                return  # documented: a statement voids views, and nobody builds them here
            case.validate_response(response, checks=CHECKS, headers=headers)

        one()


def _meant(case: Case[Any], known: str) -> Case[Any]:
    """The same, for purposes and people that there are; a made-up purpose ends at the door."""
    if "purpose" in (case.query or {}):
        case.query |= {"purpose": "service", "fields": "given_name,events"}
        case.query.pop("cursor", None)
    whole: Any = case.body if isinstance(case.body, dict) else {}
    bodies: list[dict[str, Any]] = [whole, *whole.get("requests", [])]
    for body in bodies:
        for name, value in _KNOWN.items():
            if name in body:
                body[name] = value
        if "profile_id" in body:
            body["profile_id"] = known
        if "ids" in body:
            body["ids"][0] = known
    return case


_KNOWN: Final[dict[str, Any]] = {
    "purpose": "service",
    "purposes": ["offers"],
    "fields": ["given_name", "email"],
    "contact": email(PEOPLE["ada"].email),
    "identifier": email(PEOPLE["ada"].email),
    "identifiers": [email(PEOPLE["ada"].email)],
    "notice": NOTICE,
}


def _operation(app: Flask, name: str) -> APIOperation[Any, Any, Any, Any]:
    document = schemathesis.openapi.from_wsgi("/openapi.json", app)
    found: APIOperation[Any, Any, Any, Any] = document.find_operation_by_id(name)
    return found


def _client(platform: Platform) -> str:
    purposes = frozenset({"service", "service_insight", "offers", "dsr", "stewardship"})
    return add_client(platform, purposes, rate=1_000_000)


def _is_rebuilding(response: Any) -> bool:
    return bool(response.status_code == 503 and response.json()["reason"] == "view_rebuilding")
