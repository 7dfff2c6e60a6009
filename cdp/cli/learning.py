"""`cdp identity rules`, `train` and `rebuild`: what the platform's own identity goes by.

Rules are one JSON document (docs/identity.md). Values in clear are in an operator's file alone: the
platform keeps counts of values by their blind index.
"""

from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console

from cdp import work
from cdp.cli.documents import DOCUMENT
from cdp.cli.failures import Unsuitable
from cdp.cli.models import write_model
from cdp.cli.opening import opened
from cdp.cli.output import examples, progress, show, table, with_json
from cdp.work.rebuilding import Difference, RebuildReport
from identity.comparisons import MILLI
from identity.engines.learning import Learning
from identity.rules import Rules

_SHOWN = 10


@click.group(
    epilog=examples(
        "cdp identity rules show > rules.json",
        "cdp identity rules preview rules.json",
        "cdp identity rules set rules.json",
    )
)
def rules() -> None:
    """Show the rules of identity in force, see what others would change, put them in force."""


@rules.command("show", epilog=examples("cdp identity rules show > rules.json"))
@with_json
def show_rules() -> None:
    """Print the rules in force, in the form that `set` reads; values by their blind index."""
    with opened() as platform, platform.read() as tx:
        found = platform.rules(tx)
    document = found.document

    def human(out: Console) -> None:
        del out  # the document alone goes to stdout, so that it can be kept in a file
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())

    show({"rules": document, "hash": found.hash}, human)


@rules.command("preview", epilog=examples("cdp identity rules preview rules.json --json"))
@click.argument("document", type=DOCUMENT, metavar="FILE")
@with_json
def preview_rules(document: dict[str, Any]) -> None:
    """Say which profiles would become one and which would fall apart; nothing is written."""
    with opened() as platform, progress() as count:
        found = work.preview(platform, document, count)

    def human(out: Console) -> None:
        _tell(out, found)
        out.print("\nNothing was written.")

    show(_document(found), human)


@rules.command("set", epilog=examples("cdp identity rules set rules.json"))
@click.argument("document", type=DOCUMENT, metavar="FILE")
@with_json
def set_rules(document: dict[str, Any]) -> None:
    """Put rules in force and resolve whoever they change.

    Former ids answer for ever, and what people decided stands. `preview` says first what would
    change. If it is interrupted, run `cdp identity rebuild`.
    """
    with opened() as platform, progress() as count:
        report = work.rebuild_identity(platform, document, count)
        work.refresh_all(platform, count)
    _show(report)


@click.command(epilog=examples("cdp identity rebuild", "cdp identity rebuild --json"))
@with_json
def rebuild() -> None:
    """Work out who is who from all records at once, and correct what differs.

    By the rules in force nothing should differ: records resolved one by one are the same persons.
    After rules were put in force and interrupted, this finishes the work.
    """
    with opened() as platform, progress() as count:
        report = work.rebuild_identity(platform, None, count)
        work.refresh_all(platform, count)
    _show(report)


@click.command(
    epilog=examples(
        "cdp identity train --out trained.json",
        "cdp identity rules preview trained.json",
        "cdp identity train --set",
    )
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the rules here. The file holds common values in clear: keep it as you keep data.",
)
@click.option("--set", "put", is_flag=True, help="Put them in force as well.")
@with_json
def train(out: Path | None, *, put: bool) -> None:
    """Learn the weights of the rules from the platform's own records, without labels.

    The same records teach the same rules. What too few pairs told of keeps what is believed of it,
    and is named.
    """
    if out and not out.absolute().parent.is_dir():
        raise Unsuitable("the folder of this file does not exist", param_hint="--out")
    with opened() as platform, progress() as count:
        found = work.train(platform, count)
        report = work.rebuild_identity(platform, found.rules.document, count) if put else None
        if report:
            work.refresh_all(platform, count)
    if out:
        write_model(found.rules.document, out)

    def human(screen: Console) -> None:
        _learned(screen, found)
        if out:
            screen.print(f"\nWritten to {out}, with common values in clear.")
        if report:
            screen.print()
            _tell(screen, report.difference)
            screen.print("\nThese rules are in force.")
        elif not out:
            screen.print("\nNothing was written: --out keeps the rules, --set puts them in force.")

    show(_taught(found) | {"rebuilt": _rebuilt(report) if report else None}, human)


def _show(report: RebuildReport) -> None:
    def human(out: Console) -> None:
        _tell(out, report.difference)
        if report.rules:
            in_force = "are in force" if report.rules.changed else "were in force already"
            out.print(f"\nRules {report.rules.version} {in_force}.")
        out.print(f"{report.resolved} records resolved again.")

    show(_rebuilt(report), human)


def _tell(out: Console, found: Difference) -> None:
    out.print(
        f"{found.records} records of {found.profiles} profiles are {found.persons} persons:"
        f" {len(found.merges)} merges, {len(found.splits)} splits."
    )
    for profiles in found.merges[:_SHOWN]:
        out.print(f"  become one: {', '.join(map(str, profiles))}")
    for profile in found.splits[:_SHOWN]:
        out.print(f"  falls apart: {profile}")
    if max(len(found.merges), len(found.splits)) > _SHOWN:
        out.print("  ... (all of them with --json)")
    if found.parted:
        out.print(f"{found.parted} groups were too large to be one person and were parted.")
    if found.unreadable:
        out.print(f"{found.unreadable} records do not open: their identifiers alone spoke.")


def _document(found: Difference) -> dict[str, Any]:
    return {
        "records": found.records,
        "profiles": found.profiles,
        "persons": found.persons,
        "merges": [[str(profile) for profile in profiles] for profiles in found.merges],
        "splits": [str(profile) for profile in found.splits],
        "differing": len(found.differing),
        "parted": found.parted,
        "unreadable": found.unreadable,
    }


def _rebuilt(report: RebuildReport) -> dict[str, Any]:
    return _document(report.difference) | {
        "rules": report.rules
        and {
            "version": report.rules.version,
            "hash": report.rules.hash,
            "changed": report.rules.changed,
        },
        "resolved": report.resolved,
    }


def _bits(found: Rules) -> dict[str, dict[str, float]]:
    return {
        item.name: {level.name: round(level.weight / MILLI, 2) for level in item.levels}
        for item in found.comparisons
    }


def _taught(found: Learning) -> dict[str, Any]:
    settings = found.rules.clustering
    return {
        "pairs": found.pairs,
        "prior_bits": float(settings.prior),
        "household_bits": None if settings.household is None else float(settings.household),
        "comparisons": [
            {
                "name": name,
                "bits": bits,
                "pairs_told": round(found.told.get(name, 0.0), 1),
                "trained": name not in found.untrained,
            }
            for name, bits in _bits(found.rules).items()
        ],
    }


def _learned(out: Console, found: Learning) -> None:
    rows = [
        (name, " ".join(f"{level} {bits:+.1f}" for level, bits in levels.items()))
        for name, levels in _bits(found.rules).items()
    ]
    out.print(table("", ("comparison", "bits of evidence, learned from your records"), rows))
    out.print(f"\nPrior {found.rules.clustering.prior} bits, learned from {found.pairs} pairs.")
    if found.untrained:
        out.print(
            "Too few pairs to learn from, so what is believed of them stands:"
            f" {', '.join(found.untrained)}."
        )


COMMANDS = (rules, train, rebuild)
"""What `cdp identity` has of this."""
