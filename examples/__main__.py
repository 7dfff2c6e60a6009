"""Writes the silos and the truth of a world of any size, for benchmarks and for trying things.

    python -m examples --people 100000 --folder big

Writes row by row: memory stays flat, and a hundred thousand people take about half a minute.
"""

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path

from cdp import clock
from examples.silos import LEAST_PEOPLE, parts
from examples.writing import write


def main(arguments: list[str] | None = None) -> None:
    """Write the files and print, as JSON, how many rows there are of everything."""
    parser = argparse.ArgumentParser(prog="python -m examples", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000, help=f"from {LEAST_PEOPLE} on")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, required=True, help="made; must be new or empty")
    parser.add_argument(
        "--now", type=datetime.fromisoformat, help="an instant with its offset; default: now"
    )
    given = parser.parse_args(arguments)
    if given.people < LEAST_PEOPLE:
        parser.error(f"--people: must be at least {LEAST_PEOPLE}")
    if given.now is not None and given.now.tzinfo is None:
        parser.error("--now: needs its offset, such as +00:00")
    if given.folder.exists() and any(given.folder.iterdir()):
        parser.error("--folder: is not empty")
    world = parts(given.seed, given.people, given.now or clock.now())
    files = write(world, given.folder / "silos")
    told = {"silos": str(files.folder), "truth": str(files.truth), "rows": dict(files.rows)}
    sys.stdout.write(json.dumps({**told, "people": files.people}, indent=2) + "\n")


if __name__ == "__main__":
    main()
