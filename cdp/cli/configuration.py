"""`cdp policy` and the catalogues: versioned documents in force for a whole workspace."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import click
import orjson
from rich.console import Console

from cdp import clock, work
from cdp.cli.documents import DOCUMENT
from cdp.cli.opening import opened
from cdp.cli.output import examples, progress, show, with_json
from cdp.flows.put_catalogue import CatalogueReport, put_catalogue
from cdp.flows.put_policy import PolicyReport, put_policy
from cdp.flows.refresh_views import RefreshReport
from cdp.outcomes.default_journeys import DEFAULT_JOURNEYS
from cdp.outcomes.journeys import Journeys
from cdp.outcomes.traits import default_document
from cdp.platform import Platform
from cdp.store import configuration


@click.group(epilog=examples("cdp policy show", "cdp policy set policy.json"))
def policy() -> None:
    """Show the policy in force, or put one in force."""


@policy.command("show", epilog=examples("cdp policy show", "cdp policy show > policy.json"))
@with_json
def show_policy() -> None:
    """Print the policy in force, in the form that `set` reads."""
    with opened() as platform, platform.read() as tx:
        found, hash_ = platform.policy(tx)
    document = dict(found.document)

    def human(out: Console) -> None:
        del out  # the document alone goes to stdout, so that it can be kept in a file
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())

    show({"policy": document, "hash": hash_}, human)


@policy.command("set", epilog=examples("cdp policy set policy.json"))
@click.argument("document", type=DOCUMENT, metavar="FILE")
@with_json
def set_policy(document: dict[str, Any]) -> None:
    """Put a policy in force; it may only be tighter than the default.

    Every view built under another policy is refused from now on and built again.
    """
    with opened() as platform, progress() as count:
        report = change_policy(platform, document)
        views = work.refresh_all(platform, count)
    answer = {
        "version": report.version.version,
        "hash": report.version.hash,
        "changed": report.changed,
        "views_built": views.built,
    }

    def human(out: Console) -> None:
        what = "is in force" if report.changed else "was in force already"
        out.print(f"Policy {report.version.version} {what}; {views.built} views built.")

    show(answer, human)


def change_policy(platform: Platform, document: dict[str, Any]) -> PolicyReport:
    """Put a policy in force and ask for every view again.

    Raises:
        Refused: it is not a policy.
    """
    with platform.write() as tx:
        report = put_policy(tx, document, clock.now())
    if report.changed:
        work.rebuild(platform)
    return report


def change_catalogue(platform: Platform, kind: str, document: dict[str, Any]) -> CatalogueReport:
    """Put a catalogue of `configuration.CATALOGUES` in force; ask for the views that rest on it.

    Raises:
        Refused: it is not a catalogue of this kind.
    """
    with platform.write() as tx:
        report = put_catalogue(tx, kind, document, clock.now())
    if report.rebuild:
        work.rebuild(platform)
    return report


def _catalogue(kind: str, what: str, about: str) -> click.Group:
    """The commands of one kind of catalogue: `show` and `set`.

    `what` is what a workspace has one of; `about` says what is listed and where it is explained.
    """

    @click.group(
        kind,
        help=f"Show the {what}, or put one in force.",
        epilog=examples(f"cdp {kind} show", f"cdp {kind} set {kind}.json"),
    )
    def group() -> None:
        pass

    @group.command(
        "show",
        help=f"Print the {what} in force, in the form that `set` reads.\n\n{about}",
        epilog=examples(f"cdp {kind} show", f"cdp {kind} show > {kind}.json"),
    )
    @with_json
    def show_catalogue() -> None:
        with opened() as platform, platform.read() as tx:
            found = configuration.catalogue_in_force(tx.main, platform.workspace, kind)
        document = found or {kind: DEFAULTS.get(kind, list)()}

        def human(out: Console) -> None:
            del out  # the document alone goes to stdout, so that it can be kept in a file
            click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())

        show(document, human)

    @group.command(
        "set",
        help=f"Put the {what} of a file in force.\n\n{about}",
        epilog=examples(f"cdp {kind} set {kind}.json"),
    )
    @click.argument("document", type=DOCUMENT, metavar="FILE")
    @with_json
    def set_catalogue(document: dict[str, Any]) -> None:
        with opened() as platform, progress() as count:
            report = change_catalogue(platform, kind, document)
            views = work.refresh_all(platform, count) if report.rebuild else RefreshReport()
        answer = {
            "version": report.version,
            "changed": report.changed,
            kind: list(report.names),
            "views_built": views.built,
        }

        def human(out: Console) -> None:
            is_in_force = "is in force" if report.changed else "was in force already"
            out.print(
                f"Catalogue {report.version} with {len(report.names)} {kind} {is_in_force};"
                f" {views.built} views built."
            )

        show(answer, human)

    return group


# What a workspace has that put nothing in force; an empty list where nothing is named.
DEFAULTS: Final[Mapping[str, Callable[[], list[dict[str, Any]]]]] = {
    configuration.JOURNEYS: lambda: Journeys.parse(DEFAULT_JOURNEYS).document(),
    configuration.TRAITS: default_document,
}
offers = _catalogue(
    configuration.OFFERS, "offer catalogue", 'The file holds {"offers": [...]}, as JSON.'
)
answers = _catalogue(
    configuration.ANSWERS,
    "catalogue of published answers",
    'The file holds {"answers": [...]}, as JSON.',
)
journeys = _catalogue(
    configuration.JOURNEYS, "catalogue of journeys", 'The file holds {"journeys": [...]}, as JSON.'
)
traits = _catalogue(
    configuration.TRAITS,
    "catalogue of traits",
    'The file holds {"traits": [...]}, as JSON: for a field the rule by which a value survives,'
    " and what is computed over events. Views are built again when they have to hold more or"
    " less for it.",
)
