"""Who is who in plain files: accuracy, time and memory, against Splink 5 in the same run.

    python -m benchmarks identity --data FOLDER [--peer PYTHON] [--sets NAME,...]
    python -m benchmarks identity --generate 100000 [--seed N] [--peer PYTHON]

FOLDER holds the sets of `identity_sets.py`, each in a folder of its name; those that are not there
are left out, and said so. `--generate` makes one of invented people, so that no data are needed.
Both sides have one setting for all sets and see no labels; each runs in a process of its own. The
peer is given the values that we have read, so both start from the same. On sets of silos it also
reads and normalises the file by itself, in SQL, and the time of that is told: `reading` on both
sides. Splink takes part if `--peer` names a Python that has it.
"""

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from benchmarks import silos
from benchmarks.identity_runs import Peer, Run, in_any_order, ours, peer
from benchmarks.identity_sets import SETS, DataSet
from benchmarks.identity_targets import rows
from benchmarks.reporting import Report, Table, parser, tell

U_PAIRS: Final = {"1e6": "1000000", "1e7": "10000000"}
ORDERS: Final = 5
MOST_SHUFFLED: Final = 120_000
"""Sets of more records are not resolved again in other orders."""

Runs = dict[str, Run]


def main(arguments: list[str]) -> None:
    """Run it and print the figures; exits with 2 when no set is there."""
    options = parser("python -m benchmarks identity", __doc__)
    options.add_argument("--data", type=Path, help="folder of the sets")
    options.add_argument("--generate", type=int, metavar="RECORDS", help="invent so many records")
    options.add_argument("--seed", type=int, default=1, help="what invented people follow from")
    options.add_argument("--peer", default="", help="a Python that has splink 5")
    options.add_argument("--sets", default="", help="names, with commas; all that are there")
    options.add_argument("--u-pairs", default="1e6,1e7", help="for the peer: 1e6, 1e7 or both")
    options.add_argument("--no-orders", action="store_true", help="without resolving in any order")
    asked = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as made:
        folder = asked.data or Path(made)
        if asked.generate:
            folder = Path(made)
            silos.generate(folder / "silos", asked.generate, asked.seed)
        there = _there(folder, asked.sets)
        pairs = asked.u_pairs.split(",") if asked.peer else []
        found = {item.name: _both(item, folder, asked.peer, pairs) for item in there}
        orders = {} if asked.no_orders else {item.name: _orders(item, folder) for item in there}
    tell(_report(found, orders), asked)


def _there(folder: Path, names: str) -> list[DataSet]:
    wanted = names.split(",") if names else [item.name for item in SETS]
    there = [item for item in SETS if item.name in wanted and item.is_there(folder)]
    for name in sorted(set(wanted) - {item.name for item in there}):
        print(f"{name}: not there, left out", file=sys.stderr)
    if not there:
        print("no set is there; give --data, or --generate some", file=sys.stderr)
        sys.exit(2)
    return there


def _both(item: DataSet, folder: Path, python: str, pairs: Sequence[str]) -> Runs:
    truth = item.persons(folder)
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        found = {"ours": ours(item, folder, truth, place)}
        for u in pairs if item.silos else pairs[:1]:
            found[u] = peer(Peer(python, U_PAIRS[u]), item, folder, truth, place)
    return found


def _orders(item: DataSet, folder: Path) -> int | None:
    if len(item.persons(folder)) > MOST_SHUFFLED:
        return None
    return in_any_order(item, folder, ORDERS, seed=1)


def _report(found: dict[str, Runs], orders: dict[str, int | None]) -> Report:
    tables = [_accuracy(found)]
    for name, runs in found.items():
        if len(runs) > 1 and runs["ours"].reading and any(run.reading for run in _peers(runs)):
            title = f"{name}: time and memory against Splink"
            head = ("what", "ours", "Splink", "times", "must", "stretch", "verdict")
            tables.append(Table(title, head, tuple(rows(runs))))
    told = [(name, _said(count)) for name, count in orders.items() if count is not None]
    if told:
        title = f"{ORDERS} random orders of files' rows"
        tables.append(Table(title, ("set", "records with another answer"), tuple(told)))
    measured = {
        name: {side: asdict(run) for side, run in runs.items()} for name, runs in found.items()
    }
    return Report("identity", tuple(tables), {**measured, "orders": orders})


def _said(count: int) -> str:
    return "none" if count == 0 else str(count)


def _peers(runs: Runs) -> list[Run]:
    return [run for side, run in runs.items() if side != "ours"]


def _accuracy(found: dict[str, Runs]) -> Table:
    head = ("set", "F1, ours / Splink", "precision", "recall", "B³", "verdict")
    title = "Clusters, no labels, one setting; Splink at .95"
    return Table(title, head, tuple(_row(name, runs) for name, runs in found.items()))


def _row(name: str, runs: Runs) -> tuple[str, ...]:
    us, them = runs["ours"], next(iter(_peers(runs)), None)

    def both(read: Callable[[Run], float]) -> str:
        return " / ".join(format(read(run), ".3f") for run in (us, them) if run is not None)

    return (
        name,
        both(lambda run: run.score.f1),
        both(lambda run: run.score.precision),
        both(lambda run: run.score.recall),
        both(lambda run: run.score.b_cubed),
        _verdict(us, them),
    )


NEVER_BELOW: Final = 0.005


def _verdict(us: Run, them: Run | None) -> str:
    """Never below the peer but for chance."""
    if them is None:
        return ""
    return "met" if us.score.f1 >= them.score.f1 - NEVER_BELOW else "missed"
