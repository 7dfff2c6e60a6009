from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.errors import Refused
from cdp.outcomes.default_journeys import DEFAULT_JOURNEYS
from cdp.outcomes.journeys import Hazard, Journey, Journeys, Milestone
from cdp.outcomes.progress import progress


def raw(**changes: Any) -> dict[str, Any]:
    return {
        "id": "parcel",
        "goal": "the parcel is there",
        "object": "order",
        "milestones": [
            {"id": "placed", "events": ["order.placed"]},
            {"id": "there", "events": ["delivery.delivered"], "after": ["placed"]},
        ],
    } | changes


def step(name: str, event: str, *after: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "events": [event], "after": list(after)} | more


def table(*rows: tuple[int, int]) -> dict[str, Any]:
    return {
        "source": "own log",
        "table": [{"days": days, "percent": share} for days, share in rows],
    }


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"id": "é"}, "id"),
        ({"goal": ""}, "goal"),
        ({"object": "horse"}, "object"),
        ({"milestones": []}, "milestones"),
        ({"milestones": "placed"}, "milestones"),
        ({"milestones": [{"id": "placed", "events": []}]}, r"milestones\[0\].events"),
        ({"milestones": [step("a", "horse.shod")]}, r"milestones\[0\].events"),
        ({"milestones": [step("a", "case.opened")]}, r"milestones\[0\].events"),
        ({"milestones": [step("a", "page.viewed")]}, r"milestones\[0\].events"),
        ({"milestones": [step("a", "order.placed", "b")]}, r"milestones\[0\].after"),
        ({"milestones": [step("a", "order.placed", due="colour")]}, r"milestones\[0\].due"),
        ({"milestones": [step("a", "order.placed", wheels=4)]}, r"milestones\[0\].wheels"),
        ({"milestones": [step("a", "order.placed", optional=1)]}, r"milestones\[0\].optional"),
        ({"milestones": [step("a", "order.placed", optional=True)]}, "milestones"),
        (
            {"milestones": [step("a", "order.placed", expected_hours=9, p90_hours=3)]},
            r"milestones\[0\].p90_hours",
        ),
        (
            {"milestones": [step("a", "order.placed", expected_hours=-1)]},
            r"milestones\[0\].expected_hours",
        ),
        ({"milestones": [step("a", "order.placed"), step("a", "shipment.sent")]}, "milestones"),
        ({"milestones": [step("a", "order.placed"), step("b", "order.placed")]}, "milestones"),
        (
            {"milestones": [step("a", "order.placed", "b"), step("b", "shipment.sent", "a")]},
            "milestones",
        ),
        ({"exits": {"lost": ["order.cancelled"]}}, "exits.lost"),
        ({"exits": {"cancelled": ["order.placed"]}}, "exits.cancelled"),
        (
            {"exits": {"cancelled": ["order.cancelled"], "diverted": ["order.cancelled"]}},
            "exits.diverted",
        ),
        ({"returns": ["order.placed"]}, "returns"),
        ({"channels": ["pigeon"]}, "channels"),
        ({"channels": ["é!"]}, "channels"),
        ({"channels": ["web"] * 101}, "channels"),
        ({"median_hours": "two"}, "median_hours"),
        ({"hazard": table((7, 40), (0, 30))}, "hazard.table"),
        ({"hazard": table((0, 40), (7, 30))}, "hazard.table"),
        ({"hazard": table((0, 400))}, r"hazard.table\[0\].percent"),
        ({"hazard": {"table": []}}, "hazard.source"),
        ({"speed": 1}, "speed"),
    ],
)
def test_a_journey_that_is_not_well_formed_is_refused(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused, match=rf"field {named} ") as refused:
        Journeys.parse([raw(**changes)])

    assert refused.value.reason == "journey_invalid"


@pytest.mark.parametrize("listed", ["x", {}, [3], [raw(), raw()], [raw(hazard=3)], [raw(exits=3)]])
def test_a_catalogue_of_another_form_is_refused(listed: Any) -> None:
    with pytest.raises(Refused) as refused:
        Journeys.parse(listed)

    assert refused.value.reason == "journey_invalid"


def test_a_cycle_is_named() -> None:
    looped = [
        step("a", "order.placed"),
        step("b", "shipment.sent", "c"),
        step("c", "delivery.delivered", "b"),
    ]

    with pytest.raises(Refused, match="cycle"):
        Journey.parse(raw(milestones=looped))


def test_the_default_journeys_read_and_the_document_reads_as_the_catalogue() -> None:
    found = Journeys.parse(DEFAULT_JOURNEYS)

    assert [one.id for one in found.listed] == [
        "case_to_resolution",
        "order_to_delivery",
        "return_to_refund",
    ]
    assert Journeys.parse(found.document()) == found
    assert Journeys.parse(DEFAULT_JOURNEYS[::-1]) == found
    assert (found.median_minutes("case"), found.median_minutes("problem")) == (2880, 0)


def test_milestones_stand_after_those_they_wait_for() -> None:
    mixed = [step("there", "delivery.delivered", "placed"), step("placed", "order.placed")]

    journey = Journey.parse(raw(milestones=mixed))

    assert [one.id for one in journey.milestones] == ["placed", "there"]
    assert journey.last == {"there"}


def test_the_hazard_is_that_of_the_last_row_reached() -> None:
    hazard = Hazard("own", ((0, 35), (7, 44), (28, 90)))

    assert [hazard.percent(days) for days in (-1, 0, 6, 7, 27, 28, 400)] == [
        0,
        35,
        35,
        44,
        44,
        90,
        90,
    ]


_STEPS = (
    Milestone("a", ("x",)),
    Milestone("b", ("x",), ("a",)),
    Milestone("c", ("x",), ("a",)),
    Milestone("d", ("x",), ("b", "c")),
)


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        ("abcd", (4, 0)),
        ("acbd", (4, 0)),
        ("ab", (2, 0)),
        ("abab", (2, 2)),
        ("ba", (1, 1)),
        ("adbc", (3, 1)),
        ("", (0, 0)),
    ],
)
def test_progress_follows_any_order_the_definition_permits(
    trace: str, expected: tuple[int, int]
) -> None:
    assert progress(list(trace), _STEPS) == expected


@given(st.lists(st.sampled_from("abcd"), max_size=30))
def test_progress_is_never_more_than_all_and_rework_is_the_rest(trace: list[str]) -> None:
    on_path, rework = progress(trace, _STEPS)

    assert 0 <= on_path <= min(len(_STEPS), len(set(trace)))
    assert on_path + rework == len(trace)
