"""Saying something about consent over HTTP, and what holds from then on."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from cdp import work
from cdp.platform import Platform
from cdp.settings import Settings
from tests.flows.seeding import NOTICE, PEOPLE, Seeded
from tests.web.builders import VIEWS, Desk, email, path_of, problem

ADA = PEOPLE["ada"]
WITHDRAWAL = {"type": "withdrawn", "purposes": ["offers"], "source": "subject_auth"}


def decision(desk: Desk, profile_id: UUID, **more: Any) -> dict[str, Any]:
    """What `decide` says about offers."""
    response = desk.post(path_of(profile_id, "/decide"), {"purpose": "offers", **more})
    found: dict[str, Any] = response.get_json()["decision"]
    return found


def facts(desk: Desk, profile_id: UUID) -> dict[str, dict[str, Any]]:
    """Every fact that is known, by event id."""
    records = desk.get(path_of(profile_id, "/consents")).get_json()["records"]
    return {fact["id"]: fact for record in records for fact in record["facts"]}


def test_after_a_withdrawal_a_context_shows_nothing_of_what_was_withdrawn(
    own_desk: Desk, seeded: Seeded
) -> None:
    ada = seeded.profiles["ada"]
    asked = {"purpose": "offers", "channel": "chat"}
    before = own_desk.post(path_of(ada, "/context"), asked).get_json()
    assert decision(own_desk, ada, channel="chat")["permitted"] is True
    assert before["offers"]["permitted"] is True

    withdrawn = own_desk.post(path_of(ada, "/consents"), WITHDRAWAL)
    after = own_desk.post(path_of(ada, "/context"), asked)

    assert withdrawn.status_code == 200
    assert withdrawn.get_json() | {"event_id": "", "seq": 0} == {
        "event_id": "",
        "seq": 0,
        "source": "subject_auth",
        "repeated": False,
        "effective": True,
        "key_destroyed": True,
    }
    if after.status_code == 200:  # else the other purposes' views are being built again
        assert after.get_json()["offers"]["permitted"] is False
    work.refresh_all(seeded.platform)
    built = own_desk.post(path_of(ada, "/context"), asked)
    assert built.get_json()["offers"]["permitted"] is False
    assert built.get_json()["actions"].get("offers", []) == []
    assert decision(own_desk, ada, channel="chat")["permitted"] is False
    profile = own_desk.get(path_of(ada, "?purpose=offers")).get_json()
    assert profile["data"] is None


def test_what_was_not_withdrawn_is_shown_again_as_soon_as_it_is_built(
    own_desk: Desk, seeded: Seeded
) -> None:
    ada = seeded.profiles["ada"]

    own_desk.post(path_of(ada, "/consents"), WITHDRAWAL)
    work.refresh_all(seeded.platform)

    service = own_desk.get(path_of(ada, "?purpose=service")).get_json()
    assert ADA.surname in str(service["data"])


def test_a_yes_opens_what_was_closed(own_desk: Desk, seeded: Seeded) -> None:
    cyra = seeded.profiles["cyra"]
    said = {
        "type": "given",
        "purposes": ["offers"],
        "channels": ["chat"],
        "source": "subject_auth",
        "identifier": email(PEOPLE["cyra"].email),
        "notice": NOTICE,
        "method": "preference-centre",
        "language": "de-DE",
        "evidence": {"ref": "form 17"},
        "flags": [],
    }
    assert decision(own_desk, cyra, channel="chat")["permitted"] is False

    response = own_desk.post(path_of(cyra, "/consents"), said)
    work.refresh_all(seeded.platform)

    assert response.status_code == 200
    assert decision(own_desk, cyra, channel="chat")["permitted"] is True
    assert decision(own_desk, cyra, channel="sms")["permitted"] is False


def test_without_the_scope_to_assert_a_statement_is_a_partners_word(seeded: Seeded) -> None:
    partner = Desk.of(seeded.platform, VIEWS, frozenset({"consents:write", "consents:read"}))
    cyra = seeded.profiles["cyra"]

    response = partner.post(
        path_of(cyra, "/consents"),
        {"type": "given", "purposes": ["offers"], "source": "subject_auth", "notice": NOTICE},
    )

    assert response.get_json()["source"] == "partner"
    assert facts(partner, cyra)[response.get_json()["event_id"]]["rank"] == 1


def test_a_client_that_may_assert_and_does_not_is_a_partner_too(
    own_desk: Desk, seeded: Seeded
) -> None:
    said = {"type": "withdrawn", "purposes": ["offers"]}

    response = own_desk.post(path_of(seeded.profiles["ada"], "/consents"), said)

    assert response.get_json()["source"] == "partner"


def test_a_retry_with_the_same_event_id_changes_nothing(own_desk: Desk, seeded: Seeded) -> None:
    ada, event = seeded.profiles["ada"], str(uuid4())
    said = {**WITHDRAWAL, "event_id": event}

    first = own_desk.post(path_of(ada, "/consents"), said).get_json()
    again = own_desk.post(path_of(ada, "/consents"), said).get_json()

    assert (first["repeated"], again["repeated"]) == (False, True)
    assert (again["event_id"], again["seq"]) == (event, first["seq"])
    assert again["effective"] is again["key_destroyed"] is True


def test_an_event_id_is_not_taken_for_another_statement(own_desk: Desk, seeded: Seeded) -> None:
    ada, ben, event = seeded.profiles["ada"], seeded.profiles["ben"], str(uuid4())
    own_desk.post(path_of(ben, "/consents"), {**WITHDRAWAL, "event_id": event})

    other_person = own_desk.post(path_of(ada, "/consents"), {**WITHDRAWAL, "event_id": event})
    nobody = own_desk.post(path_of(uuid4(), "/consents"), {**WITHDRAWAL, "event_id": event})
    other_type = own_desk.post(
        path_of(ben, "/consents"), {**WITHDRAWAL, "type": "objected", "event_id": event}
    )

    for response in (other_person, nobody, other_type):
        assert problem(response) == (422, "event_id_reused")


def test_a_withdrawal_is_taken_while_views_are_away(
    environment: dict[str, str], seeded: Seeded, backend: str
) -> None:
    gone = dict(environment)
    if backend == "sqlite":
        gone["CDP_VIEWS_URL"] = f"sqlite:///{environment['CDP_DATA_DIR']}/elsewhere.sqlite3"
    else:
        gone["CDP_VIEWS_URL"] = "postgresql://nobody@127.0.0.1:9/nowhere"
    crippled = seeded_without_views(seeded.platform, gone)
    desk, ada = Desk.of(crippled), seeded.profiles["ada"]

    response = desk.post(path_of(ada, "/consents"), WITHDRAWAL)

    assert response.status_code == 202
    assert response.get_json()["effective"] is True
    assert response.get_json()["key_destroyed"] is False
    ready = desk.get("/health/ready")
    assert problem(ready) == (503, "not_ready")
    assert ready.get_json()["stores"] == {"main": "ok", "custody": "ok", "views": "away"}
    crippled.close()
    whole = Desk.of(seeded.platform)
    assert whole.get("/health/ready").get_json()["outbox_pending"] == 1
    assert whole.get(path_of(ada, "?purpose=offers")).get_json()["data"] is None


def seeded_without_views(platform: Platform, environment: dict[str, str]) -> Platform:
    """The same workspace, with a views store that does not answer."""
    from cdp.platform import open_stores  # noqa: PLC0415 - one test's need

    settings = Settings.load(environment)
    return Platform(settings, open_stores(settings), platform.workspace)


def test_what_a_person_said_is_shown_without_addresses(desk: Desk, world: Seeded) -> None:
    response = desk.get(path_of(world.profiles["ada"], "/consents"))

    document = response.get_json()
    said = [fact for record in document["records"] for fact in record["facts"]]
    assert {fact["type"] for fact in said} == {"given"}
    assert {record["link"] for record in document["records"]} == {"verified"}
    assert not any(value in response.text for value in ADA.values)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"type": "given", "purposes": ["no_such"]}, "PURPOSE_UNKNOWN"),
        ({"type": "given", "purposes": ["offers"], "notice": "none-2020"}, "NOTICE_UNKNOWN"),
        (
            {"type": "given", "purposes": ["offers"], "contact": email("no address")},
            "identifier_unusable",
        ),
        (
            {"type": "given", "purposes": ["offers"], "identifier": email("x.y@example.org")},
            "identifier_unknown",
        ),
    ],
)
def test_a_yes_that_cannot_be_understood_is_refused(
    desk: Desk, world: Seeded, said: dict[str, Any], reason: str
) -> None:
    response = desk.post(path_of(world.profiles["cyra"], "/consents"), said)

    assert problem(response) == (422, reason)


def test_a_no_about_an_unusable_address_is_still_a_no(own_desk: Desk, seeded: Seeded) -> None:
    ada = seeded.profiles["ada"]

    response = own_desk.post(
        path_of(ada, "/consents"), {**WITHDRAWAL, "contact": email("no address")}
    )

    assert response.status_code == 200
    assert decision(own_desk, ada, channel="chat")["permitted"] is False


def test_a_no_about_one_channel_leaves_the_others(own_desk: Desk, seeded: Seeded) -> None:
    ada = seeded.profiles["ada"]

    said = {**WITHDRAWAL, "channels": ["email"], "contact": email(ADA.email), "brand": "main"}
    response = own_desk.post(path_of(ada, "/consents"), said)
    work.refresh_all(seeded.platform)

    assert response.status_code == 200
    assert decision(own_desk, ada, channel="email", contact=email(ADA.email))["permitted"] is False
    assert decision(own_desk, ada, channel="chat")["permitted"] is True


def test_a_moment_and_an_end_are_taken_with_their_offset(own_desk: Desk, seeded: Seeded) -> None:
    cyra = seeded.profiles["cyra"]
    said = {
        "type": "given",
        "purposes": ["offers"],
        "notice": NOTICE,
        "at": "2026-03-01T10:00:00+01:00",
        "until": "2030-01-01T00:00:00Z",
    }

    response = own_desk.post(path_of(cyra, "/consents"), said)

    fact = facts(own_desk, cyra)[response.get_json()["event_id"]]
    assert fact["at"] == "2026-03-01T09:00:00.000Z"
    assert fact["until"] == "2030-01-01T00:00:00.000Z"
