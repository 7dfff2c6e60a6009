"""Contexts at the door: the catalogues in force, and the topic of the interaction."""

from typing import Any

import pytest

from cdp import clock, door
from cdp.door.catalogues import Shelf
from cdp.errors import Refused
from cdp.platform import Platform
from cdp.store import configuration
from tests.flows.seeding import STAFF, Seeded

ANSWER = {
    "id": "a-1",
    "title": "Where is my parcel",
    "topic": "parcel",
    "channels": ["chat"],
    "valid_from": "2026-01-01T00:00:00Z",
}


def _put(platform: Platform, kind: str, listed: list[dict[str, Any]]) -> None:
    with platform.write() as tx:
        configuration.add_catalogue(tx.main, tx.workspace, kind, {kind: listed}, clock.now())


def _answers(seeded: Seeded, topic: str = "parcel") -> list[str]:
    document = door.context(
        seeded.platform, STAFF, seeded.profiles["ada"], "service", channel="chat", topic=topic
    )
    return [one["id"] for one in document["actions"]["answers"]]


def test_a_catalogue_is_in_the_next_context_and_so_is_its_successor(seeded: Seeded) -> None:
    assert _answers(seeded) == []

    _put(seeded.platform, configuration.ANSWERS, [ANSWER])
    assert _answers(seeded) == ["a-1"]

    _put(seeded.platform, configuration.ANSWERS, [ANSWER | {"id": "a-2"}])
    assert _answers(seeded) == ["a-2"]
    assert _answers(seeded, "horse_shoes") == []


def test_a_version_is_parsed_once(seeded: Seeded) -> None:
    shelf = Shelf()
    with seeded.platform.read() as tx:
        first = shelf.of(tx)
        assert shelf.of(tx) is first

    _put(seeded.platform, configuration.JOURNEYS, [])
    with seeded.platform.read() as tx:
        later = shelf.of(tx)

    assert len(first.journeys.listed) == 3
    assert later.journeys.listed == ()
    assert later.offers == first.offers


def test_a_topic_that_is_no_code_is_refused(seeded: Seeded) -> None:
    with pytest.raises(Refused) as refused:
        _answers(seeded, "Where is it?")

    assert refused.value.reason == "topic_invalid"
