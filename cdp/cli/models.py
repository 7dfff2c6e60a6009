"""`cdp identity model`: what a model compares, and models from and for Splink.

A model is a file: one of Splink 5, rules of this house, or both together.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from cdp.cli.failures import Unsuitable
from cdp.cli.output import examples, show, table, with_json
from cdp.errors import Refused
from identity.comparisons import MILLI, Level
from identity.rules import InvalidRules
from identity.splink import Model, read_model

FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
untrained_option = click.option(
    "--untrained",
    metavar="SHARE",
    help="What counts as a share that a Splink model has not trained; without it such a model is"
    " refused. Splink takes 0.000001 while it trains.",
)


def read_model_file(path: Path, untrained: str | None) -> Model:
    """A model from a file.

    Raises:
        Refused: it is no JSON, or no model; which place of it, and what is expected there.
    """
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise Refused(f"{path.name}: not JSON", reason="bad_model") from None
    try:
        return read_model(document, _share(untrained))
    except InvalidRules as error:
        raise Refused(f"{path.name}: {error}", reason="bad_model") from None


def write_model(document: object, out: Path) -> None:
    """Write a model as JSON; it may hold common values in clear, so it is its owner's alone.

    Raises:
        Refused: the file cannot be written.
    """
    try:
        # Before the first byte is in it.
        out.touch(mode=0o600)
        out.chmod(0o600)
        out.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise Refused(f"the model cannot be written: {error.strerror}", reason="bad_out") from None


def _share(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise Unsuitable("takes a number above 0 and below 1", param_hint="--untrained")
    return Decimal(repr(share))


@click.group()
def model() -> None:
    """Show a model, and exchange models with Splink."""


@model.command(
    "show",
    epilog=examples(
        "cdp identity model show splink.json",
        "cdp identity model show splink.json --untrained 0.000001 --json",
    ),
)
@click.argument("file", type=FILE)
@untrained_option
@with_json
def show_model(file: Path, untrained: str | None) -> None:
    """Show what a model compares, what each level weighs in bits, and who is compared."""
    found = read_model_file(file, untrained)
    document = described(found)
    show(document, lambda screen: _print(screen, document))


@model.command(
    "convert",
    epilog=examples(
        "cdp identity model convert splink.json --to continuum --out model.json",
        "cdp identity model convert model.json --to splink --out splink.json",
    ),
)
@click.argument("file", type=FILE)
@click.option(
    "--to",
    "kind",
    type=click.Choice(["splink", "continuum"]),
    required=True,
    help="`splink`: settings that Splink loads. `continuum`: our rules, and those settings beside.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the model here.",
)
@untrained_option
@with_json
def convert(file: Path, kind: str, out: Path, untrained: str | None) -> None:
    """Write a model in another form; says what that form has no words for."""
    if not out.absolute().parent.is_dir():
        raise Unsuitable("the folder of this file does not exist", param_hint="--out")
    found = read_model_file(file, untrained)
    made = found.splink if kind == "splink" else found.document
    write_model(made, out)
    left = list(found.left_out)
    document = {"out": str(out), "format": kind, "splink_does_not_carry": left}

    def human(screen: Console) -> None:
        screen.print(f"Written to {out}")
        for what in left:
            screen.print(f"Splink is not told: {what}")

    show(document, human)


def described(found: Model) -> dict[str, Any]:
    """What a model compares, for machines."""
    rules = found.rules
    return {
        "reads": found.reads,
        "link_type": found.link_type,
        "rules": rules.hash,
        "columns": sorted(rules.features),
        "prior_bits": round(float(rules.clustering.prior), 2),
        "comparisons": [
            {"name": item.name, "levels": [_level(level) for level in item.levels]}
            for item in rules.comparisons
        ],
        "blocking": [[part.text for part in rule.parts] for rule in rules.blocking],
    }


def _level(level: Level) -> dict[str, Any]:
    return {
        "name": level.name,
        "bits": round(level.weight / MILLI, 2),
        "m": float(level.m),
        "u": float(level.u),
        "rarity": level.rarity.feature if level.rarity else None,
    }


def _print(screen: Console, document: Mapping[str, Any]) -> None:
    rows = [
        (
            item["name"] if place == 0 else "",
            level["name"],
            f"{level['bits']:+.2f}",
            f"{level['m']:.3g}",
            f"{level['u']:.3g}",
            level["rarity"] or "",
        )
        for item in document["comparisons"]
        for place, level in enumerate(item["levels"])
    ]
    head = ("comparison", "level", "bits", "m", "u", "more if rare")
    screen.print(table("", head, rows))
    screen.print(f"\nTwo random records start at {document['prior_bits']:+.2f} bits.")
    screen.print("\nCompared are records that agree on one of these:")
    for parts in document["blocking"]:
        screen.print(f"  {' and '.join(parts)}")
    reads = "columns by these names" if document["reads"] == "columns" else "columns by their types"
    screen.print(f"\nIt reads {reads}: {', '.join(document['columns'])}")
