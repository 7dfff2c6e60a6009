"""Conditions: what must hold between two records for a level of a comparison to be theirs.

A condition is a value; it says the same to the engine that takes two records at a time (`holds`)
and to the one that takes millions (`identity.engines.deciding`). What one side does not say meets
no condition but `Lacks`, as NULL meets none in SQL; there is no negation, so nothing is ever
concluded from silence by accident.
"""

from identity.conditions.atoms import (
    Alike,
    Among,
    Crossed,
    DateParts,
    DateSwapped,
    DaysApart,
    Differ,
    Exchanged,
    Features,
    Initial,
    Lacks,
    Near,
    Nickname,
    NumbersApart,
    PartOf,
    Same,
    Says,
)
from identity.conditions.document import condition_document, parse_condition
from identity.conditions.joined import All, Any, Condition, Never, OfPart, Otherwise

__all__ = [
    "Alike",
    "All",
    "Among",
    "Any",
    "Condition",
    "Crossed",
    "DateParts",
    "DateSwapped",
    "DaysApart",
    "Differ",
    "Exchanged",
    "Features",
    "Initial",
    "Lacks",
    "Near",
    "Never",
    "Nickname",
    "NumbersApart",
    "OfPart",
    "Otherwise",
    "PartOf",
    "Same",
    "Says",
    "condition_document",
    "parse_condition",
]
