"""`cdp jobs`: the background work as an operator sees it, and dead jobs revived."""

from typing import Any, Final

import click
from rich.console import Console

from cdp import clock, work
from cdp.cli.opening import opened
from cdp.cli.output import examples, show, table, with_json
from cdp.store.queues import Troubled
from cdp.work.kinds import KINDS

MOST_SHOWN: Final = 1000


@click.group(epilog=examples("cdp jobs list", "cdp jobs retry --all"))
def jobs() -> None:
    """List background work, and revive what was given up."""


@jobs.command(name="list", epilog=examples("cdp jobs list", "cdp jobs list --dead --json"))
@click.option("--dead", is_flag=True, help="Of the jobs in trouble only those that were given up.")
@with_json
def list_jobs(dead: bool) -> None:
    """Count the work of every kind, and list jobs in trouble.

    A job that fails rests, longer each time, until it is given up; `cdp jobs retry` revives it, and
    so does a new reason for it. At most 1000 jobs are listed; the counts are of all.
    """
    with opened() as platform:
        seen = work.watch(platform, dead_only=dead, most=MOST_SHOWN)
    document = {
        "kinds": {
            kind.kind: {
                "waiting": kind.waiting,
                "resting": kind.resting,
                "leased": kind.leased,
                "failing": kind.failing,
                "dead": kind.dead,
                "oldest_seconds": seen.age(kind.oldest),
            }
            for kind in seen.kinds
        },
        "outbox": {"pending": seen.outbox, "oldest_seconds": seen.age(seen.outbox_oldest)},
        "troubled": [_line(job) for job in seen.troubled],
    }
    show(document, lambda out: _show(out, document))


@jobs.command(epilog=examples("cdp jobs retry refresh_views", "cdp jobs retry --all"))
@click.argument("kind", required=False, type=click.Choice(tuple(KINDS)))
@click.option("--all", "every", is_flag=True, help="Jobs of every kind.")
@with_json
def retry(kind: str | None, every: bool) -> None:
    """Revive jobs that were given up: they are due at once.

    Remove the cause first: see the reason in `cdp jobs list --dead`.
    """
    if (kind is None) != every:
        raise click.UsageError("name a kind of work, or give --all")
    with opened() as platform:
        revived = work.retry(platform, kind)
    show({"revived": revived}, lambda out: out.print(f"{revived} job(s) are due again."))


def _line(job: Troubled) -> dict[str, Any]:
    return {
        "kind": job.kind,
        "subject": job.subject_id,
        "about": KINDS[job.kind].about if job.kind in KINDS else None,
        "attempts": job.attempts,
        "reason": job.reason,
        "dead_at": None if job.dead_at is None else clock.text(job.dead_at),
        "next_at": None if job.dead_at is not None else clock.text(job.run_at),
    }


def _show(out: Console, document: dict[str, Any]) -> None:
    columns = ("waiting", "resting", "leased", "failing", "dead", "oldest_seconds")
    rows = [
        (kind, *(counts[column] for column in columns))
        for kind, counts in document["kinds"].items()
    ]
    out.print(table("Jobs", ("kind", *columns), rows) if rows else "No job is open.")
    outbox = document["outbox"]
    out.print(
        f"Outbox: {outbox['pending']} restriction(s) on their way to views and custody,"
        f" the oldest for {outbox['oldest_seconds']} s."
    )
    troubled = [
        (job["kind"], job["subject"], job["attempts"], job["reason"], job["dead_at"] or "-")
        for job in document["troubled"]
    ]
    if troubled:
        heads = ("kind", "subject", "attempts", "reason", "given up")
        out.print(table("In trouble", heads, troubled))
