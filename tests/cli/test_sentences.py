"""Claims in words: what counts is said, and a claim nobody wrote words for is told all the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.cli.sentences import journey_line, sentences


def told(name: str, **value: Any) -> str:
    return "\n".join(line.plain for line in sentences(name, [value]))


def test_what_is_open_is_said_with_its_cause() -> None:
    words = told(
        "resolution",
        open=[{"case": "T-1", "kind": "order_problem", "age_hours": 72, "sla_breached": True}],
        root_causes=[{"problem": "PRB-17", "title": "Depot", "status": "open", "owner": "cargo"}],
        repeat_contact={"within_days": 7, "count": 1},
    )

    assert "case T-1: order problem, for 3 days and its answer is late" in words
    assert "PRB-17 Depot: being removed by cargo" in words
    assert "asked again once within 7 days" in words


def test_a_case_that_is_closed_and_not_confirmed_is_said() -> None:
    words = told("resolution", open=[], unconfirmed=[{"case": "T-2"}])

    assert words == "closed, not confirmed yet: T-2"


def test_nothing_open_is_said() -> None:
    assert told("resolution", open=[], unconfirmed=[]) == "nothing is open"


def test_satisfaction_is_said_with_what_drives_it() -> None:
    drivers = [{"signal": "late", "weight": "+0.6"}, {"signal": "asked", "count": 2, "weight": "1"}]

    words = told("satisfaction", band="at_risk", p_low=0.91, drivers=drivers)

    assert words == "at risk, 91% likely to say it was bad\n+0.6 late; 1 asked (2 times)"


def test_effort_counts_one_and_many() -> None:
    words = told("effort", band="high", contacts=1, transfers=2, window_days=30)

    assert words == "high: 1 contact, 2 transfers, 0 repeats in 30 days"


@pytest.mark.parametrize(("hours", "words"), [(1, "1 hour"), (30, "30 hours"), (50, "2 days")])
def test_a_journey_says_where_it_stands_and_how_late_it_is(hours: int, words: str) -> None:
    line = journey_line(
        {
            "journey": "order_to_delivery",
            "order": "B-1",
            "position": "shipped",
            "ideal_next": ["delivered"],
            "stuck": {"hours_overdue": hours},
        }
    )

    assert line.plain == f"order to delivery B-1: shipped, next delivered, {words} overdue"


def test_a_journey_that_has_not_begun_says_its_state() -> None:
    assert journey_line({"journey": "repair", "state": "planned"}).plain == "repair: planned"


def test_both_sides_of_an_exchange_are_said() -> None:
    words = told("exchanged", order="B-1", closed_at="2026-01-02T00:00:00Z", customer_got=["goods"])

    assert words == "2026-01-02 order B-1: they got goods; we learned nothing"


def test_engagement_is_said_with_what_they_did() -> None:
    words = told(
        "engagement", trend="rising", score=0.7, rfm="5-1-1", acts={"orders": 1}, window_days=365
    )

    assert words == "rising, score 0.7, rfm 5-1-1: 1 order in 365 days"


WORDS = st.text(st.characters(categories=["L", "N"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner),
    max_leaves=10,
)


@given(value=st.dictionaries(WORDS, JSON))
def test_a_claim_of_a_kind_nobody_knows_is_told_field_by_field(value: dict[str, Any]) -> None:
    (line,) = sentences("surprise", [value])

    assert all(name.replace("_", " ") in line.plain for name in value)
