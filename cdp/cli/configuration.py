"""`cdp policy`, `cdp offers`: versioned documents that are in force for a whole workspace."""

from typing import Any

import click
import orjson
from rich.console import Console

from cdp import clock, work
from cdp.cli.documents import DOCUMENT
from cdp.cli.opening import opened
from cdp.cli.output import examples, progress, show, with_json
from cdp.flows.put_offers import put_offers
from cdp.flows.put_policy import PolicyReport, put_policy
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


@click.group(epilog=examples("cdp offers show", "cdp offers set offers.json"))
def offers() -> None:
    """Show the offer catalogue, or put one in force."""


@offers.command("show", epilog=examples("cdp offers show"))
@with_json
def show_offers() -> None:
    """Print the offer catalogue in force, in the form that `set` reads."""
    with opened() as platform, platform.read() as tx:
        found = configuration.catalogue_in_force(tx.main, platform.workspace, configuration.OFFERS)
    document = found or {"offers": []}

    def human(out: Console) -> None:
        del out
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())

    show(document, human)


@offers.command("set", epilog=examples("cdp offers set offers.json"))
@click.argument("document", type=DOCUMENT, metavar="FILE")
@with_json
def set_offers(document: dict[str, Any]) -> None:
    """Put an offer catalogue in force: {"offers": [...]}."""
    with opened() as platform, platform.write() as tx:
        version, catalogue = put_offers(tx, document, clock.now())
    answer = {"version": version, "offers": [offer.id for offer in catalogue.offers]}
    show(
        answer,
        lambda out: out.print(
            f"Catalogue {version} with {len(catalogue.offers)} offers is in force."
        ),
    )
