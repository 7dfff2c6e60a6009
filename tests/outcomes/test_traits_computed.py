"""What is computed over events: exact, evidenced, as of a moment, and no more than a view may."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.clock import text
from cdp.outcomes.events import Interaction
from cdp.outcomes.extras import TRAIT_MARKS
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.state import PROJECTIONS, fold, known_at, restrict
from cdp.outcomes.traits import Traits, pending, unsigned_traits
from tests.outcomes.builders import NOW, ago, event, record

NAME = "computed.it"


def declared(compute: str, kind: str = "order.placed", **rest: Any) -> Traits:
    purpose = rest.pop("purpose", "service")
    one = {"field": NAME, "purpose": purpose, "compute": compute, "event": kind, **rest}
    return Traits.parse([one])


def order(number: int, days: float, /, **data: Any) -> Interaction:
    return event("order.placed", ago(days=days), f"O-{number}", promised_at="2026-03-30", **data)


ORDERS = (
    order(1, 400, total="19.90", currency="EUR", channel="web", items=2),
    order(2, 40, total="0.1", currency="EUR", channel="web", items=1),
    order(3, 20, total="0.20", currency="USD", channel="phone", items=4),
    order(4, 2),
)


def read(trait: Traits, *records: RecordFacts, purpose: str = "service") -> Any:
    state = fold(purpose, records, wanted=trait.marks(purpose))
    return trait.read(state, NOW).get(NAME)


def value(compute: str, **rest: Any) -> Any:
    found = read(declared(compute, **rest), record(*ORDERS))
    return found and found["value"]


@pytest.mark.parametrize(
    ("compute", "rest", "expected"),
    [
        ("count", {}, 4),
        ("count", {"days": 30}, 2),
        ("count", {"where": {"channel": "Web"}}, 2),
        ("count", {"where": {"channel": ["web", "phone"], "currency": "usd"}}, 1),
        ("count", {"where": {"items": [1, 2]}}, 2),
        ("distinct", {"of": "object"}, 4),
        ("distinct", {"of": "channel"}, 2),
        ("sum", {"of": "total", "per": "currency"}, {"eur": "20.00", "usd": "0.20"}),
        ("sum", {"of": "total", "where": {"currency": "EUR"}}, "20.00"),
        ("sum", {"of": "items"}, 7),
        ("sum", {"of": "items", "per": "channel"}, {"phone": 4, "web": 3}),
        ("average", {"of": "items"}, "2.3333"),
        ("average", {"of": "total", "per": "currency"}, {"eur": "10.0000", "usd": "0.2000"}),
        ("first", {}, text(ago(days=400))),
        ("last", {}, text(ago(days=2))),
        ("last", {"of": "channel"}, "phone"),
        ("last", {"of": "object"}, "O-4"),
        ("first", {"of": "total", "days": 30}, "0.20"),
        ("most_frequent", {"of": "channel"}, "web"),
        ("most_frequent", {"of": "currency", "days": 50}, "usd"),
        ("days_since", {}, 2),
    ],
)
def test_each_computation_has_its_value(compute: str, rest: Any, expected: object) -> None:
    assert value(compute, **rest) == expected


@pytest.mark.parametrize(
    ("compute", "rest", "expected"),
    [
        ("count", {}, 0),
        ("distinct", {"of": "channel"}, 0),
        ("sum", {"of": "items"}, None),
        ("sum", {"of": "total", "per": "currency"}, None),
        ("average", {"of": "items"}, None),
        ("first", {}, None),
        ("last", {"of": "total"}, None),
        ("most_frequent", {"of": "channel"}, None),
        ("days_since", {}, None),
    ],
)
def test_of_nothing_there_is_a_count_and_nothing_else(
    compute: str, rest: Any, expected: object
) -> None:
    found = read(declared(compute, **rest), record())

    assert (found and found["value"]) == expected


def test_the_evidence_names_every_event_that_counted() -> None:
    found = read(declared("sum", of="total", per="currency", days=365), record(*ORDERS))

    assert found == {
        "value": {"eur": "0.1", "usd": "0.20"},
        "type": "decimal",
        "rule": "sum",
        "of": "total",
        "event": "order.placed",
        "as_of": text(NOW),
        "days": 365,
        "since": text(ago(days=365)),
        "evidence": {
            "count": 2,
            "events": [ORDERS[1].id, ORDERS[2].id],
            "first": {"id": ORDERS[1].id, "at": text(ago(days=40))},
            "last": {"id": ORDERS[2].id, "at": text(ago(days=20))},
            "without": 1,
        },
    }


@pytest.mark.parametrize(
    ("compute", "rest", "expected"),
    [
        ("count", {}, "integer"),
        ("sum", {"of": "items"}, "integer"),
        ("average", {"of": "items"}, "decimal"),
        ("last", {}, "instant"),
        ("last", {"of": "object"}, "ref"),
        ("most_frequent", {"of": "channel"}, "channel"),
    ],
)
def test_the_type_of_the_value_is_told(compute: str, rest: Any, expected: str) -> None:
    assert read(declared(compute, **rest), record(*ORDERS))["type"] == expected


def test_an_amount_without_a_currency_is_added_to_no_other() -> None:
    found = read(
        declared("sum", of="total", per="currency"), record(*ORDERS, order(5, 1, total="7"))
    )

    assert found["value"] == {"eur": "20.00", "unknown": "7", "usd": "0.20"}


def test_sums_are_exact_however_long_the_numbers() -> None:
    huge = "999999999999.999999"
    found = read(
        declared("sum", of="total", where={"currency": "eur"}),
        record(*(order(n, n + 1, total=huge, currency="eur") for n in range(9))),
    )

    assert found["value"] == "8999999999999.999991"


def test_an_event_that_two_records_of_a_source_tell_counts_once() -> None:
    one = event("contact.received", ago(days=1), name="c1", topic="returns", channel="chat")
    line = Interaction(**{**_fields(one), "record_id": "rec-line"})
    other = Interaction(**{**_fields(one), "record_id": "rec-other", "source": "other"})
    twice = [record(one), record(line, name="rec-line")]

    assert read(declared("count", "contact.received"), *twice)["value"] == 1
    assert (
        read(declared("count", "contact.received"), *twice, record(other, name="rec-other"))[
            "value"
        ]
        == 2
    )


def _fields(one: Interaction) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Interaction.__slots__}


def test_of_what_a_view_holds_no_longer_nothing_counts_and_the_answer_says_so() -> None:
    old = [order(1, 800), event("delivery.delivered", ago(days=10), "O-1"), order(2, 20)]
    state = fold("service", [record(*old)], since=ago(days=730))

    every = declared("count").read(state, NOW)[NAME]
    window = declared("count", days=30).read(state, NOW)[NAME]

    assert len(state["marks"]) == 3
    assert (every["value"], every["since"]) == (1, text(ago(days=730)))
    assert (window["value"], window["since"]) == (1, text(ago(days=30)))
    assert "since" not in unsigned_traits(declared("count").read(state, NOW))[NAME]


def test_a_trait_of_one_purpose_does_not_show_for_another() -> None:
    trait = declared("count")

    assert NAME not in trait.read(fold("profiling_offers", [record(*ORDERS)]), NOW)


SURVEY = event("survey.answered", ago(days=1), score=4, scale=5, channel="chat")


def test_a_view_holds_more_only_while_a_trait_needs_it() -> None:
    trait = declared("last", "survey.answered", of="score")
    plain = fold("service", [record(SURVEY, *ORDERS)])
    more = fold("service", [record(SURVEY, *ORDERS)], wanted=trait.marks("service"))

    assert "survey" not in str(plain)
    assert "extra" not in plain
    assert more["extra"] == {"survey.answered": ["score"]} == trait.extra()["service"]
    assert more["marks"] == plain["marks"]
    assert trait.read(more, NOW)[NAME]["value"] == 4
    assert "scale" not in str(more["counted"])
    assert "counted" not in fold("offers", [record(SURVEY)], wanted=trait.marks("service"))


def test_a_view_that_lacks_what_a_trait_needs_says_so_and_gives_no_wrong_number() -> None:
    count = declared("count", "survey.answered")
    score = declared("last", "survey.answered", of="score")
    plain = fold("service", [record(SURVEY)])
    counted = fold("service", [record(SURVEY)], wanted=count.marks("service"))

    for trait, state in ((count, plain), (score, plain), (score, counted)):
        found = trait.read(state, NOW)
        assert found[NAME]["value"] is None
        assert found[NAME]["pending"]
        assert pending(found)
        assert unsigned_traits(found)[NAME]["pending"]
    assert not pending(count.read(counted, NOW))
    assert count.read(counted, NOW)[NAME]["value"] == 1


def test_browsing_is_kept_for_a_trait_when_it_is_too_old_for_anything_else() -> None:
    trait = declared("count", "page.viewed", purpose="profiling_offers", days=90)
    seen = event("page.viewed", ago(days=60), path="/garden", category="garden")
    brief = ago(days=7)

    plain = fold("profiling_offers", [record(seen)], brief_since=brief)
    wanted = trait.marks("profiling_offers")
    kept = fold("profiling_offers", [record(seen)], brief_since=brief, wanted=wanted)

    assert plain["marks"] == kept["marks"] == []
    assert trait.read(plain, NOW)[NAME]["pending"]
    assert trait.read(kept, NOW)[NAME]["value"] == 1


def test_of_several_codes_in_a_field_each_counts() -> None:
    trait = declared("most_frequent", of="categories", purpose="profiling_offers")
    some = [
        order(1, 9, categories=["garden", "tools"]),
        order(2, 5, categories="books,garden"),
        order(3, 1, categories="books"),
    ]
    gardening = declared("count", where={"categories": "Garden"}, purpose="profiling_offers")
    several = declared("distinct", of="categories", purpose="profiling_offers")

    found = read(trait, record(*some), purpose="profiling_offers")

    assert (found["value"], found["type"]) == ("books", "code")
    assert read(gardening, record(*some), purpose="profiling_offers")["value"] == 2
    assert read(several, record(*some), purpose="profiling_offers")["value"] == 3


def test_what_a_view_may_not_hold_is_not_folded_whoever_asks() -> None:
    told = event("message.received", ago(days=1), channel="chat", text="confidential", topic="x")
    wanted = {"message.received": ["text"], "survey.answered": ["score"], "nonsense": ["x"]}

    for purpose in PROJECTIONS:
        state = fold(purpose, [record(told, SURVEY)], wanted=wanted)
        assert "confidential" not in str(state)
        assert ("survey" in str(state)) == (purpose == "service")


def test_a_reader_outside_service_learns_of_no_problem_by_a_trait() -> None:
    problems = ("return.", "refund.", "order.cancelled", "complaint.", "case.", "survey.")

    assert not [kind for kind in TRAIT_MARKS["profiling_offers"] if kind.startswith(problems)]
    assert "path" not in TRAIT_MARKS["profiling_offers"]["page.viewed"]
    assert "offers" not in TRAIT_MARKS


orders = st.lists(
    st.builds(
        lambda number, days, total, currency, late, rec: event(
            "order.placed",
            ago(days=days),
            f"O-{number}",
            promised_at="2026-03-30",
            total=str(total),
            currency=currency,
            record=f"rec-{rec}",
            received=ago(days=days) + timedelta(days=late),
        ),
        st.integers(1, 20),
        st.integers(-5, 60),
        st.decimals(0, 1000, places=2),
        st.sampled_from(["eur", "usd"]),
        st.integers(0, 20),
        st.integers(1, 3),
    ),
    max_size=8,
)
EACH: list[dict[str, Any]] = [
    {"compute": "count", "days": 30},
    {"compute": "sum", "of": "total", "per": "currency"},
    {"compute": "average", "of": "total", "per": "currency"},
    {"compute": "most_frequent", "of": "currency"},
    {"compute": "last", "of": "total"},
    {"compute": "first"},
    {"compute": "days_since"},
]
TRAITS = Traits.parse(
    [
        {"purpose": "service", "event": "order.placed", "field": f"computed.t{place}", **one}
        for place, one in enumerate(EACH)
    ]
)


def grouped(events: list[Interaction]) -> list[RecordFacts]:
    names = sorted({one.record_id for one in events})
    return [record(*(one for one in events if one.record_id == name), name=name) for name in names]


def computed(state: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    found = TRAITS.read(state, now)
    return {name: found[name] for name in found if name.startswith("computed.")}


@given(orders, st.randoms(use_true_random=False), st.data())
def test_traits_depend_on_no_order_no_later_event_and_no_unusable_record(
    events: list[Interaction], random: Any, data: Any
) -> None:
    state = fold("service", grouped(events))
    usable = {f"rec-{number}" for number in (1, 2, 3) if data.draw(st.booleans())}
    left = [one for one in events if one.record_id in usable]
    now = ago(days=data.draw(st.integers(0, 30)))
    before = [one for one in events if one.at <= now and one.received <= now]
    shuffled = grouped(random.sample(events, len(events)))

    assert TRAITS.read(fold("service", shuffled), NOW) == TRAITS.read(state, NOW)
    assert TRAITS.read(restrict(state, usable), NOW) == TRAITS.read(
        fold("service", grouped(left)), NOW
    )
    assert computed(state, now) == computed(fold("service", grouped(before)), now)


@given(orders)
def test_sums_per_currency_are_the_sums_of_the_events_that_are_named(
    events: list[Interaction],
) -> None:
    state = fold("service", grouped(events))
    found = TRAITS.read(state, NOW).get("computed.t1")

    by_currency: dict[str, Decimal] = {}
    seen: set[tuple[str, str]] = set()
    named = set(found["evidence"]["events"]) if found else set()
    for mark in sorted(
        known_at(state, NOW)["marks"], key=lambda mark: (mark["received"], mark["rec"])
    ):
        if (mark["source"], mark["id"]) not in seen:
            seen.add((mark["source"], mark["id"]))
            before = by_currency.get(mark["currency"], Decimal(0))
            by_currency[mark["currency"]] = before + Decimal(mark["total"])
    assert {key: Decimal(one) for key, one in (found or {"value": {}})["value"].items()} == (
        by_currency
    )
    assert named == {one for _, one in seen}
