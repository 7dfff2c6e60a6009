"""The value of every field: by which rule, from whom, and what it was chosen over."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.clock import text
from cdp.errors import Refused
from cdp.outcomes.facts import ContactPoint, RecordFacts
from cdp.outcomes.state import fold, restrict
from cdp.outcomes.traits import (
    DEFAULT,
    Traits,
    default_document,
    known_fields,
    unsigned_traits,
)
from tests.outcomes.builders import EMAIL, NOW, PHONE, ago, event, record


def named(name: str, given_name: str, *, days: float, **rest: Any) -> RecordFacts:
    return record(name=name, attributes={"given_name": given_name}, seen_at=ago(days=days), **rest)


CRM = named("rec-crm", "Ada", days=9)
SHOP = named("rec-shop", "A.", days=1)
DESK = named("rec-desk", "Augusta Ada", days=30)


def rule(name: str, field: str = "given_name", **rest: Any) -> Traits:
    return Traits.parse([{"field": field, "rule": name, **rest}])


def traits(declared: Traits, *records: RecordFacts, purpose: str = "service") -> Any:
    return declared.read(fold(purpose, records), NOW)


def test_a_survivor_says_where_it_comes_from_and_what_it_was_chosen_over() -> None:
    found = traits(rule("source_priority", sources=["crm"]), CRM, SHOP, DESK)["given_name"]

    assert found == {
        "value": "Ada",
        "source": "crm",
        "at": text(ago(days=9)),
        "rec": "rec-crm",
        "rule": "source_priority",
        "losers": [
            {"value": "A.", "source": "shop", "at": text(ago(days=1)), "rec": "rec-shop"},
            {"value": "Augusta Ada", "source": "desk", "at": text(ago(days=30)), "rec": "rec-desk"},
        ],
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("most_recent", "A."),
        ("first_seen", "Augusta Ada"),
        ("longest", "Augusta Ada"),
        ("most_frequent", "A."),
        ("all", ["A.", "Ada", "Augusta Ada"]),
    ],
)
def test_each_rule_has_its_value(name: str, value: object) -> None:
    assert traits(rule(name), CRM, SHOP, DESK)["given_name"]["value"] == value


def test_of_several_values_each_names_its_origin() -> None:
    found = traits(rule("all"), CRM, SHOP)["given_name"]

    assert [(one["value"], one["source"]) for one in found["values"]] == [
        ("A.", "shop"),
        ("Ada", "crm"),
    ]
    assert found["losers"] == []
    assert "source" not in found


def test_a_confirmed_address_is_shown_before_a_newer_one() -> None:
    newer = ContactPoint("email", "new@example.org", ("email",), "cp-9")
    crm = record(contacts=(EMAIL, PHONE), seen_at=ago(days=9))
    shop = record(name="rec-shop", contacts=(newer,), seen_at=ago(days=1))

    found = traits(DEFAULT, crm, shop)

    assert found["email"]["value"] == "ada@example.org"
    assert [loser["value"] for loser in found["email"]["losers"]] == ["new@example.org"]
    assert found["phone"]["value"] == "+4930123456"


def test_what_the_person_said_is_preferred_and_a_topic_s_preference_is_no_field_s() -> None:
    said = event("preference.declared", ago(days=5), key="preferred_channel", value="phone")
    topic = event(
        "preference.declared", ago(days=1), key="preferred_channel", value="chat", topic="returns"
    )
    held = record(name="rec-shop", attributes={"preferred_channel": "email"}, seen_at=ago(days=1))

    found = traits(DEFAULT, record(said, topic), held)["preferred_channel"]

    assert (found["value"], found["at"]) == ("phone", text(ago(days=5)))
    assert [loser["value"] for loser in found["losers"]] == ["email"]


def test_a_field_that_is_not_declared_keeps_its_default_rule() -> None:
    found = traits(rule("longest", field="country"), CRM, CRM, SHOP)

    assert found["given_name"]["rule"] == "most_frequent"


def test_an_address_of_another_type_survives_by_its_age() -> None:
    post = ContactPoint("postal_address", "1 Mill Lane", ("post",), "cp-3")

    found = traits(DEFAULT, record(contacts=(post,)))["postal_address"]

    assert (found["value"], found["rule"]) == ("1 Mill Lane", "most_recent")


def test_a_record_that_may_not_be_used_takes_its_value_away() -> None:
    state = fold("service", [CRM, SHOP, DESK])

    found = DEFAULT.read(restrict(state, {"rec-crm", "rec-desk"}), NOW)["given_name"]

    assert found == traits(DEFAULT, CRM, DESK)["given_name"]
    assert "A." not in str(found)


def test_a_value_that_arrived_later_does_not_show_as_of_before() -> None:
    state = fold("service", [CRM, SHOP])

    assert DEFAULT.read(state, ago(days=5)) == DEFAULT.read(fold("service", [CRM]), ago(days=5))


def test_a_caller_outside_service_sees_values_without_origin() -> None:
    again = named("rec-web", "Ada", days=2)
    placed = event("order.placed", ago(days=3), "O-1", promised_at="2026-03-13", total="5")
    found = traits(DEFAULT, CRM, SHOP, again, record(placed, name="rec-till"))

    bare = unsigned_traits(found)

    assert bare["given_name"] == {
        "value": "Ada",
        "rule": "most_frequent",
        "losers": [{"value": "A."}],
    }
    assert bare["relation"] == {"value": ["customer"], "rule": "all", "losers": []}
    assert bare["computed.orders"]["value"] == 1
    for hidden in ("rec-", "crm", "shop", "till", "evidence", text(ago(days=9))):
        assert hidden not in str(bare)


def test_the_default_can_be_set_and_needs_nothing_more_in_a_view() -> None:
    assert Traits.parse(default_document()) == DEFAULT
    assert DEFAULT.document() == default_document()
    assert DEFAULT.extra() == {}
    assert Traits.of(None) is DEFAULT
    assert Traits.of({"traits": []}) == Traits()


ORDERS = {"field": "computed.x", "purpose": "service", "compute": "count", "event": "order.placed"}


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        ([{}], "number 1: field field"),
        ([{"field": 7}], "number 1: field field"),
        ([ORDERS, {"field": "shoe_size", "rule": "longest"}], "number 2: field field must be"),
        ([{"field": "computed.Ümlaut", "compute": "count"}], "number 1: field field must be"),
        ([{"field": "country"}], "trait country: field rule must be one of"),
        ([{"field": "country", "rule": "newest"}], "field rule must be one of most_recent"),
        ([{"field": "country", "rule": ["longest"]}], "field rule must be one of"),
        ([{"field": "country", "rule": "longest", "when": 1}], "none of field, rule, sources"),
        ([{"field": "country", "rule": "source_priority"}], "field sources goes with"),
        ([{"field": "country", "rule": "longest", "sources": ["crm"]}], "field sources goes"),
        ([{"field": "country", "rule": "source_priority", "sources": [1]}], "sources must list"),
        (
            [{"field": "country", "rule": "source_priority", "sources": ["a", "a"]}],
            "each source once",
        ),
        ([{"field": "country", "rule": "longest"}] * 2, "trait country: is declared twice"),
        ([ORDERS, ORDERS], "computed.x for service: is declared twice"),
        ([ORDERS] * 201, "at most 200"),
    ],
)
def test_a_declaration_that_is_none_is_refused_by_name(listed: Any, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        Traits.parse(listed)

    assert refused.value.reason == "trait_invalid"
    assert "shoe_size" not in str(refused.value)


def test_a_rule_may_be_declared_for_every_field_that_a_view_may_hold() -> None:
    declared = Traits.parse([{"field": name, "rule": "longest"} for name in known_fields()])

    assert set(declared.names) == known_fields()
    assert {"given_name", "email", "phone", "contact_time"} <= known_fields()


records = st.builds(
    lambda number, value, days, confirmed: record(
        name=f"rec-{number}",
        attributes={"given_name": value},
        seen_at=ago(days=days),
        contacts=(ContactPoint("email", f"{value}@example.org", ("email",), "cp", confirmed),),
    ),
    st.integers(1, 6),
    st.sampled_from(["Ada", "ada", "A.", "Augusta"]),
    st.integers(0, 3),
    st.booleans(),
)
people = st.lists(records, max_size=6, unique_by=lambda one: one.record_id)
rules = st.sampled_from(["most_recent", "first_seen", "most_frequent", "longest"]) | st.just("all")


@given(people, rules, st.randoms(use_true_random=False), st.data())
def test_traits_are_a_function_of_the_records_that_may_be_used(
    known: list[RecordFacts], name: str, random: Any, data: Any
) -> None:
    declared = rule(name)
    shuffled = random.sample(known, len(known))
    left = [one for one in known if data.draw(st.booleans())]
    usable = {one.record_id for one in left}

    assert traits(declared, *known) == traits(declared, *shuffled)
    assert declared.read(restrict(fold("service", known), usable), NOW) == traits(declared, *left)
