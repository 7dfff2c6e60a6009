"""What the demo does, step by step: each step is what the command of that name does.

The people, their orders and their cases are invented from a seed, so the truth is known: it is what
profiles are held against, and what is searched for in the stores at the end.
"""

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from cdp import clock, logs, work
from cdp.cli.configuration import change_policy
from cdp.cli.judging import judged, show_judged
from cdp.cli.opening import place_of
from cdp.cli.operations import ONE_PROCESS, sync_document
from cdp.cli.output import progress, table
from cdp.cli.scenes import Stage, meet, tell_apart
from cdp.cli.search import Found, Needles, search
from cdp.flows.add_source import NewSource, add_source
from cdp.flows.map_stream import map_stream
from cdp.flows.put_catalogue import put_catalogue
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.store import links, sources
from connectors import delimited, jsonl, registry, sql
from consent.policy import default_document
from examples.configuration import catalogues, policy, source_config
from examples.mappings import MAPPINGS
from examples.silos import Silos, make_silos
from examples.streams import SILOS, SOURCES, TABLES
from examples.writing import write

_REASONS: Final[Mapping[str, str]] = {**sql.REASONS, **jsonl.REASONS, **delimited.REASONS}


def tell(out: Console, folder: Path, *, people: int, seed: int) -> dict[str, Any]:
    """Play everything in an empty folder; returns the figures that were shown."""
    began = time.perf_counter()
    now = clock.now()
    platform = set_up(folder, now)
    try:
        stage = Stage(out, platform, make_silos(seed, people, now), folder, now)
        out.print(f"Stores, keys and workspace made below {folder}.\n{ONE_PROCESS}", style="dim")
        told: dict[str, Any] = {"folder": str(folder), "seed": seed}
        told["sync"] = _gather(stage)
        told["evaluation"] = _judge(stage)
        told["explanations"] = tell_apart(stage)
        told.update(meet(stage))
        told["drift"] = _drift(stage)
        told["search"] = _proof(stage)
    finally:
        platform.close()
    told["seconds"] = round(time.perf_counter() - began, 1)
    there = shlex.quote(str(folder))
    out.print(f"\n{told['seconds']} seconds. Look around:  cd {there} && cdp source list")
    return told


def set_up(folder: Path, now: datetime) -> Platform:
    """A platform of its own in a folder, with a cdp.toml that other commands find there."""
    (folder / "cdp.toml").write_text('data_dir = "data"\nworkspace = "demo"\nlog_level = "error"\n')
    settings = settings_of(folder)
    logs.configure(settings.log_level, settings.log_format)
    platform = Platform.create(settings, now)
    platform.recover(now)
    return platform


def settings_of(folder: Path) -> Settings:
    """The settings that the cdp.toml of the folder says, and nothing else."""
    return Settings.load({}, cwd=folder)


def plug_in(platform: Platform, silos: Silos, folder: Path, now: datetime) -> None:
    """The silos as files, sources and mappings; then policy and catalogues."""
    files = write(silos.parts, folder)
    for source, tables in SOURCES.items():
        connector = registry.find(tables[0].kind)
        with platform.write() as tx:
            new = NewSource(connector, source, source_config(source, files.folder))
            add_source(tx, platform.keyring.intake(), new, now)
        with platform.read() as tx:
            found = sources.find(tx.main, platform.workspace, source)
            rows = sources.streams_of(tx.main, platform.workspace, found.id)
        for row in rows:
            with platform.write() as tx:
                map_stream(tx, row.id, MAPPINGS[row.name], now)
    change_policy(platform, policy(default_document()))
    for kind, listed in catalogues(now).items():
        with platform.write() as tx:
            put_catalogue(tx, kind, {kind: listed}, now)


def _gather(stage: Stage) -> dict[str, Any]:
    """Four silos become profiles."""
    platform, silos = stage.platform, stage.silos
    stage.heading("Four silos become people")
    plug_in(platform, silos, stage.folder / "silos", stage.now)
    with progress() as count:
        report = work.sync(platform, list(SOURCES), count)
    document = sync_document(platform, report)
    with platform.read() as tx:
        profiles = links.count(tx.main, platform.workspace)
    records = sum(map(len, silos.truth.values()))
    told = {
        **document,
        "silos": _silos(silos, document["quarantine"]),
        "rows": len(silos.entries),
        "records": records,
        "profiles": profiles,
        "people": len(silos.people),
    }
    _show_gathered(stage.out, told)
    return told


def _silos(silos: Silos, quarantine: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    """Rows and quarantine of each silo."""
    rows = {silo: [table for table in TABLES.values() if table.silo == silo] for silo in SILOS}
    return [
        {
            "silo": silo,
            "kind": SILOS[silo],
            "rows": {table.stream: len(silos.rows[table.stream]) for table in tables},
            "quarantined": sum(
                sum(quarantine.get(f"{table.source}.{table.stream}", {}).values())
                for table in tables
            ),
        }
        for silo, tables in rows.items()
    ]


def _show_gathered(out: Console, told: Mapping[str, Any]) -> None:
    rows = [
        (
            one["silo"],
            one["kind"],
            ", ".join(f"{count} {stream}" for stream, count in one["rows"].items()),
            one["quarantined"],
        )
        for one in told["silos"]
    ]
    out.print(table("", ("silo", "is a", "rows", "in quarantine"), rows))
    for label, why in told["failed"].items():
        out.print(f"stopped: {label}: {why}", style="red")
    for label, reasons in told["quarantine"].items():
        for reason, count in sorted(reasons.items()):
            out.print(
                f"  quarantine: {label}: {count} {reason}: {_REASONS.get(reason, '')}",
                style="yellow",
            )
    said, resolved = told["consents"], told["resolved"]
    out.print(
        f"{resolved['cells_unusable']} cells could not be used. Consents: {said['taken']} taken"
        f" from sources, {said['refused']} not understood. {told['views']['built']} sealed views"
        " were built.",
    )
    out.print(
        f"{told['rows']} rows, {told['records']} records -> {told['profiles']} profiles"
        f" ({told['people']} people, firms and unknown visitors were invented).",
        style="bold",
    )


def _judge(stage: Stage) -> dict[str, Any]:
    """Profiles against the truth, which the platform never saw."""
    stage.heading("Were they right? The truth, which the platform never saw")
    document = judged(stage.platform, stage.silos)
    show_judged(stage.out, document)
    return document


def _drift(stage: Stage) -> dict[str, Any]:
    drift = asdict(work.measure(stage.platform))
    stage.heading("Nothing is readable that should not be")
    stage.out.print(
        f"drift over {drift['profiles']} profiles: {drift['forbidden']} forbidden,"
        f" {drift['missing']} missing"
    )
    return drift


def _proof(stage: Stage) -> dict[str, Any]:
    """Search every file of the stores and keys for everything known of anybody."""
    stage.heading("Nothing personal lies in the stores")
    data = stage.platform.settings.data_dir
    stores = {item.name: place_of(item) for item in stage.platform.stores.all}
    known = (*stage.silos.known_values, *stage.silos.match_keys)
    found = search([data], Needles(known))
    sizes = [(name, _kib(Path(place)), place) for name, place in stores.items()]
    stage.out.print(table("", ("store", "KiB", "place"), sizes))
    line = f"{len({value for value, _ in found.hits})} of {found.values} known values found"
    style = "bold red" if found.hits else "bold green"
    stage.out.print(f"{line} in {found.files} files ({found.size // 1024} KiB)", style=style)
    _show_hits(stage.out, found)
    return {
        "stores": stores,
        "values": found.values,
        "files": found.files,
        "bytes": found.size,
        "found": len(found.hits),
    }


def _show_hits(out: Console, found: Found) -> None:
    files: Sequence[Path] = sorted({path for _, path in found.hits})
    for path in files:
        out.print(f"found in {path}", style="red")


def _kib(path: Path) -> int:
    return sum(item.stat().st_size for item in path.parent.glob(f"{path.name}*")) // 1024
