"""Traits through the real flow: silos that disagree, views that hold more, records that go."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from cdp import clock, door, work
from cdp.cli.configuration import change_catalogue
from cdp.errors import Refused, TryAgain
from cdp.flows.disclose import Caller
from cdp.flows.put_catalogue import put_catalogue
from cdp.flows.refresh_views import Built, build_views, publish_views
from cdp.platform import Platform
from cdp.store import configuration, jobs, sources
from connectors.base import Delete
from tests.flows.seeding import STAFF, put_policy
from tests.flows.speech import profiles_in, say
from tests.flows.streams import add_stream, land_all, land_rows, record_ids, resolve_all

INSIGHT = Caller(None, "insight", frozenset({"service_insight"}))
PROFILER = Caller(None, "profiler", frozenset({"profiling_offers"}))
EMAIL = "ida@example.org"
SHOP = {
    "email": {"identifier": "email"},
    "name": {"attribute": "given_name"},
    "tongue": {"attribute": "language"},
}
ORDERS = [
    {
        "type": "order.placed",
        "at": "at",
        "object": "order",
        "data": {
            "promised_at": "promised",
            "total": "total",
            "currency": "currency",
            "channel": "channel",
        },
    },
    {"type": "survey.answered", "at": "asked", "data": {"score": "score", "scale": "scale"}},
]


def crm_row(name: str, **rest: str) -> dict[str, str]:
    return {"no": "K-1", "email": EMAIL, "confirmed": "yes", "name": name, **rest}


def order_row(now: datetime, days: int, total: str, currency: str, **rest: str) -> dict[str, str]:
    at = clock.text(now - timedelta(days=days))
    return {
        "email": EMAIL,
        "name": "Ida",
        "at": at,
        "promised": at,
        "order": f"O-{days}",
        "total": total,
        "currency": currency,
        **rest,
    }


class World:
    """A CRM and a shop that know one person."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.now = clock.now()
        put_policy(platform, self.now)
        self.crm = add_stream(platform, "crm")
        self.shop = add_stream(platform, "shop", fields=SHOP)
        document = {"relation": "customer", "fields": SHOP, "events": ORDERS}
        with platform.write() as tx:
            sources.add_mapping(tx.main, tx.workspace, self.shop.id, document, self.now)

    def land(
        self, crm: Mapping[str, Mapping[str, str]], shop: Mapping[str, Mapping[str, str]]
    ) -> None:
        land_rows(self.platform, self.crm, crm)
        land_rows(self.platform, self.shop, shop)
        self.settle()

    def forget(self, *keys: str) -> None:
        """The shop deletes rows; the views wait to be built."""
        gone = [Delete(self.shop.name, key, "line 1") for key in keys]
        land_all(self.platform, self.shop, gone)
        resolve_all(self.platform)

    def settle(self) -> None:
        resolve_all(self.platform)
        work.refresh_all(self.platform)

    @property
    def person(self) -> UUID:
        (found,) = profiles_in(self.platform, self.crm)
        return found

    def traits(self, purpose: str = "service", caller: Caller = STAFF) -> Any:
        data = door.profile(self.platform, caller, self.person, purpose).data
        assert data is not None
        assert "extra" not in data
        return data["traits"]

    def declare(self, *listed: Mapping[str, Any]) -> bool:
        document = {"traits": [dict(one) for one in listed]}
        return change_catalogue(self.platform, configuration.TRAITS, document).rebuild


@pytest.fixture
def world(platform: Platform) -> World:
    made = World(platform)
    made.land(
        {"1": crm_row("Ida-Marie", phone="0171 3920088", country="DE")},
        {
            "1": order_row(made.now, 40, "19.90", "EUR", channel="web"),
            "2": order_row(made.now, 9, "5.10", "EUR", channel="phone"),
            "3": order_row(made.now, 2, "7.00", "USD", channel="phone"),
        },
    )
    return made


def test_silos_that_disagree_leave_a_survivor_and_losers_with_their_origin(world: World) -> None:
    world.declare({"field": "given_name", "rule": "source_priority", "sources": ["crm"]})
    crm = record_ids(world.platform, world.crm, ["1"])["1"]
    shop = record_ids(world.platform, world.shop, ["1", "2", "3"])

    found = world.traits()["given_name"]

    assert (found["value"], found["source"], found["rec"]) == ("Ida-Marie", "crm", str(crm))
    assert found["rule"] == "source_priority"
    assert {(loser["value"], loser["source"]) for loser in found["losers"]} == {("Ida", "shop")}
    assert {loser["rec"] for loser in found["losers"]} == set(map(str, shop.values()))
    assert clock.instant(found["at"]) >= world.now


def test_a_changed_rule_holds_at_the_next_answer_without_a_new_view(world: World) -> None:
    before = world.traits()["given_name"]

    rebuilt = world.declare({"field": "given_name", "rule": "longest"})

    assert (before["value"], before["rule"]) == ("Ida", "most_frequent")
    assert not rebuilt
    assert world.traits()["given_name"]["value"] == "Ida-Marie"
    with world.platform.read() as tx:
        assert jobs.waiting(tx.main, tx.workspace, jobs.REFRESH) == 0


def test_landed_events_are_counted_and_added_up_by_currency(world: World) -> None:
    found = world.traits()

    assert found["computed.orders"]["value"] == 3
    assert found["computed.orders_total"]["value"] == {"eur": "25.00", "usd": "7.00"}
    assert found["computed.orders_total"]["evidence"]["count"] == 3
    assert found["computed.last_order_at"]["value"] == clock.text(world.now - timedelta(days=2))
    marks = door.profile(world.platform, STAFF, world.person, "service").data
    assert marks is not None
    assert set(found["computed.orders"]["evidence"]["events"]) == {
        mark["id"] for mark in marks["marks"]
    }


def test_a_record_that_its_source_takes_back_takes_its_values_along(world: World) -> None:
    world.forget("2", "3")

    with pytest.raises(TryAgain):
        world.traits()
    work.refresh_all(world.platform)
    found = world.traits()
    assert found["computed.orders_total"]["value"] == {"eur": "19.90"}
    assert [loser["source"] for loser in found["given_name"]["losers"]] == ["crm"]

    world.forget("1")
    work.refresh_all(world.platform)
    found = world.traits()
    assert (found["given_name"]["value"], found["given_name"]["losers"]) == ("Ida-Marie", [])
    assert "computed.orders_total" not in found
    assert found["computed.orders"]["value"] == 0


def test_what_was_computed_for_a_purpose_goes_with_its_consent_at_once(world: World) -> None:
    world.declare(
        {
            "field": "computed.channel",
            "purpose": "profiling_offers",
            "compute": "most_frequent",
            "event": "order.placed",
            "of": "channel",
        }
    )
    said: dict[str, Any] = {"purposes": ["profiling_offers"], "channels": ["*"]}
    say(world.platform, world.person, "given", source="subject_auth", identifier=EMAIL, **said)
    work.refresh_all(world.platform)
    before = world.traits("profiling_offers", PROFILER)["computed.channel"]

    say(world.platform, world.person, "withdrawn", **said)

    assert before["value"] == "phone"
    answer = door.profile(world.platform, PROFILER, world.person, "profiling_offers")
    assert (answer.data, answer.decision["permitted"]) == (None, False)


SCORE = {
    "field": "computed.last_score",
    "purpose": "service",
    "compute": "last",
    "event": "survey.answered",
    "of": "score",
}


def test_views_are_built_again_when_a_trait_needs_them_to_hold_more(world: World) -> None:
    asked = clock.text(world.now - timedelta(days=1))
    row = order_row(world.now, 2, "7.00", "USD", asked=asked, score="4", scale="5")
    world.land({}, {"3": row})
    assert "survey" not in str(door.profile(world.platform, STAFF, world.person, "service").data)

    rebuilt = world.declare(SCORE)
    waiting = world.traits()["computed.last_score"]
    work.refresh_all(world.platform)

    assert rebuilt
    assert waiting == {"value": None, "rule": "last", "event": "survey.answered", "pending": True}
    found = world.traits()["computed.last_score"]
    assert (found["value"], found["type"]) == (4, "integer")
    assert found["evidence"]["count"] == 1
    assert "scale" not in str(door.profile(world.platform, STAFF, world.person, "service").data)

    assert world.declare()
    work.refresh_all(world.platform)
    assert "survey" not in str(door.profile(world.platform, STAFF, world.person, "service").data)


def test_a_view_that_nobody_asked_for_again_is_asked_for_by_its_first_reader(world: World) -> None:
    with world.platform.write() as tx:
        put_catalogue(tx, configuration.TRAITS, {"traits": [SCORE]}, clock.now())

    assert world.traits()["computed.last_score"]["pending"]
    work.refresh_all(world.platform)

    assert "computed.last_score" not in world.traits()


def test_a_build_from_before_a_change_does_not_replace_one_from_after(world: World) -> None:
    platform = world.platform
    old = _build(world)
    world.declare(SCORE)
    work.refresh_all(platform)
    kept = door.profile(platform, STAFF, world.person, "service").data

    _publish(world, old)

    assert door.profile(platform, STAFF, world.person, "service").data == kept
    assert not world.traits().get("computed.last_score", {}).get("pending")


def _build(world: World) -> Built:
    with world.platform.read() as tx:
        return build_views(
            tx,
            world.platform.keyring.custodian(),
            world.platform.policy(tx),
            [world.person],
            purposes=["service"],
            now=clock.now(),
        )


def _publish(world: World, built: Built) -> None:
    with world.platform.publish() as tx:
        publish_views(tx, built)


def test_a_trait_may_not_use_what_the_view_of_its_purpose_may_not_hold(world: World) -> None:
    with pytest.raises(Refused, match=r"the view of offers holds no survey\.answered"):
        world.declare({**SCORE, "purpose": "offers"})

    with world.platform.read() as tx:
        assert configuration.catalogue_version(tx.main, tx.workspace, configuration.TRAITS) is None


def test_a_caller_outside_service_sees_no_origin(world: World) -> None:
    world.declare(
        {
            "field": "computed.orders",
            "purpose": "service_insight",
            "compute": "count",
            "event": "order.placed",
        }
    )

    found = world.traits("service_insight", INSIGHT)

    assert found == {
        "computed.orders": {
            "value": 3,
            "type": "integer",
            "rule": "count",
            "event": "order.placed",
        }
    }
    assert "evidence" in world.traits("service_insight")["computed.orders"]


def test_the_same_catalogue_again_changes_nothing(world: World) -> None:
    with world.platform.write() as tx:
        first = put_catalogue(tx, configuration.TRAITS, {"traits": [SCORE]}, clock.now())
    with world.platform.write() as tx:
        again = put_catalogue(tx, configuration.TRAITS, {"traits": [SCORE]}, clock.now())

    assert (first.version, first.changed, first.rebuild) == (1, True, True)
    assert (again.version, again.changed, again.rebuild) == (1, False, False)
    assert again.names == ("computed.last_score",)
