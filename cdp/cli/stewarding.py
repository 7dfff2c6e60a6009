"""`cdp identity judge`, `undo`, `undo-merge`, `verdicts`, `review`: people decide who is who.

Like every answer, these pass the door and are logged; the caller is staff under `stewardship`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import click
from rich.console import Console

from cdp import door
from cdp.cli.opening import PROFILE_ID, STAFF, opened
from cdp.cli.output import console, examples, show, table, with_json
from cdp.door import REVIEW_KINDS, RULINGS, STEWARDSHIP, JudgeWanted, UnmergeWanted

STEWARD: Final = replace(STAFF, purposes=frozenset({STEWARDSHIP}))
_SHOWN: Final = 20
_MOST: Final = 1000


class _Code(click.ParamType[str]):
    """A reason as a code, which cannot hold what is known of a person."""

    name = "code"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        code = str(value)
        if not (code.replace("_", "a").isalnum() and code.islower() and len(code) <= 63):  # noqa: PLR2004 - as wide as the column
            self.fail("a code of lower-case letters, digits and _, such as call_centre", param, ctx)
        return code


_REASON = click.option("--reason", type=_Code(), help="Why, as a code such as call_centre.")
_LIMIT = click.option(
    "--limit",
    type=click.IntRange(1, _MOST),
    default=_SHOWN,
    show_default=True,
    help="At most so many.",
)


@click.command(
    "judge",
    epilog=examples(
        "cdp identity judge together ID OTHER",
        "cdp identity judge apart RECORD OTHER_RECORD --reason call_centre",
    ),
)
@click.argument("ruling", type=click.Choice(RULINGS), metavar="together|apart")
@click.argument("ids", type=PROFILE_ID, nargs=-1, required=True, metavar="ID ID...")
@_REASON
@with_json
def judge(ruling: str, ids: tuple[UUID, ...], reason: str | None) -> None:
    """Decide that records or whole profiles are one person, or are not.

    It holds at once and through everything that lands or is computed later, until it is taken back.
    Apart, a record and the profile it is in are the record and the others of the profile.
    """
    with opened() as platform:
        document, _ = door.judge(platform, STEWARD, JudgeWanted(ruling, ids, reason))
    show(document, lambda out: _decided(out, document))


@click.command("undo", epilog=examples("cdp identity undo VERDICT"))
@click.argument("verdict", type=PROFILE_ID, metavar="VERDICT")
@with_json
def undo(verdict: UUID) -> None:
    """Take a verdict back, be it an undone merge: what was before it is so again.

    Profiles that ended by it get their ids back. That it was given is not forgotten.
    """
    with opened() as platform:
        document, _ = door.undo(platform, STEWARD, verdict)
    show(document, lambda out: _decided(out, document))


@click.command(
    "undo-merge",
    epilog=examples("cdp identity undo-merge ID", "cdp identity undo-merge ID --seq 42"),
)
@click.argument("profile", type=PROFILE_ID, metavar="ID")
@click.option("--seq", type=click.IntRange(1), help="Which merge, as the feed of changes counts.")
@_REASON
@with_json
def undo_merge(profile: UUID, seq: int | None, reason: str | None) -> None:
    """Undo a merge, whatever made it, for good: the newest of this profile, or that of --seq.

    Who was apart before it is apart again, who was together stays together. It is a verdict, so
    `undo` takes it back.
    """
    with opened() as platform:
        wanted = UnmergeWanted(profile, seq, reason)
        document, _ = door.undo_merge(platform, STEWARD, wanted)
    show(document, lambda out: _decided(out, document))


@click.command("verdicts", epilog=examples("cdp identity verdicts --limit 5"))
@_LIMIT
@with_json
def verdicts(limit: int) -> None:
    """List what people decided, the newest first, also what was taken back."""
    with opened() as platform:
        found = door.list_verdicts(platform, STEWARD, before=None, limit=limit)

    def human(out: Console) -> None:
        rows = [
            (
                one["verdict_id"],
                _ruling(one),
                sum(map(len, one["groups"])),
                one["said_by"],
                one["reason"],
                one["seq"],
                "taken back" if one["taken_back"] else "stands",
            )
            for one in found
        ]
        columns = ("verdict", "ruling", "records", "said by", "reason", "seq", "")
        out.print(table("", columns, rows) if rows else "Nobody has decided anything yet.")

    show({"verdicts": found}, human)


@click.command("review", epilog=examples("cdp identity review --kind uncertain --limit 5"))
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(REVIEW_KINDS),
    multiple=True,
    help="Only of this kind; may be given again.",
)
@_LIMIT
@with_json
def review(kinds: tuple[str, ...], limit: int) -> None:
    """List what a person should look at, what has waited longest first.

    Uncertain links, links and records that alone hold a person together, links refused for a
    conflict, and values or components too large to be weighed. A verdict closes an item.
    """
    with opened() as platform:
        document = door.review(platform, STEWARD, kinds=kinds or REVIEW_KINDS, limit=limit)

    def human(out: Console) -> None:
        rows = [
            (one["kind"], one["a"]["record_id"], one["b"]["record_id"], _why(one))
            for one in document["items"]
        ]
        if rows:
            out.print(table("", ("kind", "record", "and record", ""), rows))
        counts = ", ".join(f"{count} {kind}" for kind, count in document["counts"].items())
        out.print(f"Waiting: {counts}.")

    show(document, human)


COMMANDS: Final = (judge, undo, undo_merge, verdicts, review)


def _decided(out: Console, document: Mapping[str, Any]) -> None:
    """The verdict's id, for `undo`, is the answer; the rest is said beside it."""
    verdict = document["verdict"]
    state = "taken back" if verdict["taken_back"] else "stands"
    before = " already" if document["repeated"] else ""
    out.print(verdict["verdict_id"])
    profiles = ", ".join(document["profiles"]) or "no profile"
    console(err=True).print(f"This verdict ({_ruling(verdict)}) {state}{before}. Now: {profiles}")


def _ruling(verdict: Mapping[str, Any]) -> str:
    merge = verdict["undoes_merge"]
    return f"undoes merge {merge}" if merge else str(verdict["ruling"])


def _why(item: Mapping[str, Any]) -> str:
    if item["size"]:
        return f"{item['size']} records" + (f" share one {item['type']}" if item["type"] else "")
    against = f", against {item['type']}" if item["type"] else ""
    return f"{item['bits']:+.1f} bits{against}"
