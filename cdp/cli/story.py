"""What the demo does, step by step: each step is what the command of that name does.

The people, their orders and their cases are invented from a seed, so everything that must not be
found in the stores is known and is searched for at the end.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from cdp import clock, door, hearing, logs, work
from cdp.cli.configuration import change_policy
from cdp.cli.consents import tell as tell_consent
from cdp.cli.opening import STAFF, asked, place_of
from cdp.cli.operations import ONE_PROCESS, show_sync, sync_document
from cdp.cli.output import progress, table
from cdp.cli.panels import WIDTH, context_panel
from cdp.cli.search import Found, Needles, search
from cdp.door import Identifier
from cdp.flows.add_source import NewSource, add_source
from cdp.flows.map_stream import map_stream
from cdp.flows.put_catalogue import put_catalogue
from cdp.hearing import ConsentRequest
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.store import links, sources
from connectors import registry
from consent.decision import Ask
from consent.policy import default_document
from examples.configuration import catalogues, policy, source_config
from examples.ledger import NOTICE
from examples.mappings import MAPPINGS
from examples.silos import Silos, make_silos
from examples.streams import SILOS, SOURCES
from examples.writing import write

CHANNEL: Final = "chat"


@dataclass(frozen=True)
class Stage:
    """Where the demo plays and what is known of its people."""

    out: Console
    platform: Platform
    silos: Silos
    folder: Path
    now: datetime

    def heading(self, text: str) -> None:
        """A line between two steps."""
        self.out.print(f"\n{text}", style="bold underline")


def tell(out: Console, folder: Path, *, people: int, seed: int) -> dict[str, Any]:
    """Play everything in an empty folder; returns the figures that were shown."""
    began = time.perf_counter()
    now = clock.now()
    platform = set_up(folder, now)
    try:
        silos = make_silos(seed, people, now)
        stage = Stage(out, platform, silos, folder, now)
        out.print(f"Stores, keys and workspace made below {folder}.\n{ONE_PROCESS}", style="dim")
        told: dict[str, Any] = {"folder": str(folder), "sync": _gather(stage)}
        told["contexts"], told["withdrawal"] = _contexts(stage)
        told["drift"] = _drift(stage)
        told["search"] = _proof(stage)
    finally:
        platform.close()
    told["seconds"] = round(time.perf_counter() - began, 1)
    out.print(f"\n{told['seconds']} seconds. Look around:  cd {folder} && cdp source list")
    return told


def set_up(folder: Path, now: datetime) -> Platform:
    """A platform of its own in a folder, with a cdp.toml that other commands find there."""
    (folder / "cdp.toml").write_text('data_dir = "data"\nworkspace = "demo"\nlog_level = "error"\n')
    settings = Settings.load({}, cwd=folder)
    logs.configure(settings.log_level, settings.log_format)
    platform = Platform.create(settings, now)
    platform.recover(now)
    return platform


def plug_in(platform: Platform, silos: Silos, folder: Path, now: datetime) -> None:
    """The silos as files, sources and mappings; then policy and offers."""
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
    """Three silos become profiles."""
    platform, out = stage.platform, stage.out
    stage.heading("1  Three silos become people")
    plug_in(platform, stage.silos, stage.folder / "silos", stage.now)
    with progress() as count:
        report = work.sync(platform, list(SOURCES), count)
    document = sync_document(platform, report)
    show_sync(out, document)
    with platform.read() as tx:
        profiles = links.count(tx.main, platform.workspace)
    rows = sum(len(found) for found in stage.silos.rows.values())
    people = len(stage.silos.people)
    out.print(
        f"{rows} rows in {len(SILOS)} silos -> {profiles} profiles"
        f" ({people} people were invented).",
        style="bold",
    )
    return {**document, "rows": rows, "profiles": profiles, "people": people}


def _contexts(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    """Three people who said yes, no, and no longer; and one who has to be served first."""
    stage.heading("2  Three people, three contexts")
    heroes = {key: _find(stage, key) for key in ("bruno", "caitlin", "dorothea")}
    for key in ("bruno", "dorothea"):
        _give(stage, heroes[key])
    _say(stage, heroes["caitlin"], {"type": "refused", "purposes": ["offers", "profiling_offers"]})
    shown = {
        "all_permitted": _context(stage, "All permitted", heroes["bruno"]),
        "service_only": _context(stage, "Service only: said no to offers", heroes["caitlin"]),
    }
    title = "Served first: wants offers, but waits for a parcel and an answer"
    shown["served_first"] = _context(stage, title, _find(stage, "amelie"))
    before = _ask_context(stage, heroes["dorothea"])
    withdrawal = _withdraw(stage, heroes["dorothea"], before)
    title = "Withdrawn a second ago"
    shown["withdrawn"] = _context(stage, title, heroes["dorothea"])
    return shown, withdrawal


def _find(stage: Stage, key: str) -> UUID:
    person = stage.silos.people[key]
    email = Identifier("email", person.email)
    (found,) = door.resolve(stage.platform, STAFF, "service", [email])
    return found


def _give(stage: Stage, profile_id: UUID) -> None:
    said = {
        "type": "given",
        "purposes": ["offers", "profiling_offers"],
        "channels": [CHANNEL, "email"],
        "notice": NOTICE,
        "evidence": {"ref": "demo/form"},
    }
    _say(stage, profile_id, said)


def _say(stage: Stage, profile_id: UUID, fields: dict[str, Any]) -> None:
    whole = {**fields, "by_party": "data_subject", "method": "demo"}
    tell_consent(stage.platform, profile_id, whole)


def _ask_context(stage: Stage, profile_id: UUID) -> dict[str, Any]:
    return asked(
        stage.platform,
        profile_id,
        lambda: door.context(stage.platform, STAFF, profile_id, "service", channel=CHANNEL),
    )


def _context(stage: Stage, title: str, profile_id: UUID) -> dict[str, Any]:
    document = _ask_context(stage, profile_id)
    stage.out.print(context_panel(title, document))
    return document


def _withdraw(stage: Stage, profile_id: UUID, before: dict[str, Any]) -> dict[str, Any]:
    """Withdraw, and ask again at once."""
    platform = stage.platform
    request = ConsentRequest(
        event_id=new_id(),
        source="staff",
        fields={"type": "withdrawn", "purposes": ["offers"], "by_party": "data_subject"},
    )
    started = time.perf_counter()
    hearing.record(platform, STAFF, profile_id, request)
    acknowledged = time.perf_counter()
    ask = Ask(purpose="offers", channel=CHANNEL, now=clock.now())
    answer = door.decide(platform, STAFF, profile_id, ask)
    answered = time.perf_counter()
    told = {
        "before": before["offers"]["permitted"],
        "after": answer.decision["permitted"],
        "reason": answer.decision["reason"],
        "acknowledged_ms": _ms(acknowledged - started),
        "refused_ms": _ms(answered - acknowledged),
    }
    stage.out.print(
        Panel(
            f"offers permitted before: {_yes(told['before'])}\n"
            f"withdrawal acknowledged after {told['acknowledged_ms']} ms\n"
            f"asked again at once: {_yes(told['after'])}, {told['reason']},"
            f" {told['refused_ms']} ms later",
            title=Text("A withdrawal"),
            title_align="left",
            border_style="red",
            width=WIDTH,
        )
    )
    return told


def _drift(stage: Stage) -> dict[str, Any]:
    drift = asdict(work.measure(stage.platform))
    stage.heading("3  Nothing is readable that should not be")
    stage.out.print(
        f"drift over {drift['profiles']} profiles: {drift['forbidden']} forbidden,"
        f" {drift['missing']} missing"
    )
    return drift


def _proof(stage: Stage) -> dict[str, Any]:
    """Search every file of the stores and keys for everything known of anybody."""
    stage.heading("4  Nothing personal lies in the stores")
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


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _yes(permitted: bool) -> str:
    return "yes" if permitted else "no"
