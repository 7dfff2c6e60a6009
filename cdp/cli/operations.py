"""`cdp init`, `cdp sync`, `cdp resolve`: what brings a platform into being and up to date."""

from datetime import timedelta
from typing import Any, Final

import click
from rich.console import Console

from cdp import clock, work
from cdp.cli.failures import REFUSED, Failure
from cdp.cli.following import EVERY, INTERVAL, show_turn
from cdp.cli.opening import opened, place_of, settings
from cdp.cli.output import examples, progress, show, table, with_json
from cdp.flows.record_consent import ImportReport
from cdp.flows.refresh_views import RefreshReport
from cdp.flows.resolve import ResolveReport
from cdp.platform import Platform
from cdp.store import records, sources
from cdp.work import SyncReport
from cdp.worker import signals

ONE_PROCESS: Final = (
    "One process holds all roles here (intake, custodian, disclosure): whoever takes it over, or"
    " copies the stores together with the keys, can read everything. Give each role a host and"
    " the folders of its own keys before you rely on their being apart."
)
_COUNTS: Final = (
    "new",
    "changed",
    "unchanged",
    "event",
    "consent",
    "repeated",
    "deleted",
    "kept_unseen",
    "quarantined",
)


@click.command(epilog=examples("cdp init", "CDP_DATA_DIR=/srv/continuum cdp init --json"))
@with_json
def init() -> None:
    """Set up stores, keys and workspace; harmless to repeat.

    Creates what is missing and migrates what is there. PostgreSQL stores need CDP_ADMIN_URL for
    this command, and for no other.
    """
    found = settings()
    platform = Platform.create(found, clock.now())
    try:
        stores = {database.name: place_of(database) for database in platform.stores.all}
        document = {
            "workspace": found.workspace,
            "workspace_id": platform.workspace,
            "stores": stores,
            "keys": str(found.keys_dir),
            "roles": ["intake", "custodian", "disclosure"],
            "warning": ONE_PROCESS,
        }
    finally:
        platform.close()

    def human(out: Console) -> None:
        out.print(f"Workspace {found.workspace} is ready.")
        out.print(table("", ("what", "where"), [*stores.items(), ("keys", found.keys_dir)]))
        out.print(f"\n{ONE_PROCESS}")
        out.print(
            "\nBack up main and custody apart from each other, keys apart from both, and views"
            " never.\nNext: cdp source add NAME --kind delimited --config FILE"
        )

    show(document, human)


@click.command(
    epilog=examples(
        "cdp sync", "cdp sync crm shop --json", "cdp sync --follow --every 5s", "cdp sync --later"
    )
)
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option("--follow", is_flag=True, help="Read again and again, until a signal says stop.")
@click.option(
    "--every", type=INTERVAL, help="With --follow: how long a source rests between two readings."
)
@click.option("--later", is_flag=True, help="Ask the worker to do it; return at once.")
@click.option("--accept-deletes", is_flag=True, help="Full refreshes may take away any number.")
@with_json
def sync(
    names: tuple[str, ...],
    follow: bool,
    every: timedelta | None,
    later: bool,
    accept_deletes: bool,
) -> None:
    """Read sources, resolve who is who, refresh views.

    Reads the named sources, or all of them, from where the last sync ended. Rows that cannot be
    read go to quarantine with a reason. Exits with 1 when a stream could not be read to its end.
    Following prints a line (an object with `--json`) for every change; a source that fails rests,
    longer each time, and keeps no other from being read.
    """
    if follow and later:
        raise click.UsageError("--follow and --later exclude each other")
    if accept_deletes and (follow or later):
        raise click.UsageError("--accept-deletes is said for one reading, by whoever looked at it")
    if every is not None and not follow:
        raise click.UsageError("--every needs --follow")
    if later:
        with opened() as platform:
            queued = work.sync_later(platform, names)
        show({"queued": queued}, lambda out: out.print(f"queued: {', '.join(queued) or 'nothing'}"))
    elif follow:
        with signals() as stopping, opened() as platform:
            platform.recover(clock.now())
            turns = work.follow(platform, names, every=every or EVERY, stopping=stopping)
            for turn in turns:
                show_turn(turn)
    else:
        _sync_once(names, accept_deletes=accept_deletes)


def _sync_once(names: tuple[str, ...], *, accept_deletes: bool) -> None:
    with opened() as platform:
        platform.recover(clock.now())
        with platform.read() as tx:
            known = [source.name for source in sources.find_all(tx.main, platform.workspace)]
        with progress() as count:
            report = work.sync(platform, names or known, count, accept_deletes=accept_deletes)
        document = sync_document(platform, report)
    show(document, lambda out: show_sync(out, document))
    if report.failed:
        raise Failure(
            REFUSED, "stream_failed", f"{len(report.failed)} stream(s) stopped; see above"
        )


@click.command(epilog=examples("cdp resolve", "cdp resolve --json"))
@with_json
def resolve() -> None:
    """Resolve what waits, and refresh views.

    Records wait after a sync that was interrupted, and after a new mapping.
    """
    with opened() as platform:
        platform.recover(clock.now())
        with progress() as count:
            resolved, imported = work.resolve_all(platform, count)
            refreshed = work.refresh_all(platform, count)
    document = _work_document(resolved, imported, refreshed)
    show(document, lambda out: _show_work(out, document))


def sync_document(platform: Platform, report: SyncReport) -> dict[str, Any]:
    """A sync report as JSON, with the reasons of what waits in quarantine of these streams."""
    with platform.read() as tx:
        reasons = records.count_quarantined(tx.main, platform.workspace)
        streams = sources.streams_of(tx.main, platform.workspace)
    labels = {stream.id: f"{stream.source}.{stream.name}" for stream in streams}
    return {
        "streams": {
            label: {kind: landed.counts.get(kind, 0) for kind in _COUNTS}
            for label, landed in report.landed.items()
        },
        "failed": report.failed,
        "runs": report.runs,
        "quarantine": {
            labels[stream]: found
            for stream, found in reasons.items()
            if labels[stream] in report.landed
        },
        **_work_document(report.resolved, report.imported, report.refreshed),
    }


def show_sync(out: Console, document: dict[str, Any]) -> None:
    """A sync report for people."""
    rows = [(label, *counts.values()) for label, counts in document["streams"].items()]
    out.print(table("Landed", ("stream", *_COUNTS), rows))
    for label, why in document["failed"].items():
        out.print(f"stopped: {label}: {why}", style="red")
    for label, reasons in document["quarantine"].items():
        told = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        out.print(f"in quarantine: {label}: {told}", style="yellow")
    _show_work(out, document)


def _work_document(
    resolved: ResolveReport, imported: ImportReport, refreshed: RefreshReport
) -> dict[str, Any]:
    return {
        "resolved": {
            "records": resolved.records,
            "profiles_created": resolved.created,
            "profiles_merged": resolved.merged,
            "profiles_split": resolved.split,
            "links_refused": resolved.refused,
            "components_over_cap": resolved.capped,
            "cells_unusable": resolved.unusable,
        },
        "consents": {
            "taken": imported.taken,
            "repeated": imported.repeated,
            "refused": imported.refused,
        },
        "views": {
            "profiles": refreshed.profiles,
            "built": refreshed.built,
            "removed": refreshed.removed,
        },
    }


def _show_work(out: Console, document: dict[str, Any]) -> None:
    resolved, said, views = (document[part] for part in ("resolved", "consents", "views"))
    out.print(
        f"Resolved {resolved['records']} records: {resolved['profiles_created']} profiles created,"
        f" {resolved['profiles_merged']} merged, {resolved['profiles_split']} split;"
        f" {resolved['cells_unusable']} cells or events could not be used"
        + (": `cdp source preview` tells why." if resolved["cells_unusable"] else ".")
    )
    out.print(
        f"Consents from sources: {said['taken']} taken, {said['repeated']} known before,"
        f" {said['refused']} not understood."
    )
    out.print(
        f"Views: {views['built']} built, {views['removed']} removed,"
        f" for {views['profiles']} profiles."
    )
