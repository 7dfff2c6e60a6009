"""`cdp identity`: who is who, in plain files without a platform; and people's word on it.

`resolve` stores nothing and needs no keys: files in, one file out. What is compared follows from
the types of the columns; what the columns are is told by their names, or with `--map`. The other
commands are in `cdp.cli.stewarding`.
"""

from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import click
from rich.console import Console

from cdp.cli import learning, stewarding
from cdp.cli.failures import Unsuitable
from cdp.cli.models import FILE, model, read_model_file, untrained_option, write_model
from cdp.cli.output import examples, progress, show, table, with_json
from cdp.work.plain import Files, Mapped, plan, plan_columns, spread_for
from identity.splink import Model
from identity.splink.model import COLUMNS, LINK


@click.group()
def identity() -> None:
    """Find out who is who in plain files; decide who is who."""


for command in (*stewarding.COMMANDS, *learning.COMMANDS):
    identity.add_command(command)


@identity.command(
    epilog=examples(
        "cdp identity resolve crm.csv shop.parquet --out people.csv",
        "cdp identity resolve staff.csv --map nom=family_name --map crm:ref=none --id staff_no",
        "cdp identity resolve crm.csv visits.csv --distinct-source crm --json",
        "cdp identity resolve crm.csv --model splink.json --out people.csv",
    )
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="[SOURCE:]COLUMN=TYPE",
    help="What a column holds; `none` leaves it out. Names that speak for themselves need none.",
)
@click.option(
    "--id",
    "keys",
    multiple=True,
    metavar="[SOURCE:]COLUMN",
    help="The column that numbers the records; else one named id, else the row.",
)
@click.option(
    "--distinct-source",
    "distinct",
    multiple=True,
    metavar="NAME",
    help="A source that holds nobody twice.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write source, record_id, profile_id, weight here: CSV or Parquet by the ending.",
)
@click.option(
    "--model",
    "model_file",
    type=FILE,
    help="Weigh by this model, Splink's or ours, and learn nothing.",
)
@untrained_option
@click.option(
    "--save-model",
    "saved",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what was learned here, for --model. It holds common values of the files in clear.",
)
@click.option(
    "--stages",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    metavar="DIR",
    help="Write candidates, weights and components here, as Parquet (docs/scale.md).",
)
@with_json
def resolve(
    *,
    files: tuple[Path, ...],
    maps: tuple[str, ...],
    keys: tuple[str, ...],
    distinct: tuple[str, ...],
    out: Path | None,
    model_file: Path | None,
    untrained: str | None,
    saved: Path | None,
    stages: Path | None,
) -> None:
    """Resolve the records of plain files, CSV or Parquet, into persons.

    Every file is a source, named as the file is. The weights are learned from the records
    themselves, without labels, unless a model is given. A weight is bits of evidence for the
    strongest tie of a record to another one of the same profile; a record alone has none.
    """
    started = perf_counter()
    _writable(out, "--out", files)
    _writable(saved, "--save-model", files)
    given = read_model_file(model_file, untrained) if model_file else None
    mapped = _plan(given, files, maps=maps, keys=keys, distinct=distinct)
    begun: list[tuple[str, float]] = []
    with progress() as count, spread_for() as spread:

        def begin(stage: str) -> None:
            begun.append((stage, perf_counter()))
            count(stage, 1)

        begin("reading files")
        found = Files.read(mapped)
        answer = found.resolve(begin, spread, given.rules if given else None, stages=stages)
        if out:
            begin("writing")
            found.write(answer, out)
        if saved:
            write_model(replace(given or Model(answer.rules), rules=answer.rules).document, saved)
    ended = perf_counter()
    ends = [*(at for _, at in begun[1:]), ended]
    timings = {name: round(end - at, 3) for (name, at), end in zip(begun, ends, strict=True)}
    document = found.document(answer) | {
        "model": str(model_file) if model_file else None,
        "out": str(out) if out else None,
        "seconds": {**timings, "total": round(ended - started, 3)},
    }

    def human(screen: Console) -> None:
        _print(screen, mapped, document)

    show(document, human)


def _writable(path: Path | None, option: str, files: tuple[Path, ...]) -> None:
    if path and not path.absolute().parent.is_dir():
        raise Unsuitable("the folder of this file does not exist", param_hint=option)
    if path and any(path.resolve() == file.resolve() for file in files):
        raise Unsuitable("this file is read from; name another one", param_hint=option)


def _plan(
    given: Model | None,
    files: tuple[Path, ...],
    *,
    maps: tuple[str, ...],
    keys: tuple[str, ...],
    distinct: tuple[str, ...],
) -> Mapped:
    """What the columns are; a model that reads columns as they are says so itself."""
    if given is None or given.reads != COLUMNS:
        return plan(files, maps=maps, keys=keys, distinct=distinct)
    if maps:
        raise Unsuitable("this model reads columns by their names", param_hint="--map")
    alone = None if given.link_type == LINK else distinct
    return plan_columns(files, given.rules, keys=keys, distinct=alone)


def _print(screen: Console, mapped: Mapped, document: dict[str, Any]) -> None:
    rows = [
        (source.table.source, column, type_)
        for source in mapped.sources
        for column, type_ in source.types.items()
    ]
    screen.print(table("", ("source", "column", "read as"), rows))
    unused = [f"{s.table.source}: {', '.join(s.unused)}" for s in mapped.sources if s.unused]
    if unused:
        screen.print(f"\nNot used (use --map COLUMN=TYPE): {'; '.join(unused)}")
    learned = [
        (item["name"], " ".join(f"{name} {bits:+.1f}" for name, bits in item["bits"].items()))
        for item in document["comparisons"]
    ]
    screen.print()
    by = "of the model" if document["model"] else "learned from these records"
    screen.print(table("", ("comparison", f"bits of evidence, {by}"), learned))
    untrained = [item["name"] for item in document["comparisons"] if not item["trained"]]
    if untrained:
        screen.print(f"\nToo few pairs to learn from, so by default values: {', '.join(untrained)}")
    for item in document["oversized"]:
        screen.print(
            f"\nNot compared by {' and '.join(item['parts'])}: {item['groups']} values shared by"
            f" {item['records']} records, too many to tell of one person."
        )
    if document["parted"]:
        screen.print(
            f"\n{len(document['parted'])} groups were too large to be one person"
            f" (largest {document['parted'][0]}) and were parted at their weakest ties."
        )
    screen.print(
        f"\n{document['records']} records are {document['profiles']} profiles"
        f" ({document['pairs']} pairs compared, {document['seconds']['total']:.1f} s)."
    )
    if document["out"]:
        screen.print(f"Written to {document['out']}")


identity.add_command(model)
