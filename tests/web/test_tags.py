"""A tag stands for an answer: whatever changes the answer changes the tag."""

from typing import Any

import pytest

from cdp import clock, work
from cdp.flows.put_catalogue import put_catalogue
from cdp.store import configuration
from tests.flows.seeding import Seeded
from tests.web.builders import Desk, path_of

READS = ("", "/identifiers", "/events")
MOMENTS = {"as_of", "since", "consent_seq"}
TRAITS: tuple[dict[str, Any], ...] = (
    {"field": "given_name", "rule": "first_seen"},
    {"field": "computed.placed", "purpose": "service", "compute": "count", "event": "order.placed"},
)


def tags(desk: Desk, seeded: Seeded) -> dict[str, tuple[str, str]]:
    """By kind of reading: the tag, and the answer without the moments of its making."""
    found = {}
    for what in READS:
        response = desk.get(path_of(seeded.profiles["ada"], f"{what}?purpose=service"))
        told = response.get_json()
        told.pop("decision", None)
        found[what] = (response.headers["ETag"], _timeless(told))
    return found


def _timeless(told: Any) -> str:
    if isinstance(told, dict):
        kept = {k: _timeless(v) for k, v in told.items() if k not in MOMENTS}
        return str(sorted(kept.items()))
    if isinstance(told, list):
        return str([_timeless(item) for item in told])
    return str(told)


@pytest.mark.parametrize("trait", TRAITS, ids=lambda trait: str(trait["field"]))
def test_another_catalogue_of_traits_is_another_answer(
    own_desk: Desk, seeded: Seeded, trait: dict[str, Any]
) -> None:
    before = tags(own_desk, seeded)
    with seeded.platform.write() as tx:
        put_catalogue(tx, configuration.TRAITS, {"traits": [trait]}, clock.now())

    at_once = tags(own_desk, seeded)
    work.refresh_all(seeded.platform)
    built = tags(own_desk, seeded)

    for earlier, later in ((before, at_once), (before, built), (at_once, built)):
        for what in READS:
            assert earlier[what][1] == later[what][1] or earlier[what][0] != later[what][0], what
    assert before[""] != built[""]


@pytest.mark.parametrize(
    "kind", [configuration.OFFERS, configuration.ANSWERS, configuration.JOURNEYS]
)
def test_another_catalogue_that_no_reading_shows_leaves_the_tags(
    own_desk: Desk, seeded: Seeded, kind: str
) -> None:
    before = tags(own_desk, seeded)
    with seeded.platform.write() as tx:
        put_catalogue(tx, kind, {kind: []}, clock.now())
    work.refresh_all(seeded.platform)

    after = tags(own_desk, seeded)

    for what in READS:
        assert before[what][1] == after[what][1]


def test_what_somebody_says_about_consent_is_another_answer(own_desk: Desk, seeded: Seeded) -> None:
    before = tags(own_desk, seeded)
    said = {"type": "withdrawn", "purposes": ["offers"], "channels": ["email"]}

    own_desk.post(path_of(seeded.profiles["ada"], "/consents"), said)
    work.refresh_all(seeded.platform)
    after = tags(own_desk, seeded)

    assert all(before[what][0] != after[what][0] for what in READS)
