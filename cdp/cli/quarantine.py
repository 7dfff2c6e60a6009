"""`cdp quarantine`: what could not be read, by reason; and reading it again. No value is shown."""

from collections import Counter
from typing import Any
from uuid import UUID

import click
from rich.console import Console

from cdp import clock, work
from cdp.cli.opening import opened
from cdp.cli.output import examples, progress, show, table, with_json
from cdp.clock import text
from cdp.store import quarantine as store
from cdp.store import sources


@click.group(epilog=examples("cdp quarantine list", "cdp quarantine replay --source crm"))
def quarantine() -> None:
    """List what could not be read, and read it again."""


@quarantine.command(
    "list", epilog=examples("cdp quarantine list", "cdp quarantine list --source crm --json")
)
@click.option("--source", "name", help="Rows of this source only.")
@click.option("--reason", help="Rows with this reason code only.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@with_json
def list_(name: str | None, reason: str | None, limit: int) -> None:
    """List rows in quarantine: where they came from, and why they are here."""
    with opened() as platform, platform.read() as tx:
        if name is not None:
            sources.find(tx.main, platform.workspace, name)
        found = store.waiting(
            tx.main, platform.workspace, source_name=name, reason=reason, limit=limit
        )
    rows: list[dict[str, Any]] = [
        {
            "id": row.id,
            "stream": f"{row.source}.{row.stream}",
            "position": row.position,
            "reason": row.reason,
            "at": text(row.created_at),
        }
        for row in found
    ]
    reasons = dict(sorted(Counter(row["reason"] for row in rows).items()))

    def human(out: Console) -> None:
        columns = ("id", "stream", "position", "reason", "at")
        lines = [[row[name] for name in columns] for row in rows]
        out.print(table("", columns, lines) if lines else "Nothing is in quarantine.")
        for why, count in reasons.items():
            out.print(f"{count} {why}")

    show({"rows": rows, "reasons": reasons}, human)


@quarantine.command(
    epilog=examples("cdp quarantine replay --source crm", "cdp quarantine replay ID")
)
@click.argument("ids", nargs=-1, metavar="[ID]...", type=click.UUID)
@click.option("--source", "name", help="Everything of this source.")
@with_json
def replay(ids: tuple[UUID, ...], name: str | None) -> None:
    """Read rows in quarantine again, as their sources are configured now.

    What is understood lands, once; what is not keeps its newest reason. A row that its source has
    sent again since is not landed over the newer one.
    """
    with opened() as platform:
        platform.recover(clock.now())
        with progress() as count:
            report = work.replay(platform, name, ids, count)
    document = {
        "understood": report.understood,
        "landed": report.landed.counts,
        "left": dict(sorted(report.left.items())),
        "failed": report.failed,
    }

    def human(out: Console) -> None:
        out.print(f"{report.understood} rows understood, {sum(report.left.values())} left.")
        for why, number in sorted(report.left.items()):
            out.print(f"{number} {why}")
        for label, why in report.failed.items():
            out.print(f"stopped: {label}: {why}", style="red")
        if report.landed.counts:
            out.print("Next: cdp resolve")

    show(document, human)
