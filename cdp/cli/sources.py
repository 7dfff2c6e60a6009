"""`cdp source`: add, list, map and preview. No row's value is ever shown, only columns and counts.

A stream is named SOURCE.STREAM; a source with one stream needs no STREAM.
"""

from collections.abc import Mapping
from typing import Any

import click
import orjson
from rich.console import Console

from cdp import clock, work
from cdp.cli.configured import configured
from cdp.cli.documents import DOCUMENT
from cdp.cli.opening import opened, settings
from cdp.cli.output import examples, show, table, with_json
from cdp.cli.silos import check, new, runs_, set_, show_
from cdp.clock import text
from cdp.errors import Refused
from cdp.flows.add_source import NewSource, add_source
from cdp.flows.map_stream import map_stream
from cdp.mapping import Mapping as StreamMapping
from cdp.mapping import Preview, suggest
from cdp.mapping import preview as preview_of
from cdp.mapping.vocabulary import RELATIONS
from cdp.platform import Platform
from cdp.store import records, sources
from connectors import registry

SAMPLES = 200


@click.group(epilog=examples("cdp source list", "cdp source add --help"))
def source() -> None:
    """Add, list, map and preview sources."""


for command in (show_, set_, check, new, runs_):
    source.add_command(command)


@source.command(
    epilog=examples(
        "cdp source add crm --kind delimited --config crm.json",
        "cdp source add shop --kind delimited --set path=/data/orders.csv --set stream=orders"
        " --set key=order_no",
    )
)
@click.argument("name")
@click.option("--kind", required=True, help="The connector, for example delimited.")
@click.option("--config", type=DOCUMENT, help="A JSON file with the connector's configuration.")
@click.option("--set", "fields", multiple=True, metavar="KEY=VALUE", help="One field of it.")
@with_json
def add(name: str, kind: str, config: dict[str, Any] | None, fields: tuple[str, ...]) -> None:
    """Add a source; its configuration is checked and sealed.

    Fields given with --set win over the file. A list is written with commas. Nothing is read yet.
    """
    connector = registry.find(kind, settings().connectors_dir)
    added = NewSource(connector, name, configured(connector, config, fields))
    with opened() as platform, platform.write() as tx:
        streams = add_source(tx, platform.keyring.intake(), added, clock.now())

    def human(out: Console) -> None:
        out.print(f"Added {name} with the streams: {', '.join(streams)}.")
        out.print(f"Next: cdp source map {name} --suggest, then cdp sync {name}")

    show({"source": name, "kind": kind, "streams": streams}, human)


@source.command("list", epilog=examples("cdp source list", "cdp source list --json"))
@with_json
def list_() -> None:
    """List sources: streams, records, last sync, quarantine."""
    with opened() as platform, platform.read() as tx:
        main, workspace = tx.main, platform.workspace
        kinds = {item.id: item.kind for item in sources.find_all(main, workspace)}
        counts = sources.count_records(main, workspace)
        synced = sources.synced_at(main, workspace)
        mapped = sources.mappings(main, workspace)
        reasons = records.count_quarantined(main, workspace)
        rows: list[dict[str, Any]] = [
            {
                "source": item.source,
                "stream": item.name,
                "kind": kinds[item.source_id],
                "records": counts.get(item.id, 0),
                "mapping": mapped[item.id].version if item.id in mapped else None,
                "synced_at": text(synced[item.id]) if item.id in synced else None,
                "quarantine": reasons.get(item.id, {}),
            }
            for item in sources.streams_of(main, workspace)
        ]

    def human(out: Console) -> None:
        columns = ("source", "stream", "kind", "records", "mapping", "synced_at", "quarantine")
        lines = [
            [*(row[name] for name in columns[:-1]), _reasons(row["quarantine"])] for row in rows
        ]
        out.print(table("", columns, lines) if lines else "No sources; see cdp source add --help")

    show({"streams": rows}, human)


@source.command(
    "map",
    epilog=examples(
        "cdp source map crm --suggest",
        "cdp source map crm --suggest --relation customer --save",
        "cdp source map support.cases --file cases.json",
    ),
)
@click.argument("stream", metavar="SOURCE[.STREAM]")
@click.option("--file", "document", type=DOCUMENT, help="A JSON file with the mapping.")
@click.option("--suggest", "guess", is_flag=True, help="Guess from the columns of some rows.")
@click.option("--save", is_flag=True, help="With --suggest: put the guess in force.")
@click.option(
    "--relation",
    type=click.Choice(RELATIONS),
    help="With --suggest: what these people are to you, which is never guessed.",
)
@with_json
def map_(
    stream: str, document: dict[str, Any] | None, guess: bool, save: bool, relation: str | None
) -> None:
    """Say what the columns of a stream mean.

    A mapping put in force is a new version, and every record of the stream waits to be read under
    it: run `cdp resolve`. A suggestion is printed for you to correct, and kept only with --save.
    """
    if guess == (document is not None) or ((save or relation) and not guess):
        raise click.UsageError("give either --file, or --suggest; --save, --relation go with that")
    with opened() as platform:
        if document is None:
            chosen, found = work.sample(platform, *_split(stream), SAMPLES)
            rows = [message.data for message in found]
            told = {"relation": relation} if relation else {}
            columns = list(dict.fromkeys(key for row in rows for key in row))
            guessed = suggest(columns, rows)
            if save and not guessed.get("fields"):
                raise Refused(
                    "no column was recognised, so nothing was put in force: write a mapping, and"
                    " give it with --file",
                    reason="nothing_suggested",
                )
            document = {**told, **guessed}
        else:
            chosen, _, _ = work.pick_stream(platform, *_split(stream))
        label = f"{chosen.source}.{chosen.name}"
        if guess and not save:
            _show_guess(label, document)
            return
        with platform.write() as tx:
            report = map_stream(tx, chosen.id, document, clock.now())

    def human(out: Console) -> None:
        out.print(
            f"Mapping {report.version} of {label} is in force; {report.waiting} records wait."
        )
        if report.waiting:
            out.print("Next: cdp resolve")

    show({"stream": label, "version": report.version, "waiting": report.waiting}, human)


@source.command(
    epilog=examples(
        "cdp source preview crm", "cdp source preview crm --file crm.mapping.json --rows 1000"
    )
)
@click.argument("stream", metavar="SOURCE[.STREAM]")
@click.option("--file", "document", type=DOCUMENT, help="Try this mapping, not the one in force.")
@click.option("--rows", type=click.IntRange(1), default=SAMPLES, show_default=True)
@with_json
def preview(stream: str, document: dict[str, Any] | None, rows: int) -> None:
    """Count, per column and per event, what a mapping would understand.

    An event that lacks what its type requires is told with what it lacks. No values are shown,
    nothing is kept.
    """
    with opened() as platform:
        chosen, sample = work.sample(platform, *_split(stream), rows)
        if document is None:
            document = _in_force(platform, chosen)
    mapping = StreamMapping.parse(document)
    report = preview_of(mapping, [message.data for message in sample])
    label = f"{chosen.source}.{chosen.name}"
    answer = {**_preview_document(label, report), "events": work.rehearse(mapping, sample)}

    def human(out: Console) -> None:
        columns = ("column", "mapped", "empty", "absent", "problems")
        lines = [[*list(row.values())[:4], _reasons(row["problems"])] for row in answer["columns"]]
        out.print(table(f"{label}: {report.rows} rows", columns, lines))
        if answer["events"]:
            events = [(kind, _reasons(counts)) for kind, counts in answer["events"].items()]
            out.print(table("events they tell of", ("event", "found"), events))
        if report.unmapped:
            out.print(f"columns that the mapping does not read: {', '.join(report.unmapped)}")

    show(answer, human)


def _preview_document(label: str, report: Preview) -> dict[str, Any]:
    return {
        "stream": label,
        "rows": report.rows,
        "columns": [
            {
                "column": item.column,
                "mapped": item.mapped,
                "empty": item.empty,
                "absent": item.absent,
                "problems": dict(item.problems),
            }
            for item in report.columns
        ],
        "unmapped": list(report.unmapped),
    }


def _show_guess(label: str, document: Mapping[str, object]) -> None:
    def human(out: Console) -> None:
        pretty = orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
        out.print(pretty, soft_wrap=True)
        click.echo(
            f"Nothing is kept yet: correct this, then cdp source map {label} --file FILE", err=True
        )

    show({"stream": label, "mapping": document}, human)


def _in_force(platform: Platform, stream: sources.Stream) -> dict[str, Any]:
    with platform.read() as tx:
        found = sources.mappings(tx.main, platform.workspace).get(stream.id)
    if found is None:
        raise Refused(
            f"{stream.source}.{stream.name} has no mapping: give one with --file",
            reason="no_mapping",
        )
    return found.document


def _split(stream: str) -> tuple[str, str | None]:
    name, _, rest = stream.partition(".")
    return name, rest or None


def _reasons(found: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in sorted(found.items()))
