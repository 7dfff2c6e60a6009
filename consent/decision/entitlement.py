"""When a sealed view exists, and which contact points it holds.

`entitled` is G0, G1, G3-P7 and G9 for processing, without suppression, preference, contact policy
and key: those are for the moment of asking. A view is not made for one channel, contact point or
brand, so a person is entitled if any of them is permitted, and the view holds what any may use.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import product
from typing import Final, TypeAlias

from consent.decision.case import Case, open_case
from consent.decision.deciding import earliest, permission
from consent.decision.dossier import Cell, Dossier, prepare
from consent.decision.lifecycle import lifecycle
from consent.decision.values import Ask, Decision
from consent.policy import Policy
from consent.reading import CHANNELS, EVERY
from consent.subject import Contact, Subject

_Place: TypeAlias = tuple[str | None, str | None, str | None]
"""A channel, a contact point, a brand."""

ANOTHER_BRAND: Final = "\x00another"
"""A brand no fact names: what a yes to all brands permits after a no to one of them."""


def entitled(policy: Policy, subject: Subject | None, purpose: str, now: datetime) -> Decision:
    """May a sealed view of this purpose exist now?

    `usable` is the union over all that is permitted; `valid_until` the earliest moment at which
    time alone may change the answer, or None.
    """
    if subject is None:
        return Decision(permitted=False, reason="NO_PROFILE")
    return entitled_prepared(prepare(policy, subject, now), purpose)


def entitled_prepared(dossier: Dossier, purpose: str) -> Decision:
    """`entitled`, for one of several purposes of the same person at the same moment."""
    return _any_of(dossier, Ask(purpose=purpose, now=dossier.now))


def contact_allowed(  # noqa: PLR0917 - the question names six things, each of its own type
    policy: Policy, subject: Subject, purpose: str, contact: Contact, channel: str, now: datetime
) -> Decision:
    """P6-P7 for one contact point on one channel: whether a view may hold it."""
    return contact_allowed_prepared(prepare(policy, subject, now), purpose, contact, channel)


def contact_allowed_prepared(
    dossier: Dossier, purpose: str, contact: Contact, channel: str
) -> Decision:
    """`contact_allowed`, for one of several contact points of the same person and moment."""
    ask = Ask(purpose=purpose, now=dossier.now, channel=channel, contact=contact.ref)
    return _any_of(dossier, ask)


def _any_of(dossier: Dossier, ask: Ask) -> Decision:
    """Permitted if for any brand (without a channel: for any place); else the first refusal."""
    case = open_case(dossier, ask)
    if isinstance(case, str):
        return Decision(permitted=False, reason=case)
    refusal = lifecycle(case)
    if refusal:
        return Decision(permitted=False, reason=refusal)
    channels, contacts = [ask.channel], [ask.contact]
    if ask.channel is None:
        channels, contacts = _everywhere(case)
    cells = _distinct(case, product(channels, contacts, _brands(case.subject)))
    answers = [permission(cell) for cell in cells]
    ends = earliest(*(cell.horizon() for cell in cells))
    permitted = [answer for answer in answers if answer]
    if not permitted:
        return replace(answers[0], valid_until=ends)
    usable = {record for answer in permitted for record in answer.usable}
    return replace(permitted[0], usable=tuple(sorted(usable)), valid_until=ends)


def _everywhere(case: Case) -> tuple[list[str | None], list[str | None]]:
    """No channel and every channel, no contact point and each, that facts tell apart."""
    facts = [fact for member in case.subject.members for fact in member.facts]
    narrow = any(fact.channels != (EVERY,) for fact in facts)
    channels: list[str | None] = [None]
    if narrow or case.purpose.key in case.policy.channelled:
        channels.extend(CHANNELS)
    return channels, [None, *sorted({fact.contact for fact in facts} - {EVERY})]


def _distinct(case: Case, places: Iterable[_Place]) -> list[Case]:
    """One case for all places about which the same facts speak on the same bases."""
    cells: dict[Cell, Case] = {}
    for channel, contact, brand in places:
        cell = case.dossier.ground(case.purpose, channel, contact, brand).cell
        if cell not in cells:
            asked = replace(case.ask, channel=channel, contact=contact, brand=brand)
            cells[cell] = case.asking(asked)
    return list(cells.values())


def _brands(subject: Subject) -> list[str | None]:
    """No brand in particular, each that facts name, and one that none names."""
    named = {fact.brand for member in subject.members for fact in member.facts} - {EVERY}
    return [None, *sorted(named), ANOTHER_BRAND] if named else [None]
