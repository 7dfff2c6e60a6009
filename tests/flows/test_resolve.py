"""Resolving: who is who does not depend on the order of arrival, and ids outlive opinions."""

from itertools import permutations

import pytest

from cdp import clock, work
from cdp.flows.map_stream import map_stream
from cdp.platform import Platform
from cdp.store import jobs, keys, links, protocol, records, sources
from connectors.base import Delete, Event
from tests.flows.streams import (
    add_stream,
    land_all,
    land_rows,
    people,
    put_rules,
    record_ids,
    resolve_all,
    rules_of,
)

ADA = {"no": "K-100", "email": "Ada@Example.org", "name": "Ada", "confirmed": "yes"}
ADA_SHOP = {"no": "", "email": "ada@example.org", "phone": "0171 3920017", "confirmed": "yes"}
ADA_DESK = {"no": "K-100", "email": "", "phone": "+49 171 3920017"}
BEN = {"no": "K-200", "email": "ada@example.org", "name": "Ben"}


def profile_of(platform: Platform, stream: sources.Stream, key: str) -> links.Link:
    record = record_ids(platform, stream, [key])[key]
    with platform.read() as tx:
        return links.links_of(tx.main, [record])[record]


def test_spelled_differently_and_still_one_person(platform: Platform) -> None:
    crm, shop, desk = (add_stream(platform, name) for name in ("crm", "shop", "desk"))
    land_rows(platform, crm, {"1": ADA})
    land_rows(platform, shop, {"1": ADA_SHOP})
    land_rows(platform, desk, {"1": ADA_DESK})

    report = resolve_all(platform)

    assert report.created == 1
    assert people(platform, {crm: "1", shop: "1", desk: "1"}) == {
        frozenset({"crm:1", "shop:1", "desk:1"})
    }
    assert profile_of(platform, crm, "1").kind == "verified"


@pytest.mark.parametrize("order", list(permutations(range(4)))[::3])
def test_any_order_of_arrival_gives_the_same_people(
    platform: Platform, order: tuple[int, ...]
) -> None:
    streams = [add_stream(platform, name) for name in ("crm", "shop", "desk", "other")]
    rows = [ADA, ADA_SHOP, ADA_DESK, BEN]

    for place in order:
        land_rows(platform, streams[place], {"1": rows[place]})
        resolve_all(platform)

    # Ben shares the address but has a number of his own: one person cannot have two.
    assert people(platform, dict.fromkeys(streams, "1")) == {
        frozenset({"crm:1", "shop:1", "desk:1"}),
        frozenset({"other:1"}),
    }


def test_a_merge_keeps_the_earlier_id_and_the_other_answers_for_ever(platform: Platform) -> None:
    crm, shop = add_stream(platform, "crm"), add_stream(platform, "shop")
    land_rows(platform, crm, {"1": {**ADA, "email": ""}})
    resolve_all(platform)
    land_rows(platform, shop, {"1": ADA_SHOP})
    resolve_all(platform)
    first = profile_of(platform, crm, "1").profile_id
    second = profile_of(platform, shop, "1").profile_id
    assert first != second

    land_rows(platform, crm, {"1": ADA})
    report = resolve_all(platform)

    assert report.merged == 1
    assert profile_of(platform, shop, "1").profile_id == first
    with platform.read() as tx:
        assert links.current(tx.main, tx.workspace, second) == {first}
        merged = links.profiles(tx.main, [first, second])
        assert merged[second].retired_at is not None
        assert merged[first].merged_at is not None


def test_a_change_that_parts_two_records_splits_them_and_fences_both(platform: Platform) -> None:
    crm, shop = add_stream(platform, "crm"), add_stream(platform, "shop")
    land_rows(platform, crm, {"1": ADA})
    land_rows(platform, shop, {"1": {**ADA_SHOP, "phone": ""}})
    resolve_all(platform)
    before = profile_of(platform, crm, "1")

    land_rows(platform, shop, {"1": {"no": "", "email": "someone.else@example.org"}})
    report = resolve_all(platform)

    assert report.split == 1
    assert len(people(platform, {crm: "1", shop: "1"})) == 2
    with platform.read() as tx:
        current = links.current(tx.main, tx.workspace, before.profile_id)
        assert before.profile_id in current
        fences = links.profiles(tx.main, [before.profile_id])
        assert fences[before.profile_id].fence_seq > 0
        assert protocol.pending(tx.main, tx.workspace) == 0


def test_what_a_source_deletes_belongs_to_nobody_and_may_come_back(platform: Platform) -> None:
    crm, shop = add_stream(platform, "crm"), add_stream(platform, "shop")
    land_rows(platform, crm, {"1": ADA})
    land_rows(platform, shop, {"1": ADA_SHOP})
    resolve_all(platform)

    land_all(platform, shop, [Delete("people", "1", "line")])
    resolve_all(platform)

    assert people(platform, {crm: "1", shop: "1"}) == {frozenset({"crm:1"})}

    land_rows(platform, shop, {"1": ADA_SHOP})
    resolve_all(platform)
    assert people(platform, {crm: "1", shop: "1"}) == {frozenset({"crm:1", "shop:1"})}


def test_a_deleted_bridge_parts_the_two_it_joined(platform: Platform) -> None:
    crm, shop, desk = (add_stream(platform, name) for name in ("crm", "shop", "desk"))
    land_rows(platform, crm, {"1": {"no": "K-100"}})
    land_rows(platform, desk, {"1": {"no": "K-100", "phone": "+49 171 3920017"}})
    land_rows(platform, shop, {"1": {"phone": "0171 3920017"}})
    resolve_all(platform)
    assert len(people(platform, dict.fromkeys([crm, shop, desk], "1"))) == 1

    land_all(platform, desk, [Delete("people", "1", "line")])
    resolve_all(platform)

    assert people(platform, dict.fromkeys([crm, shop, desk], "1")) == {
        frozenset({"crm:1"}),
        frozenset({"shop:1"}),
    }


def test_a_blocked_value_joins_nobody(platform: Platform) -> None:
    crm = add_stream(platform)
    token = platform.keyring.custodian().blind_index("email", "info@example.org")
    with platform.write() as tx:
        keys.block(tx.custody, tx.workspace, ("email", token), "role_address", clock.now())

    land_rows(platform, crm, {key: {"email": "info@example.org"} for key in "12"})
    resolve_all(platform)

    assert people(platform, {crm: "12"}) == {frozenset({"crm:1"}), frozenset({"crm:2"})}


def test_a_value_that_too_many_share_stops_joining_whoever_came_first(platform: Platform) -> None:
    crm = add_stream(platform)
    document = rules_of(platform).document
    types = document["types"]
    assert isinstance(types, dict)
    limited = {**document, "types": {**types, "email": {**types["email"], "limit": 2}}}
    put_rules(platform, limited)
    together = frozenset({"crm:1", "crm:2"})

    land_rows(platform, crm, {key: {"email": "desk@example.org"} for key in "12"})
    resolve_all(platform)
    assert people(platform, {crm: "12"}) == {together}

    land_rows(platform, crm, {"3": {"email": "desk@example.org"}})
    resolve_all(platform)
    alone = {frozenset({f"crm:{key}"}) for key in "123"}
    assert people(platform, {crm: "123"}) == alone

    land_rows(platform, crm, {"3": {"email": "third@example.org"}})
    resolve_all(platform)
    assert people(platform, {crm: "123"}) == {together, frozenset({"crm:3"})}


def test_nothing_waits_after_resolving_and_views_are_asked_for(platform: Platform) -> None:
    crm = add_stream(platform)
    land_rows(platform, crm, {"1": ADA})

    resolve_all(platform)

    assert resolve_all(platform).records == 0
    with platform.read() as tx:
        assert jobs.waiting(tx.main, tx.workspace, jobs.REFRESH) == 1
    assert work.refresh_all(platform).profiles == 1


def test_a_better_mapping_derives_everything_again(platform: Platform) -> None:
    crm = add_stream(platform, "crm", fields={"no": {"identifier": "customer_id"}})
    shop = add_stream(platform, "shop")
    land_rows(platform, crm, {"1": {"mail": "ada@example.org"}})
    land_rows(platform, shop, {"1": ADA_SHOP})
    resolve_all(platform)
    assert len(people(platform, {crm: "1", shop: "1"})) == 2

    better = {"relation": "customer", "fields": {"mail": {"identifier": "email"}}}

    with platform.write() as tx:
        map_stream(tx, crm.id, better, clock.now())
    resolve_all(platform)

    assert people(platform, {crm: "1", shop: "1"}) == {frozenset({"crm:1", "shop:1"})}


def test_a_record_that_only_events_named_is_who_its_events_say(platform: Platform) -> None:
    crm, desk = add_stream(platform, "crm"), add_stream(platform, "desk")
    land_rows(platform, crm, {"1": ADA})
    at = clock.now()
    told = {"email": "ADA@example.org", "case": "C-1"}
    land_all(platform, desk, [Event("people", "caller-7", "e1", "case.opened", at, told, "line")])
    resolve_all(platform)

    assert people(platform, {crm: ["1"], desk: ["caller-7"]}) == {
        frozenset({"crm:1", "desk:caller-7"})
    }


def test_what_lands_while_its_record_is_resolved_is_resolved_too(platform: Platform) -> None:
    crm = add_stream(platform)
    land_rows(platform, crm, {"1": {"email": "first@example.org"}})
    with platform.read() as tx:
        marks = records.pending_marks(tx.main, tx.workspace, 10)
    land_rows(platform, crm, {"1": {"email": "second@example.org"}})

    with platform.write() as tx:
        records.clear_pending(tx.main, marks)

    with platform.read() as tx:
        assert records.pending_ids(tx.main, tx.workspace, 10) == list(marks)
    assert resolve_all(platform).records == 1
    with platform.read() as tx:
        assert records.pending_ids(tx.main, tx.workspace, 10) == []
