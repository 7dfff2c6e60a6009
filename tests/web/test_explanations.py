"""Explanations over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from cdp.door import STEWARDSHIP
from tests.flows.seeding import PEOPLE, Seeded
from tests.web.builders import Desk, problem

PATH = "/v1/profiles/explain"


@pytest.fixture
def steward(world: Seeded) -> Desk:
    return Desk.of(world.platform, frozenset({STEWARDSHIP}))


def test_a_steward_is_told_why_with_every_value_masked(steward: Desk, world: Seeded) -> None:
    ada, ben = str(world.profiles["ada"]), str(world.profiles["ben"])

    same = steward.post(PATH, {"first": ada, "second": ada})
    other = steward.post(PATH, {"first": ada, "second": ben})

    assert same.status_code == other.status_code == 200
    assert (same.get_json()["same"], other.get_json()["same"]) == (True, False)
    assert other.get_json()["reasons"]
    text = same.text + other.text
    assert not any(value in text for who in PEOPLE.values() for value in who.values)


def test_an_unknown_id_is_a_404_whichever_it_is(steward: Desk, world: Seeded) -> None:
    ada, nobody = str(world.profiles["ada"]), str(uuid4())

    for first, second in ((ada, nobody), (nobody, ada), (nobody, nobody)):
        assert problem(steward.post(PATH, {"first": first, "second": second})) == (
            404,
            "NO_PROFILE",
        )


def test_who_is_not_bound_to_stewardship_is_refused(desk: Desk, world: Seeded) -> None:
    ada = str(world.profiles["ada"])

    response = desk.post(PATH, {"first": ada, "second": ada})

    assert problem(response) == (403, "purpose_not_bound")


def test_who_is_bound_to_fields_learns_of_no_other_by_an_explanation(world: Seeded) -> None:
    bound = Desk.of(world.platform, frozenset({STEWARDSHIP}), fields=frozenset({"given_name"}))
    ada, ben = str(world.profiles["ada"]), str(world.profiles["ben"])

    response = bound.post(PATH, {"first": ada, "second": ben})

    assert problem(response) == (403, "fields_limited")


@pytest.mark.parametrize(
    "body",
    [{}, {"first": "x", "second": "y"}, {"first": str(uuid4())}, [], {"first": 1, "second": None}],
)
def test_a_body_that_does_not_fit_is_refused(steward: Desk, body: Any) -> None:
    assert problem(steward.post(PATH, body)) == (422, "invalid_request")
