"""Fields: which of them a caller gets, of those it asks for and those it is bound to."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from cdp import clock
from cdp.door.catalogues import SHELF
from cdp.errors import Refused
from cdp.flows.disclose import NOT_BOUND, Act, Caller, Sight, log
from cdp.outcomes.selection import EVENTS, fixed
from cdp.platform import Platform
from cdp.store.tx import Tx

FIXED: Final = fixed()


def known(platform: Platform, tx: Tx) -> frozenset[str]:
    """Every field there is in this workspace: of views, kinds of addresses, traits."""
    return FIXED | platform.identifier_types(tx) | SHELF.of(tx).traits.fields


def granted(
    platform: Platform, tx: Tx, caller: Caller, wanted: Collection[str] | None
) -> frozenset[str] | None:
    """The fields this caller gets; None: all that its purpose may read.

    Raises:
        Refused: `field_unknown`; the ones there are are named, what was typed is not.
    """
    if wanted is None:
        return caller.fields
    # Configured names are looked up only where one is not among the fixed ones.
    if not FIXED.issuperset(wanted):
        names = known(platform, tx)
        if not names.issuperset(wanted):
            raise Refused(
                f"there is no such field; fields are {', '.join(sorted(names))}",
                reason="field_unknown",
            )
    return frozenset(wanted) if caller.fields is None else caller.fields.intersection(wanted)


def check_whole(platform: Platform, caller: Caller, act: Act) -> None:
    """Refuse, and log, a context to a client that may not read the events it rests on.

    Raises:
        Refused: `fields_limited`.
    """
    if caller.fields is None or EVENTS in caller.fields:
        return
    raise _limited(
        platform, caller, act, "a context rests on events, which this client is not bound to"
    )


def check_unlimited(platform: Platform, caller: Caller, act: Act) -> None:
    """Refuse, and log, what compares every field there is to a client that is bound to some.

    Raises:
        Refused: `fields_limited`.
    """
    if caller.fields is None:
        return
    raise _limited(
        platform, caller, act, "an explanation rests on every field; this client is bound to some"
    )


def _limited(platform: Platform, caller: Caller, act: Act, why: str) -> Refused:
    known_act = act if act.purpose in caller.purposes else replace(act, purpose=NOT_BOUND)
    with platform.write() as tx:
        log(tx, caller, Sight.of_nobody(), known_act, clock.now())
    return Refused(why, reason="fields_limited")
