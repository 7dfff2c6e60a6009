"""`cdp doctor` and `cdp keys`: is everything as it must be, and if not, what to do.

A check is `good`, `note` (worth knowing, nothing to do now) or `bad` (an operator must act: exit
code 4). Checks that rest on one that failed are left out. Nothing is changed.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final
from uuid import UUID

import click
from rich.console import Console
from rich.text import Text

from cdp import clock, work
from cdp.cli.failures import MISCONFIGURED, Failure
from cdp.cli.opening import opened, settings
from cdp.cli.output import examples, progress, show, table, with_json
from cdp.errors import ContinuumError
from cdp.platform import ORPHAN_AGE, VIEW_PURPOSES, Platform
from cdp.settings import Settings
from cdp.store import jobs, provision, records
from cdp.store import keys as key_rows
from cdp.store.tx import Tx
from cdp.vault import roles
from cdp.vault.provider import FileKeyProvider

_LOOKS: Final = {"good": ("green", "good"), "note": ("yellow", "note"), "bad": ("red", "bad ")}


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    state: str
    detail: str
    figures: dict[str, Any] = field(default_factory=dict)


@click.command(epilog=examples("cdp doctor", "cdp doctor --json", "cdp doctor --quick"))
@click.option("--quick", is_flag=True, help="Leave out the drift figures: they read every profile.")
@with_json
def doctor(quick: bool) -> None:
    """Check everything that an operator would have to act on.

    Exits with 4 if something must be acted on. Nothing is changed.
    """
    checks = list(examine(settings(), quick=quick))
    bad = [check for check in checks if check.state == "bad"]

    def human(out: Console) -> None:
        for check in checks:
            style, word = _LOOKS[check.state]
            out.print(Text.assemble((word, f"bold {style}"), f"  {check.name}: {check.detail}"))

    show({"healthy": not bad, "checks": [asdict(check) for check in checks]}, human)
    if bad:
        named = ", ".join(check.name for check in bad)
        raise Failure(MISCONFIGURED, "unhealthy", f"to be acted on: {named}")


def examine(found: Settings, *, quick: bool) -> Iterator[Check]:
    """Every check that can be made, in order."""
    try:
        platform = Platform.open(found)
    except ContinuumError as error:
        yield Check("platform", "bad", str(error))
        return
    try:
        yield _stores(platform)
        yield _keys(platform, found)
        with platform.read() as tx:
            yield from _state(platform, tx)
        if not quick:
            yield _drift(platform)
    finally:
        platform.close()


def _stores(platform: Platform) -> Check:
    try:
        provision.check(platform.stores)
    except ContinuumError as error:
        return Check("stores", "bad", str(error))
    kinds: dict[str, Any] = {
        item.name: "sqlite" if item.sqlite else "postgresql" for item in platform.stores.all
    }
    return Check("stores", "good", "reachable, migrated, logins bound to workspaces", kinds)


def _keys(platform: Platform, found: Settings) -> Check:
    provider = FileKeyProvider(found.keys_dir)
    missing = []
    for role in _every_role():
        try:
            provider.current(platform.workspace, role)
        except ContinuumError:
            missing.append(role)
    if missing:
        return Check(
            "keys", "bad", f"cannot be used: {', '.join(missing)}; restore the key folder", {}
        )
    return Check("keys", "good", f"{len(_every_role())} roles complete")


def _state(platform: Platform, tx: Tx) -> Iterator[Check]:
    workspace = platform.workspace
    queues = work.watch(platform)
    yield _outbox(queues)
    orphans = key_rows.find_orphans(tx.custody, tx.main, workspace, clock.now() - ORPHAN_AGE)
    yield _count(
        "orphans",
        orphans.count,
        "note",
        good="custody holds no key that main does not know",
        else_="left by a crash, open nothing; the next sync or start sweeps them",
    )
    waiting = records.count_pending(tx.main, workspace)
    waiting += jobs.waiting(tx.main, workspace, jobs.REFRESH)
    yield _count(
        "work",
        waiting,
        "note",
        good="nothing waits",
        else_="records or views wait: keep `cdp serve` running, or `cdp resolve`",
    )
    yield _jobs(queues)
    reasons: dict[str, int] = {}
    for found in records.count_quarantined(tx.main, workspace).values():
        for reason, count in found.items():
            reasons[reason] = reasons.get(reason, 0) + count
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    state, detail = ("note", f"rows nobody could read: {told}") if reasons else ("good", "empty")
    yield Check("quarantine", state, detail, dict(sorted(reasons.items())))


def _outbox(queues: work.Queues) -> Check:
    age = queues.age(queues.outbox_oldest)
    check = _count(
        "outbox",
        queues.outbox,
        "bad",
        good="every restriction has reached views and custody",
        else_=f"restrictions wait for views and custody, the oldest for {age} s:"
        " keep `cdp serve` or `cdp worker` running, or `cdp worker --once`",
    )
    return replace(check, figures=check.figures | {"oldest_seconds": age})


def _jobs(queues: work.Queues) -> Check:
    ages = [queues.age(kind.oldest) for kind in queues.kinds]
    figures = {
        "dead": queues.dead,
        "failing": queues.failing,
        "oldest_seconds": max(ages, default=0),
    }
    if queues.dead:
        detail = f"{queues.dead} given up: see `cdp jobs list --dead`, then `cdp jobs retry --all`"
        return Check("jobs", "bad", detail, figures)
    if queues.failing:
        detail = f"{queues.failing} failed and will be tried again: see `cdp jobs list`"
        return Check("jobs", "note", detail, figures)
    return Check("jobs", "good", "none has failed", figures)


def _drift(platform: Platform) -> Check:
    with progress() as count:
        drift = work.measure(platform, count)
    figures = asdict(drift)
    if drift.forbidden:
        detail = f"an incident: {drift.forbidden} readable views without entitlement"
        return Check("drift", "bad", detail, figures)
    if drift.missing:
        detail = f"{drift.missing} views to be built: keep `cdp serve` running, or `cdp resolve`"
        return Check("drift", "note", detail, figures)
    return Check("drift", "good", f"0 forbidden, 0 missing of {drift.profiles} profiles", figures)


def _count(name: str, count: int, state: str, *, good: str, else_: str) -> Check:
    figures = {"count": count}
    if count:
        return Check(name, state, f"{count} {else_}", figures)
    return Check(name, "good", good, figures)


@click.group(epilog=examples("cdp keys status"))
def keys() -> None:
    """Show which keys there are; never a key itself."""


@keys.command(epilog=examples("cdp keys status", "cdp keys status --json"))
@with_json
def status() -> None:
    """List every role of keys with its generations; of a purpose they are its epochs."""
    found = settings()
    with opened() as platform:
        lines = _generations(FileKeyProvider(found.keys_dir), platform.workspace)
    show(
        {"folder": str(found.keys_dir), "roles": lines},
        lambda out: out.print(
            table(
                str(found.keys_dir),
                ("role", "live", "newest"),
                [(line["role"], _listed(line["live"]), line["newest"]) for line in lines],
            )
        ),
    )


def _generations(provider: FileKeyProvider, workspace: UUID) -> list[dict[str, Any]]:
    return [
        {
            "role": role,
            "live": list(provider.generations(workspace, role)),
            "newest": provider.newest(workspace, role),
        }
        for role in _every_role()
    ]


def _every_role() -> list[str]:
    own = [
        role(purpose) for purpose in VIEW_PURPOSES for role in (roles.view_role, roles.lookup_role)
    ]
    return sorted({*roles.SYMMETRIC, *roles.PUBLIC_HALF, *roles.PUBLIC_HALF.values(), *own})


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"
