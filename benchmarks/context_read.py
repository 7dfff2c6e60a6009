"""A context through the API against a bare Flask endpoint that reads and writes as much.

Both run under granian in processes of their own and are asked in turns; each round gives one ratio.
Then the platform alone, in this process: where the time of one context goes.
"""

import io
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks import bare, load, servers
from benchmarks.reporting import Report, Table, parser, quantile, spread, tell
from benchmarks.shares import Stopwatch
from benchmarks.world import Environment, World, databases, world
from cdp import logs
from cdp.web import create_app

NAME: Final = "context_read"
PEOPLE: Final = 20
CALLERS: Final = (1, 8)
WARM_SECONDS: Final = 1.0
SHARES: Final = {
    "who calls": ("cdp.web.auth:authenticate",),
    "reading views": ("cdp.store.views:fetch",),
    "reading main": (
        "cdp.store.disclosures:standing",
        "cdp.store.configuration:catalogue_versions",
    ),
    "decryption": ("cdp.flows.disclose:open_content",),
    "decision": (
        "cdp.flows.disclose:prepare",
        "cdp.flows.disclose:_Opener._decide",
        "cdp.flows.disclose:decide_prepared",
        "cdp.door.contexts:_channels",
    ),
    "the document": ("cdp.door.contexts:build_context",),
    "logging the disclosure": ("cdp.flows.disclose:log",),
}
REST: Final = "HTTP, checks, units of work"


@dataclass
class Found:
    """The rounds of one database with so many callers."""

    ratios: list[float] = field(default_factory=list)
    rates: dict[str, list[float]] = field(default_factory=lambda: {"ours": [], "bare": []})
    took: dict[str, list[float]] = field(default_factory=lambda: {"ours": [], "bare": []})

    def take(self, ours: load.Load, peer: load.Load) -> None:
        """One round."""
        self.ratios.append(ours.rate / peer.rate)
        for name, one in (("ours", ours), ("bare", peer)):
            self.rates[name].append(one.rate)
            self.took[name].extend(one.took)

    def rate(self, name: str) -> float:
        """Answers a second, over all rounds."""
        return sum(self.rates[name]) / len(self.rates[name])

    def milliseconds(self, name: str, part: float) -> float:
        """Of the latency."""
        return 1000 * quantile(self.took[name], part)


def main(arguments: list[str]) -> None:
    """Run on SQLite and, given an administrator's URL, on PostgreSQL."""
    options = parser(NAME, __doc__)
    options.add_argument("--rounds", type=int, default=8)
    options.add_argument("--seconds", type=float, default=0.7, help="per round and server")
    asked = options.parse_args(arguments)
    found: dict[str, dict[int, Found]] = {}
    spent: dict[str, dict[str, float]] = {}
    for name, database in databases(asked.postgresql).items():
        with database() as environment, world(environment, PEOPLE) as made:
            with peer_store(environment) as store:
                bare.fill(store, made)
                found[name] = compare(made, store, asked.rounds, asked.seconds)
            spent[name] = shares(made, max(50, int(asked.rounds * asked.seconds * 40)))
    tell(report(found, spent), asked)


@contextmanager
def peer_store(environment: Environment) -> Iterator[bare.Store]:
    """A database of the bare endpoint's own, on the same server or in the same folder."""
    if "CDP_ADMIN_URL" not in environment:
        yield bare.sqlite(Path(environment["CDP_DATA_DIR"]))
        return
    admin_url = environment["CDP_ADMIN_URL"]
    name = f"{conninfo_to_dict(environment['CDP_DATABASE_URL'])['dbname']}_bare"
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield bare.Store("postgresql", make_conninfo(admin_url, dbname=name))
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            admin.execute(drop.format(sql.Identifier(name)))


def compare(made: World, store: bare.Store, rounds: int, seconds: float) -> dict[int, Found]:
    """Both servers at once, asked in turns; who is first alternates."""
    found = {callers: Found() for callers in CALLERS}
    with ExitStack() as stack:
        asked = {}
        told = {"ours": servers.continuum(made.environment), "bare": servers.endpoint(store)}
        for name, what in told.items():
            port = stack.enter_context(servers.running(what))
            asked[name] = port, load.context_requests(port, made.key, made.profiles)
            load.press(*asked[name], max(CALLERS), WARM_SECONDS)
        for turn in range(rounds):
            for callers, one in found.items():
                order = sorted(asked, reverse=turn % 2 == 0)
                loads = {name: load.press(*asked[name], callers, seconds) for name in order}
                one.take(loads["ours"], loads["bare"])
    return found


def shares(made: World, calls: int) -> dict[str, float]:
    """Milliseconds of one context by share, called in this process by one caller."""
    client = create_app(made.platform).test_client()
    logs.configure("info", "json", io.StringIO())
    headers = {"Authorization": f"Bearer {made.key}"}

    def call(number: int) -> None:
        profile = made.profiles[number % len(made.profiles)]
        answer = client.post(f"/v1/profiles/{profile}/context", json=load.WANTED, headers=headers)
        if answer.status_code != 200:
            raise RuntimeError(f"an answer was {answer.status_code}")

    for number in range(len(made.profiles)):
        call(number)
    watch = Stopwatch(SHARES)
    with watch.watching():
        begun = time.perf_counter()
        for number in range(calls):
            call(number)
        total = time.perf_counter() - begun
    found = {share: 1000 * watch.seconds[share] / calls for share in SHARES}
    return found | {REST: 1000 * total / calls - sum(found.values())}


def report(found: dict[str, dict[int, Found]], spent: dict[str, dict[str, float]]) -> Report:
    """Two tables: the comparison, and the shares."""
    rows = [
        (
            name,
            str(callers),
            f"{one.rate('ours'):,.0f}",
            f"{one.rate('bare'):,.0f}",
            spread(one.ratios),
            *(
                f"{one.milliseconds('ours', part):.1f} / {one.milliseconds('bare', part):.1f}"
                for part in (0.5, 0.99)
            ),
        )
        for name, by_callers in found.items()
        for callers, one in by_callers.items()
    ]
    head = ("store", "callers", "contexts/s", "bare/s", "ratio (middle half)")
    compared = Table(
        "Context read against a bare Flask endpoint, both under granian",
        (*head, "p50 ms, ours / bare", "p99 ms, ours / bare"),
        tuple(rows),
    )
    where = Table(
        "Where the time of one context goes, in process, one caller: milliseconds (share)",
        ("share", *spent),
        tuple((share, *(_share(of, share) for of in spent.values())) for share in (*SHARES, REST)),
    )
    return Report(NAME, (compared, where), {"compared": measured(found), "spent_ms": spent})


def measured(found: dict[str, dict[int, Found]]) -> dict[str, Any]:
    """Every figure of the comparison."""
    return {
        name: {
            str(callers): {
                "ratios": one.ratios,
                "rates": one.rates,
                "p50_ms": {key: one.milliseconds(key, 0.5) for key in one.took},
                "p99_ms": {key: one.milliseconds(key, 0.99) for key in one.took},
            }
            for callers, one in by_callers.items()
        }
        for name, by_callers in found.items()
    }


def _share(of: dict[str, float], share: str) -> str:
    return f"{of[share]:.2f} ({of[share] / sum(of.values()):.0%})"
