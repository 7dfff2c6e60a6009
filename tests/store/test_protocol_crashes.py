"""Every statement, and both sides of every commit, is a place to be killed at.

The n-th run is killed at its n-th boundary, until one ends unharmed. After each: what a reader
sees, then what a start-up makes of it, then the caller tries the same again.
"""

import secrets
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from benchmarks import processes, stage
from cdp import clock
from cdp.ids import new_id
from cdp.store import consents, jobs, keys, records, views
from cdp.store.rows import main
from tests.store.agreement import agree, fingerprint, rows

pytestmark = pytest.mark.slow


def kills(place: stage.Place, action: Callable[[int], object]) -> Iterator[processes.Ended]:
    """Run the action that `action(n)` gives, killed at its n-th boundary, for every n."""
    at = 0
    while True:
        at += 1
        ended = processes.die_at(place, at, action(at))
        yield ended
        if ended.killed is None:
            return


def test_a_restriction_that_is_killed_anywhere_holds_from_its_commit_on(
    place: stage.Place,
) -> None:
    stores, workspace = place.open(), place.workspace
    stage.add_people(stores, workspace, 1)
    for at in range(1, 1000):
        (person,) = stage.add_people(stores, workspace, 1)
        assert stage.build(stores, workspace, person)
        event = new_id()
        withdraw = partial(
            stage.say, workspace=workspace, person=person, event_id=event, granted=False
        )

        ended = processes.die_at(place, at, withdraw)

        with stores.read(workspace) as tx:
            committed = consents.exists(tx.main, event) is not None
        assert committed == (stage.ask(stores, workspace, person) is None), ended.killed
        if ended.killed is None:
            assert ended.result.applied
            assert stage.see(stores, workspace, person) is None
        assert stage.recover(stores, workspace)
        agree(stores, workspace)
        once = fingerprint(stores, workspace)
        assert stage.recover(stores, workspace)
        assert fingerprint(stores, workspace) == once
        said = withdraw(stores)
        assert said.applied
        assert stage.see(stores, workspace, person) is None
        agree(stores, workspace)
        if ended.killed is None:
            break
    assert at > 60
    stores.close()
