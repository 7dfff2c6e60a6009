"""Whatever is sent is answered in clear words: no failure, nothing of it repeated or logged."""

import gzip
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdp import logs
from cdp.web import http
from tests.flows.seeding import PEOPLE, Seeded
from tests.web.builders import Desk, email, path_of, problem

ADA = PEOPLE["ada"]
RESOLVE = "/v1/profiles/resolve"
BODIES = (RESOLVE, "/v1/contexts")
JSON = "application/json"
TRIES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged."""
    stream = io.StringIO()
    logs.configure("debug", "json", stream)
    yield stream
    logs.configure("warning", "json")


def send(desk: Desk, path: str, data: bytes, content_type: str = JSON, **more: Any) -> Any:
    """A body as it is."""
    return desk.call("POST", path, data=data, content_type=content_type, **more)


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        b'{"purpose": "\xc3\x28"}',
        '{"purpose": "service"}'.encode("utf-16"),
        '{"purpose": "service"}'.encode("utf-32-le"),
        b'\xef\xbb\xbf{"purpose": "service"}',
        b'{"purpose": "service"',
        b'{"purpose": NaN}',
        b'{"purpose": "\\ud800"}',
        b'{"purpose": "service"} {}',
        b"\x00",
        b'{"purpose": "ser\x00vice"}',
        gzip.compress(b'{"purpose": "service"}', mtime=0),
        b"[" * 100_000,
        b"[" * 1020 + b"]" * 1020,
        b'{"a":' * 1020 + b"1" + b"}" * 1020,
        b"1" * 5_000,
    ],
    ids=lambda data: repr(data[:16]),
)
def test_what_is_no_json_is_refused(desk: Desk, path: str, data: bytes) -> None:
    assert problem(send(desk, path, data)) == (400, "malformed_json")


@pytest.mark.parametrize("path", BODIES)
def test_ten_megabytes_are_refused_before_they_are_read(desk: Desk, path: str) -> None:
    nested = b'{"a":[' * 1_700_000

    assert problem(send(desk, path, nested)) == (413, "too_large")
    chunked = io.BytesIO(nested)
    response = desk.call(
        "POST",
        path,
        input_stream=chunked,
        content_type=JSON,
        headers={"Transfer-Encoding": "chunked"},
    )
    assert problem(response) == (413, "too_large")
    assert chunked.tell() <= 2 * http.MOST_BYTES


@pytest.mark.parametrize("depth", [50, 500, 900])
def test_nesting_that_is_json_fits_no_schema(desk: Desk, depth: int) -> None:
    body = b'{"purpose":' + b"[" * depth + b"]" * depth + b"}"

    status, reason = problem(send(desk, RESOLVE, body))

    assert (status, reason) in {(422, "invalid_request"), (400, "malformed_json")}


@pytest.mark.parametrize(
    "data",
    [
        b'{"purpose": "service", "purpose": "offers"}',
        b'{"purpose": "service", "identifiers": [{"type": "email", "type": "phone"}]}',
        b'{"\\u0070urpose": "service", "purpose": "offers"}',
    ],
)
def test_a_name_that_comes_twice_is_refused(desk: Desk, data: bytes) -> None:
    assert problem(send(desk, RESOLVE, data)) == (400, "repeated_name")


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "json",
        "\u00e4",
        "application/jsonp",
        "multipart/form-data; boundary=x",
        "application/json/x",
    ],
)
def test_what_is_not_called_json_is_refused(desk: Desk, content_type: str) -> None:
    response = send(desk, RESOLVE, b'{"purpose": "service"}', content_type)

    assert problem(response) == (415, "not_json")


def test_a_body_may_come_in_chunks(desk: Desk) -> None:
    body = json.dumps({"purpose": "service", "identifiers": [email(ADA.email)]}).encode()

    response = desk.call(
        "POST",
        RESOLVE,
        input_stream=io.BytesIO(body),
        content_type=JSON,
        headers={"Transfer-Encoding": "chunked"},
    )

    assert response.status_code == 200


def test_json_may_say_its_encoding(desk: Desk) -> None:
    body = json.dumps({"purpose": "service", "identifiers": [email(ADA.email)]}).encode()

    assert send(desk, RESOLVE, body, "application/json; charset=utf-8").status_code == 200


@pytest.mark.parametrize(
    "id_",
    [
        "17",
        "0" * 36,
        "%00",
        "..%2f..",
        "%ff%fe",
        "a@example.org",
        "'; DROP TABLE profile; --",
        "{01890a5d-ac96-774b-bcce-b302099a8057}",
        "01890a5dac96774bbcceb302099a8057",
        "%F0%9F%98%80",
        "x" * 10_000,
        "01890A5D-AC96-774B-BCCE-B302099A8057%0a",
    ],
)
@pytest.mark.parametrize("what", ["?purpose=service", "/events?purpose=service", "/consents"])
def test_an_id_that_is_none_is_nobody(desk: Desk, id_: str, what: str) -> None:
    response = desk.get(f"/v1/profiles/{id_}{what}")

    assert problem(response)[0] in {404, 405}
    assert "example.org" not in response.text
    assert "DROP" not in response.text


@pytest.mark.parametrize(
    "query",
    [
        "purpose=service&purpose=offers",
        "purpose=%00",
        "purpose=%ff",
        "purpose[]=service",
        "=",
        "&&",
        "purpose=service&email=ada@example.org",
        "purpose=" + "x" * 10_000,
        "purpose=service%0a",
    ],
)
def test_a_query_that_is_none_is_refused(desk: Desk, world: Seeded, query: str) -> None:
    response = desk.get(path_of(world.profiles["ada"], f"?{query}"))

    assert problem(response) in {(422, "invalid_request"), (403, "purpose_not_bound")}
    assert "example.org" not in response.text


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Request-Id",
        "Idempotency-Key",
        "Accept",
        "If-None-Match",
        "Content-Length",
        "Transfer-Encoding",
        "Range",
        "If-Modified-Since",
        "Expect",
        "Host",
        "X-Forwarded-For",
    ],
)
@pytest.mark.parametrize(
    "value",
    ["", " ", "\u00e9" * 40, "x" * 60_000, "Bearer " + "\u00ff" * 43, '"', 'W/"', ",,,", "-1"],
    ids=lambda value: repr(value[:9]),
)
def test_any_header_is_answered(desk: Desk, world: Seeded, name: str, value: str) -> None:
    response = desk.get(path_of(world.profiles["ada"], "?purpose=service"), headers={name: value})

    assert response.status_code in {200, 400, 401, 404}


@TRIES
@given(raw=st.binary(max_size=200))
def test_any_bytes_are_answered(desk: Desk, raw: bytes) -> None:
    response = send(desk, RESOLVE, raw)

    assert response.status_code in {400, 422}


@TRIES
@given(tail=st.text(st.characters(codec="utf-8", exclude_characters="?#")))
def test_any_path_is_answered(desk: Desk, tail: str) -> None:
    response = desk.app.test_client().get(f"/v1/profiles/{tail}")

    assert response.status_code in {401, 404, 405}


@TRIES
@given(name=TEXTS, value=TEXTS)
def test_any_query_is_answered(desk: Desk, world: Seeded, name: str, value: str) -> None:
    response = desk.get(
        path_of(world.profiles["ada"], "/events"),
        query_string={"purpose": "service", name: value},
    )

    assert response.status_code in {200, 403, 422}


def test_nothing_that_was_sent_is_in_a_problem_or_in_the_log(
    world: Seeded, lines: io.StringIO
) -> None:
    desk, ada = Desk.of(world.platform), path_of(world.profiles["ada"])
    said = {"type": "given", "purposes": [ADA.surname], "notice": ADA.surname}
    answers = [
        desk.get(f"{ada}?purpose={ADA.surname}&fields={ADA.email}"),
        desk.get(f"{ada}?purpose=service&fields={ADA.given.lower()}"),
        desk.get(f"{ada}/events?purpose=service&cursor={ADA.surname}&type={ADA.given}"),
        desk.get(f"/v1/changes?since={ADA.surname}&types={ADA.given}"),
        desk.get(f"/v1/profiles/{ADA.email}"),
        desk.get(f"{ada}?purpose=service", headers={"Authorization": f"Bearer {ADA.email}"}),
        desk.post(f"{ada}/consents", said, headers={"Idempotency-Key": ADA.email}),
        desk.post(f"{ada}/consents", {"type": ADA.given, ADA.email: 1, "purposes": ["offers"]}),
        desk.post(f"{ada}/context", {"purpose": "service", "channel": ADA.given}),
        desk.post("/v1/contexts", {"requests": [{"purpose": ADA.surname, ADA.email: ADA.email}]}),
        send(desk, RESOLVE, f'{{"{ADA.email}": 1, "{ADA.email}": 2}}'.encode()),
        send(desk, RESOLVE, ADA.email.encode(), ADA.email),
    ]

    for answer in answers:
        assert 400 <= answer.status_code < 500
        assert not any(value in answer.text for value in ADA.values), answer.text
    written = lines.getvalue()
    assert len(written.splitlines()) >= len(answers)
    assert not any(value.lower() in written.lower() for value in ADA.values)
