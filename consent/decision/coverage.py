"""Which facts speak about an ask.

A yes covers only the purposes it enumerates; a no covers a purpose and everything below it, and
`*` everything not based on contract or law (those are never gated by a no) except security, which
only an objection that names it stops, or an officer.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from consent.events import RESTRICTIONS, ConsentFact
from consent.purposes import Purpose
from consent.reading import EVERY

ALL: Final = (EVERY,)
STOPS_SECURITY: Final = frozenset({"objected", "invalidated", "terminated"})


def speaking(
    facts: Iterable[ConsentFact], purpose: Purpose, brand: str | None, now: datetime
) -> list[ConsentFact]:
    """The facts known at a moment that speak about a purpose and a brand, in the order they count.

    At equal instants a no comes after a yes: it wins.
    """
    found = [fact for fact in facts if fact.received <= now and _speaks(fact, purpose, brand)]
    if len(found) > 1:
        found.sort(key=_order)
    return found


def covering(
    facts: list[ConsentFact], channel: str | None, contact: str | None
) -> list[ConsentFact]:
    """Those of the facts that speak about this channel and contact point, in their order."""
    return [
        fact
        for fact in facts
        if (fact.channels == ALL or channel in fact.channels) and fact.contact in (EVERY, contact)
    ]


def _order(fact: ConsentFact) -> tuple[object, ...]:
    return (fact.key, fact.type in RESTRICTIONS, fact.id)


def _speaks(fact: ConsentFact, purpose: Purpose, brand: str | None) -> bool:
    if fact.type not in RESTRICTIONS:
        return purpose.key in fact.purposes and fact.brand in (EVERY, brand)
    if brand is not None and fact.brand not in (EVERY, brand):
        return False
    return _stops(fact, purpose)


def _stops(fact: ConsentFact, purpose: Purpose) -> bool:
    if fact.type == "signal_gpc" and not purpose.is_sale:
        return False
    if purpose.objection_only:
        return fact.type in STOPS_SECURITY and not purpose.lineage.isdisjoint(fact.purposes)
    return fact.purposes == ALL or not purpose.lineage.isdisjoint(fact.purposes)
