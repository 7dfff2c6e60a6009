"""The documents of the levels of consent, as they are served.

Written anew, on purpose only, by `python -m tests.outcomes.test_golden`; read the difference.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cdp.clock import instant, text
from tests.outcomes.builders import (
    MARKETER,
    PROFILER,
    ago,
    complained,
    context,
    customer,
    deny,
    event,
    good_order,
    late_order,
    request,
)

GOLDEN = Path(__file__).parent / "golden"
_TROUBLED = customer(
    *late_order(),
    *complained(),
    event("preference.declared", ago(days=136), name="d-language", key="language", value="en"),
    event(
        "preference.declared",
        ago(days=136),
        name="d-contact_time",
        key="contact_time",
        value="morning",
    ),
    event(
        "preference.declared",
        ago(days=136),
        name="d-preferred_channel",
        key="preferred_channel",
        value="chat",
    ),
    event("problem.linked", ago(hours=30), "PRB-17", case="C-2210", title="Depot 4 is behind"),
    event("search.performed", ago(hours=5), results=0, query="late parcel refund", name="s-1"),
    event("search.performed", ago(hours=5), results=4, query="parcel refund", name="s-2"),
    event("page.viewed", ago(hours=4), path="/orders/track", name="p-1"),
)
_CALM = customer(
    *good_order(),
    event("order.placed", ago(days=70), "O-6", promised_at="2026-01-20", categories=["garden"]),
    event("delivery.delivered", ago(days=60), "O-6"),
    event("preference.declared", ago(days=20), key="category", value="tools"),
    event("review.published", ago(days=9), rating=5, scale=5, category="garden"),
)
_NOTHING: dict[str, Any] = {
    "service": deny("RESTRICTED"),
    "insight": deny("RESTRICTED"),
    "reason": "RESTRICTED",
}
_MARKETING = request("offers", "email", MARKETER)
_PROFILING = request("offers", "email", PROFILER)


def documents() -> dict[str, dict[str, Any]]:
    everywhere = ("chat", "email", "sms")
    wanted: dict[str, Any] = {"channels": everywhere, "wanted": "PERSONALISED"}
    return {
        "none": context([_TROUBLED], **_NOTHING),
        "service_only": context([_TROUBLED], insight=deny("OBJECTED")),
        "service_and_insight": context([_TROUBLED]),
        "offers_email_only": context([_TROUBLED], channels=("email",)),
        "all": context([_CALM], **wanted),
        "marketing": context([_CALM], _MARKETING, channels=everywhere),
        "marketing_profiling": context([_CALM], _PROFILING, **wanted),
        "marketing_not_now": context([_TROUBLED], _MARKETING, channels=everywhere),
    }


@pytest.mark.parametrize("level", sorted(documents()))
def test_the_document_of_a_level_is_the_golden_one(level: str) -> None:
    golden = json.loads((GOLDEN / f"{level}.json").read_text())

    assert documents()[level] == golden


def test_there_is_a_golden_document_for_each_level_and_no_other() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(documents())


def test_a_level_more_never_makes_a_document_smaller() -> None:
    size = {name: len(json.dumps(document)) for name, document in documents().items()}

    rising = ("none", "service_only", "service_and_insight", "offers_email_only")
    assert [size[name] for name in rising] == sorted(size[name] for name in rising)
    assert size["marketing_not_now"] < size["marketing"] < size["marketing_profiling"]
    assert max(size.values()) < 32_000


@pytest.mark.parametrize("level", sorted(documents()))
def test_a_document_expires_with_the_first_permission_it_shows(level: str) -> None:
    document = documents()[level]

    latest = text(instant(document["as_of"]) + timedelta(minutes=15))
    shown = [line["valid_until"] for line in document["permissions"] if "valid_until" in line]
    assert document["expires_at"] == min([latest, *shown])
    for claim in claims_of(document):
        assert claim["as_of"] == document["as_of"] < claim["stale_after"]


def claims_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in (*document["outcomes"].values(), document.get("journeys", [])):
        listed = part if isinstance(part, list) else [part] if "status" in part else part.values()
        for each in listed:
            yield from each if isinstance(each, list) else [each]


@pytest.mark.parametrize("level", sorted(documents()))
def test_what_a_level_may_not_read_is_absent_and_not_empty(level: str) -> None:
    document = documents()[level]

    assert document["actions"].keys() <= ACTIONS[level]
    assert {claim["basis"]["purpose"] for claim in claims_of(document)} == PURPOSES[level]


_OFFERING = {"service", "answers", "offers", "suppressed"}
ACTIONS = {
    "none": {"service", "answers"},
    "service_only": {"service", "answers"},
    "service_and_insight": {"service", "answers"},
    "offers_email_only": _OFFERING,
    "all": _OFFERING,
    "marketing": {"offers"},
    "marketing_profiling": {"offers"},
    "marketing_not_now": set(),
}
PURPOSES = {
    "none": set(),
    "service_only": {"service"},
    "service_and_insight": {"service", "service_insight"},
    "offers_email_only": {"service", "service_insight"},
    "all": {"service", "service_insight", "offers", "profiling_offers"},
    "marketing": {"offers"},
    "marketing_profiling": {"offers", "profiling_offers"},
    "marketing_not_now": set(),
}


if __name__ == "__main__":
    for name, document in documents().items():
        (GOLDEN / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
