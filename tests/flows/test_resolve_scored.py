"""Resolving by what people are called, where they live and when they were born; and devices."""

from collections.abc import Mapping
from itertools import permutations

import pytest

from cdp import clock
from cdp.flows.map_stream import map_stream
from cdp.platform import Platform
from cdp.store import keys, sources
from connectors.base import Delete
from identity.keys import BLOCK
from tests.flows.streams import add_stream, land_all, land_rows, people, record_ids, resolve_all

FIELDS = {
    "no": {"identifier": "customer_id"},
    "mail": {"identifier": "email"},
    "device": {"identifier": "device_id"},
    "first": {"attribute": "given_name"},
    "last": {"attribute": "family_name"},
    "name": {"attribute": "full_name"},
    "born": {"attribute": "birth_date"},
    "street": {"attribute": "street"},
    "zip": {"attribute": "postcode"},
    "city": {"attribute": "city"},
}
HOME = {"street": "Lindenstr. 7", "zip": "80331", "city": "München"}
ROBERT = {"first": "Robert", "last": "Quellwasser", "born": "1978-11-12", **HOME}
BOB = {"name": "Quellwasser, Bob", "street": "7 Lindenstraße", "zip": "80331", "mail": "b@x.org"}
SWAPPED = {"first": "Robert", "last": "Quellwaßer", "born": "1978-12-11"}
MAIL_ONLY = {"mail": "B@x.org"}
ANNA = {"first": "Anna", "last": "Quellwasser", "born": "1980-02-01", "mail": "b@x.org", **HOME}
OTHER = {"first": "Robert", "last": "Quellwasser", "born": "1951-03-04", "city": "Kiel"}
ROWS = {"robert": ROBERT, "bob": BOB, "swapped": SWAPPED, "mail": MAIL_ONLY} | {
    "anna": ANNA,
    "other": OTHER,
}


def stream_of(platform: Platform, name: str = "crm") -> sources.Stream:
    return add_stream(platform, name, fields=FIELDS)


def partition(platform: Platform, rows: Mapping[str, Mapping[str, str]]) -> set[frozenset[str]]:
    """Who is who when these rows land together."""
    crm = stream_of(platform)
    land_rows(platform, crm, rows)
    resolve_all(platform)
    return named(platform, crm, rows)


def named(
    platform: Platform, crm: sources.Stream, rows: Mapping[str, Mapping[str, str]]
) -> set[frozenset[str]]:
    return {
        frozenset(name.removeprefix("crm:") for name in group)
        for group in people(platform, {crm: rows})
    }


def test_names_birth_dates_and_addresses_join_what_no_identifier_does(platform: Platform) -> None:
    rows = {name: ROWS[name] for name in ("robert", "bob", "swapped", "other")}

    found = partition(platform, rows)

    assert found == {frozenset({"robert", "bob", "swapped"}), frozenset({"other"})}


def test_a_household_that_shares_address_and_mailbox_stays_two_people(platform: Platform) -> None:
    found = partition(platform, {"robert": {**ROBERT, "mail": "b@x.org"}, "anna": ANNA})

    assert len(found) == 2


@pytest.mark.parametrize("order", list(permutations(sorted(ROWS)))[::173])
@pytest.mark.parametrize("size", [1, 4])
def test_any_order_and_any_batches_give_one_partition(
    platform: Platform, order: tuple[str, ...], size: int
) -> None:
    crm = stream_of(platform)
    land_rows(platform, crm, ROWS)
    resolve_all(platform)
    together = named(platform, crm, ROWS)
    land_all(platform, crm, [Delete("people", key, "line") for key in ROWS])
    resolve_all(platform)

    for start in range(0, len(order), size):
        land_rows(platform, crm, {name: ROWS[name] for name in order[start : start + size]})
        resolve_all(platform)

    assert named(platform, crm, ROWS) == together


def test_a_corrected_birth_date_parts_two_people_and_the_mistake_joins_them_again(
    platform: Platform,
) -> None:
    crm = stream_of(platform)
    one = {"first": "Robert", "last": "Quellwasser", "born": "1978-11-12"}
    land_rows(platform, crm, {"1": one, "2": {**one, "zip": "80331"}})
    resolve_all(platform)
    together = people(platform, {crm: "12"})

    land_rows(platform, crm, {"2": {**one, "zip": "80331", "born": "1991-01-30"}})
    resolve_all(platform)
    apart = people(platform, {crm: "12"})
    land_rows(platform, crm, {"2": {**one, "zip": "80331"}})
    resolve_all(platform)

    assert (len(together), len(apart)) == (1, 2)
    assert people(platform, {crm: "12"}) == together


def test_blocking_keys_are_kept_as_tokens_only_and_go_with_the_mapping(platform: Platform) -> None:
    crm = stream_of(platform)
    land_rows(platform, crm, {"1": ROBERT})
    resolve_all(platform)
    record = record_ids(platform, crm, ["1"])["1"]

    def types() -> set[str]:
        with platform.read() as tx:
            rows = keys.tokens_of(tx.custody, [record])
        assert all(len(row.token) == 32 for row in rows)
        return {row.type for row in rows if row.type.startswith(BLOCK)}

    before = types()
    with platform.write() as tx:
        better = {"relation": "customer", "fields": {"born": {"attribute": "birth_date"}}}
        map_stream(tx, crm.id, better, clock.now())
    resolve_all(platform)

    told = ("family_birth", "given_birth", "family_initial_postcode", "family_initial_city")
    assert before == {f"{BLOCK}{name}" for name in (*told, "initial_house", "names")}
    assert types() == set()


def test_a_name_too_common_in_one_place_proposes_nobody_whoever_came_first(
    platform: Platform,
) -> None:
    crm = stream_of(platform)
    row = {"first": "Robert", "last": "Quellwasser", "street": "Lindenstr. 7", "zip": "80331"}
    limit = platform.rules.key_limits[f"{BLOCK}family_initial_postcode"]
    crowd = {str(n): row for n in range(limit)}
    land_rows(platform, crm, crowd)
    resolve_all(platform)
    assert len(people(platform, {crm: crowd})) == 1

    land_rows(platform, crm, {"more": row})
    resolve_all(platform)

    assert len(people(platform, {crm: [*crowd, "more"]})) == limit + 1


def test_a_device_takes_a_visitor_to_the_person_it_leads_to(platform: Platform) -> None:
    crm, web = stream_of(platform), stream_of(platform, "web")
    land_rows(platform, crm, {"1": {**ROBERT, "device": "d-1"}})
    land_rows(platform, web, {"v": {"device": "d-1"}})
    resolve_all(platform)

    assert people(platform, {crm: "1", web: "v"}) == {frozenset({"crm:1", "web:v"})}

    land_rows(platform, crm, {"2": {"first": "Anna", "last": "Ofenrohr", "device": "d-1"}})
    resolve_all(platform)

    assert people(platform, {crm: "12", web: "v"}) == {
        frozenset({"crm:1"}),
        frozenset({"crm:2"}),
        frozenset({"web:v"}),
    }


def test_a_component_that_is_too_large_is_parted_and_reported(platform: Platform) -> None:
    crm = stream_of(platform)
    document = platform.rules.document
    clustering = document["clustering"]
    assert isinstance(clustering, dict)
    platform.rules = type(platform.rules).parse(
        {**document, "clustering": {**clustering, "together": 2}}
    )
    land_rows(platform, crm, {"1": {"no": "K-7", "mail": "a@x.org"}, "2": {"no": "K-7"}})
    land_rows(platform, crm, {"3": {"mail": "a@x.org"}, "4": {"mail": "a@x.org"}})

    report = resolve_all(platform)

    assert report.capped == 1
    assert len(people(platform, {crm: "1234"})) == 3
