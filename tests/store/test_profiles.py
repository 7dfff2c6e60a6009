"""Profiles and their links, lineage, consents, standing and configuration."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from benchmarks import stage
from cdp.clock import instant
from cdp.ids import new_id
from cdp.store import configuration, consents, disclosures, jobs, links
from cdp.store.rows.main import consent_event
from cdp.store.tx import Stores, Tx

NOW = instant("2026-03-01T09:00:00Z")


def test_a_record_belongs_to_one_profile_at_a_time(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    record, first, second = new_id(), new_id(), new_id()
    with opened.write(workspace) as tx:
        links.create(tx.main, workspace, [first, second], 1, NOW)
        links.create(tx.main, workspace, [], 1, NOW)
        links.keep_links(tx.main, workspace, [], 1)
        links.keep_links(tx.main, workspace, [links.Link(record, first, "verified", "self")], 1)
        moved = links.Link(record, second, "household", "member")
        links.keep_links(tx.main, workspace, [moved], 2)

        assert links.links_of(tx.main, [record]) == {record: moved}
        assert links.members(tx.main, [first]) == {}
        assert links.members(tx.main, [second]) == {record: moved}

        links.remove_links(tx.main, [record])
        assert links.links_of(tx.main, [record]) == {}


def test_a_former_id_stands_for_what_became_of_it(stores: tuple[Stores, UUID]) -> None:
    """a is merged into b, b is split into c and d: a stands for both."""
    opened, workspace = stores
    a, b, c, d = sorted(new_id() for _ in range(4))
    with opened.write(workspace) as tx:
        links.create(tx.main, workspace, [a, b, c, d], 1, NOW)
        links.change(tx.main, changed=[b], merged=[b], retired=[a], seq=2, at=NOW)
        links.record_descent(tx.main, workspace, [links.Descent(a, b, "merge")], 2, NOW)
        assert links.successors(tx.main, workspace, a) == {b}

        links.change(tx.main, changed=[], merged=[], retired=[b], seq=3, at=NOW)
        split = [links.Descent(b, c, "split"), links.Descent(b, d, "split")]
        links.record_descent(tx.main, workspace, split, 3, NOW)
        links.record_descent(tx.main, workspace, [], 3, NOW)

        assert links.successors(tx.main, workspace, a) == {c, d}
        assert links.successors(tx.main, workspace, c) == set()
        assert links.current(tx.main, workspace, a) == {c, d}
        assert links.current(tx.main, workspace, d) == {d}
        assert links.current(tx.main, workspace, new_id()) == set()
        assert links.count(tx.main, workspace) == 2
        assert links.current_ids(tx.main, workspace) == [c, d]
        assert links.current_ids(tx.main, workspace, after=c) == [d]
        found = links.profiles(tx.main, [a, b])
    assert found[b] == links.Profile(b, "active", 3, 0, NOW, NOW, NOW)
    assert found[a].merged_at is None


def test_a_former_id_follows_what_its_successor_lost_since(
    stores: tuple[Stores, UUID],
) -> None:
    """b lost records to e, took in a, then lost records to c; a may be in c, and never was in e."""
    opened, workspace = stores
    a, b, c, e = sorted(new_id() for _ in range(4))

    def descend(tx: Tx, former: UUID, successor: UUID, kind: str, seq: int) -> None:
        links.record_descent(tx.main, workspace, [links.Descent(former, successor, kind)], seq, NOW)

    with opened.write(workspace) as tx:
        links.create(tx.main, workspace, [a, b, c, e], 1, NOW)
        descend(tx, b, e, "split", 2)
        links.change(tx.main, changed=[b], merged=[b], retired=[a], seq=3, at=NOW)
        descend(tx, a, b, "merged", 3)
        assert links.current(tx.main, workspace, a) == {b}

        descend(tx, b, c, "split", 4)
        assert links.current(tx.main, workspace, a) == {b, c}
        assert links.current(tx.main, workspace, b) == {b}

        links.change(tx.main, changed=[b], merged=[b], retired=[c], seq=5, at=NOW)
        descend(tx, c, b, "merged", 5)
        assert links.current(tx.main, workspace, a) == {b}


def test_an_event_is_in_the_ledger_once_with_what_was_said(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    late = instant("2026-03-01T23:30:00-05:00")
    with opened.write(workspace) as tx:
        seq = tx.take_seq()
        entry = consents.LedgerEntry(new_id(), seq, "grant", late, b"s" * 32, b"c" * 32, b"l" * 32)
        consents.append(tx.main, workspace, [entry], {entry.id: person.records})
        consents.keep_facts(tx.main, workspace, {}, seq)

    with opened.read(workspace) as tx:
        assert consents.exists(tx.main, entry.id) == 2
        assert consents.exists(tx.main, new_id()) is None
        assert consents.known(tx.main, [entry.id, new_id()]) == {entry.id}
        assert consents.said(tx.main, entry.id) == (2, b"s" * 32)
        assert consents.said(tx.main, new_id()) is None
        assert configuration.head(tx.main, workspace) == (2, 0)
        (day,) = tx.main.execute(
            select(consent_event.c.received_day).where(consent_event.c.id == entry.id)
        ).scalars()
    assert day == date(2026, 3, 2), "the day in UTC"


def test_a_standing_is_the_strictest_fence_of_workspace_profile_and_records(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    said = stage.say(opened, workspace, person, new_id(), granted=False)
    with opened.write(workspace) as tx:
        policy = configuration.add_policy(tx.main, workspace, {"basis": "b"}, said.seq, NOW)
        jobs.want(tx.main, workspace, jobs.REFRESH, [person.profile], NOW)

    with opened.read(workspace) as tx:
        standing = disclosures.standing(tx.main, workspace, person.profile)
        assert disclosures.standing(tx.main, workspace, new_id()) is None
    assert standing is not None
    assert standing.fence_seq == standing.seq == said.seq
    assert standing.policy_hash == policy.hash
    assert standing.rebuilding
    assert not standing.retired
    assert {item.record_id for item in standing.members} == set(person.records)
    assert {item.fence_seq for item in standing.members} == {said.seq}
    assert standing.members[0].facts == [{"granted": False}]


def test_a_profile_without_records_stands_alone(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    profile = new_id()
    with opened.write(workspace) as tx:
        links.create(tx.main, workspace, [profile], 1, NOW)
        links.change(tx.main, changed=[], merged=[], retired=[profile], seq=2, at=NOW)
        standing = disclosures.standing(tx.main, workspace, profile)
    assert standing is not None
    assert (standing.members, standing.retired, standing.policy_hash) == ((), True, "")


def test_every_answer_is_counted_for_the_workspace_and_the_profile(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    profile = new_id()
    with opened.write(workspace) as tx:
        for about in (profile, None):
            entry = disclosures.Disclosure(
                new_id(), NOW, new_id(), "ask", about, "offers", "email", True, {"G1": "ok"}, [], 3
            )
            disclosures.log(tx.main, workspace, entry)
        assert disclosures.count(tx.main, workspace) == 2
        assert disclosures.count(tx.main, workspace, profile) == 1


def test_the_newest_policy_and_catalogue_are_in_force(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    with opened.write(workspace) as tx:
        assert configuration.policy_in_force(tx.main, workspace) is None
        assert configuration.catalogue_in_force(tx.main, workspace, configuration.OFFERS) is None
        first = configuration.add_policy(tx.main, workspace, {"a": 1}, 1, NOW)
        second = configuration.add_policy(tx.main, workspace, {"a": 2}, 2, NOW)
        assert (
            configuration.add_catalogue(
                tx.main, workspace, configuration.OFFERS, {"offers": []}, NOW
            )
            == 1
        )
        assert (
            configuration.add_catalogue(
                tx.main, workspace, configuration.OFFERS, {"offers": ["x"]}, NOW
            )
            == 2
        )

        assert configuration.policy_in_force(tx.main, workspace) == second
        assert configuration.catalogue_in_force(tx.main, workspace, configuration.OFFERS) == {
            "offers": ["x"]
        }
    assert (first.version, second.version) == (1, 2)
    assert first.hash != second.hash


def test_a_client_is_known_by_the_hash_of_its_key(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    client = configuration.Client(
        id=new_id(),
        workspace_id=workspace,
        name="crm",
        purposes=frozenset({"service"}),
        scopes=frozenset({"read", "context"}),
        revoked=False,
    )
    key_hash = new_id().bytes * 2
    with opened.write(workspace) as tx:
        configuration.add_client(tx.main, client, key_hash, NOW)
        assert configuration.client_by_key(tx.main, key_hash) == client
        assert configuration.client_by_key(tx.main, bytes(32)) is None

        for _ in range(2):
            configuration.revoke_client(tx.main, client.id, NOW)
        assert configuration.clients(tx.main, workspace) == [replace(client, revoked=True)]
        assert configuration.clients(tx.main, new_id()) == []


def test_a_workspace_is_found_by_its_name(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    with opened.main.begin(None) as connection:
        names = {id_: name for name, id_ in configuration.workspaces(connection).items()}
        assert configuration.workspace_id(connection, names[workspace]) == workspace
        assert configuration.workspace_id(connection, "nowhere") is None


def test_an_event_id_is_on_the_ledger_once(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    (person,) = stage.add_people(opened, workspace, 1)
    event = new_id()
    first = stage.say(opened, workspace, person, event, granted=True)
    assert stage.say(opened, workspace, person, event, granted=True).seq == first.seq
    with pytest.raises(Exception, match="consent_event"), opened.write(workspace) as tx:
        stage.write_down(tx.main, workspace, person, event, seq=9, granted=True)
