from typing import Any

import pytest
from hypothesis import given

from cdp.outcomes.claims import Claim
from cdp.outcomes.effort import effort
from cdp.outcomes.events import Interaction
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.resolution import issues
from cdp.outcomes.state import fold
from cdp.outcomes.trail import read_trail
from tests.outcomes.builders import NOW, ago, event, good_order, record
from tests.outcomes.worlds import worlds

MEDIAN = 48 * 60


def claimed(*events: Interaction, median: int = MEDIAN) -> Claim:
    known = read_trail(fold("service_insight", [record(*events)]))
    return effort(known, issues(known, NOW), median, NOW)


def value(*events: Interaction, median: int = MEDIAN) -> dict[str, Any]:
    return dict(claimed(*events, median=median).value or {})


def call(days: float, topic: str = "invoice") -> Interaction:
    return event("contact.received", ago(days=days), topic=topic, channel="phone")


_CASE = (
    event("case.opened", ago(days=10), "C-1", kind="question"),
    event("case.closed", ago(days=9), "C-1"),
)


def test_effort_counts_what_the_customer_had_to_do() -> None:
    told = value(
        call(20),
        call(15),
        call(3, "delivery"),
        event("case.opened", ago(days=6), "C-1", kind="question"),
        event("case.transferred", ago(days=5), "C-1"),
        event("case.closed", ago(days=1), "C-1"),
        call(40),
    )

    assert told == {
        "window_days": 30,
        "contacts": 4,
        "transfers": 1,
        "repeats": 1,
        "cases": [{"case": "C-1", "resolved": True, "minutes": 7200, "percent_of_median": 250}],
        "band": "high",
        "median_minutes": MEDIAN,
    }


@pytest.mark.parametrize(
    ("events", "band"),
    [
        (good_order(), "low"),
        ((call(3),), "low"),
        (_CASE, "low"),
        ((call(3), call(20, "delivery")), "usual"),
        ((call(3), call(4), call(5)), "high"),
    ],
)
def test_the_band_follows_from_the_counts(events: tuple[Interaction, ...], band: str) -> None:
    assert value(*events)["band"] == band


def test_a_case_that_runs_counts_until_now() -> None:
    (case,) = value(event("case.opened", ago(hours=10), "C-1", kind="question"))["cases"]

    assert case == {"case": "C-1", "resolved": False, "minutes": 600, "percent_of_median": 20}


def test_without_a_declared_median_there_is_nothing_to_compare_with() -> None:
    told = value(*_CASE, median=0)

    assert told["cases"] == [{"case": "C-1", "resolved": True, "minutes": 1440}]
    assert "median_minutes" not in told


def test_no_contact_is_a_named_absence_and_no_trail_is_unknown() -> None:
    (absence,) = claimed(*good_order()).evidence

    assert absence.document()["source"] == "rule:no_contact/1"
    assert claimed().status == "unknown"


@given(worlds())
def test_a_count_is_never_without_its_evidence(world: list[RecordFacts]) -> None:
    known = read_trail(fold("service_insight", world))

    claim = effort(known, issues(known, NOW), MEDIAN, NOW)

    assert (claim.value is None) == (claim.status == "unknown")
    if claim.value is not None:
        assert all(claim.value[name] >= 0 for name in ("contacts", "transfers", "repeats"))
        assert claim.evidence
