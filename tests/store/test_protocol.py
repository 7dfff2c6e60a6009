"""The protocol step by step: what a fence stops, what waits in the outbox, what comes back."""

import threading
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert, text

from benchmarks import stage
from cdp import clock
from cdp.ids import new_id
from cdp.store import configuration, keys, protocol, sources, views
from cdp.store.database import Database
from cdp.store.protocol import Restriction
from cdp.store.rows.custody import consent_body
from cdp.store.tx import Stores
from tests.store.agreement import agree, fingerprint


def head_of(stores: Stores, workspace: UUID) -> int:
    with stores.read(workspace) as tx:
        return configuration.head(tx.main, workspace)[0]


def put(stores: Stores, workspace: UUID, person: stage.Person, head: int) -> bool:
    """Publish a view that was built at `head`, whatever main says now."""
    build = views.Build(person.profile, person.records, (stage.sealed(person, head),), (), {})
    with stores.publish(workspace) as tx:
        return bool(views.publish(tx.views, workspace, head, [build]))


def restrict(stores: Stores, workspace: UUID, kind: str, *profiles: UUID) -> None:
    """Take something away that is not a consent event."""
    with stores.write(workspace) as tx:
        whole = kind in protocol.WHOLE_WORKSPACE
        what = Restriction(tx.take_seq(), kind, (), profiles, clock.now(), whole_workspace=whole)
        tx.restrict(what)
    assert tx.applied


def test_a_view_built_before_a_withdrawal_is_not_put_after_it(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    before = head_of(opened, workspace)

    stage.say(opened, workspace, person, new_id(), granted=False)

    assert not put(opened, workspace, person, before)
    assert stage.see(opened, workspace, person) is None


def test_a_view_built_before_its_profile_changed_is_not_put_even_if_no_record_moved(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    assert stage.build(opened, workspace, person)
    before = head_of(opened, workspace)

    restrict(opened, workspace, "partition", person.profile)

    assert stage.see(opened, workspace, person) is None
    assert not put(opened, workspace, person, before)
    assert put(opened, workspace, person, head_of(opened, workspace))
    agree(opened, workspace)


@pytest.mark.parametrize("named", [(), (new_id(),)], ids=["no profile", "another profile"])
def test_a_view_goes_with_any_record_it_rests_on_whatever_profile_is_named(
    stores: tuple[Stores, UUID], named: tuple[UUID, ...]
) -> None:
    opened, workspace = stores
    ann, bob = stage.add_people(opened, workspace, 2)
    for person in (ann, bob):
        assert stage.build(opened, workspace, person)
    before = head_of(opened, workspace)

    with opened.write(workspace) as tx:
        tx.restrict(Restriction(tx.take_seq(), "deletion", ann.records[1:], named, clock.now()))

    assert tx.applied
    assert stage.see(opened, workspace, ann) is None
    assert not put(opened, workspace, ann, before)
    assert stage.ask(opened, workspace, bob) is not None


@pytest.mark.parametrize("kind", sorted(protocol.WHOLE_WORKSPACE))
def test_a_tighter_policy_stops_every_older_build_and_answer(
    stores: tuple[Stores, UUID], kind: str
) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    assert stage.build(opened, workspace, person)
    before = head_of(opened, workspace)

    restrict(opened, workspace, kind)

    assert stage.ask(opened, workspace, person) is None
    assert not put(opened, workspace, person, before)
    assert stage.build(opened, workspace, person)
    assert stage.ask(opened, workspace, person) is not None


def test_several_restrictions_of_one_unit_raise_each_fence_to_its_newest(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    ann, bob = stage.add_people(opened, workspace, 2)
    events = [(ann, new_id()), (bob, new_id()), (ann, new_id())]
    with opened.write(workspace) as tx:
        first = tx.take_seqs(len(events))
        for seq, (person, event) in enumerate(events, first):
            stage.write_down(tx.main, workspace, person, event, seq=seq, granted=False)
        said = [stage.withdrawal(who, event, first + n) for n, (who, event) in enumerate(events)]
        tx.restrict(*reversed(said))
        tx.restrict()

    assert tx.applied
    held = agree(opened, workspace)
    assert {row.id: row.fence_seq for row in held["profile"]} == {
        ann.profile: first + 2,
        bob.profile: first + 1,
    }


@pytest.mark.parametrize(("kind", "whole"), [("policy", False), ("withdrawal", True)])
def test_a_restriction_whose_kind_and_reach_disagree_cannot_be_made(
    kind: str, *, whole: bool
) -> None:
    with pytest.raises(ValueError, match=kind):
        Restriction(
            seq=1, kind=kind, records=(), profiles=(), at=clock.now(), whole_workspace=whole
        )


def test_a_view_built_after_a_withdrawal_outlives_a_late_t2(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    event = new_id()
    with opened.write(workspace) as tx:
        seq = tx.take_seq()
        stage.write_down(tx.main, workspace, person, event, seq=seq, granted=False)
        protocol.restrict(tx.main, workspace, [stage.withdrawal(person, event, seq)])
    stage.say(opened, workspace, person, new_id(), granted=True)
    assert stage.build(opened, workspace, person)

    assert opened.apply_outbox(workspace)

    assert stage.ask(opened, workspace, person) is not None
    agree(opened, workspace)


def test_an_older_build_does_not_replace_a_newer_one_and_an_equal_one_does(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    assert put(opened, workspace, person, 5)
    first = stage.see(opened, workspace, person)

    assert not put(opened, workspace, person, 4)
    assert stage.see(opened, workspace, person) == first

    assert put(opened, workspace, person, 5)
    assert stage.see(opened, workspace, person) != first


def test_building_nothing_and_fencing_nothing_change_nothing(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    before = fingerprint(opened, workspace)
    with opened.publish(workspace) as tx:
        assert views.publish(tx.views, workspace, 0, []) == set()
        protocol.raise_fences(tx.views, workspace, {})
    assert fingerprint(opened, workspace) == before


def test_who_holds_the_counter_or_a_stream_lets_the_others_wait(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    stream = stage.add_stream(opened, workspace)
    order = []

    def follow() -> None:
        with opened.write(workspace) as tx:
            sources.lock_stream(tx.main, stream)
            order.append(tx.take_seq())

    with opened.write(workspace) as tx:
        sources.lock_stream(tx.main, stream)
        tx.lock_counter()
        follower = threading.Thread(target=follow)
        follower.start()
        follower.join(0.3)
        assert order == []
        assert tx.take_seq() == 1
    follower.join()

    assert order == [2]


def test_one_fenced_build_does_not_hold_up_the_others(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    people = stage.add_people(opened, workspace, 2)
    head = head_of(opened, workspace)
    stage.say(opened, workspace, people[0], new_id(), granted=False)
    builds = [
        views.Build(person.profile, person.records, (stage.sealed(person, head),), (), {})
        for person in people
    ]

    with opened.publish(workspace) as tx:
        through = views.publish(tx.views, workspace, head, builds)

    assert through == {people[1].profile}


def test_a_builder_that_waits_for_a_fence_holds_none_that_t2_takes_later(
    provisioned: dict[str, str], stores: tuple[Stores, UUID], backend: str
) -> None:
    """The second record is new, so its fence is made: after the first is locked, not before."""
    opened, workspace = stores
    if backend == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    (person,) = stage.add_people(opened, workspace, 1)
    fences = {("record", person.records[0]): 0}
    with opened.views.begin(workspace) as connection:
        protocol.raise_fences(connection, workspace, fences)
        connection.commit()
    builder = threading.Thread(target=put, args=(opened, workspace, person, 1))

    with opened.views.begin(workspace) as t2:
        protocol.raise_fences(t2, workspace, fences)
        builder.start()
        builder.join(0.5)
        assert builder.is_alive(), "the builder waits for the first fence"
        t2.execute(text("SET LOCAL lock_timeout = '500ms'"))
        protocol.raise_fences(t2, workspace, {("record", person.records[1]): 0})
        t2.commit()

    builder.join()
    assert stage.see(opened, workspace, person) is not None


def away(database: Database, folder: Path) -> Database:
    """The same store at an address where nothing answers."""
    if database.sqlite:
        return Database(database.name, f"sqlite:///{folder}/away.sqlite3")
    url = database.url.set(port=1).render_as_string(hide_password=False)
    return Database(database.name, url)


@pytest.mark.parametrize("store", ["views", "custody"])
def test_a_restriction_holds_while_views_or_custody_is_away_and_is_carried_out_later(
    stores: tuple[Stores, UUID], tmp_path: Path, store: str
) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    assert stage.build(opened, workspace, person)
    parts = {"main": opened.main, "custody": opened.custody, "views": opened.views}
    maimed = Stores(**{**parts, store: away(parts[store], tmp_path)})

    said = stage.say(maimed, workspace, person, new_id(), granted=False)

    assert said.applied is False
    assert stage.ask(opened, workspace, person) is None
    with opened.read(workspace) as tx:
        assert protocol.pending(tx.main, workspace) == 1
    assert opened.apply_outbox(workspace)
    with opened.read(workspace) as tx:
        assert protocol.pending(tx.main, workspace) == 0
    agree(opened, workspace)


def test_more_restrictions_than_one_bite_are_carried_out_in_order(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    with opened.write(workspace) as tx:
        first = tx.take_seqs(protocol.CHUNK + 2)
        protocol.restrict(
            tx.main,
            workspace,
            [
                Restriction(seq, "partition", (), (new_id(),), clock.now())
                for seq in range(first, first + protocol.CHUNK + 2)
            ],
        )

    assert opened.apply_outbox(workspace)

    held = fingerprint(opened, workspace)
    assert len(held["journal"]) == protocol.CHUNK + 2
    assert all(row.applied_at for row in held["outbox"])


def test_a_body_that_custody_has_already_does_not_block_the_journal(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    event = new_id()
    with opened.custody.begin(workspace) as connection:
        connection.execute(
            insert(consent_body).values(
                event_id=event, workspace_id=workspace, sealed=b"kept", created_at=clock.now()
            )
        )
        connection.commit()

    assert stage.say(opened, workspace, person, event, granted=False).applied

    with opened.read(workspace) as tx:
        assert keys.bodies(tx.custody, [event]) == {event: b"kept"}
