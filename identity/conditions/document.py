"""Conditions as JSON, strictly: `{"all": [{"same": "street"}, {"differ": "unit"}]}`.

Shares are decimal texts, because documents are hashed and a float has no one spelling.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from identity.conditions.atoms import (
    Alike,
    Among,
    Crossed,
    DateParts,
    DateSwapped,
    DaysApart,
    Differ,
    Exchanged,
    Initial,
    Lacks,
    Near,
    Nickname,
    NumbersApart,
    PartOf,
    Same,
    Says,
)
from identity.conditions.joined import All, Any, Condition, Never, OfPart, Otherwise
from identity.conditions.measures import EDITS, SHARES
from identity.parts import FEATURE, Part
from identity.strict import InvalidRules, decimal, exactly, mapping, whole

OTHERWISE, NEVER = "otherwise", "never"
MOST_DEEP: Final = 8
_SHARE: Final = re.compile(r"1(\.0{1,9})?|0(\.\d{1,9})?")
_MOST_EDITS: Final = (0, 100)
_MOST_DAYS: Final = (0, 3_700_000)
_MOST_APART: Final = (0, 999_999)
MOST_SIGNS: Final = 1_000

_PLAIN: Final[Mapping[str, type]] = {
    "same": Same,
    "differ": Differ,
    "lacks": Lacks,
    "nickname": Nickname,
    "initial": Initial,
    "part_of": PartOf,
    "date_swapped": DateSwapped,
}
_PLAIN_NAMES: Final = {kind: name for name, kind in _PLAIN.items()}


def parse_condition(document: object, path: str, depth: int = 0) -> Condition:
    """A condition from its document.

    Raises:
        InvalidRules: the path of the first offence.
    """
    if document in (OTHERWISE, NEVER):
        return Otherwise() if document == OTHERWISE else Never()
    entry = mapping(document, path)
    if len(entry) != 1 or depth > MOST_DEEP:
        raise InvalidRules(path, f"must be one condition, nested at most {MOST_DEEP} deep")
    ((kind, told),) = entry.items()
    if kind in _PLAIN:
        made: Condition = _PLAIN[kind](feature(told, f"{path}.{kind}"))
        return made
    if kind in _OF_OTHERS:
        return _OF_OTHERS[kind](told, f"{path}.{kind}", depth + 1)
    if kind in _TOLD:
        return _TOLD[kind](told, f"{path}.{kind}")
    raise InvalidRules(path, f"must be one of {', '.join(KINDS)}")


def condition_document(condition: Condition) -> object:
    """The document that parses to this condition."""
    match condition:
        case Otherwise() | Never():
            return OTHERWISE if isinstance(condition, Otherwise) else NEVER
        case All(parts) | Any(parts):
            kind = "all" if isinstance(condition, All) else "any"
            return {kind: [condition_document(part) for part in parts]}
        case OfPart(part, when):
            return {"of_part": {"part": part.text, "when": condition_document(when)}}
        case Crossed(first, second) | Exchanged(first, second) | Among(first, second):
            return {_PAIR_NAMES[type(condition)]: [first, second]}
    if type(condition) in _PLAIN_NAMES:
        return {_PLAIN_NAMES[type(condition)]: condition.feature}
    return _measured(condition)


def _measured(condition: Condition) -> object:
    match condition:
        case Alike(name, measure, least):
            return {"alike": {"feature": name, "by": measure, "least": share_text(least)}}
        case Near(name, measure, most):
            return {"near": {"feature": name, "by": measure, "most": most}}
        case DateParts(name, least):
            return {"date_parts": {"feature": name, "least": least}}
        case DaysApart(name, most):
            return {"days_apart": {"feature": name, "most": most}}
        case NumbersApart(name, apart):
            return {"numbers_apart": {"feature": name, "most": format(apart, "f")}}
        case Says(name, value):
            return {"says": {"feature": name, "value": value}}
    raise TypeError(f"{type(condition).__name__} is no condition")


def feature(value: object, path: str) -> str:
    """The name of a feature.

    Raises:
        InvalidRules: it is none.
    """
    if not isinstance(value, str) or not FEATURE.fullmatch(value):
        raise InvalidRules(path, "must name a feature: letters, digits and _")
    return value


def share_text(value: float) -> str:
    """A share as it stands in documents."""
    return format(value, ".9f").rstrip("0").rstrip(".")


def _joined(kind: type[All] | type[Any]) -> Callable[[object, str, int], Condition]:
    def read(told: object, path: str, depth: int) -> Condition:
        if not isinstance(told, list) or not told:
            raise InvalidRules(path, "must be a list of conditions")
        return kind(
            tuple(
                parse_condition(part, f"{path}[{number}]", depth)
                for number, part in enumerate(told)
            )
        )

    return read


def _of_part(told: object, path: str, depth: int) -> Condition:
    entry = exactly(told, path, frozenset({"part", "when"}))
    part = Part.parse(entry["part"], f"{path}.part")
    if part.piece is None:
        raise InvalidRules(f"{path}.part", "must name a piece of a feature, such as email:mailbox")
    return OfPart(part, parse_condition(entry["when"], f"{path}.when", depth))


def _alike(told: object, path: str) -> Condition:
    entry = exactly(told, path, frozenset({"feature", "by", "least"}))
    least = entry["least"]
    if not isinstance(least, str) or not _SHARE.fullmatch(least):
        raise InvalidRules(f"{path}.least", "must be a decimal text from 0 to 1, such as '0.92'")
    by = _one_of(entry["by"], tuple(SHARES), f"{path}.by")
    return Alike(feature(entry["feature"], f"{path}.feature"), by, float(least))


def _near(told: object, path: str) -> Condition:
    entry = exactly(told, path, frozenset({"feature", "by", "most"}))
    by = _one_of(entry["by"], tuple(EDITS), f"{path}.by")
    most = whole(entry["most"], f"{path}.most", _MOST_EDITS)
    return Near(feature(entry["feature"], f"{path}.feature"), by, most)


def _date_parts(told: object, path: str) -> Condition:
    entry = exactly(told, path, frozenset({"feature", "least"}))
    least = whole(entry["least"], f"{path}.least", (0, 3))
    return DateParts(feature(entry["feature"], f"{path}.feature"), least)


def _days_apart(told: object, path: str) -> Condition:
    entry = exactly(told, path, frozenset({"feature", "most"}))
    most = whole(entry["most"], f"{path}.most", _MOST_DAYS)
    return DaysApart(feature(entry["feature"], f"{path}.feature"), most)


def _numbers_apart(told: object, path: str) -> Condition:
    entry = exactly(told, path, frozenset({"feature", "most"}))
    most = decimal(entry["most"], f"{path}.most", _MOST_APART)
    return NumbersApart(feature(entry["feature"], f"{path}.feature"), Decimal(most))


def _says(told: object, path: str) -> Condition:
    entry = exactly(told, path, frozenset({"feature", "value"}))
    value = entry["value"]
    if not isinstance(value, str) or not 0 < len(value) <= MOST_SIGNS:
        raise InvalidRules(f"{path}.value", "must be a text that is not empty")
    return Says(feature(entry["feature"], f"{path}.feature"), value)


def _pair(kind: type[Crossed | Exchanged | Among]) -> Callable[[object, str], Condition]:
    def read(told: object, path: str) -> Condition:
        if not isinstance(told, list) or len(told) != len(("first", "second")):
            raise InvalidRules(path, "must be a list of two features")
        first, second = (feature(name, f"{path}[{place}]") for place, name in enumerate(told))
        return kind(first, second)

    return read


def _one_of(value: object, known: tuple[str, ...], path: str) -> str:
    if not isinstance(value, str) or value not in known:
        raise InvalidRules(path, f"must be one of {', '.join(known)}")
    return value


_PAIRS: Final[Mapping[str, type[Crossed | Exchanged | Among]]] = {
    "crossed": Crossed,
    "exchanged": Exchanged,
    "among": Among,
}
_PAIR_NAMES: Final[Mapping[type, str]] = {kind: name for name, kind in _PAIRS.items()}
_TOLD: Final[Mapping[str, Callable[[object, str], Condition]]] = {
    "alike": _alike,
    "near": _near,
    "date_parts": _date_parts,
    "days_apart": _days_apart,
    "numbers_apart": _numbers_apart,
    "says": _says,
    **{name: _pair(kind) for name, kind in _PAIRS.items()},
}
_OF_OTHERS: Final[Mapping[str, Callable[[object, str, int], Condition]]] = {
    "all": _joined(All),
    "any": _joined(Any),
    "of_part": _of_part,
}

KINDS: Final = (*_PLAIN, *_TOLD, *_OF_OTHERS, OTHERWISE, NEVER)
"""Every condition, as it is written."""
