"""What a type of identifier is worth: whether it joins records, proves a person, keeps apart.

Unknown types and types with `merges` false never join two records, whatever else they say.
"""

from dataclasses import dataclass
from enum import StrEnum


class Proof(StrEnum):
    """When a shared value of a type proves one person, and does not merely suggest it."""

    ALWAYS = "always"
    IF_CONFIRMED = "if_confirmed"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class IdentifierType:
    """One identifier type of the rules.

    `proves_person`: always (a login, a customer number), if_confirmed (a contact point, once
    confirmed by code or sign-in on *both* records), or never.
    `unique_per_person`: two values (within one scope) never stand in one cluster.
    `limit`: records that may share one value; with more it is generic and joins nobody.
    `priority`: 1 is tried first. `weight`: bits of evidence of one shared value.
    `merges`: false for devices and for types nobody approved yet.
    """

    name: str
    proves_person: Proof
    unique_per_person: bool
    limit: int
    priority: int
    weight: int
    merges: bool
