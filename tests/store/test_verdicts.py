"""Verdicts, the review queue and the history of memberships, as the store keeps them."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import delete

from cdp.ids import new_id
from cdp.store import links, memberships, reviews, verdicts
from cdp.store.links import Descent, Link
from cdp.store.reviews import Item
from cdp.store.rows.verdicts import verdict_record
from cdp.store.tx import Stores
from cdp.store.verdicts import APART, TOGETHER, Author, Taken, Verdict

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
STEWARD = Author(None, "a steward")
Place = tuple[Stores, UUID]


def given(seq: int, ruling: str, *groups: tuple[UUID, ...], whole: bool = False) -> Verdict:
    sorted_groups = tuple(tuple(sorted(group)) for group in groups)
    return Verdict(new_id(), ruling, sorted_groups, STEWARD, "a_code", seq, NOW, whole)


def test_a_verdict_is_found_by_each_of_its_records_until_it_is_taken_back(stores: Place) -> None:
    opened, workspace = stores
    a, b, c, other = (new_id() for _ in range(4))
    apart, together = given(1, APART, (a, b), (c,), whole=True), given(2, TOGETHER, (a, c))
    with opened.write(workspace) as tx:
        assert not verdicts.are_there(tx.main, workspace)
        verdicts.add(tx.main, workspace, apart)
        verdicts.add(tx.main, workspace, together)

    with opened.write(workspace) as tx:
        assert verdicts.are_there(tx.main, workspace)
        assert verdicts.about(tx.main, [b, other]) == [apart]
        assert verdicts.about(tx.main, [a, c]) == [apart, together]
        assert (apart.ties, together.ties) == (apart.groups, together.groups)
        assert given(3, APART, (a,), (b,)).ties == ()
        verdicts.take_back(tx.main, apart.id, Taken("another", 3, NOW))

    with opened.read(workspace) as tx:
        assert verdicts.about(tx.main, [b]) == []
        found = verdicts.find(tx.main, [apart.id, new_id()])
        assert found[apart.id].taken == Taken("another", 3, NOW)
        newest = verdicts.page(tx.main, workspace, before=None, limit=1)
        assert [one.id for one in newest] == [together.id]
        assert [one.id for one in verdicts.page(tx.main, workspace, before=2, limit=9)] == [
            apart.id
        ]


def test_a_verdict_of_which_too_little_is_left_is_silent(stores: Place) -> None:
    opened, workspace = stores
    a, b = new_id(), new_id()
    pair, one = given(1, APART, (a,), (b,)), given(2, TOGETHER, (a, b))
    with opened.write(workspace) as tx:
        for verdict in (pair, one):
            verdicts.add(tx.main, workspace, verdict)
        tx.main.execute(delete(verdict_record).where(verdict_record.c.record_id == b))

        found = verdicts.about(tx.main, [a])

    assert [verdict.speaks for verdict in found] == [False, False]
    assert pair.speaks
    assert one.speaks


def test_who_was_where_is_known_of_every_moment_since(stores: Place) -> None:
    opened, workspace = stores
    a, b = new_id(), new_id()
    p, q = new_id(), new_id()
    with opened.write(workspace) as tx:
        links.create(tx.main, workspace, [p, q], 1, NOW)
        links.keep_links(tx.main, workspace, [Link(a, p, "verified", "self")], 1)
        links.keep_links(tx.main, workspace, [Link(b, q, "verified", "self")], 2)
        # Another kind of link, the same profile.
        links.keep_links(tx.main, workspace, [Link(a, p, "household", "self")], 3)
        memberships.leave(tx.main, workspace, [a], 5)
        links.keep_links(tx.main, workspace, [Link(a, q, "verified", "self")], 5)
        memberships.leave(tx.main, workspace, [a, b], 7)
        links.keep_links(tx.main, workspace, [Link(a, p, "verified", "self")], 7)
        links.remove_links(tx.main, [b])

    with opened.read(workspace) as tx:
        homes = {seq: memberships.homes_at(tx.main, [a, b], seq) for seq in range(8)}
        members = {seq: memberships.members_at(tx.main, [q], seq) for seq in range(8)}
    assert list(homes.values()) == [
        {},
        {a: p},
        {a: p, b: q},
        {a: p, b: q},
        {a: p, b: q},
        {a: q, b: q},
        {a: q, b: q},
        {a: p},
    ]
    assert list(members.values()) == [
        {record: home for record, home in found.items() if home == q} for found in homes.values()
    ]


@pytest.mark.parametrize("known", [True, False])
def test_a_former_id_leads_to_those_who_hold_its_records_where_history_can_tell(
    stores: Place, known: bool
) -> None:
    opened, workspace = stores
    old, p, q = (new_id() for _ in range(3))
    a, b = new_id(), new_id()
    with opened.write(workspace) as tx:
        links.create(tx.main, workspace, [old, p, q], 1, NOW)
        links.keep_links(tx.main, workspace, [Link(a, old, "verified", "self")], 1)
        links.keep_links(tx.main, workspace, [Link(b, p, "verified", "self")], 1)
        if known:
            memberships.leave(tx.main, workspace, [a], 2)
        links.keep_links(tx.main, workspace, [Link(a, p, "verified", "self")], 2)
        links.change(tx.main, changed=[p], merged=[p], retired=[old], seq=2, at=NOW)
        links.record_descent(tx.main, workspace, [Descent(old, p, "merged")], 2, NOW)
        memberships.leave(tx.main, workspace, [b], 3)
        links.keep_links(tx.main, workspace, [Link(b, q, "verified", "self")], 3)
        links.record_descent(tx.main, workspace, [Descent(p, q, "split")], 3, NOW)

    with opened.read(workspace) as tx:
        assert links.current(tx.main, workspace, old) == ({p} if known else {p, q})
        assert links.current(tx.main, workspace, p) == {p}
        assert [step.seq for step in links.steps(tx.main, workspace, [p])] == [3, 2]


def test_an_id_that_ended_is_there_again_once_it_is_revived(stores: Place) -> None:
    opened, workspace = stores
    old = new_id()
    with opened.write(workspace) as tx:
        links.create(tx.main, workspace, [old], 1, NOW)
        links.change(tx.main, changed=[], merged=[], retired=[old], seq=2, at=NOW)
        assert links.current(tx.main, workspace, old) == set()
        links.change(tx.main, changed=[old], merged=[], retired=[], revived=[old], seq=3, at=NOW)
        assert links.current(tx.main, workspace, old) == {old}
        assert links.profiles(tx.main, [old])[old].partition_version == 3


def test_the_queue_is_what_the_last_look_at_each_component_left(stores: Place) -> None:
    opened, workspace = stores
    a, b, c = sorted(new_id() for _ in range(3))
    first = Item("uncertain", a, b, 1500, 0, "", 1)
    single = Item("oversized", c, c, 0, 40, "email", 1)
    with opened.write(workspace) as tx:
        reviews.replace(tx.main, workspace, [a, b, c], [first, single])
        heavier = Item("uncertain", a, b, 2500, 0, "", 5)
        conflict = Item("conflict", a, b, 9000, 0, "customer_id", 5)
        reviews.replace(tx.main, workspace, [b, a], [heavier, conflict])

        found = reviews.page(tx.main, workspace, kinds=["uncertain", "conflict"], limit=9)
        assert found == [Item("uncertain", a, b, 2500, 0, "", 1), conflict], "its place is kept"
        assert reviews.page(tx.main, workspace, kinds=["oversized"], limit=9) == [single]
        assert reviews.counts(tx.main, workspace) == {"conflict": 1, "oversized": 1, "uncertain": 1}
        assert len(reviews.page(tx.main, workspace, kinds=["uncertain", "conflict"], limit=1)) == 1

        reviews.replace(tx.main, workspace, [b], [])
        assert reviews.counts(tx.main, workspace) == {"oversized": 1}
