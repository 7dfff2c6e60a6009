"""Conditions on one feature or two, as they stand alone.

`holds` takes what two records say, feature by feature; one that is not said is absent.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from identity.conditions.measures import edits, number, share
from identity.days import ordinal
from identity.names import name_meanings
from identity.parts import WHOLE_DATE

Features = Mapping[str, str]
"""What one record says, normalised, by feature."""


@dataclass(frozen=True, slots=True)
class Same:
    """Both say it, and the same."""

    feature: str

    def holds(self, a: Features, b: Features) -> bool:
        """Whether it holds between two records."""
        return a.get(self.feature, "") == b.get(self.feature) is not None

    @property
    def features(self) -> frozenset[str]:
        """What it reads."""
        return frozenset({self.feature})


@dataclass(frozen=True, slots=True)
class Differ(Same):
    """Both say it, and not the same."""

    def holds(self, a: Features, b: Features) -> bool:
        """Whether it holds between two records."""
        ours, theirs = a.get(self.feature), b.get(self.feature)
        return ours is not None and theirs is not None and ours != theirs


@dataclass(frozen=True, slots=True)
class Lacks(Same):
    """One side or both do not say it."""

    def holds(self, a: Features, b: Features) -> bool:
        """Whether it holds between two records."""
        return self.feature not in a or self.feature not in b


class _OnValues(ABC):
    """A condition on the values that both records have of one feature."""

    feature: str

    @abstractmethod
    def between(self, a: str, b: str) -> bool:
        """Whether it holds between two values."""

    def holds(self, a: Features, b: Features) -> bool:
        """Whether it holds between two records."""
        ours, theirs = a.get(self.feature), b.get(self.feature)
        return ours is not None and theirs is not None and self.between(ours, theirs)

    @property
    def features(self) -> frozenset[str]:
        """What it reads."""
        return frozenset({self.feature})


@dataclass(frozen=True)
class Alike(_OnValues):
    """The values are alike by a measure of shares, at least so much."""

    feature: str
    measure: str
    least: float

    def between(self, a: str, b: str) -> bool:
        """Whether it holds between two values."""
        return a == b or share(self.measure, a, b, self.least) >= self.least


@dataclass(frozen=True)
class Near(_OnValues):
    """At most so many edits lie between the values."""

    feature: str
    measure: str
    most: int

    def between(self, a: str, b: str) -> bool:
        """Whether it holds between two values."""
        return edits(self.measure, a, b, self.most) <= self.most


@dataclass(frozen=True)
class Nickname(_OnValues):
    """One first name may be short for the other, or both for a third."""

    feature: str

    def between(self, a: str, b: str) -> bool:
        """Whether it holds between two values."""
        return bool(name_meanings(a) & name_meanings(b))


@dataclass(frozen=True)
class Initial(_OnValues):
    """One is a single letter, with which the other begins."""

    feature: str

    def between(self, a: str, b: str) -> bool:
        """Whether it holds between two values."""
        return a[0] == b[0] and (len(a) == 1 or len(b) == 1)


@dataclass(frozen=True)
class PartOf(_OnValues):
    """Every word of one is among the words of the other: `smith` and `smith jones`."""

    feature: str

    def between(self, a: str, b: str) -> bool:
        """Whether it holds between two values."""
        ours, theirs = set(a.split()), set(b.split())
        return bool(ours and theirs) and (ours <= theirs or theirs <= ours)


@dataclass(frozen=True)
class DateSwapped(_OnValues):
    """One date is the other with day and month exchanged."""

    feature: str

    def between(self, a: str, b: str) -> bool:
        """Whether it holds between two values."""
        if len(a) != WHOLE_DATE or len(b) != WHOLE_DATE:
            return False
        return a[:4] == b[:4] and a[5:7] == b[8:] and a[8:] == b[5:7]


@dataclass(frozen=True)
class DateParts(_OnValues):
    """Of year, month and day at least so many agree; for one, it is the year.

    For none, two and three both dates are whole.
    """

    feature: str
    least: int

    def between(self, a: str, b: str) -> bool:
        """Whether it holds between two values."""
        if self.least == 1:
            return a[:4] == b[:4]
        if len(a) != WHOLE_DATE or len(b) != WHOLE_DATE:
            return False
        return (a[:4] == b[:4]) + (a[5:7] == b[5:7]) + (a[8:] == b[8:]) >= self.least


@dataclass(frozen=True)
class DaysApart(_OnValues):
    """At most so many days lie between two ISO dates."""

    feature: str
    most: int

    def between(self, a: str, b: str) -> bool:
        """Whether it holds between two values."""
        ours, theirs = ordinal(a), ordinal(b)
        return min(ours, theirs) >= 0 and abs(ours - theirs) <= self.most


@dataclass(frozen=True)
class NumbersApart(_OnValues):
    """Two numbers differ by no more than this."""

    feature: str
    most: Decimal

    def between(self, a: str, b: str) -> bool:
        """Whether it holds between two values."""
        return abs(number(a) - number(b)) <= float(self.most)


@dataclass(frozen=True)
class Says(_OnValues):
    """Both say exactly this."""

    feature: str
    value: str

    def between(self, a: str, b: str) -> bool:
        """Whether it holds between two values."""
        return a == b == self.value


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Each holds the other's value of two features, or all four are one."""

    first: str
    second: str

    def holds(self, a: Features, b: Features) -> bool:
        """Whether it holds between two records."""
        ours, theirs = a.get(self.first), b.get(self.first)
        if ours is None or theirs is None:
            return False
        return ours == b.get(self.second) and theirs == a.get(self.second)

    @property
    def features(self) -> frozenset[str]:
        """What it reads."""
        return frozenset({self.first, self.second})


@dataclass(frozen=True, slots=True)
class Crossed:
    """Each holds the other's value of two features, as when given and family name are mixed up."""

    first: str
    second: str

    def holds(self, a: Features, b: Features) -> bool:
        """Whether it holds between two records."""
        ours, theirs = a.get(self.first), b.get(self.first)
        if ours is None or theirs is None or ours == theirs:
            return False
        return ours == b.get(self.second) and theirs == a.get(self.second)

    @property
    def features(self) -> frozenset[str]:
        """What it reads."""
        return frozenset({self.first, self.second})


@dataclass(frozen=True, slots=True)
class Among:
    """The word of one is among the other's words, as a first name among second names."""

    word: str
    words: str

    def holds(self, a: Features, b: Features) -> bool:
        """Whether it holds between two records."""
        ours, theirs = a.get(self.word), b.get(self.word)
        if ours is None or theirs is None:
            return False
        return ours in b.get(self.words, "").split() or theirs in a.get(self.words, "").split()

    @property
    def features(self) -> frozenset[str]:
        """What it reads."""
        return frozenset({self.word, self.words})


Atom = (
    Same
    | Differ
    | Lacks
    | Alike
    | Near
    | Nickname
    | Initial
    | PartOf
    | DateSwapped
    | DateParts
    | DaysApart
    | NumbersApart
    | Says
    | Crossed
    | Exchanged
    | Among
)
