"""Identity on real records: the Senzing truth set through ordinary sources and mappings.

    python -m benchmarks truthset --data FOLDER

FOLDER holds customers.csv, reference.csv, watchlist.csv and key.csv as published in the repository
Senzing/truth-sets (truthsets/demo, Apache-2.0); none of it is part of this project. The three files
are added as sources, mapped, landed and resolved as any others are; then the profiles are compared
with the clusters of key.csv, pair by pair. No setting was fitted to it.
"""

import csv
import itertools
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from benchmarks.reporting import Report, Table, parser, tell
from benchmarks.truthset_sources import SOURCES, TruthSource
from cdp import clock, work
from cdp.flows.add_source import NewSource, add_source
from cdp.flows.map_stream import map_stream
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.store import links, records, sources
from connectors import registry

KEY: Final = "key.csv"

Name = tuple[str, str]
Pair = tuple[Name, Name]


@dataclass(frozen=True)
class Score:
    """Pairwise figures: a pair is two records said to be one person."""

    records: int
    truth_clusters: int
    profiles: int
    true_pairs: int
    found_pairs: int
    correct_pairs: int
    precision: float
    recall: float
    f1: float
    exact_clusters: int
    seconds: float


def main(arguments: list[str]) -> None:
    """Run it and print the figures; exits with 2 when the data are not there."""
    options = parser("python -m benchmarks truthset", __doc__)
    options.add_argument("--data", type=Path, required=True, help="folder with the four files")
    asked = options.parse_args(arguments)
    wanted = [*(source.file for source in SOURCES), KEY]
    missing = [name for name in wanted if not (asked.data / name).is_file()]
    if missing:
        sys.stderr.write(f"not found in that folder: {', '.join(missing)}\n")
        sys.exit(2)
    truth = read_truth(asked.data / KEY)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        homes = resolved(asked.data, Path(folder))
    figures = score(truth, homes, time.perf_counter() - started)
    tell(_report(figures, differences(truth, homes)), asked)


def _report(figures: Score, wrong: Mapping[str, Sequence[Pair]]) -> Report:
    """The figures; records are named by source and number, never by content."""
    rows = tuple((name.replace("_", " "), str(value)) for name, value in asdict(figures).items())
    table = Table("The truth set, default rules, pair by pair", ("what", "figure"), rows)
    return Report("truthset", (table,), {"score": asdict(figures), **wrong})


def read_truth(path: Path) -> dict[Name, str]:
    """(source, record id) to the number of its cluster."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["DATA_SOURCE"].lower(), row["RECORD_ID"]): row["CLUSTER_ID"]
            for row in csv.DictReader(file)
        }


def resolved(data: Path, folder: Path) -> dict[Name, UUID]:
    """Every record of the three files with the profile it is part of."""
    settings = Settings.load({"CDP_DATA_DIR": str(folder), "CDP_LOG_LEVEL": "warning"})
    platform = Platform.create(settings, clock.now())
    try:
        for source in SOURCES:
            plug_in(platform, source, data / source.file)
        report = work.sync(platform, [source.name for source in SOURCES])
        if report.failed:
            raise SystemExit(f"a stream stopped: {report.failed}")
        return {
            (source.name, key): profile
            for source in SOURCES
            for key, profile in profiles_of(platform, source, data / source.file).items()
        }
    finally:
        platform.close()


def plug_in(platform: Platform, source: TruthSource, path: Path) -> None:
    """Add a file as a source, with its mapping."""
    config = {"path": str(path), "stream": "rows", "key": ["RECORD_ID"]}
    new = NewSource(registry.find("delimited"), source.name, config)
    with platform.write() as tx:
        add_source(tx, platform.keyring.intake(), new, clock.now())
        added = sources.find(tx.main, platform.workspace, source.name)
        (stream,) = sources.streams_of(tx.main, platform.workspace, added.id)
        map_stream(tx, stream.id, dict(source.mapping), clock.now())


def profiles_of(platform: Platform, source: TruthSource, path: Path) -> dict[str, UUID]:
    """The profile of each row, found as landing finds it: by the MAC of its key."""
    with path.open(encoding="utf-8", newline="") as file:
        keys = [row["RECORD_ID"] for row in csv.DictReader(file)]
    intake = platform.keyring.intake()
    with platform.read() as tx:
        added = sources.find(tx.main, platform.workspace, source.name)
        (stream,) = sources.streams_of(tx.main, platform.workspace, added.id)
        macs = {intake.external_key_mac(added.id, stream.name, key): key for key in keys}
        known = records.known(tx.main, stream.id, list(macs))
        found = links.links_of(tx.main, [item.id for item in known.values()])
    return {macs[mac]: found[item.id].profile_id for mac, item in known.items()}


def pairs(homes: Mapping[Name, object]) -> set[Pair]:
    """Every two records that are in one cluster."""
    groups: dict[object, list[Name]] = defaultdict(list)
    for name, home in homes.items():
        groups[home].append(name)
    return {pair for group in groups.values() for pair in itertools.combinations(sorted(group), 2)}


def score(truth: Mapping[Name, str], homes: Mapping[Name, UUID], seconds: float) -> Score:
    """Precision, recall and F1 over pairs, and how many clusters are exactly right."""
    wanted, found = pairs(truth), pairs(homes)
    correct = wanted & found
    precision = len(correct) / len(found) if found else 1.0
    recall = len(correct) / len(wanted) if wanted else 1.0
    return Score(
        records=len(homes),
        truth_clusters=len(set(truth.values())),
        profiles=len(set(homes.values())),
        true_pairs=len(wanted),
        found_pairs=len(found),
        correct_pairs=len(correct),
        precision=round(precision, 4),
        recall=round(recall, 4),
        f1=round(2 * precision * recall / (precision + recall), 4) if correct else 0.0,
        exact_clusters=len(_clusters(truth) & _clusters(homes)),
        seconds=round(seconds, 2),
    )


def differences(truth: Mapping[Name, str], homes: Mapping[Name, UUID]) -> dict[str, Any]:
    """The pairs taken for one person that are two, and those that were not found."""
    wanted, found = pairs(truth), pairs(homes)
    return {"wrong": sorted(found - wanted), "missed": sorted(wanted - found)}


def _clusters(homes: Mapping[Name, object]) -> set[frozenset[Name]]:
    groups: dict[object, set[Name]] = defaultdict(set)
    for name, home in homes.items():
        groups[home].add(name)
    return set(map(frozenset, groups.values()))
