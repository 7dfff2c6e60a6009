"""The first guess at a mapping: useful on ordinary names, never generous."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.mapping import Mapping, apply, suggest

ROWS = [
    {
        "Customer No": "42",
        "E-Mail": "jane@example.org",
        "mobilePhone": "+44 7700 900123",
        "First Name": "Jane",
        "surname": "Doe",
        "Straße": "High Road 1",
        "Country": "GB",
        "DOB": "31/12/1980",
        "newsletter": "yes",
        "email_verified": "1",
        "Order-Date": "01.03.2026 10:00",
        "order_no": "A-1",
        "delivered_at": "2026-03-04T09:00:00Z",
        "opened_at": "2026-03-04 09:00",
    }
]


def guess(**cells: Any) -> dict[str, Any]:
    return suggest(list(cells), [cells])


def test_ordinary_columns_are_recognised() -> None:
    document: Any = suggest(list(ROWS[0]), ROWS)

    assert document == {
        "fields": {
            "E-Mail": {"identifier": "email", "channels": ["email"]},
            "mobilePhone": {"identifier": "phone", "region_column": "Country"},
            "Customer No": {"identifier": "customer_id"},
            "First Name": {"attribute": "given_name"},
            "surname": {"attribute": "family_name"},
            "Country": {"attribute": "country"},
            "Straße": {"attribute": "street"},
            "DOB": {"attribute": "birth_date", "format": "%d/%m/%Y"},
        },
        "events": [
            {
                "type": "order.placed",
                "at": "Order-Date",
                "object": "order_no",
                "zone": "+00:00",
                "format": "%d.%m.%Y %H:%M",
            },
            {"type": "delivery.delivered", "at": "delivered_at", "object": "order_no"},
            {"type": "case.opened", "at": "opened_at", "zone": "+00:00"},
        ],
    }
    facts = apply(Mapping.parse(document), ROWS[0])
    assert (len(facts.identifiers), len(facts.events), facts.problems) == (3, 3, ())


def test_consents_confirmations_and_relations_are_never_guessed() -> None:
    document = repr(suggest(list(ROWS[0]), ROWS))

    for granting in ("consent", "confirmed", "relation", "newsletter"):
        assert granting not in document


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"email": "none"}, "email"),
        ({"phone": "n/a"}, "phone"),
        ({"dob": "01/02/1980"}, "dob"),
        ({"dob": "long ago"}, "dob"),
        ({"order_date": "01/02/2026"}, "order_date"),
    ],
)
def test_what_does_not_look_like_it_or_can_be_read_two_ways_is_left_out(
    cells: dict[str, Any], column: str
) -> None:
    assert column not in repr(guess(**cells))


def test_the_first_of_two_columns_of_one_name_is_taken() -> None:
    document: Any = guess(**{"First Name": "Jane", "first_name": "J."})

    assert document["fields"] == {"First Name": {"attribute": "given_name"}}


def test_names_alone_are_enough() -> None:
    document: Any = suggest(["email", "birthday", "ordered_at", " "], [])

    assert list(document["fields"]) == ["email", "birthday"]
    assert document["events"] == [{"type": "order.placed", "at": "ordered_at"}]


def test_an_event_is_guessed_with_what_its_type_requires() -> None:
    order = {
        "order_no": "1",
        "order_date": "2026-03-01T10:00:00Z",
        "promised_on": "2026-03-05T10:00:00Z",
    }
    case = {"case_no": "7", "case_opened_at": "2026-03-01T10:00:00Z", "case_type": "complaint"}

    document: Any = suggest(
        [*order, "total", "currency"], [{**order, "total": "9.90", "currency": "EUR"}]
    )
    opened: Any = suggest(list(case), [case])

    (placed,) = document["events"]
    assert placed["data"] == {
        "promised_at": "promised_on",
        "total": "total",
        "currency": "currency",
    }
    assert opened["events"][0]["data"] == {"kind": "case_type"}


@pytest.mark.parametrize(
    "row", [{"total": "1.234,50"}, {"total": "nine"}, {"currency": "€"}, {"promised_at": "soon"}]
)
def test_a_column_that_would_void_the_event_is_not_guessed_into_it(row: dict[str, str]) -> None:
    order = {"order_no": "1", "order_date": "2026-03-01T10:00:00Z", **row}

    document: Any = suggest(list(order), [order])

    assert "data" not in document["events"][0]


NAMES = st.sampled_from(["email", "E-Mail", "phone", "dob", "order_date", "opened_at", "Land"])
CELLS = st.text(max_size=5) | st.dates().map(str) | st.none() | st.lists(st.none(), max_size=1)


@given(st.lists(NAMES | st.text(max_size=5)), st.lists(st.dictionaries(NAMES, CELLS), max_size=3))
def test_every_suggestion_is_a_mapping(columns: list[str], rows: list[dict[str, object]]) -> None:
    Mapping.parse(suggest(columns, rows))
