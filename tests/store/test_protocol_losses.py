"""The protocol when something is lost, fails half-way or is busy: what comes back, and how."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text

from benchmarks import stage
from cdp import clock
from cdp.errors import Misconfigured, TryAgain
from cdp.ids import new_id
from cdp.store import configuration, consents, keys, protocol, views
from cdp.store.rows.views import fence
from cdp.store.tx import Stores
from tests.store.agreement import agree, fingerprint
from tests.store.test_protocol import head_of, put


def test_without_fences_nothing_is_put_until_they_are_back_from_main(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    before = head_of(opened, workspace)
    stage.say(opened, workspace, person, new_id(), granted=False)
    with opened.publish(workspace) as tx:
        tx.views.execute(fence.delete().where(fence.c.workspace_id == workspace))
    with opened.read(workspace) as tx:
        assert views.fences_lost(tx.views, workspace)
    assert not put(opened, workspace, person, before)

    with opened.read(workspace) as tx, opened.publish(workspace) as publishing:
        raised = protocol.rederive_fences(tx.main, publishing.views, workspace)

    assert raised == 1 + len(person.records) + 1
    with opened.read(workspace) as tx:
        assert not views.fences_lost(tx.views, workspace)
    assert not put(opened, workspace, person, before)
    agree(opened, workspace)


def test_a_views_store_that_was_lost_comes_back_from_init_with_its_fences(
    stores: tuple[Stores, UUID], new_place: Callable[[], stage.Place], tmp_path: Path, backend: str
) -> None:
    opened, workspace = stores
    if backend == "postgresql":
        pytest.skip("the databases of this run are shared")
    (person,) = stage.add_people(opened, workspace, 1)
    before = head_of(opened, workspace)
    stage.say(opened, workspace, person, new_id(), granted=False)
    opened.close()
    for file in tmp_path.glob("stores/views.sqlite3*"):
        file.unlink()
    with opened.read(workspace) as tx:
        name = next(
            name for name, id_ in configuration.workspaces(tx.main).items() if id_ == workspace
        )

    assert stage.prepare(opened, name) == workspace

    assert not put(opened, workspace, person, before)
    agree(opened, workspace)


def test_a_unit_that_fails_leaves_nothing_in_any_store(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    before = fingerprint(opened, workspace)
    event = new_id()

    def fail() -> None:
        with opened.write(workspace) as tx:
            keys.keep_bodies(tx.custody, workspace, {event: b"sealed"}, clock.now())
            seq = tx.take_seq()
            stage.write_down(tx.main, workspace, person, event, seq=seq, granted=False)
            tx.restrict(stage.withdrawal(person, event, seq))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert fingerprint(opened, workspace) == before


def test_a_publishing_unit_has_no_way_to_lock_main(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    with (
        opened.publish(workspace) as tx,
        pytest.raises(RuntimeError, match="no lock on main"),
    ):
        _ = tx.main
    with opened.publish(workspace) as tx:
        assert keys.bodies(tx.custody, []) == {}


def test_a_reader_sees_one_state_of_main_for_its_whole_life(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)

    with opened.read(workspace) as tx:
        before = consents.facts_of(tx.main, person.records)
        stage.say(opened, workspace, person, new_id(), granted=False)
        assert consents.facts_of(tx.main, person.records) == before


def test_orphans_are_swept_only_once_they_are_old(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    at, batch = clock.now(), new_id()
    with opened.custody.begin(workspace) as connection:
        keys.insert_keys(
            connection,
            workspace,
            keys.WrappedBatchKey(batch, b"sealed", b"signature"),
            [keys.WrappedKey(new_id(), new_id(), batch, b"wrapped")],
            at,
        )
        keys.keep_bodies(connection, workspace, {new_id(): b"sealed"}, at)
        connection.commit()

    with opened.write(workspace) as tx:
        assert keys.sweep_orphans(tx.custody, tx.main, workspace, at) == 0
    with opened.write(workspace) as tx:
        later = at.replace(year=at.year + 1)
        assert keys.sweep_orphans(tx.custody, tx.main, workspace, later) == 3
    agree(opened, workspace)


def test_another_workspace_has_a_counter_and_a_journal_of_its_own(
    new_place: Callable[[], stage.Place],
) -> None:
    here, there = new_place(), new_place()
    for place in (here, there, here):
        opened = place.open()
        (person,) = stage.add_people(opened, place.workspace, 1)
        stage.say(opened, place.workspace, person, new_id(), granted=False)
        agree(opened, place.workspace)
        opened.close()

    opened = here.open()
    assert head_of(opened, here.workspace) == 4
    assert head_of(opened, there.workspace) == 2
    opened.close()


def test_a_busy_store_says_try_again(stores: tuple[Stores, UUID], backend: str) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    fences = {("record", person.records[0]): 1}

    with opened.views.begin(workspace) as holder:
        protocol.raise_fences(holder, workspace, fences)
        with pytest.raises(TryAgain) as caught, opened.publish(workspace) as tx:
            protocol.raise_fences(tx.views, workspace, fences)

    assert caught.value.reason == "store_busy"


def test_an_unknown_table_is_a_store_that_needs_init(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    with pytest.raises(Misconfigured, match="cdp init"), opened.read(workspace) as tx:
        tx.main.execute(select(text("1")).select_from(text("nowhere")))
