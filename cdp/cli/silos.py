"""`cdp source show|set|check|new|runs`: looking after sources that are there, and making new kinds.

No secret is ever shown: a field that the connector marks `writeOnly` is `set` or `not set`.
"""

from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console

from cdp import work
from cdp.cli.configured import configured
from cdp.cli.documents import DOCUMENT
from cdp.cli.opening import opened, settings
from cdp.cli.output import examples, show, table, with_json
from cdp.clock import text
from cdp.flows.reconfigure import reconfigure
from cdp.store import runs, sources
from connectors import registry


@click.command(
    "show", epilog=examples("cdp source show crm", "cdp source show crm --config > crm.json")
)
@click.argument("name")
@click.option("--config", "alone", is_flag=True, help="The configuration alone, no secrets in it.")
@with_json
def show_(name: str, alone: bool) -> None:
    """Show a source's configuration; secrets are only said to be set or not."""
    with opened() as platform:
        with platform.read() as tx:
            found = sources.find(tx.main, platform.workspace, name)
            streams = sources.streams_of(tx.main, platform.workspace, found.id)
        connector = registry.find(found.kind, platform.settings.connectors_dir)
        config = registry.shown(connector, work.source_config(platform, found))
    if alone:
        hidden = {path.split(".")[0] for path in registry.secrets(connector)}
        config = {field: value for field, value in config.items() if field not in hidden}
        click.echo(orjson.dumps(config, option=orjson.OPT_INDENT_2))
        return
    document = {
        "source": name,
        "kind": found.kind,
        "streams": [stream.name for stream in streams],
        "config": config,
    }

    def human(out: Console) -> None:
        out.print(f"{name} ({found.kind}), streams: {', '.join(document['streams'])}")
        out.print(orjson.dumps(config, option=orjson.OPT_INDENT_2).decode(), soft_wrap=True)

    show(document, human)


@click.command("set", epilog=examples("cdp source set crm --config crm.json"))
@click.argument("name")
@click.option("--config", type=DOCUMENT, required=True, help="A JSON file, the whole of it.")
@with_json
def set_(name: str, config: dict[str, Any]) -> None:
    """Change a source's configuration; its streams are read anew from the beginning.

    Records stay what they are: what did not change lands as unchanged. The file is the whole
    configuration, secrets included.
    """
    with opened() as platform, platform.write() as tx:
        found = sources.find(tx.main, platform.workspace, name)
        connector = registry.find(found.kind, platform.settings.connectors_dir)
        whole = configured(connector, config, ())
        streams = reconfigure(tx, platform.keyring.intake(), found, connector, whole)

    def human(out: Console) -> None:
        out.print(f"{name} has its new configuration. Next: cdp source check {name}")

    show({"source": name, "kind": found.kind, "streams": streams}, human)


@click.command(epilog=examples("cdp source check crm", "cdp source check crm --rows 10000"))
@click.argument("name")
@click.option("--rows", type=click.IntRange(1), default=1000, show_default=True)
@with_json
def check(name: str, rows: int) -> None:
    """Try to read the first rows of a source: they are counted by kind, nothing is kept."""
    with opened() as platform:
        found = work.check(platform, name, rows)
    document = {
        "source": name,
        "streams": {stream: dict(sorted(counts.items())) for stream, counts in found.items()},
    }

    def human(out: Console) -> None:
        lines = [(stream, _told(counts) or "no rows") for stream, counts in found.items()]
        out.print(table(f"{name}: the first {rows} rows", ("stream", "found"), lines))

    show(document, human)


@click.command(epilog=examples("cdp source new tickets --folder connectors"))
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write it; default: the setting connectors_dir, else this folder.",
)
@with_json
def new(name: str, folder: Path | None) -> None:
    """Write a connector that works, with its test, to be made your own."""
    place = (folder or settings().connectors_dir or Path.cwd()).resolve()
    files = [str(path) for path in registry.skeleton(name, place)]

    def human(out: Console) -> None:
        out.print("\n".join(files), soft_wrap=True)
        out.print(f"Next: pytest {files[1]}", soft_wrap=True)
        out.print(
            f"To use it set connectors_dir to its folder, then: cdp source add NAME --kind {name}"
        )

    show({"kind": name, "files": files}, human)


@click.command("runs", epilog=examples("cdp source runs", "cdp source runs crm --json"))
@click.argument("name", required=False)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@with_json
def runs_(name: str | None, limit: int) -> None:
    """List the newest readings of streams: when, how they ended, what landed."""
    with opened() as platform, platform.read() as tx:
        if name is not None:
            sources.find(tx.main, platform.workspace, name)
        found = runs.newest(tx.main, platform.workspace, limit, name)
    rows = [
        {
            "id": run.id,
            "stream": f"{run.source}.{run.stream}",
            "started_at": text(run.started_at),
            "ended_at": text(run.ended_at) if run.ended_at else None,
            "status": run.status,
            "reason": run.reason,
            "counts": run.counts,
        }
        for run in found
    ]

    def human(out: Console) -> None:
        columns = ("stream", "started_at", "ended_at", "status", "reason")
        lines = [[*(row[name] for name in columns), _told(row["counts"])] for row in rows]
        out.print(table("", (*columns, "landed"), lines) if lines else "No runs; see cdp sync")

    show({"runs": rows}, human)


def _told(counts: Any) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
