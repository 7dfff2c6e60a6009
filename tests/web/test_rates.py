"""Rates of clients, and keys that end."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp import clock
from cdp.web.rates import Buckets
from tests.flows.seeding import PEOPLE, Seeded
from tests.web.builders import Desk, email, path_of, problem

NO = {"type": "withdrawn", "purposes": ["offers"]}
RESOLVE = {"purpose": "service", "identifiers": [email(PEOPLE["ada"].email)]}


def test_a_client_that_asks_too_often_is_told_when_to_ask_again(world: Seeded) -> None:
    desk = Desk.of(world.platform, rate=3)
    path = path_of(world.profiles["ada"], "?purpose=service")

    answers = [desk.get(path) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert problem(answers[3]) == (429, "rate_exceeded")
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 20
    assert answers[3].get_json()["retry_after"] == int(answers[3].headers["Retry-After"])
    assert Desk(desk.app, Desk.of(world.platform).key).get(path).status_code == 200


def test_searches_have_a_stricter_rate(world: Seeded) -> None:
    desk = Desk.of(world.platform, rate=20)

    found = [desk.post("/v1/profiles/resolve", RESOLVE).status_code for _ in range(3)]

    assert found == [200, 200, 429]
    path = path_of(world.profiles["ada"], "?purpose=service")
    assert desk.get(path).status_code == 200


def test_a_no_is_not_sent_away_for_asking_too_often(seeded: Seeded) -> None:
    desk = Desk.of(seeded.platform, rate=1)
    path = path_of(seeded.profiles["ada"], "/consents")
    asked = {"type": "asked", "purposes": ["offers"]}

    assert desk.get(path).status_code == 200
    assert problem(desk.post(path, asked)) == (429, "rate_exceeded")
    assert desk.post(path, NO).status_code == 200


def test_the_setting_is_the_rate_of_a_client_without_one(world: Seeded) -> None:
    assert world.platform.settings.rate == 6000


@pytest.mark.parametrize("ended", [True, False])
def test_an_expired_key_is_refused_like_a_wrong_one(world: Seeded, *, ended: bool) -> None:
    end = clock.now() + timedelta(hours=-1 if ended else 1)
    desk = Desk.of(world.platform, expires_at=end)
    path = path_of(world.profiles["ada"], "?purpose=service")

    response = desk.get(path)

    if ended:
        wrong = Desk(desk.app, "cdp_" + "A" * 43).get(path)
        assert problem(response) == (401, "key_refused")
        same = {"detail", "title", "reason", "status"}
        assert {n: response.get_json()[n] for n in same} == {n: wrong.get_json()[n] for n in same}
    else:
        assert response.status_code == 200


@given(
    rate=st.integers(1, 600),
    pauses=st.lists(st.floats(0, 30, allow_nan=False), max_size=80),
)
def test_no_client_gets_more_than_a_bucket_and_what_flows_in(
    rate: int, pauses: list[float]
) -> None:
    now, taken, client = [0.0], 0, uuid4()
    buckets = Buckets(lambda: now[0])

    for pause in pauses:
        now[0] += pause
        waits = buckets.take(client, "all", rate)
        taken += waits == 0
        if waits:
            now[0] += waits + 1e-6
            assert buckets.take(client, "all", rate) == 0
            taken += 1

    assert taken <= rate + now[0] * rate / 60 + 1e-6
