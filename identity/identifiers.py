"""What a type of identifier is worth: whether it joins records, proves a person, keeps apart.

Unknown types and types with neither `merges` nor `attaches` never join two records.
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
    `priority`: 1 is tried first. What a shared value weighs, a comparison says.
    `merges`: false for devices and for types nobody approved yet.
    `attaches`: a value may tie records that say nothing of a person to the one person who else
    holds it; it never joins two known persons.
    """

    name: str
    proves_person: Proof
    unique_per_person: bool
    limit: int
    priority: int
    merges: bool
    attaches: bool = False

    @property
    def is_contact(self) -> bool:
        """Whether people share such values: it counts unless their first names conflict."""
        return self.proves_person is Proof.IF_CONFIRMED
