"""A unit that answers: every statement is a transaction of its own, in its own workspace."""

from collections.abc import Callable
from contextlib import ExitStack
from uuid import UUID

import pytest
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from benchmarks import stage
from cdp import clock
from cdp.errors import Misconfigured, TryAgain
from cdp.ids import new_id
from cdp.store import disclosures
from cdp.store.database import BUSY_MS, MOST_RESTING, Database
from cdp.store.prebuilt import Prebuilt
from cdp.store.rows import main
from cdp.store.tx import Stores, Tx

TOO_MANY = range(MOST_RESTING + 1)
READ = Prebuilt(select(main.disclosure.c.id, main.disclosure.c.at, main.disclosure.c.reasons))


def an_answer() -> disclosures.Disclosure:
    """A line of the log."""
    return disclosures.Disclosure(
        id=new_id(),
        at=clock.now(),
        client_id=None,
        action="context",
        profile_id=None,
        purpose="service",
        channel=None,
        permitted=False,
        reasons={"service": "NO_RECORD"},
        compartments=[],
        consent_seq=0,
    )


def logged(stores: Stores, workspace: UUID) -> list[UUID]:
    """The lines that another unit of work sees."""
    with stores.read(workspace) as tx:
        return [row[0] for row in READ.rows(tx.main, {})]


def test_what_an_answer_writes_is_there_for_others_before_it_is_given(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    entry = an_answer()

    with opened.answer(workspace) as tx:
        disclosures.log(tx.main, workspace, entry)
        assert logged(opened, workspace) == [entry.id]


def test_what_was_logged_stays_when_the_answer_fails(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    entry = an_answer()

    def answer() -> str:
        with opened.answer(workspace) as tx:
            disclosures.log(tx.main, workspace, entry)
            return str(an_answer().reasons["offers"])

    with pytest.raises(KeyError):
        answer()

    assert logged(opened, workspace) == [entry.id]


def test_an_answer_sees_what_was_committed_while_it_thought(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    entry = an_answer()

    with opened.answer(workspace) as tx:
        assert READ.rows(tx.main, {}) == []
        with opened.write(workspace) as other:
            disclosures.log(other.main, workspace, entry)
        assert READ.rows(tx.main, {}) == [(entry.id, entry.at, entry.reasons)]


@pytest.mark.parametrize(
    "act",
    [
        lambda tx: tx.custody,
        lambda tx: tx.take_seq(),
        lambda tx: tx.lock_counter(),
        lambda tx: tx.restrict(),
    ],
)
def test_what_needs_a_lock_until_the_commit_is_refused(
    stores: tuple[Stores, UUID], act: Callable[[Tx], object]
) -> None:
    opened, workspace = stores
    with opened.answer(workspace) as tx, pytest.raises(RuntimeError, match="answering"):
        act(tx)


def test_a_connection_that_answered_in_one_workspace_shows_nothing_of_it_in_another(
    new_place: Callable[[], stage.Place],
) -> None:
    here, there = new_place(), new_place()
    opened = here.open()
    try:
        with ExitStack() as together:
            for tx in [together.enter_context(opened.answer(here.workspace)) for _ in TOO_MANY]:
                assert READ.rows(tx.main, {}) == []
            disclosures.log(tx.main, here.workspace, an_answer())
        # What is not kept for its workspace goes back to the pool, which hands it out first.
        with opened.answer(there.workspace) as tx:
            assert READ.rows(tx.main, {}) == []
        with opened.read(there.workspace) as tx:
            assert READ.rows(tx.main, {}) == []
        with opened.answer(here.workspace) as tx:
            assert len(READ.rows(tx.main, {})) == 1
    finally:
        opened.close()


def test_the_connection_of_an_answer_is_kept_for_the_next_one(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores

    def used() -> object:
        with opened.answer(workspace) as tx:
            return tx.main.connection.driver_connection

    assert used() is used()
    opened.main.close()
    assert READ.rows(opened.main.each(workspace), {}) == []


def test_so_many_connections_are_kept_and_no_more(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores

    with ExitStack() as together:
        for _ in TOO_MANY:
            assert together.enter_context(opened.answer(workspace)).main is not None
    kept = {id(opened.main.each(workspace)) for _ in range(MOST_RESTING)}

    assert len(kept) == MOST_RESTING
    assert opened.main.each(workspace).connection.driver_connection is not None


def test_a_connection_on_which_an_answer_failed_is_not_kept(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    failed = []

    def answer() -> None:
        with opened.answer(workspace) as tx:
            failed.append(tx.main)
            raise TryAgain("not now")

    with pytest.raises(TryAgain):
        answer()

    assert failed[0].closed


def test_a_connection_that_answered_shows_nothing_without_a_workspace_on_postgresql(
    postgresql_stores: Stores, backend: str, stores: tuple[Stores, UUID]
) -> None:
    if backend == "sqlite":
        pytest.skip("SQLite knows no rows without a workspace: set-up sees all of them")
    opened, workspace = stores
    with opened.answer(workspace) as tx:
        disclosures.log(tx.main, workspace, an_answer())
    with opened.main.begin(None) as connection:
        assert READ.rows(connection, {}) == []


def test_a_line_that_is_there_already_is_the_callers_fault(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    entry = an_answer()

    with opened.answer(workspace) as tx:
        disclosures.log(tx.main, workspace, entry)
        with pytest.raises(IntegrityError) as caught:
            disclosures.log(tx.main, workspace, entry)
        disclosures.log(tx.main, workspace, an_answer())

    assert "NO_RECORD" not in str(caught.value)
    assert len(logged(opened, workspace)) == 2


def test_a_store_that_is_busy_says_so_and_the_connection_is_of_use_again(
    stores: tuple[Stores, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, workspace = stores
    if not opened.main.sqlite:
        pytest.skip("on PostgreSQL a log line waits for nobody")
    monkeypatch.setitem(BUSY_MS, "main", 50)
    reader = Database("main", opened.main.url.render_as_string(hide_password=False))
    answering = Stores(reader, opened.custody, opened.views)

    with opened.write(workspace) as writing:
        assert writing.main is not None
        with pytest.raises(TryAgain) as caught, answering.answer(workspace) as tx:
            disclosures.log(tx.main, workspace, an_answer())
    with answering.answer(workspace) as tx:
        disclosures.log(tx.main, workspace, an_answer())

    assert caught.value.reason == "store_busy"
    reader.close()


def test_a_lost_connection_is_told_and_replaced(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    if opened.main.sqlite:
        pytest.skip("a file does not hang up")
    with opened.answer(workspace) as tx:
        (pid,) = tx.main.exec_driver_sql("SELECT pg_backend_pid()").one()
        with opened.answer(workspace) as other:
            other.main.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
        with pytest.raises(TryAgain) as caught:
            disclosures.log(tx.main, workspace, an_answer())

    assert caught.value.reason == "store_away"
    assert logged(opened, workspace) == []
    with opened.answer(workspace) as tx:
        disclosures.log(tx.main, workspace, an_answer())
    assert len(logged(opened, workspace)) == 1


def test_with_one_connection_the_kept_ones_are_given_up(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    if opened.main.sqlite:
        pytest.skip("a file does not hang up")
    with opened.answer(workspace) as tx, opened.answer(workspace) as other:
        pids = [
            unit.main.exec_driver_sql("SELECT pg_backend_pid()").scalar() for unit in (tx, other)
        ]
    with opened.write(workspace) as writing:
        for pid in pids:
            writing.main.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")

    with pytest.raises(TryAgain), opened.answer(workspace) as tx:
        disclosures.log(tx.main, workspace, an_answer())
    with opened.answer(workspace) as tx:
        disclosures.log(tx.main, workspace, an_answer())

    assert len(logged(opened, workspace)) == 1


def test_a_statement_about_a_table_that_is_not_there_asks_for_init(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    lost = Prebuilt(select(main.disclosure.c.id).select_from(main.disclosure))
    with opened.answer(workspace) as tx, pytest.raises(Misconfigured, match="cdp init"):
        lost.rows(tx.views, {})


def test_parameters_are_turned_and_those_of_the_statement_are_kept(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    first, second = an_answer(), an_answer()
    named = main.disclosure.c.id == bindparam("wanted")
    one = Prebuilt(select(main.disclosure.c.id).where(named).limit(1))
    with opened.answer(workspace) as tx:
        for entry in (first, second):
            Prebuilt(insert(main.disclosure)).run(
                tx.main, {**vars(entry), "workspace_id": workspace}
            )
        assert one.rows(tx.main, {"wanted": second.id}) == [(second.id,)]
