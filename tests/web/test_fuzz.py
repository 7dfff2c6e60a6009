"""Whatever is sent, the answer is a documented one and never a failure of the server."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdp.door import CHANNELS
from consent.events import TYPES
from tests.flows.seeding import PEOPLE, Seeded
from tests.web.builders import Desk, email, path_of

FUZZ = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NAMES = st.sampled_from(["service", "offers", "service_insight", "dsr", "*", "Offers", ""])
TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
WRITTEN = st.sampled_from([PEOPLE["ada"].email, PEOPLE["ben"].phone, "K-1003", "a@b", "+49 1"])
IDENTIFIER = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["email", "phone", "customer_id", "device_id", "x"]) | TEXTS,
        "value": WRITTEN | TEXTS | JSON,
    },
    optional={"region": st.sampled_from(["DE", "XX", "ZZ"]) | TEXTS},
)
CHANNEL = st.sampled_from([*CHANNELS, "*", "fax"])
MOMENT = st.sampled_from(
    [
        "2026-03-01T09:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "2026-03-01T09:00:00",
        "20260301",
        "2199-12-31T23:59:59.999999-12:00",
    ]
)
RESOLVE = st.fixed_dictionaries(
    {"purpose": NAMES, "identifiers": st.lists(IDENTIFIER, max_size=3) | JSON}
)
CONTEXT = st.fixed_dictionaries(
    {"purpose": NAMES}, optional={"channel": CHANNEL | JSON, "interaction_id": TEXTS | JSON}
)
DECIDE = st.fixed_dictionaries(
    {"purpose": NAMES},
    optional={
        "channel": CHANNEL,
        "contact": IDENTIFIER,
        "brand": TEXTS,
        "topic": st.sampled_from(["repairs", "a b"]),
        "action": st.sampled_from(["process", "contact", "disclose", "eat"]),
    },
)
STATEMENT = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(TYPES)), "purposes": st.lists(NAMES, max_size=3) | JSON},
    optional={
        "channels": st.lists(CHANNEL, max_size=3) | JSON,
        "source": st.sampled_from(["subject_auth", "subject_link", "staff", "partner", "moon"]),
        "contact": IDENTIFIER,
        "identifier": IDENTIFIER | st.just(email(PEOPLE["ada"].email)),
        "notice": st.just("privacy-2026") | TEXTS,
        "evidence": st.fixed_dictionaries({"ref": TEXTS}) | JSON,
        "brand": st.just("main") | TEXTS,
        "until": MOMENT | JSON,
        "at": MOMENT,
        "language": st.sampled_from(["de", "de-DE", "deutsch bitte"]),
        "method": st.just("letter") | TEXTS,
        "flags": st.lists(st.sampled_from(["guardian", "gpc_ack", "prompted", "preticked", "x"])),
        "event_id": st.uuids().map(str) | JSON,
    },
)

GOOD = st.sampled_from(
    [email(PEOPLE["ada"].email), {"type": "phone", "value": PEOPLE["ada"].phone}]
)
UNDERSTOOD = st.fixed_dictionaries(
    {
        "type": st.sampled_from(sorted(TYPES)),
        "purposes": st.lists(st.sampled_from(["offers", "marketing", "*"]), min_size=1),
    },
    optional={
        "channels": st.lists(st.sampled_from([*CHANNELS, "*"]), min_size=1, max_size=9),
        "source": st.sampled_from(["subject_auth", "subject_link", "staff", "partner", "import"]),
        "contact": GOOD | IDENTIFIER,
        "identifier": GOOD,
        "notice": st.just("privacy-2026"),
        "evidence": st.just({"ref": "form 17", "sha256": "0" * 64}),
        "brand": st.just("main"),
        "until": st.sampled_from(["1970-01-01T00:00:00Z", "2199-12-31T23:59:59.999999-12:00"]),
        "at": st.sampled_from(["1970-01-01T00:00:00Z", "2199-12-31T23:59:59+14:00"]),
        "flags": st.lists(st.sampled_from(["guardian", "gpc_ack", "prompted", "preticked"])),
        "event_id": st.uuids().map(str),
    },
)


def send(desk: Desk, path: str) -> Callable[[Any], None]:
    """Send one body; the desk checks that the answer is documented."""

    def one(body: Any) -> None:
        response = desk.call(
            "POST", path, data=json.dumps(body).encode(), content_type="application/json"
        )
        # A view may be on its way after a statement; nothing else may be wrong.
        assert response.status_code < 500 or response.get_json()["reason"] == "view_rebuilding"

    return one


@FUZZ
@given(body=RESOLVE | JSON)
def test_resolve_never_fails(desk: Desk, body: Any) -> None:
    send(desk, "/v1/profiles/resolve")(body)


@FUZZ
@given(body=CONTEXT | JSON)
def test_a_context_never_fails(desk: Desk, world: Seeded, body: Any) -> None:
    send(desk, path_of(world.profiles["ada"], "/context"))(body)


@FUZZ
@given(body=DECIDE | JSON)
def test_a_decision_never_fails(desk: Desk, world: Seeded, body: Any) -> None:
    send(desk, path_of(world.profiles["ada"], "/decide"))(body)


@FUZZ
@given(body=UNDERSTOOD | STATEMENT | JSON)
def test_a_statement_never_fails(own_desk: Desk, seeded: Seeded, body: Any) -> None:
    send(own_desk, path_of(seeded.profiles["ada"], "/consents"))(body)


@FUZZ
@given(raw=st.binary(max_size=200))
def test_any_bytes_are_answered(desk: Desk, raw: bytes) -> None:
    response = desk.call("POST", "/v1/profiles/resolve", data=raw, content_type="application/json")

    assert response.status_code in {400, 422}


@FUZZ
@given(purpose=TEXTS, more=TEXTS)
def test_any_query_is_answered(desk: Desk, world: Seeded, purpose: str, more: str) -> None:
    response = desk.get(
        path_of(world.profiles["ada"]), query_string={"purpose": purpose, more: more}
    )

    assert response.status_code in {200, 403, 422}


@FUZZ
@given(tail=st.text(st.characters(codec="utf-8", exclude_characters="?#")))
def test_any_path_is_answered(desk: Desk, tail: str) -> None:
    response = desk.app.test_client().get(f"/v1/profiles/{tail}")

    assert response.status_code in {401, 404, 405}


@pytest.mark.parametrize("name", ["Authorization", "Request-Id", "Idempotency-Key", "Accept"])
def test_any_header_is_answered(desk: Desk, world: Seeded, name: str) -> None:
    for value in ("", " ", "\u00e9" * 40, "x" * 8000, "Bearer " + "\u00ff" * 43):
        response = desk.post(
            path_of(world.profiles["ada"], "/decide"), {"purpose": "offers"}, headers={name: value}
        )

        assert response.status_code in {200, 401}
