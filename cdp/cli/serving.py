"""`cdp serve` and `cdp worker`: the processes that run until they are stopped."""

from collections.abc import Sequence
from dataclasses import replace
from threading import Event

import click
from rich.console import Console

from cdp import clock, worker
from cdp.cli.failures import REFUSED, Failure
from cdp.cli.opening import opened, settings
from cdp.cli.output import examples, show, table, with_json
from cdp.platform import Platform
from cdp.web import serving
from cdp.work.leasing import Worked


@click.command(epilog=examples("cdp serve", "cdp serve --host 0.0.0.0 --port 8443 --no-worker"))
@click.option("--host", help="The address to listen on; default: the setting `host`.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: the setting `port`.")
@click.option("--no-worker", is_flag=True, help="Leave the background work to `cdp worker`.")
@with_json
def serve(host: str | None, port: int | None, no_worker: bool) -> None:
    """Serve the API and work in the background.

    Runs until it is stopped; it can be killed at any instant. Put TLS in front of it.
    """
    found = settings()
    chosen = replace(found, host=host or found.host, port=port or found.port)
    click.echo(f"serving on http://{chosen.host}:{chosen.port}", err=True)
    serving.serve(chosen, worker=not no_worker)


@click.command(
    name="worker",
    epilog=examples("cdp worker", "cdp worker --once --json", "cdp worker --kinds refresh_views"),
)
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@click.option(
    "--kinds",
    multiple=True,
    type=click.Choice(worker.EVERY_KIND),
    help="Only this work; repeat it.",
)
@with_json
def work_in_foreground(once: bool, kinds: tuple[str, ...]) -> None:
    """Do the background work: views, sources, the outbox.

    Runs until it is stopped, and then ends after the unit of work at hand; it can be killed at any
    instant, and any number may run at once. With `--once` it exits with 1 if a job failed, and with
    3 if a store was away.
    """
    with worker.signals() as stopping, opened() as platform:
        platform.recover(clock.now())
        chosen = kinds or worker.EVERY_KIND
        if once:
            worked = worker.work_off(platform, chosen, stopping)
        else:
            click.echo(f"working on {', '.join(chosen)}", err=True)
            worked = _work(platform, chosen, stopping)
    show({"worked": worked}, lambda out: _show(out, worked))
    failed = sum(count.failed for count in worked.values())
    if once and failed:
        raise Failure(REFUSED, "jobs_failed", f"{failed} job(s) failed: see `cdp jobs list`")


def _work(platform: Platform, kinds: Sequence[str], stopping: Event) -> dict[str, Worked]:
    running = worker.Worker(platform, kinds)
    running.start()
    stopping.wait()
    running.stop()
    return running.worked


def _show(out: Console, worked: dict[str, Worked]) -> None:
    rows = [
        (kind, count.done, count.again, count.failed, count.dead)
        for kind, count in worked.items()
        if count.jobs
    ]
    if rows:
        out.print(table("Worked", ("kind", "done", "again", "failed", "given up"), rows))
    else:
        out.print("Nothing was due.")
