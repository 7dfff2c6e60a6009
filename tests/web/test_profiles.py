"""Finding, reading, contexts and decisions over HTTP."""

from uuid import UUID, uuid4

import pytest

from cdp import clock
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.store import disclosures, jobs, links
from cdp.store.links import Descent
from tests.flows.seeding import PEOPLE, Seeded
from tests.web.builders import EVERYTHING, Desk, email, path_of, problem

ADA = PEOPLE["ada"]


def retire(platform: Platform, former: UUID, current: list[UUID]) -> None:
    """A profile ends and others follow it."""
    with platform.write() as tx:
        seq = tx.take_seq()
        now = clock.now()
        if former not in links.profiles(tx.main, [former]):
            links.create(tx.main, platform.workspace, [former], seq, now)
        links.change(tx.main, changed=[], merged=[], retired=[former], seq=seq, at=now)
        descents = [Descent(former, successor, "split") for successor in current]
        links.record_descent(tx.main, platform.workspace, descents, seq, now)


def test_an_address_leads_to_its_profile_however_it_is_written(desk: Desk, world: Seeded) -> None:
    body = {"purpose": "service", "identifiers": [email(ADA.email.upper())]}

    response = desk.post("/v1/profiles/resolve", body)

    assert response.status_code == 200
    assert response.get_json() == {"profiles": [str(world.profiles["ada"])]}


def test_a_national_phone_number_is_read_in_its_region(desk: Desk, world: Seeded) -> None:
    number = {"type": "phone", "value": "0151 23456702", "region": "DE"}

    response = desk.post("/v1/profiles/resolve", {"purpose": "service", "identifiers": [number]})

    assert response.get_json() == {"profiles": [str(world.profiles["ben"])]}


def test_identifiers_of_two_people_lead_to_two_profiles(desk: Desk, world: Seeded) -> None:
    both = [email(ADA.email), email(PEOPLE["ben"].email)]

    response = desk.post("/v1/profiles/resolve", {"purpose": "service", "identifiers": both})

    assert set(response.get_json()["profiles"]) == {
        str(world.profiles["ada"]),
        str(world.profiles["ben"]),
    }


def test_unknown_and_not_permitted_look_the_same(desk: Desk) -> None:
    unknown = {"purpose": "offers", "identifiers": [email("nobody.here@example.org")]}
    refused = {"purpose": "offers", "identifiers": [email(PEOPLE["ben"].email)]}

    answers = [desk.post("/v1/profiles/resolve", body) for body in (unknown, refused)]

    assert [answer.data for answer in answers] == [b'{"profiles":[]}'] * 2


def test_what_is_no_address_is_refused_without_repeating_it(desk: Desk) -> None:
    body = {"purpose": "service", "identifiers": [email("not an address")]}

    response = desk.post("/v1/profiles/resolve", body)

    assert problem(response) == (422, "identifier_unusable")
    assert b"not an address" not in response.data


def test_a_purpose_without_lookups_finds_nobody(world: Seeded) -> None:
    officer = Desk.of(world.platform, frozenset({"dsr"}))
    body = {"purpose": "dsr", "identifiers": [email(ADA.email)]}

    response = officer.post("/v1/profiles/resolve", body)

    assert problem(response) == (422, "purpose_not_held")


def test_a_profile_shows_what_its_purpose_may_read(desk: Desk, world: Seeded) -> None:
    ada = world.profiles["ada"]

    response = desk.get(path_of(ada, "?purpose=service"))

    document = response.get_json()
    assert response.status_code == 200
    assert document["profile_id"] == document["canonical_id"] == str(ada)
    assert document["decision"]["permitted"] is True
    assert document["consent_seq"] > 0
    assert ADA.surname in str(document["data"])


def test_a_refused_purpose_shows_the_decision_and_no_data(desk: Desk, world: Seeded) -> None:
    response = desk.get(path_of(world.profiles["cyra"], "?purpose=offers"))

    document = response.get_json()
    assert response.status_code == 200
    assert document["decision"]["permitted"] is False
    assert document["data"] is None
    assert not any(value in response.text for value in PEOPLE["cyra"].values)


def test_a_client_outside_service_sees_no_reason_codes(world: Seeded) -> None:
    marketing = Desk.of(world.platform, frozenset({"offers"}))

    response = marketing.get(path_of(world.profiles["cyra"], "?purpose=offers"))

    assert response.get_json()["decision"] == {"permitted": False, "reason": "no_permission"}


def test_a_context_names_the_problem_and_what_to_do(desk: Desk, world: Seeded) -> None:
    body = {"purpose": "service", "channel": "chat", "interaction_id": "call-81"}

    response = desk.post(path_of(world.profiles["cyra"], "/context"), body)

    document = response.get_json()
    assert response.status_code == 200
    assert document["request"]["interaction_id"] == "call-81"
    assert document["request"]["requester"] == "crm"
    assert [action["id"] for action in document["actions"]["service"]] == ["svc.explain_delay"]
    assert PEOPLE["cyra"].given in response.text


def test_a_context_offers_only_where_offers_are_wanted(desk: Desk, world: Seeded) -> None:
    body = {"purpose": "offers", "channel": "chat"}

    found = {
        key: desk.post(path_of(profile, "/context"), body).get_json()
        for key, profile in world.profiles.items()
    }

    assert {key: document["offers"]["permitted"] for key, document in found.items()} == {
        "ada": True,
        "ben": False,
        "cyra": False,
    }
    assert [offer["id"] for offer in found["ada"]["actions"]["offers"]] == ["repair-week"]


def test_every_answer_is_in_the_log_of_disclosures(own_desk: Desk, seeded: Seeded) -> None:
    ada, platform = seeded.profiles["ada"], seeded.platform
    with platform.read() as tx:
        before = disclosures.count(tx.main, platform.workspace, ada)

    own_desk.get(path_of(ada, "?purpose=service"))
    own_desk.post(path_of(ada, "/context"), {"purpose": "service"})
    own_desk.post(path_of(ada, "/decide"), {"purpose": "offers"})
    own_desk.get(path_of(ada, "/consents"))

    with platform.read() as tx:
        assert disclosures.count(tx.main, platform.workspace, ada) == before + 4


def test_a_decision_is_asked_for_one_address(desk: Desk, world: Seeded) -> None:
    body = {
        "purpose": "offers",
        "channel": "email",
        "contact": email(ADA.email.upper()),
        "action": "contact",
    }

    response = desk.post(path_of(world.profiles["ada"], "/decide"), body)

    assert response.status_code == 200
    assert response.get_json()["decision"]["permitted"] is True
    assert response.get_json()["decision"]["basis"] == "consent"


def test_an_address_of_somebody_else_is_not_permitted(desk: Desk, world: Seeded) -> None:
    body = {
        "purpose": "offers",
        "channel": "email",
        "contact": email(PEOPLE["ben"].email),
        "action": "contact",
    }

    response = desk.post(path_of(world.profiles["ada"], "/decide"), body)

    assert response.get_json()["decision"]["permitted"] is False


def test_a_decision_shows_nothing_of_the_profile(desk: Desk, world: Seeded) -> None:
    body = {"purpose": "service", "channel": "phone", "brand": "main", "topic": "repairs"}

    response = desk.post(path_of(world.profiles["ada"], "/decide"), body)

    assert set(response.get_json()) == {"profile_id", "canonical_id", "decision", "consent_seq"}
    assert not any(value in response.text for value in ADA.values)


def test_a_contact_that_is_no_address_is_refused(desk: Desk, world: Seeded) -> None:
    body = {"purpose": "offers", "contact": email("no address")}

    response = desk.post(path_of(world.profiles["ada"], "/decide"), body)

    assert problem(response) == (422, "identifier_unusable")


@pytest.mark.parametrize("purpose", ["newsletter", "stewardship", "legal", "made_up"])
def test_a_purpose_without_views_is_decided_and_opens_nothing(world: Seeded, purpose: str) -> None:
    client = Desk.of(world.platform, frozenset({purpose}))
    ada = world.profiles["ada"]

    decided = client.post(path_of(ada, "/decide"), {"purpose": purpose})

    assert decided.status_code == 200
    assert client.get(path_of(ada, f"?purpose={purpose}")).status_code in {200, 503}


@pytest.mark.parametrize("what", ["?purpose=service", "/context", "/decide", "/consents", "post"])
def test_an_unknown_profile_is_a_problem_wherever_it_is_asked_for(desk: Desk, what: str) -> None:
    nobody = uuid4()

    if what.startswith("?") or what == "/consents":
        response = desk.get(path_of(nobody, what))
    elif what == "post":
        said = {"type": "withdrawn", "purposes": ["offers"]}
        response = desk.post(path_of(nobody, "/consents"), said)
    else:
        response = desk.post(path_of(nobody, what), {"purpose": "service"})

    assert problem(response) == (404, "NO_PROFILE")


def test_a_former_id_is_answered_with_the_current_profile(own_desk: Desk, seeded: Seeded) -> None:
    former, ada = new_id(), seeded.profiles["ada"]
    retire(seeded.platform, former, [ada])

    response = own_desk.get(path_of(former, "?purpose=service"))

    document = response.get_json()
    assert response.status_code == 200
    assert (document["profile_id"], document["canonical_id"]) == (str(former), str(ada))
    assert ADA.surname in response.text


def test_a_former_id_of_several_profiles_names_them_and_shows_nothing(
    own_desk: Desk, seeded: Seeded
) -> None:
    former, successors = new_id(), [seeded.profiles["ada"], seeded.profiles["ben"]]
    retire(seeded.platform, former, successors)

    for response in (
        own_desk.get(path_of(former, "?purpose=service")),
        own_desk.post(path_of(former, "/context"), {"purpose": "service"}),
        own_desk.get(path_of(former, "/consents")),
    ):
        assert problem(response) == (409, "profile_split")
        assert response.get_json()["current"] == sorted(str(one) for one in successors)
        assert ADA.surname not in response.text


def test_a_view_that_is_being_rebuilt_is_worth_another_try(own_desk: Desk, seeded: Seeded) -> None:
    ada, platform = seeded.profiles["ada"], seeded.platform
    with platform.write() as tx:
        seq = tx.take_seq()
        links.change(tx.main, changed=[ada], merged=[], retired=[], seq=seq, at=clock.now())
        jobs.want(tx.main, platform.workspace, jobs.REFRESH, [ada], clock.now())

    response = own_desk.get(path_of(ada, "?purpose=service"))

    assert problem(response) == (503, "view_rebuilding")
    assert response.headers["Retry-After"] == "1"


def test_one_workspace_does_not_know_the_profiles_of_another(
    platform: Platform, world: Seeded
) -> None:
    stranger = Desk.of(platform, scopes=EVERYTHING)

    response = stranger.get(path_of(world.profiles["ada"], "?purpose=service"))

    assert problem(response) == (404, "NO_PROFILE")
