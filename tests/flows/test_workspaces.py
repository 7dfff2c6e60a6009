"""Workspaces never see each other: not by id, not by identifier, not by key."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from cdp import clock, door, hearing
from cdp.errors import NotFound
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.store import links, views
from cdp.store.grants import METADATA
from cdp.store.rows import main
from cdp.vault.envelope import CannotOpen
from cdp.vault.views import SealedView, ViewHeader
from tests.flows.seeding import PEOPLE, STAFF, Seeded, seed


@pytest.fixture
def other(environment: dict[str, str], seeded: Seeded, tmp_path: Path) -> Iterator[Seeded]:
    """A second workspace in the same stores, with the same people in it."""
    assert seeded.profiles
    settings = Settings.load({**environment, "CDP_WORKSPACE": f"x-{new_id().hex[-12:]}"})
    platform = Platform.create(settings, clock.now())
    yield seed(platform, tmp_path / "others")
    platform.close()


def test_the_same_address_leads_to_each_workspaces_own_profile(
    seeded: Seeded, other: Seeded
) -> None:
    wanted = [door.Identifier("email", PEOPLE["ada"].email)]

    assert door.resolve(seeded.platform, STAFF, "service", wanted) == [seeded.profiles["ada"]]
    assert door.resolve(other.platform, STAFF, "service", wanted) == [other.profiles["ada"]]
    assert not set(seeded.profiles.values()) & set(other.profiles.values())


def test_an_id_of_another_workspace_is_an_unknown_id(seeded: Seeded, other: Seeded) -> None:
    theirs = other.profiles["ada"]
    said = {"type": "withdrawn", "purposes": ["offers"], "channels": ["*"]}

    for question in (
        lambda: door.profile(seeded.platform, STAFF, theirs, "service"),
        lambda: door.context(seeded.platform, STAFF, theirs, "service"),
        lambda: door.consent_states(seeded.platform, STAFF, theirs),
        lambda: hearing.record(
            seeded.platform, STAFF, theirs, hearing.ConsentRequest(new_id(), "staff", said)
        ),
    ):
        with pytest.raises(NotFound):
            question()
    assert door.profile(other.platform, STAFF, theirs, "offers").data is not None


def test_a_view_moved_to_another_workspace_does_not_open(seeded: Seeded, other: Seeded) -> None:
    with other.platform.read() as tx:
        (stored,) = views.fetch(
            tx.views, other.platform.workspace, other.profiles["ada"], ["service"]
        ).values()
    header = ViewHeader(
        view_id=stored.id,
        workspace=seeded.platform.workspace,
        profile_id=stored.profile_id,
        purpose=stored.purpose,
        built_seq=stored.built_seq,
        partition_version=stored.partition_version,
        policy_hash=stored.policy_hash,
        recheck_at=clock.text(stored.recheck_at),
    )
    moved = SealedView(header, stored.body, stored.wrapped, stored.signature)

    with pytest.raises(CannotOpen):
        seeded.platform.disclosure_keys(frozenset({"service"})).open_view(moved)


def test_no_row_of_another_workspace_is_shown_whatever_is_asked(
    seeded: Seeded, other: Seeded
) -> None:
    exceptions = {"workspace", "api_client"}
    with seeded.platform.read() as tx:
        for name, metadata in METADATA.items():
            for table in metadata.sorted_tables:
                if table.name in exceptions:
                    continue
                found = getattr(tx, name).execute(select(table.c.workspace_id).distinct())
                assert set(found.scalars()) <= {seeded.platform.workspace}, table.name
    assert other.profiles


def test_no_row_of_another_workspace_is_changed_or_deleted_whatever_is_asked(
    seeded: Seeded, other: Seeded
) -> None:
    theirs = other.profiles["ada"]

    with seeded.platform.write() as tx:
        at = clock.now()
        links.change(tx.main, changed=[theirs], merged=[theirs], retired=[theirs], seq=1, at=at)
        records_of = select(main.link.c.record_id).where(main.link.c.profile_id == theirs)
        links.remove_links(tx.main, list(tx.main.execute(records_of).scalars()))

    with other.platform.read() as tx:
        row = links.profiles(tx.main, [theirs])[theirs]
        assert row.retired_at is None
        assert links.members(tx.main, [theirs])
