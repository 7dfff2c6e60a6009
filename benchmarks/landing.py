"""Records a second of `land` against a plain bulk insert of the same rows into one table.

The peer puts the source's key and the row as JSON into one table of the same database, through the
driver alone, in batches as large and with a commit as durable for each. `land` also keeps every
record found again by a keyed MAC, its version, its data key and a mark that it waits; all sealed.
"""

import contextlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from benchmarks import bare
from benchmarks.context_read import peer_store
from benchmarks.reporting import Report, Table, parser, spread, tell
from benchmarks.shares import Stopwatch
from benchmarks.world import World, crm_row, databases, record, world
from cdp import clock
from cdp.flows.land import land
from connectors.base import Record

NAME: Final = "landing"
TABLE: Final = "CREATE TABLE landed (source {id}, key TEXT, data TEXT, at {at})"
INSERT: Final = "INSERT INTO landed VALUES (?, ?, ?, ?)"
SHARES: Final = {
    "sealing": (
        "cdp.vault.intake:DataKey.__init__",
        "cdp.vault.intake:DataKey.seal",
        "cdp.vault.intake:BatchSealer.finish",
    ),
    "keyed MACs": (
        "cdp.vault.intake:StreamMacs.external_key",
        "cdp.vault.intake:StreamMacs.order_key",
        "cdp.vault.intake:Intake.content_mac",
    ),
    "statements": (
        "sqlalchemy.engine.base:Connection.execute",
        "cdp.store.bulk:insert",
    ),
    "commits": ("cdp.store.tx:Tx.commit",),
}
REST: Final = "everything else"


@dataclass
class Found:
    """Rounds of one database: seconds a batch, and where those of `land` went."""

    size: int
    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    spent: dict[str, float] = field(default_factory=dict)

    @property
    def ratios(self) -> list[float]:
        """Of records a second, round by round."""
        return [peer / ours for ours, peer in zip(self.ours, self.bare, strict=True)]

    def rate(self, taken: Sequence[float]) -> float:
        """Records a second."""
        return self.size * len(taken) / sum(taken)


def main(arguments: list[str]) -> None:
    """Run on SQLite and, given an administrator's URL, on PostgreSQL."""
    options = parser(NAME, __doc__)
    options.add_argument("--rounds", type=int, default=6)
    options.add_argument("--records", type=int, default=1000, help="per batch")
    asked = options.parse_args(arguments)
    found: dict[str, Found] = {}
    for name, database in databases(asked.postgresql).items():
        with (
            database() as environment,
            world(environment, 1) as made,
            peer_store(environment) as store,
        ):
            found[name] = compare(made, store, asked.rounds, asked.records)
    tell(report(found), asked)


def compare(made: World, store: bare.Store, rounds: int, size: int) -> Found:
    """A batch each in turns; a batch before them warms both up. One more is watched from inside."""
    found, first = Found(size), 1_000_000
    with contextlib.closing(store.connect()) as peer:
        peer.execute(TABLE.format(**bare.TYPES[store.kind]))
        for turn in range(rounds + 1):
            messages = batch(made, first + turn * size, size)
            steps: list[tuple[list[float], Callable[[], None]]] = [
                (found.ours, partial(_land, made, messages)),
                (found.bare, partial(_insert, store, peer, made, messages)),
            ]
            for taken, step in steps if turn % 2 else steps[::-1]:
                begun = time.perf_counter()
                step()
                taken.append(time.perf_counter() - begun)
    del found.ours[0], found.bare[0]
    watch = Stopwatch(SHARES)
    messages = batch(made, first + (rounds + 1) * size, size)
    with watch.watching():
        begun = time.perf_counter()
        _land(made, messages)
        total = time.perf_counter() - begun
    found.spent = {share: watch.seconds[share] / total for share in SHARES}
    found.spent[REST] = 1 - sum(found.spent.values())
    return found


def batch(made: World, first: int, size: int) -> list[Record]:
    """New people of the CRM."""
    stream = made.streams["crm"]
    return [record(stream, f"crm-{n}", crm_row(n)) for n in range(first, first + size)]


def report(found: dict[str, Found]) -> Report:
    """Two tables: the comparison, and the shares."""
    compared = Table(
        "Landing new records against a plain bulk insert of the same rows",
        ("store", "records a batch", "landed/s", "inserted/s", "ratio (middle half)"),
        tuple(
            (
                name,
                f"{one.size:,}",
                f"{one.rate(one.ours):,.0f}",
                f"{one.rate(one.bare):,.0f}",
                spread(one.ratios),
            )
            for name, one in found.items()
        ),
    )
    where = Table(
        "Where the time of landing goes",
        ("share", *found),
        tuple(
            (share, *(f"{one.spent[share]:.0%}" for one in found.values()))
            for share in (*SHARES, REST)
        ),
    )
    measured: dict[str, Any] = {
        name: {"ours": one.ours, "bare": one.bare, "size": one.size, "spent": one.spent}
        for name, one in found.items()
    }
    return Report(NAME, (compared, where), measured)


def _land(made: World, messages: Sequence[Record]) -> None:
    platform = made.platform
    with platform.write() as tx:
        land(tx, platform.keyring.intake(), made.streams["crm"], messages, clock.now())


def _insert(store: bare.Store, peer: Any, made: World, messages: Sequence[Record]) -> None:
    at = clock.now()
    source = store.key(made.streams["crm"].source_id)
    when = at.isoformat() if store.kind == "sqlite" else at
    rows = [(source, item.key, json.dumps(item.data), when) for item in messages]
    peer.cursor().executemany(store.statement(INSERT), rows)
    peer.commit()
