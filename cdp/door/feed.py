"""The feed of changes: ids and what happened to them, nothing personal; logged like all answers."""

from collections.abc import Collection

from cdp import clock
from cdp.flows import disclose
from cdp.flows.disclose import Act, Caller, Sight
from cdp.platform import Platform
from cdp.store import changes as store
from cdp.store.changes import Page, Position

# What the log names where no purpose is asked for.
NO_PURPOSE = "none"


def changes(
    platform: Platform,
    caller: Caller,
    since: Position | None,
    *,
    types: Collection[str],
    limit: int,
) -> Page:
    """The next changes after a position; None: nothing but the position of now."""
    with platform.write() as tx:
        if since is None:
            page = Page((), store.head(tx.main, tx.workspace), more=False)
        else:
            page = store.page(tx.main, tx.workspace, since, types=types, limit=limit)
        act = Act("changes", NO_PURPOSE, None, {"changes"})
        disclose.log(tx, caller, Sight.of_nobody(), act, clock.now())
    return page
