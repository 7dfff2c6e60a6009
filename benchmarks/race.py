"""Readers, builders and people who change their mind, all at once, in processes of their own.

Everybody pauses at random boundaries. A withdrawal is on the board once it was acknowledged; a
view older than what was on the board *before* a reader began must not come out any more:

    stale   an answer held a view that predates an acknowledged withdrawal
    seen    such a view lay in the views store, for a key holder who asks nobody
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import sharedctypes
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from benchmarks import processes, stage
from cdp.errors import TryAgain
from cdp.ids import new_id
from cdp.store import consents
from cdp.store.tx import Stores

READERS: Final = 2
BUILDERS: Final = 2
# `late`: withdrawn and effective, while views or custody had not heard of it yet (a 202).
COUNTS: Final = (
    "answers",
    "stale",
    "looks",
    "seen",
    "said",
    "late",
    "published",
    "dropped",
    "busy",
)
PAUSE_SECONDS: Final = 0.02
REBUILD_CHANCE: Final = 0.2
# A mind is changed while the first view is still being built, or long after.
MIND_SECONDS: Final = (0.05, 0.5)
Withdraw = Callable[[Stores, UUID, stage.Person], stage.Said]


def by_the_protocol(stores: Stores, workspace: UUID, person: stage.Person) -> stage.Said:
    """T1, T2, T3."""
    return stage.say(stores, workspace, person, new_id(), granted=False)


@dataclass(frozen=True)
class Way:
    """An order of commits for a withdrawal, and how the views store isolates its units."""

    name: str
    withdraw: Withdraw = by_the_protocol
    isolation: str | None = None
    killed: bool = False

    def open(self, place: stage.Place) -> Stores:
        """The stores, with the views store isolated this way."""
        stores = place.open()
        if self.isolation is not None:
            stores.views.engine = stores.views.engine.execution_options(
                isolation_level=self.isolation
            )
        return stores


@dataclass(frozen=True)
class Result:
    """What a race came to; see the module for `stale` and `seen`, both of which should be 0."""

    counts: dict[str, int]
    kills: int

    def __getitem__(self, name: str) -> int:
        return self.counts[name]


@dataclass(frozen=True)
class Board:
    """Memory that the racers share. Every cell has one writer."""

    # 0: get ready, 1: go, 2: stop.
    phase: Any = field(repr=False)
    ready: Any = field(repr=False)
    # Per person: the last withdrawal that was acknowledged, and the last carried out everywhere.
    effective: Any = field(repr=False)
    destroyed: Any = field(repr=False)
    # Per person: how often the mind was changed, so that builders build what is new.
    changes: Any = field(repr=False)
    # Per racer: COUNTS.
    counts: Any = field(repr=False)

    @classmethod
    def of(cls, people: int, racers: int) -> "Board":
        """An empty board."""
        return cls(
            phase=sharedctypes.RawValue("i", 0),
            ready=sharedctypes.RawArray("b", racers),
            effective=sharedctypes.RawArray("q", people),
            destroyed=sharedctypes.RawArray("q", people),
            changes=sharedctypes.RawArray("q", people),
            counts=sharedctypes.RawArray("q", racers * len(COUNTS)),
        )

    def count(self, racer: int, name: str) -> None:
        """One more."""
        self.counts[racer * len(COUNTS) + COUNTS.index(name)] += 1

    def total(self, name: str) -> int:
        """Of all racers."""
        return sum(self.counts[COUNTS.index(name) :: len(COUNTS)])


@dataclass(frozen=True)
class Racer:
    """One process of a race."""

    turn: Callable[["Running"], None]
    number: int
    place: stage.Place
    way: Way
    people: tuple[stage.Person, ...]
    board: Board


@dataclass
class Running:
    """A racer that runs: its stores and its dice."""

    racer: Racer
    stores: Stores
    dice: random.Random
    built: dict[int, int] = field(default_factory=dict)

    @property
    def workspace(self) -> UUID:
        """Where it races."""
        return self.racer.place.workspace

    def count(self, name: str) -> None:
        """One more."""
        self.racer.board.count(self.racer.number, name)

    def pause(self, boundary: str = "COMMIT") -> None:
        """A moment, now and then; which boundaries matter depends on the turn."""
        chances = PAUSES[self.racer.turn]
        chance = next(chance for part, chance in chances.items() if part in boundary)
        if self.dice.random() < chance:
            time.sleep(self.dice.random() * PAUSE_SECONDS)


def read(running: Running) -> None:
    """Ask about somebody, then look as a key holder would."""
    board = running.racer.board
    number = running.dice.randrange(len(running.racer.people))
    person = running.racer.people[number]
    acknowledged = board.effective[number]
    view = stage.ask(running.stores, running.workspace, person)
    if view is not None:
        running.count("answers")
        if view.built_seq < acknowledged:
            running.count("stale")
    look(running, number)


def look(running: Running, number: int) -> None:
    """What lies there for who has the key and asks nobody."""
    destroyed = running.racer.board.destroyed[number]
    person = running.racer.people[number]
    view = stage.see(running.stores, running.workspace, person)
    running.count("looks")
    if view is not None and view.built_seq < destroyed:
        running.count("seen")


def build(running: Running) -> None:
    """Build the view of one of this builder's people who changed their mind; seldom, of any."""
    changes = running.racer.board.changes
    mine = range(running.racer.number % BUILDERS, len(changes), BUILDERS)
    changed = [number for number in mine if changes[number] != running.built.get(number)]
    if not changed and running.dice.random() > REBUILD_CHANCE:
        time.sleep(PAUSE_SECONDS)
        return
    number = running.dice.choice(changed or mine)
    running.built[number] = changes[number]
    person = running.racer.people[number]
    through = stage.build(running.stores, running.workspace, person, running.pause)
    running.count("published" if through else "dropped")


def change_mind(running: Running) -> None:
    """Say no if the last word was yes, and yes if it was no; the number is the person's."""
    board, number = running.racer.board, running.racer.number
    person = running.racer.people[number]
    stores, workspace = running.stores, running.workspace
    with stores.read(workspace) as tx:
        facts = consents.facts_of(tx.main, person.records)
    if all(fact["granted"] for items in facts.values() for fact in items):
        said = running.racer.way.withdraw(stores, workspace, person)
        board.effective[number] = said.seq
        if said.applied:
            board.destroyed[number] = said.seq
        else:
            running.count("late")
        look(running, number)
    else:
        stage.say(stores, workspace, person, new_id(), granted=True)
    running.count("said")
    board.changes[number] += 1
    time.sleep(running.dice.random() * running.dice.choice(MIND_SECONDS))


# By turn, the chance of a pause at boundaries named so. What matters are the gaps between two
# stores, the locks a builder holds, and the moment between a reader's bytes and its state.
PAUSES: Final[dict[Callable[[Running], None], dict[str, float]]] = {
    change_mind: {"COMMIT": 0.3, "": 0.02},
    build: {"views: before COMMIT": 0.8, "": 0.05},
    read: {"COMMIT": 0.0, "views: after SELECT": 0.1, "": 0.02},
}


def race(place: stage.Place, people: Sequence[stage.Person], way: Way, seconds: float) -> Result:
    """Race for some seconds and count. The first racers are the people, one process each."""
    turns = [change_mind] * len(people) + [read] * READERS + [build] * BUILDERS
    board = Board.of(len(people), len(turns))
    racers = [
        Racer(turn, number, place, way, tuple(people), board) for number, turn in enumerate(turns)
    ]
    running = [_start(racer) for racer in racers]
    while not all(board.ready):
        time.sleep(0.01)
    board.phase.value = 1
    victims = len(people) if way.killed else 0
    kills = _let_run(running, racers, board, seconds, victims)
    board.phase.value = 2
    for process in running:
        process.join(processes.PATIENCE_SECONDS)
        if process.exitcode != 0:
            processes.end(process)
            raise RuntimeError(f"a racer ended with {process.exitcode}")
    return Result({name: board.total(name) for name in COUNTS}, kills)


def _let_run(
    running: list[Any], racers: list[Racer], board: Board, seconds: float, victims: int
) -> int:
    """Wait, or kill one of the first `victims` racers now and then and start it again.

    On a busy machine a start may take longer than a racer then lives. So kills are rarer while
    few minds are changed between them, and the race is not over before somebody changed theirs
    among the kills, for so long as it may take (`PATIENCE_SECONDS`).
    """
    dice, kills, slower, at_first = random.Random(), 0, 1.0, 0  # noqa: S311 - pauses, not secrets
    began = time.monotonic()
    end_at, patience = began + seconds, began + processes.PATIENCE_SECONDS
    while (now := time.monotonic()) < end_at or (
        victims and now < patience and board.total("said") == at_first
    ):
        time.sleep(slower * (0.03 + dice.random() * 0.1))
        if victims:
            victim = dice.randrange(victims)
            processes.end(running[victim])
            running[victim] = _start(racers[victim])
            at_first = at_first if kills else board.total("said")
            kills += 1
            changed = board.total("said") - at_first
            slower = 1.0 if changed * victims >= kills else min(slower * 1.5, 64.0)
    return kills


def _start(racer: Racer) -> Any:
    process = processes.context().Process(target=_run, args=(racer,))
    process.start()
    return process


def _run(racer: Racer) -> None:
    # It warns of every pipeline that a deadlock or a conflict ended; those are counted as busy.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    stores = racer.way.open(racer.place)
    running = Running(racer, stores, random.Random())  # noqa: S311 - pauses, not secrets
    stage.watch(stores, running.pause)
    # A start-up carries out what a killed predecessor left.
    stores.apply_outbox(running.workspace)
    racer.board.ready[racer.number] = 1
    while (phase := racer.board.phase.value) < 2:
        try:
            if phase == 0:
                time.sleep(0.005)
            else:
                racer.turn(running)
        except TryAgain:
            running.count("busy")
        except IntegrityError:
            # Two builders that each kept an old snapshot; READ COMMITTED does not know this.
            if racer.way.isolation is None:
                raise
            running.count("busy")
    stores.close()
