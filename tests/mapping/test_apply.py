"""What rows and native events say under a mapping."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.mapping import (
    Attribute,
    EventFact,
    Facts,
    Identifier,
    Mapping,
    Problem,
    apply,
    apply_event,
)
from tests.mapping.builders import ROW, SHOP, one, shop, telling

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
CELL = (
    JSON
    | st.sampled_from(["yes", "no", "GB", "delivered", "A-1"])
    | st.datetimes().map(datetime.isoformat)
    | st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)
)
ROWS = st.dictionaries(st.sampled_from(Mapping.parse(SHOP).columns) | st.text(), CELL)
ZONED = shop(zone="+14:00", format="%Y-%m-%dT%H:%M:%S")


def problems(mapping: Mapping, row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem.column, problem.reason) for problem in apply(mapping, row).problems]


def test_a_row_says_what_its_mapping_reads_in_it() -> None:
    facts = apply(shop(), ROW)

    assert facts.identifiers == (
        Identifier("email", "Jane@Example.org", None, True, ("email",), "email"),
        Identifier("phone", "07700 900123", "GB", False, (), "mobile"),
        Identifier("customer_id", "42", None, True, (), "customer_no"),
    )
    assert facts.attributes == (
        Attribute("given_name", "Jane", "first_name"),
        Attribute("country", "GB", "country"),
        Attribute("birth_date", "1980-02-01", "dob"),
        Attribute("custom.tier", "true", "tier"),
        Attribute("title", "true", "tier"),
    )
    assert facts.consents == (
        {
            "type": "given",
            "purposes": ["offers"],
            "channels": ["email"],
            "column": "newsletter",
            "at": "2026-03-01T09:00:00.000Z",
            "evidence": "form 7",
            "notice": "n1",
        },
    )
    assert facts.events == (
        EventFact(
            '["order.placed","A-1"]',
            "order.placed",
            datetime(2026, 3, 2, 9, tzinfo=UTC),
            {"promised_at": "2026-03-05T09:00:00.000Z", "total": 12.5},
            "A-1",
        ),
        EventFact(
            '["delivery.delivered","A-1","2026-03-04T09:00:00.000Z"]',
            "delivery.delivered",
            datetime(2026, 3, 4, 9, tzinfo=UTC),
            {},
            "A-1",
        ),
    )
    assert facts.problems == ()


@given(ROWS)
def test_no_row_raises_and_the_same_row_says_the_same(row: dict[str, Any]) -> None:
    for mapping in (shop(), ZONED):
        facts = apply(mapping, row)

        assert repr(apply(mapping, row)) == repr(facts)
        assert {problem.column for problem in facts.problems} <= set(mapping.columns)


@given(ROWS, st.text(max_size=4) | st.just("ticket_opened"))
def test_no_native_event_raises(row: dict[str, Any], event_type: str) -> None:
    event_type = event_type.encode("utf-8", "ignore").decode()

    assert len(apply_event(shop(), event_type, NINE, row).events) == 1


@given(st.text(alphabet="bcdfgh", min_size=6).map(lambda text: f"~{text}"))
def test_no_repr_shows_a_value(value: str) -> None:
    row = {
        **ROW,
        "email": value,
        "first_name": value,
        "order_no": value,
        "newsletter_notice": value,
    }

    assert value not in repr(apply(shop(), row))


def test_an_empty_row_says_nothing() -> None:
    assert apply(shop(), {}) == Facts()
    assert apply(shop(), dict.fromkeys(ROW, " ")) == Facts()
    assert apply(shop(), dict.fromkeys(ROW)) == Facts()


@pytest.mark.parametrize(
    ("value", "text"),
    [(" a ", "a"), (7, "7"), (False, "false"), (2.5, "2.5"), (2**200, str(2**200))],
)
def test_cells_are_read_as_text(value: object, text: str) -> None:
    facts = apply(one({"identifier": "customer_id"}), {"c": value})

    assert [identifier.value for identifier in facts.identifiers] == [text]


@pytest.mark.parametrize("value", [[], {}, 1e999, 2**300, "\ud800", b"x"])
def test_cells_that_hold_no_text_are_problems(value: object) -> None:
    mapping = one([{"identifier": "customer_id"}, {"attribute": "title"}])

    assert apply(mapping, {"c": value}) == Facts(problems=(Problem("c", "not_text"),))


@pytest.mark.parametrize(("country", "region"), [("de", "DE"), ("Germany", "GB"), ("", "GB")])
def test_the_region_of_a_row_wins_where_it_is_one(country: str, region: str) -> None:
    [phone] = apply(shop(), {"mobile": "1", "country": country}).identifiers

    assert phone.region == region


@pytest.mark.parametrize(
    ("meaning", "cell", "reason"),
    [
        ({"attribute": "birth_date"}, "01.02.1980", "bad_date"),
        ({"attribute": "customer_since", "format": "%d.%m.%Y"}, "1980-02-01", "bad_date"),
        ({"attribute": "country"}, "Germany", "bad_country"),
        ({"consent": {"purposes": ["offers"], "given": ["yes"]}}, "maybe", "unknown_value"),
    ],
)
def test_a_cell_that_is_not_what_it_should_be_is_a_problem(
    meaning: dict[str, Any], cell: str, reason: str
) -> None:
    assert apply(one(meaning), {"c": cell}) == Facts(problems=(Problem("c", reason),))


def test_days_and_countries_take_one_form() -> None:
    [born] = apply(one({"attribute": "birth_date"}), {"c": "1980-02-01"}).attributes
    [country] = apply(one({"attribute": "country"}), {"c": "gb"}).attributes

    assert (born.value, country.value) == ("1980-02-01", "GB")


@pytest.mark.parametrize("at", ["yesterday", "2026-03-01T10:00:00", []])
def test_a_yes_at_an_unreadable_time_does_not_count_and_a_no_does(at: object) -> None:
    yes = apply(shop(), {"newsletter": "yes", "newsletter_at": at})
    noes = [
        apply(shop(), {"newsletter": answer, "newsletter_at": at}) for answer in ("no", "stopped")
    ]

    assert yes.consents == ()
    assert [consent["type"] for no in noes for consent in no.consents] == ["refused", "withdrawn"]
    assert [problem.column for facts in (yes, *noes) for problem in facts.problems] == [
        "newsletter_at"
    ] * 3
    assert "at" not in noes[0].consents[0]


def test_a_yes_without_a_time_says_no_time() -> None:
    [consent] = apply(shop(), {"newsletter": "YES "}).consents

    assert set(consent) == {"type", "purposes", "channels", "column"}


@pytest.mark.parametrize(
    ("times", "text"),
    [
        ({}, "2026-03-01T10:00:00+01:00"),
        ({"zone": "+01:00"}, "2026-03-01 10:00"),
        ({"zone": "+01:00"}, "2026-03-01T09:00:00Z"),
        ({"zone": "Z", "format": "%d.%m.%Y %H:%M"}, "01.03.2026 09:00"),
        ({"format": "%d.%m.%Y %H:%M %z"}, "01.03.2026 10:00 +0100"),
        ({"format": "unix"}, "1772355600"),
        ({"format": "unix"}, 1772355600.0004),
        ({"format": "unix_ms"}, 1772355600000),
    ],
)
def test_instants_are_read_in_zone_and_format(times: dict[str, str], text: object) -> None:
    row = {"at": text}

    for mapping in (
        telling({"type": "a.b", "at": "at"}, **times),
        telling({"type": "a.b", "at": "at", **times}, zone="+09:00"),
    ):
        assert [event.at for event in apply(mapping, row).events] == [NINE]


@pytest.mark.parametrize(
    ("times", "text"),
    [
        ({}, "2026-03-01T10:00:00"),
        ({}, "2026-03-01"),
        ({}, "0001-01-01T00:00:00+10:00"),
        ({"format": "%d.%m.%Y"}, "01.03.2026"),
        ({"zone": "Z", "format": "%d.%m.%Y"}, "2026-03-01"),
        ({"format": "unix"}, "nan"),
        ({"format": "unix"}, "inf"),
        ({"format": "unix"}, "1e300"),
        ({"format": "unix"}, "x"),
    ],
)
def test_an_instant_that_cannot_be_placed_is_a_problem(times: dict[str, str], text: str) -> None:
    mapping = telling({"type": "a.b", "at": "at", **times})

    assert apply(mapping, {"at": text}) == Facts(problems=(Problem("at", "bad_timestamp"),))


def test_an_event_is_told_when_its_column_is_filled() -> None:
    mapping = telling({"type": "a.b", "at": "at", "when": "done"})
    at = "2026-03-01T09:00:00Z"

    assert len(apply(mapping, {"at": at, "done": "x"}).events) == 1
    assert apply(mapping, {"at": at, "done": ""}) == Facts()
    assert apply(mapping, {"at": " ", "done": "x"}).problems == (
        Problem("at", "missing_timestamp"),
    )


def test_an_event_without_the_id_it_should_have_is_a_problem() -> None:
    row = {**ROW, "order_no": ""}

    facts = apply(shop(), row)

    assert [event.type for event in facts.events] == ["delivery.delivered"]
    assert facts.problems == (Problem("order_no", "missing_id"),)


def test_the_data_of_an_event_keeps_what_is_filled_and_readable() -> None:
    data = {"name": "name", "items": "items", "odd": "odd", "due_at": "due", "none": "none"}
    mapping = telling({"type": "a.b", "at": "at", "data": data})
    row = {"at": NINE.isoformat(), "name": " x ", "items": [{"sku": 1}], "odd": 1e999, "due": "?"}

    facts = apply(mapping, row)

    assert facts.events[0].data == {"name": "x", "items": [{"sku": 1}]}
    assert facts.problems == (Problem("odd", "not_text"), Problem("due", "bad_timestamp"))


def test_events_with_different_objects_or_instants_have_different_ids() -> None:
    mapping = telling({"type": "a.b", "at": "at", "object": "o"})
    rows = [
        {"at": at, "o": about}
        for at in ("2026-03-01T09:00:00Z", "2026-03-01T09:00:01Z")
        for about in ("1", "2", None)
    ]

    assert len({apply(mapping, row).events[0].id for row in rows}) == len(rows)


def test_a_native_event_takes_the_name_and_the_data_it_has_here() -> None:
    data = {"case_id": 7, "subject": "Late", "agent": "x"}

    [opened] = apply_event(shop(), "ticket_opened", NINE, data, event_id="e1").events
    [closed] = apply_event(shop(), "ticket_closed", NINE, data).events

    assert opened == EventFact("e1", "case.opened", NINE, {"topic": "Late"}, "7")
    derived = '["case.closed",null,"2026-03-01T09:00:00.000Z"]'
    assert closed == EventFact(derived, "case.closed", NINE, data, None)


def test_a_native_event_without_a_name_here_passes_unchanged() -> None:
    [event] = apply_event(shop(), "Odd Thing", NINE, {"a": [1]}, event_id="e2").events

    assert event == EventFact("e2", "Odd Thing", NINE, {"a": [1]}, None)
