"""A desk to call the API from, which also checks every answer against the document it publishes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Flask
from jsonschema import Draft202012Validator
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from cdp import clock
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.store import configuration
from cdp.store.configuration import Client
from cdp.web import create_app
from cdp.web.auth import SCOPES, new_key

EVERYTHING = frozenset(SCOPES)
VIEWS = frozenset({"service", "service_insight", "offers"})
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def add_client(
    platform: Platform,
    purposes: frozenset[str] = VIEWS,
    scopes: frozenset[str] = EVERYTHING,
    name: str = "crm",
    **more: Any,
) -> str:
    """A new client's key; `more` are its fields, rate and end."""
    key, digest = new_key()
    with platform.write() as tx:
        client = Client(new_id(), platform.workspace, name, purposes, scopes, revoked=False, **more)
        configuration.add_client(tx.main, client, digest, clock.now())
    return key


@dataclass
class Desk:
    """Calls the app with one key. Whatever comes back must be documented and carry the headers."""

    app: Flask = field(repr=False)
    key: str | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        platform: Platform,
        purposes: frozenset[str] = VIEWS,
        scopes: frozenset[str] = EVERYTHING,
        **more: Any,
    ) -> "Desk":
        """A desk with a client of its own."""
        return cls(create_app(platform), add_client(platform, purposes, scopes, **more))

    def without_key(self) -> "Desk":
        """The same desk for somebody who has no key."""
        return Desk(self.app)

    def get(self, path: str, **more: Any) -> TestResponse:
        """GET."""
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any, **more: Any) -> TestResponse:
        """POST with a JSON body."""
        return self.call(
            "POST", path, data=json.dumps(body), content_type="application/json", **more
        )

    def call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> TestResponse:
        """Any method."""
        given = dict(headers or {})
        if self.key is not None:
            given.setdefault("Authorization", f"Bearer {self.key}")
        response = self.app.test_client().open(path, method=method, headers=given, **more)
        self._check(method, path, response)
        return response

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document as it is published."""
        found: dict[str, Any] = json.loads(self.app.test_client().get("/openapi.json").data)
        return found

    def _check(self, method: str, path: str, response: TestResponse) -> None:
        for name, value in HEADERS.items():
            assert response.headers[name] == value
        assert response.headers["Request-Id"]
        operation = self._operation(method, path)
        if operation is None:
            assert response.content_type == "application/problem+json"
            self._fits({"$ref": "#/components/schemas/Problem"}, response)
            return
        documented = operation["responses"]
        assert str(response.status_code) in documented, (path, response.status_code)
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            assert response.data == b""
            return
        content = documented[str(response.status_code)]["content"]
        assert response.mimetype in content, (path, response.mimetype)
        if response.is_json or response.mimetype == "application/problem+json":
            self._fits(content[response.mimetype]["schema"], response)

    def _fits(self, schema: dict[str, Any], response: TestResponse) -> None:
        whole = {**schema, "components": self.document["components"]}
        Draft202012Validator(whole).validate(response.get_json())

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        try:
            rule, _ = self.app.url_map.bind("localhost").match(
                path.partition("?")[0], method, return_rule=True
            )
        except HTTPException:
            return None
        template = re.sub(r"<uuid:(\w+)>", r"{\1}", rule.rule)
        found: dict[str, Any] = self.document["paths"][template][method.lower()]
        return found


def problem(response: TestResponse) -> tuple[int, str]:
    """(status, reason) of a problem."""
    document = response.get_json()
    assert response.content_type == "application/problem+json"
    assert document["status"] == response.status_code
    assert document["request_id"] == response.headers["Request-Id"]
    return response.status_code, document["reason"]


def email(value: str) -> dict[str, str]:
    """An e-mail address on the wire."""
    return {"type": "email", "value": value}


def path_of(profile_id: UUID, what: str = "") -> str:
    """A profile's path."""
    return f"/v1/profiles/{profile_id}{what}"
