"""Who is who in plain files: accuracy, time and memory, against Splink 5 in the same run.

    python -m benchmarks identity --data FOLDER [--peer PYTHON] [--sets NAME,...]

FOLDER holds the sets of `identity_sets.py`, each in a folder of its name; those that are not there
are left out, and said so. Both sides have one setting for all sets and see no labels; each runs in
a process of its own. Ours starts from the files; the peer is given our normalised values and is not
charged for them. Splink takes part if `--peer` names a Python that has it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from benchmarks.identity_sets import SETS, DataSet, Labels, Score, score
from benchmarks.reporting import Report, Table, parser, tell
from cdp.work.plain import Files, plan
from cdp.work.tabular import plain
from identity.engines.features import features

ROOT: Final = Path(__file__).parents[1]
_CDP: Final = "from cdp.cli import main; main()"
U_PAIRS: Final = {"1e6": "1000000", "1e7": "10000000"}


@dataclass(frozen=True)
class Run:
    """One side on one set."""

    score: Score
    seconds: float
    cpu: float
    rss_mb: float
    phases: dict[str, float]


def main(arguments: list[str]) -> None:
    """Run it and print the figures; exits with 2 when no set is there."""
    options = parser("python -m benchmarks identity", __doc__)
    options.add_argument("--data", type=Path, required=True, help="folder of the sets")
    options.add_argument("--peer", default="", help="a Python that has splink 5")
    options.add_argument("--sets", default="", help="names, with commas; all that are there")
    options.add_argument("--u-pairs", choices=sorted(U_PAIRS), default="1e6", help="for the peer")
    asked = options.parse_args(arguments)
    wanted = asked.sets.split(",") if asked.sets else [item.name for item in SETS]
    there = [item for item in SETS if item.name in wanted and item.is_there(asked.data)]
    for name in sorted(set(wanted) - {item.name for item in there}):
        print(f"{name}: not in this folder, left out", file=sys.stderr)
    if not there:
        print("none of the sets is there; see benchmarks/identity_sets.py", file=sys.stderr)
        sys.exit(2)
    found = {
        item.name: _both(item, asked.data, asked.peer, U_PAIRS[asked.u_pairs]) for item in there
    }
    tell(_report(found, asked.u_pairs), asked)


def _both(item: DataSet, folder: Path, peer: str, pairs: str) -> dict[str, Run]:
    truth = item.persons(folder)
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        found = {"ours": _ours(item, folder, truth, place)}
        if peer:
            _write_values(item, folder, place / "values.parquet")
            found["peer"] = _peer(peer, pairs, truth, place)
    return found


def _ours(item: DataSet, folder: Path, truth: Labels, place: Path) -> Run:
    out = place / "ours.parquet"
    command = [
        sys.executable,
        "-c",
        _CDP,
        "identity",
        "resolve",
        *map(str, item.paths(folder)),
    ]
    for said in item.maps:
        command += ["--map", said]
    for name in item.distinct:
        command += ["--distinct-source", name]
    text, seconds, cpu, rss = _measured([*command, "--out", str(out), "--json"])
    found = pyarrow.parquet.read_table(out).column("profile_id").to_numpy()
    return Run(score(truth, found), seconds, cpu, rss, json.loads(text)["seconds"])


def _peer(python: str, pairs: str, truth: Labels, place: Path) -> Run:
    script, out = ROOT / "benchmarks/identity_peer.py", place / "peer.parquet"
    text, _, _, _ = _measured([python, str(script), str(place / "values.parquet"), str(out), pairs])
    figures = json.loads(text.splitlines()[-1])
    table = pyarrow.parquet.read_table(out).sort_by("record")
    codes = table.column("cluster").combine_chunks().dictionary_encode().indices
    found = codes.to_numpy().astype(np.int64)
    return Run(
        score(truth, found),
        figures["seconds"]["total"],
        figures["cpu"],
        figures["rss_mb"],
        figures["seconds"],
    )


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


def _measured(command: Sequence[str]) -> tuple[str, float, float, float]:
    """What a command prints, its seconds, CPU seconds and peak memory in MB."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return text, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _report(found: dict[str, dict[str, Run]], pairs: str) -> Report:
    head = (
        "set",
        "F1, ours / Splink",
        "precision",
        "recall",
        "B³",
        "seconds",
        "times as fast",
        "MB",
    )
    rows = tuple(_row(name, runs.get("ours"), runs.get("peer")) for name, runs in found.items())
    title = f"Clusters, no labels, one setting; Splink at .95, u from {pairs} pairs"
    measured = {
        name: {side: asdict(run) for side, run in runs.items()} for name, runs in found.items()
    }
    return Report("identity", (Table(title, head, rows),), measured)


def _row(name: str, ours: Run | None, peer: Run | None) -> tuple[str, ...]:
    def both(read: Any, form: str) -> str:
        return " / ".join(format(read(run), form) for run in (ours, peer) if run)

    faster = f"{peer.seconds / ours.seconds:.1f}" if ours and peer else ""
    return (
        name,
        both(lambda run: run.score.f1, ".3f"),
        both(lambda run: run.score.precision, ".3f"),
        both(lambda run: run.score.recall, ".3f"),
        both(lambda run: run.score.b_cubed, ".3f"),
        both(lambda run: run.seconds, ".1f"),
        faster,
        both(lambda run: run.rss_mb, ".0f"),
    )
