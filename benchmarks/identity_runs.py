"""One side on one set, in a process of its own: what it found, how long it took, what it needed."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from benchmarks.identity_sets import DataSet, Labels, Score, score
from cdp.work.plain import Files, plan, spread_for
from cdp.work.tabular import plain
from identity.engines.features import features

ROOT: Final = Path(__file__).parents[1]
_CDP: Final = "from cdp.cli import main; main()"
READING: Final = ("reading files", "reading values")


@dataclass(frozen=True)
class Run:
    """One side on one set; `seconds`: from values that are read to clusters.

    `reading`: from the file to those values; None if the peer cannot. `phases`: seconds by name.
    """

    score: Score
    seconds: float
    reading: float | None
    cpu: float
    rss_mb: float
    phases: dict[str, float]

    @property
    def whole(self) -> float | None:
        """From the file to the answer."""
        return None if self.reading is None else self.seconds + self.reading

    def took(self, *phases: str) -> float:
        """The seconds of some phases together."""
        return sum(self.phases[name] for name in phases)


def ours(item: DataSet, folder: Path, truth: Labels, place: Path) -> Run:
    """`cdp identity resolve`; its start, before anything is read, is not counted."""
    out = place / "ours.parquet"
    text, cpu, rss = measured([*command_for(item, folder), "--out", str(out), "--json"])
    phases = json.loads(text)["seconds"]
    reading = sum(phases[name] for name in READING)
    found = pyarrow.parquet.read_table(out).column("profile_id").to_numpy()
    return Run(score(truth, found), phases["total"] - reading, reading, cpu, rss, phases)


def command_for(item: DataSet, folder: Path) -> list[str]:
    """The command that resolves a set."""
    command = [sys.executable, "-c", _CDP, "identity", "resolve", *map(str, item.paths(folder))]
    for said in item.maps:
        command += ["--map", said]
    for name in item.distinct:
        command += ["--distinct-source", name]
    return command


@dataclass(frozen=True)
class Peer:
    """Splink: a Python that has it, and from how many random pairs it estimates u."""

    python: str
    pairs: str


def peer(splink: Peer, item: DataSet, folder: Path, truth: Labels, place: Path) -> Run:
    """Splink, on the values that we have read; told what normalising takes it where it can."""
    values, out = place / "values.parquet", place / "peer.parquet"
    if not values.exists():
        _write_values(item, folder, values)
    script = str(ROOT / "benchmarks/identity_peer.py")
    raw = [str(item.paths(folder)[0])] if item.silos else []
    text, _, rss = measured([splink.python, script, str(values), str(out), splink.pairs, *raw])
    figures = json.loads(text.splitlines()[-1])
    table = pyarrow.parquet.read_table(out).sort_by("record")
    codes = table.column("cluster").combine_chunks().dictionary_encode().indices
    seconds = figures["seconds"]
    return Run(
        score(truth, codes.to_numpy().astype(np.int64)),
        seconds["total"],
        figures["normalise"],
        figures["cpu"],
        rss,
        seconds,
    )


def in_any_order(item: DataSet, folder: Path, orders: int, seed: int) -> int:
    """Records that come to another person or weight when the rows stand in another order."""
    random = np.random.default_rng(seed)
    straight = _resolved(item, item.paths(folder))
    sizes = [_rows(path) for path in item.paths(folder)]
    different = 0
    for _ in range(orders):
        with tempfile.TemporaryDirectory() as made:
            order = [random.permutation(size) for size in sizes]
            paths = [
                _shuffled(path, rows, Path(made))
                for path, rows in zip(item.paths(folder), order, strict=True)
            ]
            starts = np.cumsum([0, *sizes[:-1]])
            place = np.concatenate([rows + at for rows, at in zip(order, starts, strict=True)])
            person, weight = _resolved(item, paths)
            first = np.full(len(place), len(place))
            np.minimum.at(first, person, place)
            same = (first[person] == straight[0][place]) & (weight == straight[1][place])
            different += int((~same).sum())
    return different


def _resolved(item: DataSet, paths: Sequence[Path]) -> tuple[Labels, Labels]:
    """The first record of each one's person, and the weights."""
    mapped = plan(paths, maps=item.maps, keys=(), distinct=item.distinct)
    with spread_for() as spread:
        found = Files.read(mapped).resolve(lambda _stage: None, spread)
    first = np.full(len(found.person), len(found.person))
    np.minimum.at(first, found.person, np.arange(len(first)))
    return first[found.person], found.weight


def _rows(path: Path) -> int:
    if path.suffix == ".parquet":
        return int(pyarrow.parquet.ParquetFile(path).metadata.num_rows)
    return len(path.read_text("utf-8").splitlines()) - 1


def _shuffled(path: Path, rows: Labels, folder: Path) -> Path:
    out = folder / path.name
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(pyarrow.parquet.read_table(path).take(rows), out)
    else:
        head, *lines = path.read_text("utf-8").splitlines()
        out.write_text("\n".join([head, *(lines[row] for row in rows), ""]), "utf-8")
    return out


def _write_values(item: DataSet, folder: Path, out: Path) -> None:
    """What we read of the files, in the order of the files and rows."""
    mapped = plan(item.paths(folder), maps=item.maps, keys=(), distinct=item.distinct)
    files = Files.read(mapped)
    columns: dict[str, Any] = {
        name: plain(column) for name, column in features(files.columns).items()
    }
    columns["record"] = np.arange(len(files.source))
    columns["source"] = pa.array([s.table.source for s in mapped.sources]).take(
        pa.array(files.source)
    )
    columns["distinct_source"] = np.isin(files.source, list(mapped.distinct))
    if {"given_name", "family_name"} <= columns.keys():
        columns["whole_name"] = pa.compute.binary_join_element_wise(
            columns["given_name"], columns["family_name"], pa.scalar(" ", pa.large_string())
        )
    pyarrow.parquet.write_table(pa.table(columns), out)


# A process counts what it was forked from as its own memory, so a small one stands in between.
_MEASURED: Final = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True, check=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
figures = {"cpu": usage.ru_utime + usage.ru_stime, "rss_mb": usage.ru_maxrss / 1024}
print(json.dumps({"text": done.stdout, **figures}))
"""


def measured(command: Sequence[str]) -> tuple[str, float, float]:
    """What a command prints, its CPU seconds and its peak memory in MB."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *command],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found = json.loads(done.stdout)
    return found["text"], found["cpu"], found["rss_mb"]
