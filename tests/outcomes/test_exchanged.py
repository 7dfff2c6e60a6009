from typing import Any

import pytest
from hypothesis import given

from cdp.outcomes.causes import causes
from cdp.outcomes.claims import Claim
from cdp.outcomes.events import Interaction
from cdp.outcomes.exchanged import MOST, exchanged
from cdp.outcomes.facts import RecordFacts
from cdp.outcomes.first_contact import first_contact
from cdp.outcomes.resolution import issues, resolution
from cdp.outcomes.state import fold
from cdp.outcomes.trail import read_trail
from tests.outcomes.builders import NOW, ago, event, good_order, late_order, record, trail
from tests.outcomes.worlds import worlds


def claims(*events: Interaction) -> list[Claim]:
    state = fold("service", [record(*events)])
    known = read_trail(state)
    return list(exchanged(state, known, issues(known, NOW), causes(known), NOW))


def values(*events: Interaction) -> list[dict[str, Any]]:
    return [dict(claim.value or {}) for claim in claims(*events)]


def opened(days: float, **data: str) -> Interaction:
    told: dict[str, Any] = {"kind": "question", "topic": "late_delivery"} | data
    return event("case.opened", ago(days=days), "C-1", **told)


_LINKED = event("problem.linked", ago(days=18), "PRB-17", case="C-1", title="Depot 4")


def test_a_closed_case_says_what_the_customer_got_and_what_we_learned() -> None:
    (line,) = claims(
        *late_order()[:1],
        opened(20, about="O-8841"),
        event("case.answered", ago(days=19), "C-1"),
        event("preference.declared", ago(days=19), key="contact_time", value="morning"),
        _LINKED,
        event("answer.used", ago(days=18), answer="a-late", case="C-1"),
        event("refund.issued", ago(days=17), "O-8841", amount="5"),
        event("case.closed", ago(days=16), "C-1"),
    )[:1]

    assert line.value == {
        "case": "C-1",
        "closed_at": "2026-03-02T14:05:00.000Z",
        "customer_got": ["answer", "refund"],
        "we_learned": ["topic:late_delivery", "cause:PRB-17", "contact_time"],
    }
    assert {piece.document()["type"] for piece in line.evidence} >= {
        "case.opened",
        "case.answered",
        "refund.issued",
        "problem.linked",
    }


def test_a_case_that_is_open_or_unconfirmed_has_no_line() -> None:
    assert values(opened(3)) == []
    assert values(opened(3), event("case.closed", ago(days=1), "C-1")) == []


@pytest.mark.parametrize(
    ("events", "got"),
    [
        (good_order(), ["goods_in_time"]),
        ((*late_order(), event("delivery.delivered", ago(days=1), "O-8841")), ["goods_late"]),
        ((*late_order(), event("refund.issued", ago(days=1), "O-8841")), ["refund"]),
        ((event("delivery.delivered", ago(days=1), "O-3"),), ["goods"]),
    ],
)
def test_an_order_says_whether_it_came_as_promised(
    events: tuple[Interaction, ...], got: list[str]
) -> None:
    (line,) = values(*events)

    assert line["customer_got"] == got
    assert line["we_learned"] == []


def test_the_reason_of_a_return_is_learned() -> None:
    (line,) = values(
        *good_order(), event("return.requested", ago(days=5), "O-7001", reason="too small")
    )

    assert line["we_learned"] == ["reason:too_small"]


def test_the_latest_lines_stand_first_and_old_ones_are_left_out() -> None:
    many = [
        event("delivery.delivered", ago(days=days), f"O-{days}") for days in (1, 2, 3, 4, 5, 6, 91)
    ]

    assert [line["order"] for line in values(*many)] == [f"O-{one}" for one in range(1, MOST + 1)]


def test_a_root_cause_is_claimed_only_from_a_problem_record() -> None:
    problem = event("problem.opened", ago(days=19), "PRB-17", title="Depot 4", owner="logistics")
    known = trail(opened(20), problem, _LINKED)
    claim = resolution(known, issues(known, NOW), NOW, causes(known))

    assert claim.value is not None
    assert claim.value["root_causes"] == [
        {
            "problem": "PRB-17",
            "title": "Depot 4",
            "status": "open",
            "owner": "logistics",
            "cases": ["C-1"],
        }
    ]
    assert "problem.linked" in {piece.document()["type"] for piece in claim.evidence}
    assert causes(trail(opened(20), problem)) == ()


def test_a_cause_is_closed_when_its_problem_is_and_open_when_it_is_linked_again() -> None:
    closed = event("problem.closed", ago(days=9), "PRB-17", fix="new depot")
    again = event("problem.linked", ago(days=1), "PRB-17", about="O-2", status="reopened")

    (cause,) = causes(trail(_LINKED, closed))
    (later,) = causes(trail(_LINKED, closed, again))

    assert cause.status == "closed"
    assert (later.status, later.orders) == ("reopened", ("O-2",))
    assert "Depot" not in repr(cause)


def test_first_contact_counts_each_definition_in_turn() -> None:
    def case(name: str, *more: Interaction) -> tuple[Interaction, ...]:
        topic = f"topic-{name}"
        return (
            event("case.opened", ago(days=40), name, kind="question", topic=topic),
            event("case.closed", ago(days=38), name),
            *more,
        )

    counts = first_contact(
        trail(
            *case("C-1"),
            *case("C-2", event("case.reopened", ago(days=30), "C-2")),
            *case(
                "C-3",
                event("contact.received", ago(days=35), topic="topic-c-3", channel="phone"),
            ),
            *case("C-4", event("case.transferred", ago(days=39), "C-4")),
            event("case.opened", ago(days=5), "C-5", kind="question"),
            event("case.closed", ago(days=4), "C-5"),
        ),
        NOW,
    )

    assert counts is not None
    assert counts.document() == {
        "closed": 4,
        "not_reopened": 3,
        "and_no_repeat_7d": 2,
        "and_not_transferred": 1,
    }
    assert first_contact(trail(*good_order()), NOW) is None


@given(worlds())
def test_the_counts_never_rise_and_every_line_has_evidence(world: list[RecordFacts]) -> None:
    state = fold("service", world)
    known = read_trail(state)

    lines = exchanged(state, known, issues(known, NOW), causes(known), NOW)
    counts = first_contact(known, NOW)

    assert all(claim.evidence for claim in lines)
    if counts is not None:
        told = list(counts.document().values())
        assert told == sorted(told, reverse=True)
