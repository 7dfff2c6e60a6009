"""A customer of many records: one more of them costs little, and takes nothing for granted."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import pytest
from sqlalchemy import select, update

from cdp import clock, work
from cdp.facts import FactReader
from cdp.flows.refresh_views import build_views, publish_views
from cdp.neighbours import Neighbours
from cdp.platform import VIEW_PURPOSES, Platform
from cdp.store import links, sources
from cdp.store.rows.custody import data_key
from cdp.store.rows.main import outbox, record
from cdp.work import resolving
from tests.flows.streams import add_stream, land_rows, people, record_ids, resolve_all

TICKET_FIELDS = {"no": {"identifier": "customer_id"}, "subject": {"attribute": "custom.subject"}}
ADA = {"no": "K-100", "name": "Ada", "email": "ada@example.org"}


def land_tickets(platform: Platform, stream: sources.Stream, numbers: Sequence[int]) -> None:
    land_rows(platform, stream, {str(n): {"no": "K-100", "subject": f"No. {n}"} for n in numbers})


def test_records_that_say_nothing_of_a_person_are_not_opened_for_one_more(
    platform: Platform,
) -> None:
    crm, desk = add_stream(platform, "crm"), add_stream(platform, "desk", fields=TICKET_FIELDS)
    land_rows(platform, crm, {"1": ADA})
    land_tickets(platform, desk, range(8))
    resolve_all(platform)
    told = record_ids(platform, crm, ["1"])["1"]
    tickets = set(record_ids(platform, desk, map(str, range(8))).values())

    def unreadable() -> int:
        with platform.read() as tx:
            reader = FactReader(tx, platform.keyring.custodian())
            found = Neighbours(tx, platform.rules(tx), reader).component([told])
        assert set(found.ids.values()) == tickets | {told}
        return found.unreadable

    assert unreadable() == 0
    spoil(platform, tickets)
    assert unreadable() == 0
    spoil(platform, {told})
    assert unreadable() == 1


def spoil(platform: Platform, ids: set[UUID]) -> None:
    """The keys of these records are no keys any more."""
    with platform.write() as tx:
        spoilt = update(data_key).where(data_key.c.record_id.in_(ids))
        tx.custody.execute(spoilt.values(wrapped=b"\1\1\0\0\0\1" + bytes(60)))


def test_one_record_more_voids_the_profile_and_leaves_the_other_records_alone(
    platform: Platform,
) -> None:
    desk = add_stream(platform, "desk", fields=TICKET_FIELDS)
    land_tickets(platform, desk, range(5))
    resolve_all(platform)
    before = record_ids(platform, desk, map(str, range(5)))
    (profile,) = profiles_of(platform, before.values())
    with platform.read() as tx:
        built = build_views(
            tx,
            platform.keyring.custodian(),
            platform.policy(tx),
            [profile],
            purposes=VIEW_PURPOSES,
            now=clock.now(),
        )

    land_tickets(platform, desk, [5])
    resolve_all(platform)

    added = record_ids(platform, desk, ["5"])["5"]
    assert profiles_of(platform, [added]) == {profile}
    with platform.read() as tx:
        (said,) = tx.main.execute(select(outbox.c.records, outbox.c.profiles)).all()
        fenced = select(record.c.id).where(record.c.fence_seq > 0)
        assert set(tx.main.execute(fenced).scalars()) == {added}
        assert links.profiles(tx.main, [profile])[profile].fence_seq > built.head
    assert (said.records, said.profiles) == ([str(added)], [str(profile)])
    with platform.publish() as tx:
        report, published = publish_views(tx, built)
    assert (published, report.again) == (set(), 1)


def profiles_of(platform: Platform, ids: Iterable[UUID]) -> set[UUID]:
    with platform.read() as tx:
        return links.profiles_of(tx.main, ids)


def test_more_of_those_who_wait_are_read_where_the_last_ones_were_of_a_large_customer() -> None:
    few = resolving.next_limit(0)

    assert few == resolving.next_limit(2 * few) < resolving.next_limit(10 * few)
    assert resolving.next_limit(1_000_000) == resolving.MOST_ALONG


@pytest.mark.parametrize("size", [1, 7])
def test_tickets_in_any_batches_are_one_customers(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(resolving, "RESOLVE_BATCH", size)
    crm, desk = add_stream(platform, "crm"), add_stream(platform, "desk", fields=TICKET_FIELDS)
    land_rows(platform, crm, {"1": ADA, "2": {"no": "K-200", "name": "Ben"}})
    land_tickets(platform, desk, range(20))

    report, _ = work.resolve_all(platform)

    keys = [str(number) for number in range(20)]
    assert people(platform, {crm: ["1", "2"], desk: keys}) == {
        frozenset({"crm:1", *(f"desk:{key}" for key in keys)}),
        frozenset({"crm:2"}),
    }
    assert (report.records, report.weighed) == (22, 21)
