"""How a computed trait is declared, and what may not be: refused by name, quoting nothing typed."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cdp.errors import Refused
from cdp.outcomes.computed import COMPUTATIONS
from cdp.outcomes.events import CATALOGUE
from cdp.outcomes.extras import TRAIT_MARKS
from cdp.outcomes.state import PROJECTIONS
from cdp.outcomes.traits import Traits
from identity.survivorship import Strategy

NAME = "computed.it"


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
            {"purpose": "profiling_offers", "event": "page.viewed", "where": {"path": "/help"}},
            "profiling_offers holds no path of page.viewed",
        ),
        (
            {"event": "message.received", "compute": "last", "of": "text"},
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
        ({"event": "order.dreamt"}, "event is not in the catalogue"),
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
        ({"where": {"channel": []}}, "where must list 1 to 200 values"),
        ({"where": {"total": "1"}}, "where must name a channel or code"),
        ({"where": {"object": "O-1"}}, "where must name a channel or code"),
        ({"where": {"items": list(range(201))}}, "where must list 1 to 200 values"),
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
    spelled = {
        "field": NAME,
        "purpose": "service",
        "compute": "sum",
        "event": "order.placed",
        "of": "total",
        "where": {"currency": "EUR", "channel": ["web"]},
        "days": 90,
    }
    trait = Traits.parse([spelled])

    assert trait.document() == [
        {**spelled, "where": {"channel": ["web"], "currency": ["eur"]}},
    ]
    assert Traits.parse(trait.document()) == trait


def test_what_views_hold_for_traits_is_in_the_catalogue() -> None:
    for purpose, marks in TRAIT_MARKS.items():
        assert purpose in PROJECTIONS
        for kind, fields in marks.items():
            known = CATALOGUE[kind]
            assert set(fields) <= {*known.required, *known.optional}
            assert "text" not in fields


PAGE = (Path(__file__).parents[2] / "docs" / "traits.md").read_text("utf-8")


def test_the_page_names_what_views_hold_for_traits() -> None:
    rows = [
        f"| `{purpose}` | "
        + "; ".join(
            f"`{kind}`: " + ", ".join(f"`{name}`" for name in sorted(fields))
            for kind, fields in sorted(marks.items())
        )
        + " |"
        for purpose, marks in TRAIT_MARKS.items()
    ]

    assert [row for row in rows if row not in PAGE] == []


def test_the_page_names_every_rule_and_every_computation() -> None:
    assert [str(rule) for rule in Strategy if f"| `{rule}` |" not in PAGE] == []
    assert [name for name in COMPUTATIONS if f"`{name}`" not in PAGE] == []


def test_the_declarations_on_the_page_are_good() -> None:
    blocks = re.findall(r'^```json\n(\{"field".+?)^```', PAGE, re.MULTILINE | re.DOTALL)

    assert len(Traits.parse([json.loads(block) for block in blocks]).names) == 2
