"""What the identity benchmark aims at, how many times as fast or small, and whether it is met."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.identity_runs import Run

_OURS: Final = ("blocking", "comparing", "weighing", "components", "clustering")


@dataclass(frozen=True)
class Target:
    """So many times as fast as the peer must be, and better still; None where none is set."""

    must: float | None
    stretch: float | None

    def row(self, what: str, ours: float, theirs: float, unit: str = "s") -> tuple[str, ...]:
        """One line: how much, how many times, and the verdict."""
        times = theirs / max(ours, 1e-9)
        return (
            what,
            f"{ours:.2f} {unit}",
            f"{theirs:.2f} {unit}",
            f"{times:.1f}",
            _figure(self.must),
            _figure(self.stretch),
            self._verdict(times),
        )

    def _verdict(self, times: float) -> str:
        if self.must is None or self.stretch is None:
            return ""
        return "stretch" if times >= self.stretch else "must" if times >= self.must else "missed"


END_TO_END: Final = {"1e7": Target(2.5, 5), "1e6": Target(1.3, 2.5)}
TRAINING: Final = {"1e7": Target(4, 10), "1e6": Target(None, None)}
PREDICTING: Final = Target(1.5, 4)
COMPONENTS: Final = Target(10, 20)
MEMORY: Final = Target(1 / 0.8, 1 / 0.5)
FREE: Final = Target(None, None)


def rows(runs: Mapping[str, Run]) -> Iterator[tuple[str, ...]]:
    """Every line of one set; the peer ran with u from 10⁶ pairs, from 10⁷, or both."""
    us = runs["ours"]
    for pairs, them in runs.items():
        if pairs == "ours":
            continue
        u = f"u from {pairs} pairs"
        ours, theirs = us.whole, them.whole
        if ours and theirs:
            yield END_TO_END[pairs].row(f"end to end, reading on both sides, {u}", ours, theirs)
        yield END_TO_END[pairs].row(f"end to end, from values, {u}", us.seconds, them.seconds)
        yield TRAINING[pairs].row(f"training, {u}", us.took("training"), them.took("training"))
    peer = next(run for side, run in runs.items() if side != "ours")
    predicting = us.took(*_OURS), peer.took("predict", "cluster")
    yield PREDICTING.row("block, compare, weigh and cluster", *predicting)
    yield COMPONENTS.row("components alone", us.took("components"), peer.took("cluster"))
    yield MEMORY.row("peak memory", us.rss_mb, peer.rss_mb, "MB")
    yield FREE.row("CPU, ours from the file, theirs from values", us.cpu, peer.cpu)


def _figure(times: float | None) -> str:
    return "" if times is None else f"{times:g}"
