"""What one record says about a person without saying it (opaque tokens), and what humans ruled.

A token is the blind-index entry of a normalised identifier; equality is all it offers. Everything
here is a fact about records, so it outlives every recomputation of who is who.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from identity.person import Person

NOBODY = Person()
"""What a record says of a person that says nothing."""

Value = tuple[str, bytes]
"""A token without its scope, (type, bytes): the form in which blocked and generic values come."""


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
    `identity.person.BLOCK` are blocking keys.
    """

    record_id: str
    order_key: bytes = field(repr=False)
    tokens: tuple[Token, ...] = ()
    person: Person = field(default=NOBODY, repr=False)


class Ruling(StrEnum):
    """What a human decided about two records."""

    MUST_LINK = "must_link"
    CANNOT_LINK = "cannot_link"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A human's lasting word on two records; the pair has no direction.

    Raises:
        ValueError: a record paired with itself.
    """

    a: str
    b: str
    ruling: Ruling

    def __post_init__(self) -> None:
        if self.a == self.b:
            raise ValueError("a verdict is about two different records")
        if self.a > self.b:
            first, second = self.b, self.a
            object.__setattr__(self, "a", first)
            object.__setattr__(self, "b", second)
