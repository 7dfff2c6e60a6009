"""Signs of struggle in what a customer does: searching again in other words, and giving up.

A search is *reformulated* when another query follows within five minutes and either shares more
than 0.4 of its words (Jaccard index of the token sets), or follows one without results or clicks. A
checkout is *abandoned* when no order follows within a day; a form and a telephone menu when the
event says so.
"""

import re
from datetime import datetime, timedelta
from itertools import pairwise

from cdp.outcomes.trail import Mark, Trail

REFORMULATED_WITHIN = timedelta(minutes=5)
ORDERED_WITHIN = timedelta(days=1)
ALIKE_ABOVE = (2, 5)
"""The Jaccard index above which two queries ask for the same thing, as a fraction."""

_TOKEN = re.compile(r"\w+")


def reformulated(trail: Trail, since: datetime) -> tuple[Mark, ...]:
    """The searches after a moment that ask again what the one before them asked."""
    searches = trail.of("search.performed", after=since)
    return tuple(later for earlier, later in pairwise(searches) if _again(earlier, later))


def abandoned(trail: Trail, since: datetime) -> tuple[Mark, ...]:
    """What was left unfinished after a moment, in order of time."""
    orders = trail.of("order.placed", after=since)
    left = trail.of("checkout.abandoned", "form.abandoned", "ivr.selected", after=since)
    return tuple(mark for mark in left if _gave_up(mark, orders))


def _again(earlier: Mark, later: Mark) -> bool:
    if later.at - earlier.at > REFORMULATED_WITHIN:
        return False
    asked, again = (_asked(mark) for mark in (earlier, later))
    if not asked or not again or asked == again:
        return False
    if earlier.get("results") == "0" or earlier.get("clicks") == "0":
        return True
    one, other = (set(_TOKEN.findall(mark.get("query").lower())) for mark in (earlier, later))
    part, whole = ALIKE_ABOVE
    return len(one & other) * whole > len(one | other) * part


def _asked(search: Mark) -> str:
    return search.get("query").lower() or search.get("query_digest")


def _gave_up(mark: Mark, orders: tuple[Mark, ...]) -> bool:
    if mark.type == "ivr.selected":
        return mark.get("exit") == "left"
    if mark.type == "form.abandoned":
        return True
    return not any(mark.at < one.at <= mark.at + ORDERED_WITHIN for one in orders)
