from datetime import timedelta
from typing import Any

import pytest

from cdp.errors import Refused
from cdp.outcomes.events import Interaction
from cdp.outcomes.offers import Catalogue, Offer, OfferAnswer, weigh_offers
from cdp.outcomes.readings import Reading
from tests.outcomes.builders import (
    CATALOGUE,
    NOW,
    ago,
    complained,
    customer,
    deny,
    event,
    good_order,
    late_order,
    permit,
    readings,
    request,
)


def raw(**changes: Any) -> dict[str, Any]:
    return {
        "id": "of_1",
        "title": "An offer",
        "group": "g",
        "channels": ["email"],
        "active_from": "2026-03-01T00:00:00Z",
        "active_until": "2026-04-01T00:00:00Z",
    } | changes


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"id": ""}, "id"),
        ({"title": 4}, "title"),
        ({"channels": []}, "channels"),
        ({"channels": "email"}, "channels"),
        ({"channels": ["pigeon"]}, "channels"),
        ({"eligibility": ["DE"]}, "eligibility"),
        ({"eligibility": {"shoe_sizes": ["42"]}}, "eligibility"),
        ({"eligibility": {"countries": "DE"}}, "countries"),
        ({"eligibility": {"countries": []}}, "countries"),
        ({"brand": {"north": 1}}, "brand"),
        ({"title": "t" * 201}, "title"),
        ({"active_until": "9999-12-31T23:59:59-14:00"}, "active_until"),
        ({"active_from": "2026-03-01"}, "active_from"),
        ({"eligibilty": {"countries": ["DE"]}}, "eligibilty"),
        ({"active_until": "2026-03-01T00:00:00Z"}, "active_until"),
    ],
)
def test_an_offer_that_is_not_well_formed_is_refused(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused, match=f"field {named} ") as refused:
        Offer.parse(raw(**changes))

    assert refused.value.reason == "offer_invalid"


def test_a_catalogue_names_an_offer_once() -> None:
    with pytest.raises(Refused, match="occurs twice"):
        Catalogue.parse([raw(), raw()])


def test_the_version_of_a_catalogue_depends_on_its_offers_and_not_on_their_order() -> None:
    one, two = raw(), raw(id="of_2", eligibility={"countries": ["DE"]})

    assert Catalogue.parse([one, two]) == Catalogue.parse([two, one])
    assert Catalogue.parse([one]).version != Catalogue.parse([raw(title="Other")]).version
    assert Offer.parse(Offer.parse(two).document()) == Offer.parse(two)
    assert Catalogue.parse(Catalogue.parse([two, one]).document()) == Catalogue.parse([one, two])


def weigh(*events: Interaction, channel: str = "email", **given: Any) -> OfferAnswer:
    given = {"channels": ("email",)} | given
    return weigh_offers(request(channel=channel), readings([customer(*events)], **given), CATALOGUE)


def blocks(*events: Interaction, **given: Any) -> tuple[str, ...]:
    return weigh(*events, **given).verdicts[0].blocks


def test_a_wanted_offer_without_anything_against_it_may_be_made() -> None:
    assert blocks(*good_order()) == ()
    assert [offer.id for offer in weigh(*good_order()).survivors] == ["of_garden10"]


def test_an_offer_is_not_made_outside_its_time_or_its_channels_or_its_rule() -> None:
    (offer, members) = CATALOGUE.offers
    known = customer()
    answer = weigh_offers(
        request(channel="email"), readings([known], channels=("email",)), CATALOGUE
    )

    assert offer.why == "country is DE or AT; language is en"
    assert Offer.parse(raw()).why == "open to everybody who wants offers"
    assert answer.verdicts[1].blocks == ("O1",)
    assert members.id == "of_members"
    assert not offer.eligible((), "email", NOW)
    assert not Offer.parse(raw()).eligible((), "sms", NOW)
    assert not Offer.parse(raw()).eligible((), "email", offer.active[1])
    assert not Offer.parse(raw()).eligible((), "email", offer.active[0] - timedelta(seconds=1))
    assert Offer.parse(raw()).eligible((), "email", offer.active[0])


def test_every_gate_is_evaluated_and_the_record_holds_all_blocks() -> None:
    answer = weigh(*late_order(), *complained(), channel="sms", channels=())

    record = answer.record(request(channel="sms"))

    assert record["gates"]["of_garden10"] == ["O1", "O2", "O3", "O4", "O5"]
    assert record["made"] == []
    assert record["candidates"] == ["of_garden10", "of_members"]
    assert record["policy"]["catalogue"] == CATALOGUE.version


def test_the_record_names_the_receipts_and_no_personal_data() -> None:
    record = weigh(*good_order()).record(request(channel="email"))

    assert record["receipts"] == ["evt-offers"]
    assert record["made"] == ["of_garden10"]
    assert "Ada" not in str(record)


def test_a_channel_without_permission_closes_only_that_channel() -> None:
    assert blocks(*good_order(), channel="chat") == ("O3",)
    assert weigh(channel="post").refusal == "NO_RECORD"


@pytest.mark.parametrize(
    "events",
    [
        (event("case.opened", ago(hours=1), "C-1", kind="question"),),
        (
            event("case.opened", ago(days=9), "C-1", kind="question"),
            event("case.closed", ago(days=6), "C-1"),
        ),
        (*good_order(), event("return.requested", ago(days=1), "O-7001")),
    ],
)
def test_an_open_or_unconfirmed_problem_comes_first(events: tuple[Interaction, ...]) -> None:
    assert blocks(*events) == ("O4",)


def test_a_customer_at_risk_is_left_alone() -> None:
    cancelled = event("order.cancelled", ago(days=1), "O-8841")

    assert blocks(*late_order(), cancelled) == ("O5",)


def test_a_problem_solved_and_confirmed_opens_the_gates_again() -> None:
    solved = (
        event("case.opened", ago(days=20), "C-1", kind="question"),
        event("case.closed", ago(days=8), "C-1"),
    )

    assert blocks(*solved) == ()


def test_a_view_that_should_be_there_and_is_not_closes_its_gate() -> None:
    assert blocks(service=deny("KEY_ABSENT"), insight=deny("VIEW_PENDING")) == ("O4", "O5")
    assert _without("service", "service_insight") == ("O4", "O5")
    assert _without("offers") == ("O1", "O2", "O3")
    empty = [Reading("service", permit()), Reading("service_insight", permit())]
    assert weigh_offers(request(), empty, CATALOGUE).verdicts[0].blocks[-2:] == ("O4", "O5")


def _without(*purposes: str) -> tuple[str, ...]:
    given = readings([customer()], channels=("email",))
    kept = [reading for reading in given if reading.purpose not in purposes]
    return weigh_offers(request(channel="email"), kept, CATALOGUE).verdicts[0].blocks


def test_who_has_no_service_relation_or_objects_to_insight_may_still_want_offers() -> None:
    assert blocks(service=deny("NO_CONTRACT"), insight=deny("OBJECTED")) == ()
