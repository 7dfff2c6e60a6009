"""What is computed over events: exact, evidenced, as of a moment, and no more than a view may."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.clock import text
from cdp.errors import Refused
from cdp.outcomes.events import CATALOGUE, Interaction
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
    huge = "9" * 40 + "." + "9" * 40
    found = read(
        declared("sum", of="total", where={"currency": "eur"}),
        record(*(order(n, n + 1, total=huge, currency="eur") for n in range(9))),
    )

    assert found["value"] == "8" + "9" * 40 + "." + "9" * 39 + "1"


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


def test_a_trait_of_one_purpose_does_not_show_for_another() -> None:
    trait = declared("count")

    assert NAME not in trait.read(fold("profiling_offers", [record(*ORDERS)]), NOW)


VIEWS = event("page.viewed", ago(days=1), path="/garden", channel="web")


def test_a_view_holds_more_only_while_a_trait_needs_it() -> None:
    trait = declared("most_frequent", "page.viewed", of="path", purpose="profiling_offers")
    plain = fold("profiling_offers", [record(VIEWS, *ORDERS)])
    more = fold(
        "profiling_offers", [record(VIEWS, *ORDERS)], wanted=trait.marks("profiling_offers")
    )

    assert "garden" not in str(plain)
    assert "extra" not in plain
    assert more["extra"] == {"page.viewed": ["path"]} == trait.extra()["profiling_offers"]
    assert {mark.get("path") for mark in more["marks"]} == {"/garden", None}
    assert trait.read(more, NOW)[NAME]["value"] == "/garden"
    assert fold("service", [record(VIEWS)], wanted=trait.marks("service"))["marks"] == []


def test_a_view_that_lacks_what_a_trait_needs_says_so_and_gives_no_wrong_number() -> None:
    count = declared("count", "page.viewed", purpose="profiling_offers")
    path = declared("most_frequent", "page.viewed", purpose="profiling_offers", of="path")
    plain = fold("profiling_offers", [record(VIEWS)])
    counted = fold("profiling_offers", [record(VIEWS)], wanted=count.marks("profiling_offers"))

    for trait, state in ((count, plain), (path, plain), (path, counted)):
        found = trait.read(state, NOW)
        assert found[NAME]["value"] is None
        assert found[NAME]["pending"]
        assert pending(found)
        assert unsigned_traits(found)[NAME]["pending"]
    assert not pending(count.read(counted, NOW))
    assert count.read(counted, NOW)[NAME]["value"] == 1


def test_what_a_view_may_not_hold_is_not_folded_whoever_asks() -> None:
    text_of = event("message.received", ago(days=1), channel="chat", text="confidential", topic="x")
    wanted = {"message.received": ["text"], "page.viewed": ["path"], "nonsense": ["x"]}

    for purpose in PROJECTIONS:
        state = fold(purpose, [record(text_of, VIEWS)], wanted=wanted)
        assert "confidential" not in str(state)
        assert ("garden" in str(state)) == ("page.viewed" in TRAIT_MARKS.get(purpose, {}))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"event": "page.viewed"}, "the view of service holds no page.viewed"),
        ({"purpose": "offers"}, "the view of offers holds no order.placed"),
        (
            {"purpose": "service_insight", "compute": "distinct", "of": "currency"},
            "service_insight holds no currency of order.placed",
        ),
        (
            {"event": "message.received", "where": {"text": ["help"]}},
            "service holds no text of message.received",
        ),
    ],
)
def test_what_the_view_of_the_purpose_may_not_hold_is_refused_by_name(
    changes: Mapping[str, Any], says: str
) -> None:
    fields = {"compute": "count", "event": "order.placed", "purpose": "service", **changes}

    with pytest.raises(Refused, match=says) as refused:
        Traits.parse([{"field": NAME, **fields}])

    assert refused.value.reason == "trait_not_permitted"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"purpose": "world_peace"}, "purpose must be one of service"),
        ({"purpose": None}, "purpose must be text"),
        ({"compute": "median"}, "compute must be one of count"),
        ({"event": "order.dreamt"}, "event must be one of order.placed"),
        ({"of": "total"}, "of is not used for count"),
        ({"compute": "sum"}, "of is required for sum"),
        ({"compute": "last", "of": "weight"}, "of names no field of order.placed"),
        ({"compute": "last", "of": 7}, "of must be text"),
        ({"compute": "sum", "of": "channel"}, "of must be a number"),
        ({"compute": "sum", "of": "total"}, "several are not added up"),
        ({"compute": "sum", "of": "total", "per": "channel"}, "several are not added up"),
        (
            {"compute": "sum", "of": "total", "where": {"currency": ["eur", "usd"]}},
            "several are not added up",
        ),
        ({"compute": "sum", "of": "items", "per": "total"}, "per must be a code"),
        ({"per": "currency"}, "per is for sum and average only"),
        ({"where": ["channel"]}, "where must map"),
        ({"where": {"weight": 1}}, "where names no field"),
        ({"where": {"channel": []}}, "where must list values"),
        ({"where": {"total": "1"}}, "where must list values, and not of a decimal"),
        ({"where": {"channel": [None]}}, "where must hold text"),
        ({"where": {"items": True}}, "where must hold text"),
        ({"where": {"channel": "carrier pigeon"}}, "a value that is no channel"),
        ({"days": 0}, "days must be a whole number"),
        ({"days": True}, "days must be a whole number"),
        ({"days": 1.5}, "days must be a whole number"),
        ({"days": 10**9}, "days must be a whole number"),
        ({"every": "day"}, "a field that is none of"),
    ],
)
def test_a_computed_trait_that_is_none_is_refused_by_name(
    changes: Mapping[str, Any], says: str
) -> None:
    fields = {"compute": "count", "event": "order.placed", "purpose": "service", **changes}

    with pytest.raises(Refused, match=says) as refused:
        Traits.parse([{"field": NAME, **fields}])

    assert refused.value.reason == "trait_invalid"
    assert "pigeon" not in str(refused.value)


def test_a_declaration_is_kept_as_it_was_understood() -> None:
    trait = declared("sum", of="total", where={"currency": "EUR", "channel": ["web"]}, days=90)

    assert trait.document() == [
        {
            "field": NAME,
            "purpose": "service",
            "compute": "sum",
            "event": "order.placed",
            "of": "total",
            "where": {"channel": ["web"], "currency": ["eur"]},
            "days": 90,
        }
    ]
    assert Traits.parse(trait.document()) == trait


def test_what_views_hold_for_traits_is_in_the_catalogue() -> None:
    for purpose, marks in TRAIT_MARKS.items():
        assert purpose in PROJECTIONS
        for kind, fields in marks.items():
            known = CATALOGUE[kind]
            assert set(fields) <= {*known.required, *known.optional}
            assert "text" not in fields


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
        st.decimals(-1000, 1000, places=2),
        st.sampled_from(["eur", "usd"]),
        st.integers(0, 20),
        st.integers(1, 3),
    ),
    max_size=8,
)
TRAITS = Traits.parse(
    [
        {"purpose": "service", "event": "order.placed", "field": f"computed.t{place}", **one}
        for place, one in enumerate(
            [
                {"compute": "count", "days": 30},
                {"compute": "sum", "of": "total", "per": "currency"},
                {"compute": "average", "of": "total", "per": "currency"},
                {"compute": "most_frequent", "of": "currency"},
                {"compute": "last", "of": "total"},
                {"compute": "first"},
                {"compute": "days_since"},
            ]
        )
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
