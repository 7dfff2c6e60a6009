"""The answer of identity: which records are one person, on what grounds, and what was refused.

Plain values that name records and identifier types, never a token. Everything is sorted by the
records' order keys, so two partitions of the same facts are equal with `==`.
"""

from dataclasses import dataclass
from enum import StrEnum


class LinkKind(StrEnum):
    """How strongly a record belongs to its profile, strongest first.

    A verdict counts as probabilistic: a human's judgement proves nothing to the law of consent.
    """

    VERIFIED = "verified"
    PROBABILISTIC = "probabilistic"
    HOUSEHOLD = "household"


STRONGEST_FIRST = tuple(LinkKind)


@dataclass(frozen=True, slots=True)
class Edge:
    """Two records of one cluster that are linked; `weight` in thousandths of a bit.

    What the weight is made of is told by `identity.explain`.
    """

    a: str
    b: str
    kind: LinkKind
    weight: int


@dataclass(frozen=True, slots=True)
class Member:
    """A record of a cluster and the weakest link on its strongest path to the others."""

    record_id: str
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class Cluster:
    """The records taken to be one person.

    `edges` connect the members at every strength, without listing every pair that is linked;
    `identity.explain` finds the rest.
    """

    members: tuple[Member, ...]
    edges: tuple[Edge, ...]

    @property
    def record_ids(self) -> tuple[str, ...]:
        """The members' records, in order."""
        return tuple(member.record_id for member in self.members)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The strongest link between two clusters that was not made.

    `type`: what a and b share (or "verdict"). `against`: the unique types in which the clusters
    differ, "verdict" where a human keeps them apart, and if it is neither, "weight" where the
    evidence against them is stronger or "cap" where their component was too large and was parted.
    """

    a: str
    b: str
    type: str
    against: tuple[str, ...]


class ReviewKind(StrEnum):
    """Why a person should look at something."""

    UNCERTAIN = "uncertain"
    WEAK_BRIDGE = "weak_bridge"
    OVERSIZED = "oversized"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Review:
    """Two records, or one twice, that a person should look at.

    `weight`: of the link, in thousandths of a bit. `size`: how many records, of what is oversized.
    `type`: the unique type in conflict, "verdict", or the type of an oversized value.
    """

    kind: ReviewKind
    a: str
    b: str
    weight: int = 0
    size: int = 0
    type: str = ""


@dataclass(frozen=True, slots=True)
class Partition:
    """Every record in exactly one cluster.

    `capped`: components of more records than are clustered as a whole, which were parted.

    `refusals`: of every value that several clusters hold, enough to show that they were kept apart
    and why; `identity.explain` answers for any two records.

    `reviews`: what a person should look at.
    """

    clusters: tuple[Cluster, ...]
    refusals: tuple[Refusal, ...]
    capped: tuple[tuple[str, ...], ...] = ()
    reviews: tuple[Review, ...] = ()
