"""`cdp demo`: the whole thread once, on SQLite, with invented people, in a folder of its own.

Settings of the environment do not count here. The invented people live in the repository beside
the package, not in it: the demo runs from a checkout.
"""

import importlib
import shutil
import sys
import tempfile
from pathlib import Path

import click

from cdp.cli.failures import REFUSED, Failure
from cdp.cli.output import console, examples, for_machines, show, with_json
from cdp.errors import Refused


@click.command(
    epilog=examples("cdp demo", "cdp demo --folder /tmp/try --people 300", "cdp demo --discard")
)
@click.option("--folder", type=click.Path(path_type=Path), help="Default: a new temporary one.")
@click.option("--people", type=click.IntRange(20, 500), default=120, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=7, show_default=True)
@click.option("--keep/--discard", default=True, help="Keep the folder afterwards (the default).")
@with_json
def demo(folder: Path | None, people: int, seed: int, keep: bool) -> None:
    """Show everything once, with invented customers.

    Three silos of a seeded generator are added, mapped, read and resolved; three people give,
    refuse and withdraw consent; their contexts are shown; and at the end every file of the stores
    is searched for everything that is known of anybody. Exits with 1 if anything is found.
    """
    _find_examples()
    story = importlib.import_module("cdp.cli.story")
    where = _fresh(folder)
    try:
        told = story.tell(console(quiet=for_machines()), where, people=people, seed=seed)
    finally:
        if not keep:
            shutil.rmtree(where, ignore_errors=True)
    show(told, lambda out: out.print() if keep else out.print(f"{where} is removed again."))
    if told["search"]["found"] or told["drift"]["forbidden"]:
        raise Failure(REFUSED, "leak", "the stores hold what they must not; please report it")


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
