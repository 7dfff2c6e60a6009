"""SQL conditions of a model, compiled to conditions.

A condition must treat both records alike, because which of the two is the left one means nothing.
So what speaks of one side alone is put together with its mirror image, `a_l IS NULL OR a_r IS NULL`
and `a_l = b_r AND b_l = a_r`; without one it is refused.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from identity.conditions import (
    Alike,
    All,
    Any,
    Condition,
    DaysApart,
    Differ,
    Exchanged,
    Lacks,
    Near,
    NumbersApart,
    OfPart,
    Otherwise,
    Same,
    Says,
)
from identity.days import DAYS
from identity.parts import Part
from identity.splink.sql import (
    Binary,
    Call,
    Expression,
    IsNull,
    Joined,
    Name,
    Not,
    NotRead,
    Number,
    Text,
    parse_sql,
)
from identity.splink.values import LEFT, Value, suffixed, value

SHARES: Final = {"jaro_winkler_similarity": "jaro_winkler", "jaro_similarity": "jaro"}
EDITS: Final = {
    "levenshtein": "levenshtein",
    "editdist3": "levenshtein",
    "damerau_levenshtein": "damerau_levenshtein",
}
NUMERIC: Final = frozenset(
    {"double", "float", "float8", "real", "int", "integer", "bigint", "smallint", "numeric"}
)
SECONDS: Final = 86_400
_ELSE: Final = "else"
_FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_ONE_SIDED: Final = "the two records are not treated alike"


@dataclass(frozen=True, slots=True)
class _Half:
    """What is said of one side, or of two columns crosswise; it needs its mirror image."""

    kind: str
    first: Value
    second: Value | str = ""

    @property
    def mirrored(self) -> "_Half":
        """The same with sides exchanged; equality reads the same both ways."""
        second = self.second.mirrored if isinstance(self.second, Value) else self.second
        return _half(self.kind, self.first.mirrored, second)


def _half(kind: str, first: Value, second: Value | str = "") -> _Half:
    if isinstance(second, Value) and first.side != LEFT:
        return _Half(kind, second, first)
    return _Half(kind, first, second)


def compile_condition(sql: str) -> Condition:
    """The condition that a level's SQL says.

    Raises:
        NotRead: it is not recognised.
    """
    if sql.strip().lower() == _ELSE:
        return Otherwise()
    found = _compiled(parse_sql(sql))
    if isinstance(found, _Half):
        raise NotRead(_ONE_SIDED)
    return found


def _compiled(expression: Expression) -> Condition | _Half:
    match expression:
        case Joined(word):
            return _joined(word, [_compiled(part) for part in _flat(expression)])
        case Name(text, "") if text.lower() == "true":
            return Otherwise()
        case IsNull(of):
            return _half("null", value(of, suffixed))
        case Not(IsNull(of)):
            return _half("said", value(of, suffixed))
        case Not(of):
            return _negated(_compiled(of))
        case Binary():
            return _compared(expression)
    raise NotRead("this is no condition that is read")


def _compared(expression: Binary) -> Condition | _Half:
    match expression:
        case Binary("=" | "<>" as sign, left, right) if not _measures(left, right):
            return _equal(sign, left, right)
        case Binary(sign, Number() as bound, measured):
            return _bounded(measured, _FLIPPED[sign], bound.value)
        case Binary(sign, measured, Number() as bound):
            return _bounded(measured, sign, bound.value)
    raise NotRead("this is no condition that is read")


def _flat(joined: Joined) -> list[Expression]:
    found: list[Expression] = []
    for part in joined.parts:
        same = isinstance(part, Joined) and part.word == joined.word
        found += _flat(part) if same and isinstance(part, Joined) else [part]
    return found


def _measures(left: Expression, right: Expression) -> bool:
    return isinstance(left, Number) or isinstance(right, Number)


def _joined(word: str, parts: Sequence[Condition | _Half]) -> Condition:
    whole: list[Condition] = []
    halves: list[_Half] = []
    for part in parts:
        if not isinstance(part, _Half):
            whole.append(part)
        elif part.mirrored in halves:
            halves.remove(part.mirrored)
            whole.append(_paired(word, part))
        else:
            halves.append(part)
    if halves:
        raise NotRead(_ONE_SIDED)
    if len(whole) == 1:
        return whole[0]
    return All(tuple(whole)) if word == "and" else Any(tuple(whole))


def _paired(word: str, half: _Half) -> Condition:
    """What a half and its mirror image say together."""
    found = _PAIRED.get((word, half.kind))
    if found is None:
        raise NotRead(_ONE_SIDED)
    return found(half)


def _exchanged(half: _Half) -> Condition:
    first, second = half.first, half.second
    if not isinstance(second, Value) or first.column == second.column:
        raise NotRead("different pieces of one column are compared")
    exchanged = Exchanged(*sorted((first.column, second.column)))
    return _of(first, _of(second, exchanged))


_PAIRED: Final[dict[tuple[str, str], Callable[[_Half], Condition]]] = {
    ("or", "null"): lambda half: _of(half.first, Lacks(half.first.column)),
    ("and", "said"): lambda half: _of(half.first, _said(half.first.column)),
    ("and", "says"): lambda half: _of(half.first, Says(half.first.column, str(half.second))),
    ("and", "crosses"): _exchanged,
}


def _negated(condition: Condition | _Half) -> Condition:
    match condition:
        case Lacks(name):
            return _said(name)
        case OfPart(part, Lacks(name)):
            return OfPart(part, _said(name))
        case Any(parts):
            return All(tuple(_negated(part) for part in parts))
        case Same(name) if type(condition) is Same:
            return Differ(name)
    raise NotRead("NOT is read of IS NULL and of equality only")


def _said(name: str) -> Condition:
    return Any((Same(name), Differ(name)))


def _equal(sign: str, left: Expression, right: Expression) -> Condition | _Half:
    if isinstance(left, Text):
        left, right = right, left
    if isinstance(right, Text):
        if sign == "<>" or not right.value:
            raise NotRead("a text is compared by equality only, and is not empty")
        return _half("says", value(left, suffixed), right.value)
    ours, theirs = value(left, suffixed), value(right, suffixed)
    if ours.mirrored == theirs:
        name = ours.column
        return _of(ours, Same(name) if sign == "=" else Differ(name))
    if ours.side == theirs.side or sign == "<>":
        raise NotRead(_ONE_SIDED)
    return _half("crosses", ours, theirs)


def _bounded(measured: Expression, sign: str, bound: Decimal) -> Condition:
    match measured:
        case Call(name, (left, right)) if name in SHARES:
            if sign != ">=" or not 0 <= bound <= 1:
                raise NotRead("a similarity is read as >= a share from 0 to 1")
            both = _both(left, right)
            return _of(both, Alike(both.column, SHARES[name], float(bound)))
        case Call(name, (left, right)) if name in EDITS:
            both = _both(left, right)
            return _of(both, Near(both.column, EDITS[name], _most(sign, bound)))
        case Call("abs", (Binary("-", left, right),)):
            return _apart(left, right, sign, bound)
    what = f"{measured.name}()" if isinstance(measured, Call) else "this"
    raise NotRead(f"{what} is not read")


def _apart(left: Expression, right: Expression, sign: str, bound: Decimal) -> Condition:
    match left, right:
        case Call("epoch", (ours,)), Call("epoch", (theirs,)):
            both = _both(ours, theirs)
            dated = both.pieces and both.pieces[-1] in DAYS
            days = _most(sign, bound / SECONDS)
            return _of(both if dated else both.cut("date"), DaysApart(both.column, days))
    if sign != "<=" or bound < 0:
        raise NotRead("a difference is read as <= a number")
    both = _both(_number(left), _number(right))
    return _of(both, NumbersApart(both.column, bound))


def _number(expression: Expression) -> Expression:
    match expression:
        case Call("cast" | "try_cast", (of, Text(type_))) if type_ in NUMERIC:
            return of
    return expression


def _both(left: Expression, right: Expression) -> Value:
    ours, theirs = value(left, suffixed), value(right, suffixed)
    if ours.mirrored != theirs:
        raise NotRead("different columns are measured")
    return ours


def _most(sign: str, bound: Decimal) -> int:
    """The most whole ones that are within the bound."""
    match sign:
        case "<=":
            most = int(bound.to_integral_value(ROUND_FLOOR))
        case "<":
            most = int(bound.to_integral_value(ROUND_CEILING)) - 1
        case _:
            raise NotRead("a distance is read as <= or < a number")
    if most < 0:
        raise NotRead("no distance is less than none")
    return most


def _of(told: Value, condition: Condition) -> Condition:
    return OfPart(Part(told.part), condition) if told.pieces else condition
