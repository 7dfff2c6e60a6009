"""Every route asks for a key, or stands on the list of public ones; every answer is documented."""

import json
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule

from cdp.platform import Platform
from cdp.web import create_app

PUBLIC = {"/health/live", "/health/ready", "/metrics", "/openapi.json"}
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def app(platform: Platform) -> Flask:
    return create_app(platform)


def routes(app: Flask) -> list[tuple[str, Rule]]:
    """Every method of every registered rule."""
    found = [(method, rule) for rule in app.url_map.iter_rules() for method in rule.methods or ()]
    return [(method, rule) for method, rule in found if method in METHODS]


def path_of(rule: Rule) -> str:
    """A path that the rule matches."""
    arguments = dict.fromkeys(rule.arguments, uuid4())
    built = rule.build(arguments)
    assert built is not None
    return built[1]


def test_every_route_asks_for_a_key_or_is_listed_as_public(app: Flask) -> None:
    seen = set()

    for method, rule in routes(app):
        response = app.test_client().open(path_of(rule), method=method)

        if rule.rule in PUBLIC:
            assert response.status_code == 200, rule.rule
            seen.add(rule.rule)
        else:
            assert response.status_code == 401, rule.rule
            assert response.content_type == "application/problem+json"

    assert seen == PUBLIC


def test_every_route_is_documented_with_its_problems(app: Flask) -> None:
    document: dict[str, Any] = json.loads(app.test_client().get("/openapi.json").data)

    for method, rule in routes(app):
        template = rule.rule.replace("<uuid:", "{").replace(">", "}")
        responses = document["paths"][template][method.lower()]["responses"]
        assert any(int(status) < 300 for status in responses), rule.rule
        wanted = set() if rule.rule in PUBLIC else {"401", "403", "429", "500", "503"}
        if "profile_id" in rule.arguments:
            wanted |= {"404", "409"}
        if method == "POST":
            wanted |= {"400", "413", "415", "422"}
        assert wanted <= set(responses), rule.rule
        for status, answer in responses.items():
            assert answer["description"]
            assert ("content" in answer) is (status != "304")


def test_no_route_takes_anything_personal_in_its_url(app: Flask) -> None:
    document: dict[str, Any] = json.loads(app.test_client().get("/openapi.json").data)
    taken = {
        parameter["name"]
        for path in document["paths"].values()
        for operation in [path, *(path[name] for name in path if name in {"get", "post"})]
        for parameter in operation.get("parameters", [])
        if parameter["in"] in {"path", "query"}
    }

    of_lists = {"fields", "type", "types", "cursor", "since", "limit"}
    assert taken == {"profile_id", "verdict_id", "purpose"} | of_lists
