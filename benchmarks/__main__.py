"""`python -m benchmarks` lists the benchmarks; with a name it runs one, with its options."""

import signal
import sys
from collections.abc import Callable
from typing import Final

from benchmarks import (
    context_read,
    growth,
    identity,
    landing,
    online,
    scale,
    splink_parity,
    truthset,
    withdrawal_race,
)

BENCHMARKS: Final[dict[str, tuple[Callable[[list[str]], None], str]]] = {
    "context_read": (context_read.main, "a context against a bare Flask endpoint, and its parts"),
    "growth": (growth.main, "latency by the number of profiles: is it flat?"),
    "identity": (identity.main, "who is who in plain files against Splink"),
    "landing": (landing.main, "records landed against a plain bulk insert of the same rows"),
    "online": (online.main, "one record in against many: the identity engine alone, durable"),
    "scale": (scale.main, "what resolving plain files costs, by the number of records"),
    "splink_parity": (splink_parity.main, "a Splink model, weighed by both (needs --peer)"),
    "truthset": (truthset.main, "precision and recall of identity on real records (needs --data)"),
    "withdrawal_race": (withdrawal_race.main, "withdrawn views that come out, by commit order"),
}


def main(arguments: list[str]) -> int:
    """Run the benchmark named first, or list them."""
    if not arguments:
        for name, (_, what) in sorted(BENCHMARKS.items()):
            print(f"{name:<24} {what}")
        return 0
    name, *options = arguments
    if name not in BENCHMARKS:
        print(f"no benchmark named {name}: one of {', '.join(sorted(BENCHMARKS))}")
        return 2
    BENCHMARKS[name][0](options)
    return 0


if __name__ == "__main__":
    # Ended from outside, a benchmark still removes what it made.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main(sys.argv[1:]))
