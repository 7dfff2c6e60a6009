"""Comparisons: how well two records agree on one thing, in a few named levels, and what it weighs.

A comparison is asked level by level, in order; the first that holds is the level. Before them
stands the condition under which it says nothing. m is the share of pairs of one person that show a
level, u that of pairs of strangers, household that of two people of one household (Fellegi and
Sunter 1969). Weights are whole thousandths of a bit, so that sums are exact in any order.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from math import log2
from typing import Final

from identity.conditions import (
    All,
    Any,
    Condition,
    Features,
    Lacks,
    OfPart,
    Same,
    condition_document,
    parse_condition,
)
from identity.conditions.document import feature
from identity.parts import FEATURE
from identity.strict import InvalidRules, decimal, exactly, flag, mapping, probability

MILLI: Final = 1000
"""Thousandths in a bit."""

DIGITS: Final = 12
"""Decimals of a probability; one that is smaller is written as the smallest."""

ROUNDING: Final = Decimal("0.000001")
"""How far the probabilities of a comparison may be from one together."""

MOST_LEVELS: Final = 100
_WEIGHTS: Final = (0, 10)


class Bond(StrEnum):
    """What a level says of hanging together, before anything is weighed."""

    TIES = "ties"
    """The two are of one component, as with one telephone number, unless another level parts."""

    PARTS = "parts"
    """It is not enough that something ties them, as with different first names."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Rarity as counted, neither smoothed nor bounded: weight * log2(usual / share).

    `usual`: the share that a usual value has. `least`: no value counts as rarer than this. The
    share is that of the more common value where the two differ.
    """

    usual: Decimal
    weight: Decimal
    least: Decimal

    @classmethod
    def parse(cls, document: object, path: str) -> "Counted":
        """How it is counted, from its document.

        Raises:
            InvalidRules: the path of the first offence.
        """
        entry = exactly(document, path, frozenset(cls.__dataclass_fields__))
        return cls(
            usual=probability(entry["usual"], f"{path}.usual"),
            weight=decimal(entry["weight"], f"{path}.weight", _WEIGHTS),
            least=decimal(entry["least"], f"{path}.least", (0, 1)),
        )

    @property
    def document(self) -> dict[str, object]:
        """The document that parses to this."""
        return {name: format(getattr(self, name), "f") for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Rarity:
    """The feature whose value, equal on both sides, weighs more if it is rare.

    `household`: whether it tells one person from another of the same household as well. `counted`:
    None for what this house does, which smooths what few records say and bounds what it may weigh.
    """

    feature: str
    household: bool = False
    counted: Counted | None = None


@dataclass(frozen=True)
class Level:
    """One level. `household` is None where no household class is known."""

    name: str
    when: Condition
    m: Decimal
    u: Decimal
    household: Decimal | None = None
    rarity: Rarity | None = None
    bond: Bond | None = None

    @cached_property
    def weight(self) -> int:
        """Evidence for one person against strangers, in thousandths of a bit."""
        return bits(log2(self.m / self.u))

    @cached_property
    def against_household(self) -> int:
        """Evidence for one person against two of a household; 0 if no class is known."""
        return bits(log2(self.m / self.household)) if self.household else 0


@dataclass(frozen=True)
class Comparison:
    """One comparison; `silent`: when it says nothing.

    `loose`: its shares were given by somebody, and do not add up to one.
    """

    name: str
    silent: Condition
    levels: tuple[Level, ...]
    loose: bool = False

    @classmethod
    def parse(cls, document: object, path: str) -> "Comparison":
        """A comparison from its document.

        Raises:
            InvalidRules: the path of the first offence.
        """
        told = mapping(document, path)
        loose = flag(told.get("loose", False), f"{path}.loose")
        plain = {key: value for key, value in told.items() if key != "loose"}
        entry = exactly(plain, path, frozenset({"name", "silent", "levels"}))
        name = entry["name"]
        if not isinstance(name, str) or not FEATURE.fullmatch(name):
            raise InvalidRules(f"{path}.name", "must be letters, digits and _")
        rows = entry["levels"]
        if not isinstance(rows, list) or not 1 < len(rows) <= MOST_LEVELS:
            raise InvalidRules(f"{path}.levels", f"must be a list of 2 to {MOST_LEVELS} levels")
        levels = tuple(_level(item, f"{path}.levels[{n}]") for n, item in enumerate(rows))
        _check(levels, path, loose=loose)
        return cls(name, parse_condition(entry["silent"], f"{path}.silent"), levels, loose)

    @property
    def document(self) -> dict[str, object]:
        """The document that parses to this comparison."""
        made: dict[str, object] = {
            "name": self.name,
            "silent": condition_document(self.silent),
            "levels": [_level_document(level) for level in self.levels],
        }
        return made | ({"loose": True} if self.loose else {})

    @cached_property
    def features(self) -> frozenset[str]:
        """What it reads."""
        conditions = (self.silent, *(level.when for level in self.levels))
        return frozenset[str]().union(*(condition.features for condition in conditions))

    @cached_property
    def subject(self) -> frozenset[str]:
        """The features it is about: those it cannot do without, and those whose equality counts."""
        found: set[str] = set()

        def walk(condition: Condition, wanted: type[Same] | type[Lacks]) -> None:
            if isinstance(condition, All | Any):
                for part in condition.parts:
                    walk(part, wanted)
            elif isinstance(condition, OfPart):
                walk(condition.when, wanted)
            elif type(condition) is wanted:
                found.add(condition.feature)

        walk(self.silent, Lacks)
        for level in self.levels:
            walk(level.when, Same)
        return frozenset(found)

    def level(self, a: Features, b: Features) -> int | None:
        """The place of the level of two records; None if it says nothing."""
        needed = self._needed
        if needed is None:
            if self.silent.holds(a, b):
                return None
        elif needed not in a or needed not in b:
            return None
        for place, level in enumerate(self.levels):
            if level.when.holds(a, b):
                return place
        return None

    @cached_property
    def _needed(self) -> str | None:
        """The one feature that both must have, where that is all that it takes."""
        return self.silent.feature if type(self.silent) is Lacks else None

    def told(
        self, *, m: list[float], u: list[float], household: list[float] | None
    ) -> "Comparison":
        """The same with other probabilities, each in the order of the levels."""
        blank: list[Decimal | None] = [None] * len(m)
        shares = zip(
            decimals(m), decimals(u), decimals(household) if household else blank, strict=True
        )
        levels = zip(self.levels, shares, strict=True)
        return replace(
            self,
            levels=tuple(
                replace(level, m=one, u=other, household=roof)
                for level, (one, other, roof) in levels
            ),
        )


def bits(value: float) -> int:
    """Bits as whole thousandths."""
    return round(value * MILLI)


def decimals(shares: list[float]) -> list[Decimal]:
    """Shares that add up to one, as they are written; the largest takes what rounding leaves."""
    unit = Decimal(1).scaleb(-DIGITS)
    found = [max(Decimal(share).quantize(unit), unit) for share in shares]
    largest = max(range(len(found)), key=found.__getitem__)
    found[largest] += 1 - sum(found)
    return found


def _level(document: object, path: str) -> Level:
    entry = mapping(document, path)
    known = {"name", "when", "m", "u", "household", "rarity", "bond"}
    if not {"name", "when", "m", "u"} <= entry.keys() <= known:
        raise InvalidRules(path, "must have name, when, m, u; may have household, rarity, bond")
    name = entry["name"]
    if not isinstance(name, str) or not name or len(name) > MOST_LEVELS:
        raise InvalidRules(f"{path}.name", "must be a short text")
    household, bond = entry.get("household"), entry.get("bond")
    if bond is not None and bond not in set(Bond):
        raise InvalidRules(f"{path}.bond", f"must be one of {', '.join(Bond)}")
    return Level(
        name=name,
        when=parse_condition(entry["when"], f"{path}.when"),
        m=probability(entry["m"], f"{path}.m"),
        u=probability(entry["u"], f"{path}.u"),
        household=None if household is None else probability(household, f"{path}.household"),
        rarity=_rarity(entry.get("rarity"), f"{path}.rarity"),
        bond=None if bond is None else Bond(str(bond)),
    )


def _rarity(document: object, path: str) -> Rarity | None:
    if document is None:
        return None
    told = mapping(document, path)
    known = {"feature", "household", *(told.keys() & {"counted"})}
    entry = exactly(told, path, frozenset(known))
    return Rarity(
        feature(entry["feature"], f"{path}.feature"),
        flag(entry["household"], f"{path}.household"),
        Counted.parse(entry["counted"], f"{path}.counted") if "counted" in entry else None,
    )


def _rarity_document(rarity: Rarity) -> dict[str, object]:
    made: dict[str, object] = {"feature": rarity.feature, "household": rarity.household}
    return made | ({"counted": rarity.counted.document} if rarity.counted else {})


def _level_document(level: Level) -> dict[str, object]:
    made: dict[str, object] = {
        "name": level.name,
        "when": condition_document(level.when),
        "m": format(level.m, "f"),
        "u": format(level.u, "f"),
    }
    if level.household is not None:
        made["household"] = format(level.household, "f")
    if level.rarity is not None:
        made["rarity"] = _rarity_document(level.rarity)
    if level.bond is not None:
        made["bond"] = str(level.bond)
    return made


def _check(levels: tuple[Level, ...], path: str, *, loose: bool) -> None:
    if len({level.name for level in levels}) != len(levels):
        raise InvalidRules(f"{path}.levels", "names of levels must differ")
    for name in ("m", "u", "household"):
        found = [getattr(level, name) for level in levels]
        known = [share for share in found if share is not None]
        apart = 0 if loose else abs(sum(known) - 1)
        if known and (len(known) < len(found) or apart > ROUNDING):
            raise InvalidRules(f"{path}.levels", f"{name} of all levels must add up to 1")
