"""`cdp demo`: the whole thread once, on SQLite, with invented people, in a folder of its own.

Settings of the environment do not count here. The invented people live in the repository beside
the package, not in it: the demo runs from a checkout.
"""

import importlib
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import click
from rich.console import Console

from cdp.cli.failures import REFUSED, Failure
from cdp.cli.output import console, examples, for_machines, show, with_json
from cdp.errors import Refused

_SETTING: Final = 0
"""In place of a port: the one of the settings."""


@click.command(
    epilog=examples(
        "cdp demo",
        "cdp demo --serve",
        "cdp demo --serve 8090 --people 40",
        "cdp demo --folder /tmp/try --people 300",
        "cdp demo --discard --json",
    )
)
@click.option("--folder", type=click.Path(path_type=Path), help="Default: a new temporary one.")
@click.option("--people", type=click.IntRange(20, 5000), default=120, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=7, show_default=True)
@click.option("--keep/--discard", default=True, help="Keep the folder afterwards (the default).")
@click.option(
    "--serve",
    is_flag=False,
    flag_value=_SETTING,
    type=click.IntRange(_SETTING, 65535),
    metavar="[PORT]",
    help="Then serve it until Ctrl-C, and print lines for curl; default: the setting `port`.",
)
@with_json
def demo(folder: Path | None, people: int, seed: int, keep: bool, serve: int | None) -> None:
    """Show everything once, with invented customers.

    Four silos of a seeded generator (a CSV file, a SQLite database, JSON Lines) are added, mapped,
    read and resolved; the profiles are held against the truth; a merge and a refusal are
    explained; three customers are shown with their contexts; somebody withdraws; and at the end
    every file of the stores is searched for everything that is known of anybody. Exits with 1 if
    anything is found.
    """
    _find_examples()
    story = importlib.import_module("cdp.cli.story")
    inviting = importlib.import_module("cdp.cli.inviting")
    where = _fresh(folder)
    try:
        if serve is not None:
            inviting.check_port(where, port=serve)
        told = story.tell(console(quiet=for_machines()), where, people=people, seed=seed)
        leaked = told["search"]["found"] or told["drift"]["forbidden"]
        if serve is not None and not leaked:
            told["serve"] = inviting.invitation(where, told, port=serve)
        show(told, lambda out: _end(out, told, inviting))
        if "serve" in told:
            inviting.serve(where, port=serve)
    finally:
        if not keep:
            shutil.rmtree(where, ignore_errors=True)
    if leaked:
        raise Failure(REFUSED, "leak", "the stores hold what they must not; please report it")


def _end(out: Console, told: Mapping[str, Any], inviting: ModuleType) -> None:
    if "serve" in told:
        inviting.show_invitation(out, told["serve"])


def _find_examples() -> None:
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / "examples" / "silos.py").is_file():
        raise Refused(
            "the demo's invented people are in the repository only: run it from a checkout",
            reason="no_examples",
        )
    if str(checkout) not in sys.path:
        sys.path.append(str(checkout))


def _fresh(folder: Path | None) -> Path:
    """An empty folder of the demo's own."""
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="continuum-demo-"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused("that folder is not empty: the demo wants one of its own", reason="not_empty")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()
