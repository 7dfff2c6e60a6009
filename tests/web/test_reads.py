"""What may be read of a profile: its parts, their fields, pages of events, and tags."""

from typing import Any
from uuid import UUID

import pytest

from cdp import clock, work
from cdp.platform import Platform
from cdp.store import disclosures
from tests.flows.seeding import PEOPLE, Seeded
from tests.web.builders import Desk, path_of, problem

ADA = PEOPLE["ada"]
SERVICE = "?purpose=service"
READS = ("", "/identifiers", "/events")


def pages(desk: Desk, path: str) -> list[list[dict[str, Any]]]:
    """Every page from a first one, following its cursors."""
    found, cursor = [], ""
    while True:
        document = desk.get(path + cursor).get_json()
        found.append(document["events"])
        if document["next_cursor"] is None:
            return found
        cursor = f"&cursor={document['next_cursor']}"


def logged(platform: Platform, profile: UUID) -> int:
    """How many answers about a profile are in the log."""
    with platform.read() as tx:
        return disclosures.count(tx.main, platform.workspace, profile)


def test_the_addresses_of_a_person_are_listed(desk: Desk, world: Seeded) -> None:
    response = desk.get(path_of(world.profiles["ada"], f"/identifiers{SERVICE}"))

    found = {item["type"]: item for item in response.get_json()["identifiers"]}
    assert found["email"]["value"] == ADA.email
    assert found["phone"]["channels"] == ["phone", "sms"]
    assert ADA.surname not in response.text


@pytest.mark.parametrize("what", READS)
def test_what_a_purpose_may_not_read_is_null(desk: Desk, world: Seeded, what: str) -> None:
    response = desk.get(path_of(world.profiles["cyra"], f"{what}?purpose=offers"))

    document = response.get_json()
    (part,) = {"data", "identifiers", "events"} & document.keys()
    assert document["decision"]["permitted"] is False
    assert document[part] is None
    assert "ETag" not in response.headers


def test_events_come_newest_first(desk: Desk, world: Seeded) -> None:
    response = desk.get(path_of(world.profiles["ada"], f"/events{SERVICE}"))

    events = response.get_json()["events"]
    assert [event["type"] for event in events] == ["delivery.delivered", "order.placed"]
    assert events[0]["at"] > events[1]["at"]
    assert response.get_json()["next_cursor"] is None


def test_pages_of_events_hold_each_of_them_once(desk: Desk, world: Seeded) -> None:
    path = path_of(world.profiles["ada"], f"/events{SERVICE}")

    found = pages(desk, f"{path}&limit=1")

    whole = desk.get(path).get_json()["events"]
    assert [len(page) for page in found] == [1, 1]
    assert [event for page in found for event in page] == whole


def test_events_are_narrowed_to_types(desk: Desk, world: Seeded) -> None:
    path = path_of(world.profiles["ada"], f"/events{SERVICE}")

    placed = desk.get(f"{path}&type=order.placed").get_json()["events"]
    both = desk.get(f"{path}&type=order.placed,delivery.delivered").get_json()["events"]
    none = desk.get(f"{path}&type=no.such").get_json()["events"]

    assert [len(found) for found in (placed, both, none)] == [1, 2, 0]


def test_a_caller_outside_service_learns_neither_when_nor_how_often(world: Seeded) -> None:
    insight = Desk.of(world.platform, frozenset({"service_insight"}))
    path = path_of(world.profiles["ada"], "/events?purpose=service_insight")

    found = pages(insight, f"{path}&limit=1")

    events = [event for page in found for event in page]
    assert {event["type"] for event in events} == {"order.placed", "delivery.delivered"}
    assert all({"at", "received", "rec", "source", "id"}.isdisjoint(event) for event in events)


def test_a_cursor_opens_nothing_else(desk: Desk, world: Seeded) -> None:
    ada, ben = world.profiles["ada"], world.profiles["ben"]
    path = path_of(ada, f"/events{SERVICE}&limit=1")
    cursor = desk.get(path).get_json()["next_cursor"]
    other = Desk.of(world.platform)

    for response in (
        desk.get(path_of(ben, f"/events{SERVICE}&cursor={cursor}")),
        desk.get(path_of(ada, f"/events?purpose=service_insight&cursor={cursor}")),
        desk.get(f"{path}&type=order.placed&cursor={cursor}"),
        desk.get(f"/v1/changes?since={cursor}"),
        other.get(f"{path}&cursor={cursor}"),
        desk.get(f"{path}&cursor={cursor[:-2]}AA"),
        desk.get(f"{path}&cursor={cursor[:20]}"),
        desk.get(f"{path}&cursor=AAAA"),
        desk.get(f"{path}&cursor=A"),
    ):
        assert problem(response) == (422, "cursor_refused")
    assert problem(desk.get(f"{path}&cursor=a b")) == (422, "invalid_request")
    assert str(ada) not in cursor


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", ""])
def test_a_limit_is_a_number_in_bounds(desk: Desk, world: Seeded, limit: str) -> None:
    path = path_of(world.profiles["ada"], f"/events{SERVICE}&limit={limit}")

    assert problem(desk.get(path)) == (422, "invalid_request")


@pytest.mark.parametrize("what", READS)
def test_an_answer_that_is_held_is_not_sent_again(desk: Desk, world: Seeded, what: str) -> None:
    path = path_of(world.profiles["ada"], what + SERVICE)
    first = desk.get(path)
    tag = first.headers["ETag"]
    before = logged(world.platform, world.profiles["ada"])

    again = desk.get(path, headers={"If-None-Match": tag})
    other = desk.get(path, headers={"If-None-Match": 'W/"another"'})

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert again.headers["Cache-Control"] == "no-store"
    assert again.headers["Decision-Valid-Until"] > first.headers["Decision-Valid-Until"]
    assert other.status_code == 200
    assert other.headers["ETag"] == tag
    assert logged(world.platform, world.profiles["ada"]) == before + 2


def test_a_tag_tells_nothing_and_belongs_to_one_answer(desk: Desk, world: Seeded) -> None:
    ada = world.profiles["ada"]
    narrow = Desk.of(world.platform, fields=frozenset({"given_name", "email"}))
    insight = Desk.of(world.platform, frozenset({"service"}))
    tags = [
        response.headers["ETag"]
        for response in (
            desk.get(path_of(ada, SERVICE)),
            desk.get(path_of(ada, f"{SERVICE}&fields=given_name")),
            desk.get(path_of(ada, "?purpose=service_insight")),
            desk.get(path_of(ada, f"/events{SERVICE}")),
            desk.get(path_of(ada, f"/identifiers{SERVICE}")),
            desk.get(path_of(world.profiles["ben"], SERVICE)),
            insight.get(path_of(ada, SERVICE)),
            narrow.get(path_of(ada, SERVICE)),
        )
    ]

    assert all(tag.startswith('W/"') and len(tag) == 36 for tag in tags)
    # Two clients with other purposes hold other answers, even where these are alike.
    assert len(set(tags)) == len(tags)


def test_after_a_withdrawal_a_tag_is_answered_with_the_refusal(
    own_desk: Desk, seeded: Seeded
) -> None:
    path = path_of(seeded.profiles["ada"], "?purpose=offers")
    tag = own_desk.get(path).headers["ETag"]

    own_desk.post(
        path_of(seeded.profiles["ada"], "/consents"), {"type": "withdrawn", "purposes": ["offers"]}
    )
    at_once = own_desk.get(path, headers={"If-None-Match": tag})
    anything = own_desk.get(path, headers={"If-None-Match": "*"})

    for response in (at_once, anything):
        assert response.status_code == 200
        assert response.get_json()["decision"]["permitted"] is False
        assert response.get_json()["data"] is None


def test_a_tag_survives_what_changes_nothing_for_its_reader(own_desk: Desk, seeded: Seeded) -> None:
    path = path_of(seeded.profiles["ada"], SERVICE)
    tag = own_desk.get(path).headers["ETag"]

    own_desk.post(
        path_of(seeded.profiles["ben"], "/consents"), {"type": "withdrawn", "purposes": ["offers"]}
    )

    assert own_desk.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_fields_narrow_what_is_answered(desk: Desk, world: Seeded) -> None:
    path = path_of(world.profiles["ada"], f"{SERVICE}&fields=given_name,email")

    data = desk.get(path).get_json()["data"]

    assert {fact["name"] for fact in data["facts"]} == {"given_name"}
    assert {point["type"] for point in data["points"]} == {"email"}
    assert data["marks"] == []


def test_a_computed_trait_is_asked_for_by_its_name(desk: Desk, world: Seeded) -> None:
    ada = world.profiles["ada"]
    wanted = {"purpose": "service", "fields": ["computed.orders"]}

    read = desk.get(path_of(ada, f"{SERVICE}&fields=computed.orders"))
    context = desk.post(path_of(ada, "/context"), wanted)

    assert set(read.get_json()["data"]["traits"]) == {"computed.orders"}
    assert context.status_code == 200


def test_a_client_never_gets_other_fields_than_its_own(world: Seeded) -> None:
    narrow = Desk.of(world.platform, fields=frozenset({"given_name", "phone"}))
    ada = world.profiles["ada"]

    plain = narrow.get(path_of(ada, SERVICE))
    asked = narrow.get(path_of(ada, f"{SERVICE}&fields=given_name,family_name,email,events"))
    points = narrow.get(path_of(ada, f"/identifiers{SERVICE}"))
    events = narrow.get(path_of(ada, f"/events{SERVICE}"))
    context = narrow.post(path_of(ada, "/context"), {"purpose": "service"})

    assert ADA.given in plain.text
    assert [item["type"] for item in points.get_json()["identifiers"]] == ["phone"]
    assert events.get_json()["events"] == []
    assert problem(context) == (403, "fields_limited")
    for response in (plain, asked, points, events, context):
        assert ADA.surname not in response.text
        assert ADA.email not in response.text
        assert "order.placed" not in response.text


def test_a_context_that_is_refused_for_its_fields_is_logged(seeded: Seeded) -> None:
    platform = seeded.platform
    narrow = Desk.of(platform, fields=frozenset({"given_name"}))
    with platform.read() as tx:
        before = disclosures.count(tx.main, platform.workspace)

    narrow.post(path_of(seeded.profiles["ada"], "/context"), {"purpose": "service"})
    narrow.post(path_of(seeded.profiles["ada"], "/context"), {"purpose": "adalind"})

    with platform.read() as tx:
        assert disclosures.count(tx.main, platform.workspace) == before + 2


def test_a_context_is_narrowed_in_what_is_known_and_not_in_what_happened(world: Seeded) -> None:
    cyra, person = world.profiles["cyra"], PEOPLE["cyra"]
    desk = Desk.of(world.platform)
    bound = Desk.of(world.platform, fields=frozenset({"events", "country"}))

    asked = desk.post(path_of(cyra, "/context"), {"purpose": "service", "fields": ["country"]})
    limited = bound.post(path_of(cyra, "/context"), {"purpose": "service"})

    for response in (asked, limited):
        assert person.given not in response.text
        (action,) = response.get_json()["actions"]["service"]
        assert action["id"] == "svc.explain_delay"


@pytest.mark.parametrize("what", READS)
def test_a_field_that_there_is_not_is_refused_with_those_there_are(
    desk: Desk, world: Seeded, what: str
) -> None:
    response = desk.get(path_of(world.profiles["ada"], f"{what}{SERVICE}&fields=shoe_size"))

    assert problem(response) == (422, "field_unknown")
    assert "given_name" in response.get_json()["detail"]
    assert "shoe_size" not in response.text


@pytest.mark.parametrize(
    "fields", ["", ",", "a,,b", "given_name,", "A", "a b", "a.", "a.b.c", "x" * 70]
)
def test_a_list_of_fields_is_checked(desk: Desk, world: Seeded, fields: str) -> None:
    path = path_of(world.profiles["ada"])

    response = desk.get(path, query_string={"purpose": "service", "fields": fields})

    assert problem(response) == (422, "invalid_request")


def test_a_head_request_is_a_get_without_a_body(desk: Desk, world: Seeded) -> None:
    path = path_of(world.profiles["ada"], SERVICE)
    app = desk.app.test_client()
    key = {"Authorization": f"Bearer {desk.key}"}

    response = app.head(path, headers=key)

    assert (response.status_code, response.data) == (200, b"")
    assert app.head(path).status_code == 401
    assert app.options(path, headers=key).status_code == 405


def test_what_comes_in_between_two_pages_is_on_neither(own_desk: Desk, seeded: Seeded) -> None:
    path = path_of(seeded.profiles["ada"], f"/events{SERVICE}&limit=1")
    first = own_desk.get(path).get_json()
    said = {"type": "withdrawn", "purposes": ["offers"], "at": clock.text(clock.now())}

    own_desk.post(path_of(seeded.profiles["ada"], "/consents"), said)
    work.refresh_all(seeded.platform)
    second = own_desk.get(f"{path}&cursor={first['next_cursor']}").get_json()

    assert [event["type"] for event in first["events"] + second["events"]] == [
        "delivery.delivered",
        "order.placed",
    ]
