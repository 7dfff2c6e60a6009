"""Fewer facts, the same decisions: drop noes that a later, wider no of the same kind stands for.

Only what is provably without effect goes. Whatever undoes the later no also undoes the earlier one
(`clears` compares instants only, and asks the same of the same type), every yes before the earlier
no is before the later one, and every ask the earlier one covers is covered by the later. Yeses,
pending and expired events are never dropped: a late arrival may rest on any of them.
"""

from collections.abc import Iterable

from consent.events import NOES, ConsentFact
from consent.reading import EVERY


def condense(facts: Iterable[ConsentFact]) -> tuple[ConsentFact, ...]:
    """The facts without those that can no longer change a decision, in their order.

    Holds for every decision at or after the latest `received`, whatever arrives later, under any
    policy. Facts that are equal in everything are kept once.
    """
    kept = tuple(dict.fromkeys(facts))
    noes = [fact for fact in kept if fact.type in NOES]
    return tuple(
        fact
        for fact in kept
        if fact.type not in NOES or not any(_stands_for(other, fact) for other in noes)
    )


def _stands_for(later: ConsentFact, no: ConsentFact) -> bool:
    return (
        later.type == no.type
        and (later.key, later.id) > (no.key, no.id)
        and _within(no.purposes, later.purposes)
        and (later.channels == (EVERY,) or set(no.channels) <= set(later.channels))
        and later.contact in {EVERY, no.contact}
        and later.brand in {EVERY, no.brand}
    )


def _within(narrow: tuple[str, ...], wide: tuple[str, ...]) -> bool:
    """By name alone: `*` does not stand for a purpose by its name, since security needs that."""
    return set(narrow) <= set(wide)
