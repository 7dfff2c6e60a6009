"""`cdp serve`: the API and the background work, in one process."""

from dataclasses import replace

import click

from cdp.cli.opening import settings
from cdp.cli.output import examples, with_json
from cdp.web import serving


@click.command(epilog=examples("cdp serve", "cdp serve --host 0.0.0.0 --port 8443"))
@click.option("--host", help="The address to listen on; default: the setting `host`.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: the setting `port`.")
@with_json
def serve(host: str | None, port: int | None) -> None:
    """Serve the API and work in the background.

    Runs until it is stopped; it can be killed at any instant. Put TLS in front of it.
    """
    found = settings()
    chosen = replace(found, host=host or found.host, port=port or found.port)
    click.echo(f"serving on http://{chosen.host}:{chosen.port}", err=True)
    serving.serve(chosen)
