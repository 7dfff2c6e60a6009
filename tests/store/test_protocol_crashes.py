"""Every statement, and both sides of every commit, is a place to be killed at.

The n-th run is killed at its n-th boundary, until one ends unharmed. After each: what a reader
sees, then what a start-up makes of it, then the caller tries the same again. Everything happens in
one workspace, so what an earlier kill left behind is looked at again after every later one.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete

from benchmarks import processes, stage
from cdp import clock
from cdp.ids import new_id
from cdp.store import consents, jobs, keys, protocol, records, views
from cdp.store.rows.views import fence
from cdp.store.tx import Stores
from tests.store.agreement import agree, fingerprint

pytestmark = pytest.mark.slow

Kill = Callable[[processes.Action], processes.Ended]


@contextmanager
def everywhere(place: stage.Place, rehearsal: processes.Action) -> Iterator[Iterator[Kill]]:
    """Kills at the first boundary, the second, and so on, until an action ends unharmed."""
    ended: list[processes.Ended] = []
    with processes.Victims(place, rehearsal) as victims:

        def kill(action: processes.Action) -> processes.Ended:
            ended.append(victims.die_at(len(ended) + 1, action))
            return ended[-1]

        def kills() -> Iterator[Kill]:
            while not ended or ended[-1].killed is not None:
                yield kill

        yield kills()


def go_cold(stores: Stores) -> None:
    """Let go of SQLite's files, so that the next to open them finds what the crash left."""
    if stores.main.sqlite:
        stores.close()


def put_back(stores: Stores, workspace: UUID) -> None:
    """Start up after the crash, twice: the second time must harm nothing."""
    assert stage.recover(stores, workspace)
    assert stage.recover(stores, workspace)
    agree(stores, workspace)


def nothing_is_left_to_do(stores: Stores, workspace: UUID) -> dict[str, list[Any]]:
    """Main, views and custody agree, and a start-up changes not one row. Returns the rows."""
    held = agree(stores, workspace)
    assert stage.recover(stores, workspace)
    assert fingerprint(stores, workspace) == held
    return held


def test_a_restriction_killed_anywhere_holds_from_its_commit_on(
    stores: tuple[Stores, UUID], place: stage.Place
) -> None:
    opened, workspace = stores
    person, other = stage.add_people(opened, workspace, 2)
    seen = set()
    rehearsal = partial(
        stage.say, workspace=workspace, person=other, event_id=new_id(), granted=False
    )
    with everywhere(place, rehearsal) as kills:
        for kill in kills:
            stage.say(opened, workspace, person, new_id(), granted=True)
            assert stage.build(opened, workspace, person)
            event = new_id()
            withdraw = partial(
                stage.say, workspace=workspace, person=person, event_id=event, granted=False
            )
            go_cold(opened)

            ended = kill(withdraw)

            with opened.read(workspace) as tx:
                committed = consents.exists(tx.main, event) is not None
            refused = stage.ask(opened, workspace, person) is None
            assert refused == committed, ended.killed
            acknowledged = ended.killed is None
            if acknowledged:
                assert ended.result.applied
                assert stage.see(opened, workspace, person) is None
            seen.add((committed, stage.see(opened, workspace, person) is None, acknowledged))
            put_back(opened, workspace)
            assert withdraw(opened).applied
            assert stage.see(opened, workspace, person) is None
    nothing_is_left_to_do(opened, workspace)
    # Nothing happened; committed but not carried out; carried out but not acknowledged; all of it.
    assert seen == {(False, False, False), (True, False, False), (True, True, False), (True,) * 3}


def test_a_landing_killed_anywhere_has_happened_as_a_whole_or_not_at_all(
    stores: tuple[Stores, UUID], place: stage.Place
) -> None:
    opened, workspace = stores
    stream = stage.add_stream(opened, workspace)
    rehearsal = partial(stage.land, workspace=workspace, stream=stream, macs=[bytes(32)])
    landed = 1
    orphaned = False
    with everywhere(place, rehearsal) as kills:
        for kill in kills:
            macs = [secrets.token_bytes(32) for _ in range(2)]
            land = partial(stage.land, workspace=workspace, stream=stream, macs=macs)
            go_cold(opened)

            ended = kill(land)

            with opened.read(workspace) as tx:
                known = records.known(tx.main, stream, macs)
                waiting = set(records.pending_ids(tx.main, workspace, 1000))
                keys_held = len(fingerprint(opened, workspace)["data_key"])
            assert len(known) in {0, 2}, ended.killed
            assert {item.id for item in known.values()} <= waiting
            assert known or ended.killed is not None
            orphaned = orphaned or keys_held > landed + len(known)
            put_back(opened, workspace)
            assert len(land(opened)) == 2
            landed += 2
            with opened.read(workspace) as tx:
                assert len(records.pending_ids(tx.main, workspace, 1000)) == landed
    assert orphaned, "no kill fell between custody's commit and main's"
    held = nothing_is_left_to_do(opened, workspace)
    assert len(held["record"]) == len(held["data_key"]) == landed


def test_a_builder_killed_anywhere_leaves_a_whole_view_or_the_job(
    stores: tuple[Stores, UUID], place: stage.Place
) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    assert stage.build(opened, workspace, person)
    replaced = set()
    with everywhere(place, partial(stage.work, workspace=workspace, person=person)) as kills:
        for kill in kills:
            before = stage.ask(opened, workspace, person)
            assert before is not None
            with opened.write(workspace) as tx:
                jobs.want(tx.main, workspace, jobs.REFRESH, [person.profile], clock.now())
            go_cold(opened)

            ended = kill(partial(stage.work, workspace=workspace, person=person))

            after = stage.ask(opened, workspace, person)
            assert after is not None, ended.killed
            open_jobs = len(fingerprint(opened, workspace)["job"])
            assert open_jobs == 1 or after.id != before.id, ended.killed
            replaced.add((after.id != before.id, open_jobs))
            put_back(opened, workspace)
            with opened.write(workspace) as tx:
                later = clock.now() + timedelta(seconds=stage.LEASE_SECONDS + 1)
                due = jobs.lease(tx.main, workspace, jobs.REFRESH, later, limit=9, seconds=1)
                assert len(due) == open_jobs, "a job whose worker died is due again"
                jobs.later(tx.main, workspace, due, clock.now())
            assert stage.work(opened, workspace, person) == bool(open_jobs)
    nothing_is_left_to_do(opened, workspace)
    assert replaced == {(False, 1), (True, 1), (True, 0)}


def test_a_start_up_killed_anywhere_is_finished_by_the_next(
    stores: tuple[Stores, UUID], place: stage.Place
) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    with everywhere(place, partial(stage.restore, workspace=workspace)) as kills:
        for kill in kills:
            stage.say(opened, workspace, person, new_id(), granted=True)
            assert stage.build(opened, workspace, person)
            seq = withdraw_on_main_only(opened, workspace, person)
            leave_orphans(opened, workspace)
            lose_fences(opened, workspace)
            go_cold(opened)

            ended = kill(partial(stage.restore, workspace=workspace))

            assert stage.ask(opened, workspace, person) is None, ended.killed
            assert not put_older(opened, workspace, person, seq - 1), ended.killed
            put_back(opened, workspace)
            assert stage.see(opened, workspace, person) is None
    nothing_is_left_to_do(opened, workspace)


def withdraw_on_main_only(stores: Stores, workspace: UUID, person: stage.Person) -> int:
    """T1, and then nothing: where a crash right after main's commit leaves things."""
    event = new_id()
    with stores.write(workspace) as tx:
        seq = tx.take_seq()
        stage.write_down(tx.main, workspace, person, event, seq=seq, granted=False)
        protocol.restrict(tx.main, workspace, [stage.withdrawal(person, event, seq)])
    return seq


def leave_orphans(stores: Stores, workspace: UUID) -> None:
    """Custody's half of a landing and of a grant that main never committed."""
    batch = new_id()
    with stores.custody.begin(workspace) as connection:
        keys.insert_keys(
            connection,
            workspace,
            keys.WrappedBatchKey(batch, b"sealed", b"signature"),
            [keys.WrappedKey(new_id(), new_id(), batch, b"wrapped")],
            clock.now(),
        )
        keys.keep_bodies(connection, workspace, {new_id(): b"sealed yes"}, clock.now())
        connection.commit()


def lose_fences(stores: Stores, workspace: UUID) -> None:
    """The table as it is after a crash that emptied it."""
    with stores.publish(workspace) as tx:
        tx.views.execute(delete(fence).where(fence.c.workspace_id == workspace))


def put_older(stores: Stores, workspace: UUID, person: stage.Person, head: int) -> bool:
    """Whether a builder that read main at `head` can still put its view."""
    view = stage.sealed(person, head)
    late = views.Build(person.profile, person.records, (view,), (), {})
    with stores.publish(workspace) as tx:
        return bool(views.publish(tx.views, workspace, head, [late]))
