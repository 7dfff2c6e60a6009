"""Conditions as JSON, strictly: `{"all": [{"same": "street"}, {"differ": "unit"}]}`.

Shares are decimal texts, because documents are hashed and a float has no one spelling.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from identity.conditions.atoms import (
    Alike,
    Among,
    Crossed,
    DateParts,
    DateSwapped,
    Differ,
    Initial,
    Lacks,
    Near,
    Nickname,
    PartOf,
    Same,
)
from identity.conditions.joined import All, Any, Condition, Otherwise
from identity.conditions.measures import EDITS, SHARES
from identity.strict import InvalidRules, exactly, mapping, whole

FEATURE: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
OTHERWISE: Final = "otherwise"
MOST_DEEP: Final = 8
_SHARE: Final = re.compile(r"1(\.0{1,9})?|0(\.\d{1,9})?")
_MOST_EDITS: Final = (0, 100)

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
    if document == OTHERWISE:
        return Otherwise()
    entry = mapping(document, path)
    if len(entry) != 1 or depth > MOST_DEEP:
        raise InvalidRules(path, f"must be one condition, nested at most {MOST_DEEP} deep")
    ((kind, told),) = entry.items()
    if kind in _PLAIN:
        made: Condition = _PLAIN[kind](feature(told, f"{path}.{kind}"))
        return made
    if kind in {"all", "any"}:
        return _joined(kind, told, f"{path}.{kind}", depth)
    if kind in _TOLD:
        return _TOLD[kind](told, f"{path}.{kind}")
    raise InvalidRules(path, f"must be one of {', '.join(KINDS)}")


def condition_document(condition: Condition) -> object:
    """The document that parses to this condition."""
    match condition:
        case Otherwise():
            return OTHERWISE
        case All(parts) | Any(parts):
            kind = "all" if isinstance(condition, All) else "any"
            return {kind: [condition_document(part) for part in parts]}
        case Alike(name, measure, least):
            return {"alike": {"feature": name, "by": measure, "least": share_text(least)}}
        case Near(name, measure, most):
            return {"near": {"feature": name, "by": measure, "most": most}}
        case DateParts(name, least):
            return {"date_parts": {"feature": name, "least": least}}
        case Crossed(first, second):
            return {"crossed": [first, second]}
        case Among(word, words):
            return {"among": [word, words]}
    return {_PLAIN_NAMES[type(condition)]: condition.feature}


def feature(value: object, path: str) -> str:
    """The name of a feature.

    Raises:
        InvalidRules: it is none.
    """
    if not isinstance(value, str) or not FEATURE.fullmatch(value):
        raise InvalidRules(path, "must name a feature: a-z, 0-9 and _")
    return value


def share_text(value: float) -> str:
    """A share as it stands in documents."""
    return format(value, ".9f").rstrip("0").rstrip(".")


def _joined(kind: str, told: object, path: str, depth: int) -> Condition:
    if not isinstance(told, list) or not told:
        raise InvalidRules(path, "must be a list of conditions")
    parts = tuple(
        parse_condition(part, f"{path}[{number}]", depth + 1) for number, part in enumerate(told)
    )
    return All(parts) if kind == "all" else Any(parts)


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


def _pair(kind: type[Crossed] | type[Among]) -> Callable[[object, str], Condition]:
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


_TOLD: Final[Mapping[str, Callable[[object, str], Condition]]] = {
    "alike": _alike,
    "near": _near,
    "date_parts": _date_parts,
    "crossed": _pair(Crossed),
    "among": _pair(Among),
}

KINDS: Final = (*_PLAIN, *_TOLD, "all", "any", OTHERWISE)
"""Every condition, as it is written."""
