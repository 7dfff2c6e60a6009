"""Sealed views: replaced as a whole, found by token, due in time, gone with their profile."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from benchmarks import stage
from cdp.clock import instant
from cdp.ids import new_id
from cdp.store import views
from cdp.store.tx import Stores

NOW = instant("2026-03-01T09:00:00Z")


@pytest.fixture
def person(stores: tuple[Stores, UUID]) -> stage.Person:
    """Somebody with two records."""
    opened, workspace = stores
    return stage.add_people(opened, workspace, 1)[0]


def publish(
    stores: Stores,
    workspace: UUID,
    person: stage.Person,
    *made: views.StoredView,
    removed: tuple[str, ...] = (),
    token: bytes = bytes(32),
) -> None:
    """Put views at head 1, findable by a token."""
    lookups = {view.purpose: frozenset({token}) for view in made}
    build = views.Build(person.profile, person.records, made, removed, lookups)
    with stores.publish(workspace) as tx:
        assert views.publish(tx.views, workspace, 1, [build]) == {person.profile}


def test_a_view_comes_back_as_it_was_put(stores: tuple[Stores, UUID], person: stage.Person) -> None:
    opened, workspace = stores
    offers = replace(stage.sealed(person, 1), recheck_at=NOW)
    service = replace(offers, id=new_id(), purpose="service", wrapped=b"s" * stage.KEY_BYTES)
    publish(opened, workspace, person, offers, service)

    with opened.read(workspace) as tx:
        fetched = views.fetch(tx.views, workspace, person.profile, ["offers", "service", "legal"])
        paged = views.page(tx.views, workspace, [person.profile])
        assert views.fetch(tx.views, workspace, new_id(), ["offers"]) == {}
        assert views.count(tx.views, workspace) == {"offers": 1, "service": 1}
    assert fetched == {"offers": offers, "service": service}
    assert {view.id for view in paged} == {offers.id, service.id}
    assert "s" * 8 not in repr(service)


def test_a_build_takes_away_the_purposes_it_removes(
    stores: tuple[Stores, UUID], person: stage.Person
) -> None:
    opened, workspace = stores
    offers = stage.sealed(person, 1)
    service = replace(stage.sealed(person, 1), purpose="service")
    publish(opened, workspace, person, offers, service)

    publish(opened, workspace, person, removed=("offers", "legal"))

    with opened.read(workspace) as tx:
        assert views.count(tx.views, workspace) == {"service": 1}


def test_a_token_leads_to_the_profile_for_its_purpose_only_and_goes_with_the_view(
    stores: tuple[Stores, UUID], person: stage.Person
) -> None:
    opened, workspace = stores
    token = b"t" * 32
    publish(opened, workspace, person, stage.sealed(person, 1), token=token)
    with opened.read(workspace) as tx:
        assert views.look_up(tx.views, workspace, "offers", [token]) == {person.profile}
        assert views.look_up(tx.views, workspace, "service", [token]) == set()
        assert views.look_up(tx.views, workspace, "offers", [bytes(32)]) == set()

    stage.say(opened, workspace, person, new_id(), granted=False)

    with opened.read(workspace) as tx:
        assert views.look_up(tx.views, workspace, "offers", [token]) == set()


def test_a_view_is_due_when_its_time_to_be_checked_has_come(
    stores: tuple[Stores, UUID], person: stage.Person
) -> None:
    opened, workspace = stores
    publish(opened, workspace, person, replace(stage.sealed(person, 1), recheck_at=NOW))
    with opened.read(workspace) as tx:
        assert views.due(tx.views, workspace, NOW - timedelta(seconds=1)) == set()
        assert views.due(tx.views, workspace, NOW) == {person.profile}


def test_nothing_is_left_of_a_profile_that_ended(
    stores: tuple[Stores, UUID], person: stage.Person
) -> None:
    opened, workspace = stores
    publish(opened, workspace, person, stage.sealed(person, 1))
    with opened.publish(workspace) as tx:
        assert views.remove_retired(tx.views, workspace, [person.profile]) == 1
        assert views.remove_retired(tx.views, workspace, [person.profile]) == 0
        left = tx.views.exec_driver_sql("SELECT count(*) FROM slot").scalar()
    assert left == 0 or not opened.views.sqlite
    assert stage.see(opened, workspace, person) is None


def test_a_store_that_was_emptied_is_noticed(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    with opened.publish(workspace) as tx:
        assert not views.survived(tx.views, workspace)
        views.mark_alive(tx.views, workspace, NOW)
        views.mark_alive(tx.views, workspace, NOW)
    with opened.read(workspace) as tx:
        assert views.survived(tx.views, workspace)
