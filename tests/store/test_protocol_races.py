"""People change their mind while others read and build; nothing withdrawn comes out.

Every racer is a process. What each order of commits is worth is measured in
`benchmarks/withdrawal_race.py`; here the protocol must be at zero.
"""

import threading
import time
from functools import partial
from uuid import UUID

import pytest

from benchmarks import processes, race, stage
from cdp.ids import new_id
from cdp.store import consents, views
from cdp.store.tx import Stores
from tests.store import places
from tests.store.agreement import agree

pytestmark = pytest.mark.slow
SECONDS = 2.5


@pytest.mark.parametrize("killed", [False, True], ids=["", "the withdrawer killed at random"])
def test_nothing_withdrawn_is_answered_or_left_to_a_key_holder(
    stores: tuple[Stores, UUID], place: stage.Place, *, killed: bool
) -> None:
    opened, workspace = stores
    people = stage.add_people(opened, workspace, 8)

    result = race.race(place, people, race.Way("the protocol", killed=killed), SECONDS)

    assert (result["stale"], result["seen"]) == (0, 0), result
    assert result["answers"] > 0
    assert result["said"] > 0
    assert killed == (result.kills > 0)
    assert stage.recover(opened, workspace)
    agree(opened, workspace)


def test_two_who_withdraw_at_once_leave_no_gap_and_one_chain(
    stores: tuple[Stores, UUID], place: stage.Place
) -> None:
    opened, workspace = stores
    people = stage.add_people(opened, workspace, 2)
    events = {person: [new_id() for _ in range(15)] for person in people}
    withdrawers = [
        processes.context().Process(target=withdraw_all, args=(place, person, events[person]))
        for person in people
    ]

    for process in withdrawers:
        process.start()
    for process in withdrawers:
        process.join(processes.PATIENCE_SECONDS)

    assert [process.exitcode for process in withdrawers] == [0, 0]
    agree(opened, workspace)
    with opened.read(workspace) as tx:
        seqs = {consents.exists(tx.main, event) for person in people for event in events[person]}
    assert seqs == set(range(3, 33))


def withdraw_all(place: stage.Place, person: stage.Person, events: list[UUID]) -> None:
    """Say no, again and again."""
    stores = place.open()
    for event in events:
        said = stage.say(stores, place.workspace, person, event, granted=False)
        assert said.applied
    stores.close()


@pytest.mark.parametrize(("isolation", "left"), [(None, False), ("REPEATABLE READ", True)])
def test_t2_sees_the_view_it_waited_for_and_only_read_committed_does(
    provisioned: dict[str, str], isolation: str | None, *, left: bool
) -> None:
    """A builder holds the fences when T2 comes, and commits while T2 waits."""
    place = places.postgresql_workspace(provisioned)
    opened, workspace = race.Way("isolated", isolation=isolation).open(place), place.workspace
    (person,) = stage.add_people(opened, workspace, 1)
    assert stage.build(opened, workspace, person)
    stage.say(opened, workspace, person, new_id(), granted=False)
    granted = stage.say(opened, workspace, person, new_id(), granted=True)
    late = views.Build(person.profile, person.records, (stage.sealed(person, granted.seq),), (), {})
    withdraw = partial(stage.say, opened, workspace, person, new_id(), granted=False)
    said: list[stage.Said] = []

    with opened.publish(workspace) as tx:
        assert views.publish(tx.views, workspace, granted.seq, [late])
        thread = threading.Thread(target=lambda: said.append(withdraw()))
        thread.start()
        time.sleep(0.5)
    thread.join()

    assert said[0].applied
    assert (stage.see(opened, workspace, person) is not None) == left
    assert stage.ask(opened, workspace, person) is None
    opened.close()
