"""Does an answer take longer when there are more people? Two platforms, one small, one growing.

Both hold the same real people, who are asked for; the rest are filler profiles of the same shape
(see `benchmarks.filler`). At each size the two are asked in turns, so that a busy machine slows
both. Three calls: a context and a look-up by identifier through the API, and `resolve` of one
record that has changed. Everything in this process, one caller.
"""

import io
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from flask import Flask

from benchmarks import load
from benchmarks.filler import Filler
from benchmarks.reporting import Report, Table, parser, quantile, tell
from benchmarks.world import World, crm_row, databases, email, record, world
from cdp import clock, logs, work
from cdp.flows.land import land
from cdp.flows.resolve import resolve
from cdp.web import create_app

NAME: Final = "growth"
PEOPLE: Final = 20
SMALL: Final = 10_000
SIZES: Final = (SMALL, 100_000)
LARGEST: Final = 1_000_000
MEGABYTE: Final = 1_000_000


@dataclass
class Desk:
    """A world that is asked, and how to fill it up."""

    made: World
    app: Flask = field(repr=False)
    filler: Filler = field(repr=False)

    def calls(self) -> dict[str, Callable[[int], float]]:
        """What is measured: each takes a number and returns seconds."""
        return {"context": self.context, "look-up": self.look_up, "resolve one": self.resolve_one}

    def context(self, number: int) -> float:
        """The context of a real person."""
        profile = self.made.profiles[number % PEOPLE]
        return self._post(f"/v1/profiles/{profile}/context", load.WANTED)

    def look_up(self, number: int) -> float:
        """A real person by address."""
        named = {"type": "email", "value": email(number % PEOPLE)}
        return self._post("/v1/profiles/resolve", {"purpose": "service", "identifiers": [named]})

    def resolve_one(self, number: int) -> float:
        """`resolve`, after one row of a real person has changed."""
        platform, stream = self.made.platform, self.made.streams["crm"]
        row = crm_row(number % PEOPLE) | {"first_name": f"Changed{next(_CHANGES)}"}
        message = record(stream, f"crm-{number % PEOPLE}", row)
        with platform.write() as tx:
            land(tx, platform.keyring.intake(), stream, [message], clock.now())
        begun = time.perf_counter()
        with platform.write() as tx:
            custodian = platform.registrar(tx).custodian
            report = resolve(tx, custodian, platform.rules(tx), clock.now(), limit=10)
        spent = time.perf_counter() - begun
        if report.records != 1:
            raise RuntimeError(f"{report.records} records were resolved, not one")
        return spent

    def settle(self) -> None:
        """The views of who has changed."""
        work.refresh_all(self.made.platform)

    def _post(self, path: str, body: dict[str, Any]) -> float:
        headers = {"Authorization": f"Bearer {self.made.key}"}
        client = self.app.test_client()
        begun = time.perf_counter()
        answer = client.post(path, json=body, headers=headers)
        spent = time.perf_counter() - begun
        if answer.status_code != 200:
            raise RuntimeError(f"an answer was {answer.status_code}")
        return spent


@dataclass(frozen=True)
class Step:
    """One size of the growing platform: seconds of each call, round by round, small and large."""

    size: int
    megabytes: float
    small: dict[str, list[list[float]]] = field(repr=False)
    large: dict[str, list[list[float]]] = field(repr=False)

    def milliseconds(self, call: str, part: float) -> float:
        """Of the growing platform."""
        return 1000 * quantile([each for one in self.large[call] for each in one], part)

    def ratio(self, call: str) -> float:
        """The median over rounds of the medians' ratio."""
        pairs = zip(self.large[call], self.small[call], strict=True)
        return statistics.median(
            statistics.median(large) / statistics.median(small) for large, small in pairs
        )


_CHANGES = count()


def main(arguments: list[str]) -> None:
    """Run on SQLite and, given an administrator's URL, on PostgreSQL."""
    options = parser(NAME, __doc__)
    options.add_argument("--full", action="store_true", help=f"up to {LARGEST:,}; minutes more")
    options.add_argument("--small", type=int, default=SMALL, help="what to compare with")
    options.add_argument("--sizes", type=int, nargs="*", help="sizes of the growing platform")
    options.add_argument("--rounds", type=int, default=4)
    asked = options.parse_args(arguments)
    sizes = asked.sizes or [*SIZES, *([LARGEST] if asked.full else [])]
    # Lines of the log cost what they cost, and are read by nobody.
    logs.configure("info", "json", io.StringIO())
    found = {
        name: grow(database, asked.small, sorted(sizes), asked.rounds)
        for name, database in databases(asked.postgresql).items()
    }
    tell(report(found, asked.small), asked)


def grow(database: Any, small_size: int, sizes: list[int], rounds: int) -> list[Step]:
    """Fill, ask both in turns, fill more."""
    with ExitStack() as stack:
        small, large = (_desk(stack, database) for _ in range(2))
        small.filler.fill_to(small_size)
        steps = []
        for size in sizes:
            large.filler.fill_to(size)
            steps.append(compare(small, large, size, rounds))
        return steps


def compare(small: Desk, large: Desk, size: int, rounds: int) -> Step:
    """So many rounds of every call at both; the first, which warms up, is not kept."""
    step = Step(size, large.filler.size() / MEGABYTE, {}, {})
    for turn in range(rounds + 1):
        sides = [(small, step.small), (large, step.large)]
        for desk, kept in sides if turn % 2 else sides[::-1]:
            for name, call in desk.calls().items():
                taken = [call(number) for number in range(PEOPLE)]
                kept.setdefault(name, []).append(taken)
            desk.settle()
    for kept in (step.small, step.large):
        for found in kept.values():
            del found[0]
    return step


def report(found: dict[str, list[Step]], small_size: int) -> Report:
    """One table: a row per store, size and call."""
    rows = [
        (
            name,
            f"{step.size:,}",
            f"{step.megabytes:,.0f}",
            call,
            f"{step.milliseconds(call, 0.5):.1f}",
            f"{step.milliseconds(call, 0.99):.1f}",
            f"{step.ratio(call):.2f}",
        )
        for name, steps in found.items()
        for step in steps
        for call in step.large
    ]
    head = ("store", "profiles", "stores, MB", "call", "p50 ms", "p99 ms")
    table = Table(
        "Latency by the number of profiles", (*head, f"against {small_size:,}"), tuple(rows)
    )
    measured = {
        name: [
            {"size": step.size, "megabytes": step.megabytes, "large": step.large}
            | {"small": step.small}
            for step in steps
        ]
        for name, steps in found.items()
    }
    return Report(NAME, (table,), measured)


def _desk(stack: ExitStack, database: Any) -> Desk:
    environment = stack.enter_context(database())
    made = stack.enter_context(world(environment, PEOPLE))
    return Desk(made, create_app(made.platform), Filler(made))
