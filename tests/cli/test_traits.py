"""How traits look to people."""

import io
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from cdp.cli.traits import traits_panel
from tests.cli.running import Shell


def told(value: str, source: str, day: int) -> dict[str, str]:
    return {"value": value, "source": source, "at": f"2026-03-{day:02}T09:00:00.000Z", "rec": "r"}


def printed(traits: Mapping[str, Any], **rest: Any) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=200).print(traits_panel({**rest, "traits": traits}))
    return [" ".join(line.split()) for line in out.getvalue().splitlines() if line.strip()]


def test_a_profile_is_a_table_of_what_is_known_and_why(shell: Shell, bruno: str) -> None:
    out = shell.run("profile", "show", bruno).out

    (orders,) = [line for line in out.splitlines() if line.startswith("computed.orders_total")]
    assert "EUR" in orders
    assert "sum of total, order.placed" in orders
    (name,) = [line for line in out.splitlines() if line.startswith("given_name")]
    assert name.split()[1:3] == ["Bruno", "shop"]
    assert "--json shows them" in out
    assert "{" not in out


def test_a_value_stands_with_its_origin_and_what_it_was_chosen_over() -> None:
    losers = [told("Ada", "shop", 2), told("Ada", "shop", 1), told("A.", "web", 1)]
    lines = printed(
        {"given_name": {**told("Augusta", "crm", 3), "rule": "longest", "losers": losers}},
        facts=[{}] * 4,
    )

    assert lines == [
        "field value from rule instead of",
        "given_name Augusta crm 2026-03-03 longest Ada (shop 2026-03-02); A. (web 2026-03-01)",
        "Made of 4 values of records; --json shows them.",
    ]


def test_of_many_values_that_lost_three_are_named() -> None:
    losers = [told(name, "web", 1) for name in ("B", "C", "D", "E", "F")]
    lines = printed({"country": {**told("A", "crm", 3), "rule": "longest", "losers": losers}})

    assert lines[1].endswith("D (web 2026-03-01); and 2 more")


def test_several_values_name_each_origin() -> None:
    values = [told("customer", "crm", 3), told("visitor", "web", 1)]
    one = {"value": ["customer", "visitor"], "values": values, "rule": "all", "losers": []}

    assert printed({"relation": one})[1] == (
        "relation customer; visitor crm 2026-03-03; web 2026-03-01 all"
    )


def test_a_value_without_origin_is_shown_without() -> None:
    one = {"value": "DE", "rule": "longest", "losers": [{"value": "AT"}]}

    assert printed({"country": one})[1] == "country DE longest AT"


def test_a_computed_trait_tells_what_counted() -> None:
    ends = {"first": {"at": "2026-03-01T"}, "last": {"at": "2026-03-09T"}}
    about = {"event": "order.placed", "since": "2026-02-01T", "type": "decimal"}
    lines = printed(
        {
            "computed.sum": {
                **about,
                "value": {"eur": "9.90", "usd": "1"},
                "rule": "sum",
                "of": "total",
                "evidence": {"count": 3, "without": 2, **ends},
            },
            "computed.one": {
                **about,
                "value": 1,
                "rule": "count",
                "evidence": {"count": 1, "first": ends["first"], "last": ends["first"]},
            },
            "computed.none": {**about, "value": 0, "rule": "count", "evidence": {"count": 0}},
            "computed.bare": {"value": 4, "rule": "count", "event": "order.placed"},
            "computed.soon": {
                "value": None,
                "rule": "count",
                "event": "page.viewed",
                "pending": True,
            },
        }
    )

    since = "order.placed since 2026-02-01"
    assert lines == [
        "computed value from rule",
        "computed.sum 9.90 EUR, 1 USD 3 events, 2026-03-01 to 2026-03-09, 2 more without it"
        f" sum of total, {since}",
        f"computed.one 1 1 event, 2026-03-01 count, {since}",
        f"computed.none 0 nothing found count, {since}",
        "computed.bare 4 count, order.placed",
        "computed.soon its view is being built count, page.viewed",
        "Made of nothing; --json shows them.",
    ]
