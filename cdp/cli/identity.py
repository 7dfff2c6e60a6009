"""`cdp identity`: who is who, in plain files, without a platform.

Nothing is stored and no keys are needed: files in, one file out. What is compared follows from the
types of the columns; what the columns are is told by their names, or with `--map`.
"""

from pathlib import Path
from time import perf_counter
from typing import Any

import click
from rich.console import Console

from cdp.cli.failures import Unsuitable
from cdp.cli.output import examples, progress, show, table, with_json
from cdp.work.plain import Files, Mapped, plan, spread_for


@click.group()
def identity() -> None:
    """Find out who is who in plain files."""


@identity.command(
    epilog=examples(
        "cdp identity resolve crm.csv shop.parquet --out people.csv",
        "cdp identity resolve staff.csv --map nom=family_name --map crm:ref=none --id staff_no",
        "cdp identity resolve crm.csv visits.csv --distinct-source crm --json",
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
    stages: Path | None,
) -> None:
    """Resolve the records of plain files, CSV or Parquet, into persons.

    Every file is a source, named as the file is. The weights are learned from the records
    themselves, without labels. A weight is bits of evidence for the strongest tie of a record to
    another one of the same profile; a record alone has none.
    """
    started = perf_counter()
    if out and not out.absolute().parent.is_dir():
        raise Unsuitable("the folder of this file does not exist", param_hint="--out")
    if out and any(out.resolve() == file.resolve() for file in files):
        raise Unsuitable("this file is read from; name another one", param_hint="--out")
    mapped = plan(files, maps=maps, keys=keys, distinct=distinct)
    begun: list[tuple[str, float]] = []
    with progress() as count, spread_for() as spread:

        def begin(stage: str) -> None:
            begun.append((stage, perf_counter()))
            count(stage, 1)

        begin("reading files")
        found = Files.read(mapped)
        answer = found.resolve(begin, spread, stages)
        if out:
            begin("writing")
            found.write(answer, out)
    ended = perf_counter()
    ends = [*(at for _, at in begun[1:]), ended]
    timings = {name: round(end - at, 3) for (name, at), end in zip(begun, ends, strict=True)}
    document = found.document(answer) | {
        "out": str(out) if out else None,
        "seconds": {**timings, "total": round(ended - started, 3)},
    }

    def human(screen: Console) -> None:
        _print(screen, mapped, document)

    show(document, human)


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
    screen.print(table("", ("comparison", "bits of evidence, learned from these records"), learned))
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
