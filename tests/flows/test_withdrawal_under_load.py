"""While one person says yes and no, readers and a builder hammer the same profile.

Real processes, through the door that the API uses. An answer whose handling began after a no was
acknowledged, and ended before the next yes began, must not hold what was withdrawn.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import sharedctypes
from typing import Any
from uuid import UUID

import pytest

from benchmarks import processes
from cdp import door, hearing, work
from cdp.errors import TryAgain
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.settings import Settings
from tests.flows.seeding import PEOPLE, STAFF, Seeded, say

pytestmark = pytest.mark.slow

READERS = 2
ROUNDS = 12


@dataclass(frozen=True)
class Race:
    """What the processes share: where, whom, when to stop, and what was said when."""

    environment: dict[str, str]
    profile: UUID
    stop: Any
    # Rises by one before every yes and after every acknowledged no: odd means a no stands.
    said: Any
    # One cell per process, set once it is at work.
    ready: Any
    # Per reader: answers, answers while a no stood throughout, and those of them with offers.
    counts: Any


def read(race: Race, number: int) -> None:
    """Ask for the offers view and for the context, in turn."""
    platform = Platform.open(Settings.load(race.environment))
    asks: tuple[Callable[[], bool], ...] = (
        lambda: door.profile(platform, STAFF, race.profile, "offers").data is not None,
        lambda: bool(door.context(platform, STAFF, race.profile, "offers")["offers"]["permitted"]),
    )
    turn = 0
    race.ready[number] = 1
    while not race.stop.value:
        turn += 1
        before = race.said.value
        try:
            shown = asks[turn % 2]()
        except TryAgain:
            continue
        standing = before % 2 == 1 and race.said.value == before
        race.counts[number * 3] += 1
        race.counts[number * 3 + 1] += standing
        race.counts[number * 3 + 2] += standing and shown
    platform.close()


def build(race: Race, number: int) -> None:
    """Build whatever is asked for, all the time."""
    platform = Platform.open(Settings.load(race.environment))
    race.ready[number] = 1
    while not race.stop.value:
        try:
            if work.refresh_some(platform).profiles == 0:
                time.sleep(0.002)
        except TryAgain:
            time.sleep(0.01)
    platform.close()


def test_no_answer_begun_after_the_acknowledgement_shows_what_was_withdrawn(
    seeded: Seeded, environment: dict[str, str]
) -> None:
    profile = seeded.profiles["ada"]
    race = Race(
        environment=environment,
        profile=profile,
        stop=sharedctypes.RawValue("i", 0),
        said=sharedctypes.RawValue("q", 0),
        ready=sharedctypes.RawArray("i", READERS + 1),
        counts=sharedctypes.RawArray("q", 3 * READERS),
    )
    turns = [(read, number) for number in range(READERS)] + [(build, READERS)]
    running = [
        processes.context().Process(target=turn, args=(race, number)) for turn, number in turns
    ]
    for process in running:
        process.start()
    wait_until_all_are_at_work(race)
    offered = 0
    for _ in range(ROUNDS):
        say(seeded.platform, profile, PEOPLE["ada"], "given", ["email", "chat"])
        offered += wait_for_offers(seeded.platform, profile)
        _, applied = withdraw(seeded.platform, profile)
        race.said.value += 1
        assert applied
        time.sleep(0.5)
        race.said.value += 1
    race.stop.value = 1
    for process in running:
        process.join(20)
        assert process.exitcode == 0

    answers, standing, shown = (sum(race.counts[kind::3]) for kind in range(3))
    assert offered == ROUNDS, "every yes must have led to an offer, or the race proves nothing"
    assert answers > 0
    assert standing > 0, "no reader asked while a no stood"
    assert shown == 0


def wait_until_all_are_at_work(race: Race) -> None:
    """A busy machine starts processes slowly; the race is between running ones."""
    ends = time.monotonic() + 60
    while not all(race.ready):
        assert time.monotonic() < ends, "the processes did not start"
        time.sleep(0.05)


def withdraw(platform: Platform, profile: UUID) -> tuple[object, bool]:
    said = {"type": "withdrawn", "purposes": ["offers"], "channels": ["*"]}
    return hearing.record(platform, STAFF, profile, hearing.ConsentRequest(new_id(), "staff", said))


def wait_for_offers(platform: Platform, profile: UUID) -> bool:
    """Until the builder has put the offers view, ten seconds at most."""
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        try:
            if door.profile(platform, STAFF, profile, "offers").data is not None:
                return True
        except TryAgain:
            pass
        time.sleep(0.01)
    return False
