"""What one record says about a person without saying it (opaque tokens), and what humans ruled.

A token is the blind-index entry of a normalised identifier; equality is all it offers. Everything
here is a fact about records, so it outlives every recomputation of who is who.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from identity.features import NOBODY, Told

Value = tuple[str, bytes]
"""A token without its scope, (type, bytes): the form in which blocked and generic values come."""

Claim = tuple[str, str]
"""(type, scope) of which one person has one value."""


@dataclass(frozen=True, slots=True)
class Token:
    """One identifier of a record.

    `confirmed`: the person proved, on this record, to hold it (a code, a sign-in).
    `scope`: the namespace in which a value is unique, a source for instance; "" is the workspace.
    Tokens of different scopes are never equal, and uniqueness per person is asked per scope.
    """

    type: str
    value: bytes = field(repr=False)
    confirmed: bool = False
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One record's tokens, and what it says of a person, in memory only.

    `order_key` breaks ties and never changes for a record. Tokens of types that begin with
    `identity.keys.BLOCK` are blocking keys. `names`: under which name the frequencies of the rules
    know the value of a feature, where it is not the value itself.
    """

    record_id: str
    order_key: bytes = field(repr=False)
    tokens: tuple[Token, ...] = ()
    told: Told = field(default=NOBODY, repr=False)
    names: Mapping[str, str] = field(default_factory=dict, repr=False)


class Ruling(StrEnum):
    """What a human decided about groups of records."""

    MUST_LINK = "must_link"
    CANNOT_LINK = "cannot_link"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A human's lasting word on records.

    `MUST_LINK`: the records of its one group are one person. `CANNOT_LINK`: nobody is in two of its
    groups; `whole`: and each group is kept together as it was, which links nothing by itself (so
    that undoing a merge says no more than what was so before). Where two of these keep different
    groups, the higher `rank` is heard first.

    Raises:
        ValueError: groups that overlap, are empty, too few or too many.
    """

    ruling: Ruling
    groups: tuple[frozenset[str], ...]
    whole: bool = False
    rank: int = 0

    def __post_init__(self) -> None:
        if self.ruling is Ruling.MUST_LINK:
            if self.whole or [len(group) > 1 for group in self.groups] != [True]:
                raise ValueError("to be one, it takes one group of two different records")
        elif len(self.groups) <= 1 or not all(self.groups):
            raise ValueError("to be apart, it takes two groups of records")
        if sum(map(len, self.groups)) != len(frozenset().union(*self.groups)):
            raise ValueError("a verdict is about different records: groups do not overlap")

    @classmethod
    def together(cls, records: Iterable[str]) -> "Verdict":
        """These records are one person."""
        return cls(Ruling.MUST_LINK, (frozenset(records),))

    @classmethod
    def apart(cls, *groups: Iterable[str], whole: bool = False, rank: int = 0) -> "Verdict":
        """Nobody is in two of these groups."""
        return cls(Ruling.CANNOT_LINK, tuple(map(frozenset, groups)), whole, rank)
