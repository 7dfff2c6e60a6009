"""What every request and answer has: ids, headers, limits, problems, a line in the log."""

import io
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from cdp import logs
from cdp.errors import ContinuumError, Misconfigured, TryAgain
from cdp.web import create_app, http
from cdp.web.api import schemas
from cdp.web.auth import Access, guard
from cdp.web.smorest import MOST_FAULTS
from tests.flows.seeding import PEOPLE, Seeded
from tests.web.builders import Desk, add_client, email, path_of, problem

RESOLVE = "/v1/profiles/resolve"
BODY = {"purpose": "service", "identifiers": [email("a.b@example.org")]}


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged."""
    stream = io.StringIO()
    logs.configure("info", "json", stream)
    yield stream
    logs.configure("warning", "json")


@pytest.mark.parametrize(
    "given",
    [
        "94052477-b2cc-40b0-b309-213dce5dd53b",
        "630809601f5147a5a0e0afa6e08e7912",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    ],
)
def test_a_request_id_in_a_safe_form_is_taken_over(desk: Desk, given: str) -> None:
    response = desk.get("/health/live", headers={"Request-Id": given})

    assert response.headers["Request-Id"] == given


@pytest.mark.parametrize(
    "given", ["ada@example.org", "+4915123456701", "x" * 500, "call 17", "K-1001", ""]
)
def test_any_other_request_id_is_replaced(desk: Desk, given: str) -> None:
    response = desk.get("/health/live", headers={"Request-Id": given})

    assert uuid.UUID(response.headers["Request-Id"]).version == 7


def test_an_unknown_route_is_a_problem(desk: Desk) -> None:
    for path in ("/", "/v1", "/v1/profiles", "//v1/profiles/resolve", "/v1/profiles/resolve/"):
        assert problem(desk.get(path)) == (404, "no_route")


@pytest.mark.parametrize("what", ["", "/context", "/decide", "/consents"])
def test_an_id_that_is_none_is_not_found(desk: Desk, what: str) -> None:
    for wrong in ("17", "ada@example.org", "0" * 36, "%00", "é"):
        response = desk.post(f"/v1/profiles/{wrong}{what}", {"purpose": "service"})

        assert problem(response)[0] in {404, 405}
        assert "ada@" not in response.text


def test_a_method_that_is_not_there_says_which_are(desk: Desk) -> None:
    response = desk.call("DELETE", RESOLVE)

    assert problem(response) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "POST"
    assert problem(desk.call("OPTIONS", RESOLVE)) == (405, "method_not_allowed")


def test_a_body_that_is_no_json_is_refused(desk: Desk) -> None:
    for text in ("", "{", "{'a': 1}", "\xff", '{"purpose": NaN}', '{"purpose": "\\ud800"}'):
        response = desk.call(
            "POST", RESOLVE, data=text.encode("latin-1"), content_type="application/json"
        )

        assert problem(response) == (400, "malformed_json")


def test_endless_nesting_is_refused(desk: Desk) -> None:
    response = desk.call("POST", RESOLVE, data="[" * 200_000, content_type="application/json")

    assert problem(response) == (400, "malformed_json")


def test_a_body_that_is_not_called_json_is_refused(desk: Desk) -> None:
    response = desk.call("POST", RESOLVE, data=json.dumps(BODY), content_type="text/plain")

    assert problem(response) == (415, "not_json")


def test_a_body_that_is_too_large_is_refused(desk: Desk) -> None:
    big = b'{"purpose": "' + b"x" * http.MOST_BYTES + b'"}'

    response = desk.call("POST", RESOLVE, data=big, content_type="application/json")

    assert problem(response) == (413, "too_large")


@pytest.mark.parametrize("body", [None, 17, "text", [], [{}], True])
def test_a_body_that_is_no_object_is_refused(desk: Desk, body: Any) -> None:
    assert problem(desk.post(RESOLVE, body)) == (422, "invalid_request")


def test_faults_are_named_by_place_and_never_repeat_what_was_sent(desk: Desk) -> None:
    body = {
        "purpose": "Serv Ice",
        "identifiers": [{"type": "email", "value": "x" * 2000}, {"value": 17}],
        "ada@example.org": "Adalind",
    }

    response = desk.post(RESOLVE, body)

    assert problem(response) == (422, "invalid_request")
    faults = {(fault["pointer"], fault["detail"]) for fault in response.get_json()["errors"]}
    assert ("", "unknown field; known are identifiers, purpose") in faults
    assert ("/purpose", "must be a lower-case name") in faults
    assert {pointer for pointer, _ in faults} == {
        "",
        "/purpose",
        "/identifiers/0/value",
        "/identifiers/1/type",
        "/identifiers/1/value",
    }
    assert "ada@" not in response.text
    assert "Adalind" not in response.text


def test_the_longest_request_that_fits_its_schema_fits_the_limit(desk: Desk) -> None:
    value = "\U0001f600" * schemas.LONGEST_VALUE
    body = {
        "purpose": "service",
        "identifiers": [{"type": "customer_id", "value": value}] * schemas.MOST_IDENTIFIERS,
    }

    assert desk.post(RESOLVE, body).status_code != 413


@pytest.mark.parametrize(
    "body",
    [
        {"purpose": "service", "identifiers": [{}] * 50_000},
        {**BODY, **{f"field{number}": 1 for number in range(10_000)}},
        {"purpose": "service", "identifiers": [{"type": "A", "value": "", "region": "x"}] * 20},
    ],
)
def test_an_answer_does_not_grow_with_the_faults_of_a_body(
    desk: Desk, body: dict[str, Any]
) -> None:
    response = desk.post(RESOLVE, body)

    assert problem(response) == (422, "invalid_request")
    assert 1 <= len(response.get_json()["errors"]) <= MOST_FAULTS


def test_of_a_list_that_is_too_long_no_item_is_read(desk: Desk) -> None:
    response = desk.post(RESOLVE, {"purpose": "service", "identifiers": [{}] * 21})

    faults = response.get_json()["errors"]
    assert faults == [{"pointer": "/identifiers", "detail": "takes at most 20 items"}]


@pytest.mark.parametrize("query", ["", "?purpose=", "?purpose=A b", "?purpose=service&email=a@b.c"])
def test_a_query_is_checked_like_a_body(desk: Desk, world: Seeded, query: str) -> None:
    response = desk.get(path_of(world.profiles["ada"], query))

    assert problem(response) == (422, "invalid_request")
    assert "a@b.c" not in response.text


@pytest.mark.parametrize("text", ["nul\u0000", "line\nbreak", "tab\t", "\u0085", "del\u007f", ""])
def test_control_characters_are_refused(desk: Desk, text: str) -> None:
    body = {"purpose": "service", "identifiers": [{"type": "customer_id", "value": text}]}

    assert problem(desk.post(RESOLVE, body)) == (422, "invalid_request")


def test_a_line_in_the_log_names_the_template_and_nothing_that_was_sent(
    world: Seeded, lines: io.StringIO
) -> None:
    desk, ada = Desk.of(world.platform), PEOPLE["ada"]

    desk.post(RESOLVE, {"purpose": "service", "identifiers": [email(ada.email)]})
    desk.get(path_of(world.profiles["ada"], f"?purpose={ada.surname}"))
    desk.get(f"/v1/{ada.email}", headers={"Request-Id": ada.email})
    desk.call("BREW", f"/v1/profiles/{ada.customer_no}")

    written = [json.loads(line) for line in lines.getvalue().splitlines()]
    answered = [line for line in written if line.get("route") != "/openapi.json"]
    assert [line["route"] for line in answered[-4:]] == [
        RESOLVE,
        "/v1/profiles/<uuid:profile_id>",
        "none",
        "none",
    ]
    assert answered[-4]["status"] == 200
    assert answered[-4]["duration_ms"] >= 0
    assert uuid.UUID(answered[-4]["client_id"]).version == 7
    assert answered[-1]["method"] == "other"
    assert answered[-1]["client_id"] is None
    known = {*logs.FIELDS, "event"}
    assert all(known.issuperset(line) for line in written)
    assert not any(value in lines.getvalue() for value in ada.values)


def test_metrics_count_by_template(desk: Desk, world: Seeded) -> None:
    ada = PEOPLE["ada"]
    desk.get(path_of(world.profiles["ada"], "?purpose=service"))
    desk.get(f"/v1/{ada.email}")

    text = desk.get("/metrics").text

    assert 'route="/v1/profiles/<uuid:profile_id>",status="200"' in text
    assert 'cdp_disclosures_total{action="profile"' in text
    assert not any(value in text for value in ada.values)
    assert str(world.profiles["ada"]) not in text


class Unheard(ContinuumError):
    """An error nobody gave a status."""


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (Misconfigured("key file /srv/keys/7 is missing"), 500, "misconfigured"),
        (TryAgain("the main store at 10.0.0.7 is away", reason="store_away"), 503, "store_away"),
        (Unheard("something about /srv"), 500, "error"),
        (ValueError("ada@example.org is not a number"), 500, "internal"),
    ],
)
def test_what_the_operator_must_mend_is_told_to_the_log_only(
    world: Seeded, lines: io.StringIO, error: Exception, status: int, reason: str
) -> None:
    app = create_app(world.platform)
    key = add_client(world.platform)

    def failing() -> str:
        raise error

    app.add_url_rule("/failing", "failing", failing)
    answered = app.test_client().get("/failing", headers={"Authorization": f"Bearer {key}"})

    assert answered.status_code == status
    assert answered.get_json()["reason"] == reason
    assert str(error) not in answered.text
    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    (failed,) = (line for line in logged if line["event"] == "request failed")
    assert (failed["error_kind"], failed["reason"]) == (type(error).__name__, reason)
    assert failed["level"] == ("warning" if status == 503 else "error")
    assert "ada@" not in lines.getvalue()


def test_a_route_that_nobody_declared_needs_a_key(world: Seeded) -> None:
    app = create_app(world.platform)
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    guard(app, {"forgotten": Access(scope="consents:read")})

    assert app.test_client().get("/forgotten").status_code == 401
