"""What resolving plain files costs, by the number of records: time by stage, memory, pairs.

    python -m benchmarks scale [--sizes 10000,100000,1000000] --into docs/scale.md

The records are invented (`benchmarks.silos`), the same for the same seed. Each size is resolved by
`cdp identity resolve` in a process of its own; its start and imports are not in the seconds, but in
the memory and the CPU time.
"""

import json
import tempfile
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Final

from benchmarks import silos
from benchmarks.identity_runs import command_for, measured
from benchmarks.identity_sets import SETS
from benchmarks.reporting import Report, Table, parser, tell

SIZES: Final = "10000,100000,1000000"
_SET: Final = next(item for item in SETS if item.name == "silos")


@dataclass(frozen=True)
class Cost:
    """One size."""

    records: int
    people: int
    pairs: int
    seconds: dict[str, float]
    cpu: float
    rss_mb: float


def main(arguments: list[str]) -> None:
    """Run it and print the figures."""
    options = parser("python -m benchmarks scale", __doc__)
    options.add_argument("--sizes", default=SIZES, help="numbers of records, with commas")
    options.add_argument("--seed", type=int, default=1, help="what invented people follow from")
    asked = options.parse_args(arguments)
    costs = [_cost(int(size), asked.seed) for size in asked.sizes.split(",")]
    tell(_report(costs), asked)


def _cost(size: int, seed: int) -> Cost:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        silos.generate(folder / _SET.name, size, seed)
        out = ["--out", str(folder / "people.parquet"), "--json"]
        text, cpu, rss = measured([*command_for(_SET, folder), *out])
        found = json.loads(text)
        return Cost(found["records"], found["profiles"], found["pairs"], found["seconds"], cpu, rss)


def _report(costs: list[Cost]) -> Report:
    sizes = tuple(f"{cost.records:,}" for cost in costs)
    growth = tuple(f"{a:,} to {b:,}" for a, b in pairwise(cost.records for cost in costs))
    stages = [(name, [cost.seconds[name] for cost in costs]) for name in costs[0].seconds]
    time = Table(
        "Seconds by stage, and the power of the number of records that they grow with",
        ("stage", *sizes, *growth),
        tuple(
            (name, *(f"{s:.2f}" for s in spent), *_powers(costs, spent)) for name, spent in stages
        ),
    )
    others = (
        ("profiles", [cost.people for cost in costs]),
        ("pairs compared", [cost.pairs for cost in costs]),
        ("CPU seconds", [cost.cpu for cost in costs]),
        ("peak memory, MB", [cost.rss_mb for cost in costs]),
    )
    rest = Table(
        "Pairs, processor and memory",
        ("what", *sizes, *growth),
        tuple((name, *(f"{n:,.0f}" for n in held), *_powers(costs, held)) for name, held in others),
    )
    return Report("scale", (time, rest), {"sizes": [asdict(cost) for cost in costs]})


def _powers(costs: list[Cost], figures: list[float] | list[int]) -> list[str]:
    """1.0 is as much more as there are more records."""
    return [
        f"{log(max(more, 1e-3) / max(less, 1e-3)) / log(larger.records / smaller.records):.1f}"
        for (smaller, larger), (less, more) in zip(pairwise(costs), pairwise(figures), strict=True)
    ]
