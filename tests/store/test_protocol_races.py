"""Eight people change their mind while others read and build; nothing withdrawn comes out."""

from uuid import UUID

import pytest

from benchmarks import race, stage
from cdp.store.tx import Stores
from tests.store.agreement import agree

pytestmark = pytest.mark.slow
SECONDS = 3


def test_nothing_withdrawn_is_answered_or_left_to_a_key_holder(
    stores: tuple[Stores, UUID], place: stage.Place
) -> None:
    opened, workspace = stores
    people = stage.add_people(opened, workspace, 8)

    result = race.race(place, people, race.Way("protocol"), SECONDS)

    print(result)
    assert (result["stale"], result["seen"]) == (0, 0)
    assert result["answers"] > 0
    assert stage.recover(opened, workspace)
    agree(opened, workspace)


def test_nothing_withdrawn_comes_out_when_the_withdrawer_is_killed_at_random(
    stores: tuple[Stores, UUID], place: stage.Place
) -> None:
    opened, workspace = stores
    people = stage.add_people(opened, workspace, 8)

    result = race.race(place, people, race.Way("protocol", killed=True), SECONDS)

    print(result)
    assert (result["stale"], result["seen"]) == (0, 0)
    assert result["answers"] > 0
    assert result.kills > 0
    assert stage.recover(opened, workspace)
    agree(opened, workspace)
