"""People decide who is who over HTTP: who may, what they see, and that it is done once."""

from typing import Any
from uuid import uuid4

import pytest

from cdp.door import REVIEW_KINDS, STEWARDSHIP
from tests.flows.seeding import PEOPLE, Seeded
from tests.flows.speech import disclosed
from tests.web.builders import Desk, problem

VERDICTS, REVIEW = "/v1/verdicts", "/v1/review"
GRAPH, UNDO_MERGE = "/v1/profiles/graph", "/v1/profiles/undo-merge"
PURPOSE = frozenset({STEWARDSHIP})


@pytest.fixture
def steward(seeded: Seeded) -> Desk:
    return Desk.of(seeded.platform, PURPOSE, name="steward-desk")


def undo_path(verdict: str) -> str:
    return f"{VERDICTS}/{verdict}/undo"


def judge(desk: Desk, seeded: Seeded, ruling: str, *names: str, **more: Any) -> Any:
    ids = [str(seeded.profiles[name]) for name in names]
    return desk.post(VERDICTS, {"ruling": ruling, "ids": ids, "reason": "call_centre"}, **more)


def test_a_verdict_is_given_seen_drawn_and_taken_back(steward: Desk, seeded: Seeded) -> None:
    refused = judge(steward, seeded, "together", "ada", "ben")
    assert problem(refused) == (409, "unique_conflict")
    ada = str(seeded.profiles["ada"])
    drawn = steward.post(GRAPH, {"profile_id": ada}).get_json()
    assert len(drawn["nodes"]) == 2
    crm, shop = (node["record_id"] for node in drawn["nodes"])

    given = steward.post(VERDICTS, {"ruling": "apart", "ids": [crm, shop]})

    document = given.get_json()
    assert given.status_code == 200
    assert (document["split"], len(document["profiles"])) == (1, 2)
    assert document["verdict"]["said_by"] == "steward-desk"
    assert [
        len(steward.post(GRAPH, {"profile_id": one}).get_json()["nodes"])
        for one in document["profiles"]
    ] == [1, 1]
    found = steward.get(VERDICTS).get_json()
    assert found == {"verdicts": [document["verdict"]], "next_cursor": None}
    back = steward.post(undo_path(document["verdict"]["verdict_id"]), {}).get_json()
    assert (back["merged"], back["profiles"]) == (1, [ada])
    assert back["verdict"]["taken_back"]["by"] == "steward-desk"
    again = steward.post(undo_path(document["verdict"]["verdict_id"]), {}).get_json()
    assert again["repeated"]


def test_a_merge_is_undone_and_that_is_undone_in_turn(steward: Desk, seeded: Seeded) -> None:
    ada = str(seeded.profiles["ada"])
    nodes = steward.post(GRAPH, {"profile_id": ada}).get_json()["nodes"]
    apart = steward.post(VERDICTS, {"ruling": "apart", "ids": [one["record_id"] for one in nodes]})
    steward.post(undo_path(apart.get_json()["verdict"]["verdict_id"]), {})
    seq = steward.get("/v1/changes?types=merged").get_json()["changes"][-1]["seq"]

    undone = steward.post(UNDO_MERGE, {"profile_id": ada, "seq": seq}).get_json()

    assert undone["verdict"]["undoes_merge"] == seq
    assert len(undone["profiles"]) == 2
    assert problem(steward.post(UNDO_MERGE, {"profile_id": ada})) == (409, "no_merge")
    steward.post(undo_path(undone["verdict"]["verdict_id"]), {})
    assert len(steward.post(GRAPH, {"profile_id": ada}).get_json()["nodes"]) == 2


def test_a_retry_under_the_same_key_decides_once(steward: Desk, seeded: Seeded) -> None:
    nodes = steward.post(GRAPH, {"profile_id": str(seeded.profiles["ada"])}).get_json()["nodes"]
    body = {"ruling": "apart", "ids": [one["record_id"] for one in nodes]}

    first, again = (
        steward.post(VERDICTS, body, headers={"Idempotency-Key": "k-1"}) for _ in range(2)
    )
    other = steward.post(
        VERDICTS, {**body, "ruling": "together"}, headers={"Idempotency-Key": "k-1"}
    )
    own = {**body, "verdict_id": str(uuid4())}
    by_name = [steward.post(VERDICTS, own).get_json()["repeated"] for _ in range(2)]

    assert again.get_json() == first.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert problem(other) == (422, "idempotency_key_reused")
    assert by_name == [True, True], "the same was said before, whatever it was called"
    name = first.get_json()["verdict"]["verdict_id"]
    undone = [
        steward.call("POST", undo_path(name), headers={"Idempotency-Key": "k-2"}) for _ in range(2)
    ]
    assert undone[0].get_json() == undone[1].get_json()
    assert len(steward.get(VERDICTS).get_json()["verdicts"]) == 1


def test_pages_of_verdicts_follow_one_another(steward: Desk, seeded: Seeded) -> None:
    for one in ("ben", "cyra"):
        judge(steward, seeded, "apart", "ada", one)

    first = steward.get(f"{VERDICTS}?limit=1").get_json()
    second = steward.get(f"{VERDICTS}?limit=1&cursor={first['next_cursor']}").get_json()

    seqs = [page["verdicts"][0]["seq"] for page in (first, second)]
    assert seqs == sorted(seqs, reverse=True)
    assert len({*seqs}) == 2


def test_the_review_queue_names_records_kinds_and_weights_only(
    steward: Desk, seeded: Seeded
) -> None:
    everything = steward.get(REVIEW).get_json()
    some = steward.get(f"{REVIEW}?types=uncertain,conflict&limit=1").get_json()

    assert set(everything["counts"]) == set(REVIEW_KINDS)
    assert {item["kind"] for item in some["items"]} <= {"uncertain", "conflict"}
    text = str(everything)
    assert not any(value in text for who in PEOPLE.values() for value in who.values)


def test_nothing_that_is_shown_is_more_than_masked_and_all_of_it_is_logged(
    steward: Desk, seeded: Seeded
) -> None:
    ada = str(seeded.profiles["ada"])
    before = len(disclosed(seeded.platform))

    text = steward.post(GRAPH, {"profile_id": ada}).text
    given = judge(steward, seeded, "apart", "ada", "ben").get_json()
    steward.get(VERDICTS)
    steward.get(REVIEW)
    judge(steward, seeded, "together", "ada", "ada")
    steward.post(undo_path(given["verdict"]["verdict_id"]), {})

    told = text + str(given)
    assert not any(value in told for who in PEOPLE.values() for value in who.values)
    logged = disclosed(seeded.platform)[before:]
    assert [(action, permitted) for action, permitted, _ in logged] == [
        ("graph", True),
        ("judge", True),
        ("judge", True),
        ("verdicts", True),
        ("review", True),
        ("judge", False),
        ("undo", True),
        ("undo", True),
    ]


@pytest.mark.parametrize("name", ["identity:read", "identity:judge"])
def test_reading_and_deciding_have_scopes_of_their_own(seeded: Seeded, name: str) -> None:
    desk = Desk.of(seeded.platform, PURPOSE, frozenset({name}))
    ada = str(seeded.profiles["ada"])
    reads = [desk.get(VERDICTS), desk.get(REVIEW), desk.post(GRAPH, {"profile_id": ada})]
    writes = [
        judge(desk, seeded, "apart", "ada", "ben"),
        desk.post(undo_path(str(uuid4())), {}),
        desk.post(UNDO_MERGE, {"profile_id": ada}),
    ]

    refused = reads if name == "identity:judge" else writes
    for response in (*reads, *writes):
        missing = response.status_code == 403 and problem(response) == (403, "scope_missing")
        assert missing == (response in refused)


def test_who_is_not_bound_to_stewardship_or_is_bound_to_fields_is_refused(seeded: Seeded) -> None:
    ada = str(seeded.profiles["ada"])
    service = Desk.of(seeded.platform, frozenset({"service"}))
    bound = Desk.of(seeded.platform, PURPOSE, fields=frozenset({"given_name"}))

    for desk, reason in ((service, "purpose_not_bound"), (bound, "fields_limited")):
        assert problem(desk.post(GRAPH, {"profile_id": ada})) == (403, reason)
        assert problem(judge(desk, seeded, "apart", "ada", "ben")) == (403, reason)
    assert problem(service.get(VERDICTS)) == (403, "purpose_not_bound")
    assert problem(service.get(REVIEW)) == (403, "purpose_not_bound")


@pytest.mark.parametrize(
    "body",
    [
        {"ruling": "apart", "ids": ["01890a5d-ac97-7d2a-8f6a-1c9d3f0e5b71"]},
        {"ruling": "maybe", "ids": ["01890a5d-ac97-7d2a-8f6a-1c9d3f0e5b71"] * 2},
        {"ruling": "apart", "ids": ["01890a5d-ac97-7d2a-8f6a-1c9d3f0e5b71"] * 101},
        {
            "ruling": "apart",
            "ids": ["01890a5d-ac97-7d2a-8f6a-1c9d3f0e5b71"] * 2,
            "reason": "Anna S",
        },
    ],
)
def test_a_verdict_that_does_not_fit_is_refused(steward: Desk, body: Any) -> None:
    assert problem(steward.post(VERDICTS, body)) == (422, "invalid_request")


def test_ids_that_nobody_has_are_not_found(steward: Desk, seeded: Seeded) -> None:
    ada, nobody = str(seeded.profiles["ada"]), str(uuid4())

    assert problem(steward.post(VERDICTS, {"ruling": "apart", "ids": [ada, nobody]})) == (
        404,
        "NO_PROFILE",
    )
    assert problem(steward.post(undo_path(nobody), {})) == (404, "NO_VERDICT")
    assert problem(steward.post(GRAPH, {"profile_id": nobody})) == (404, "NO_PROFILE")
