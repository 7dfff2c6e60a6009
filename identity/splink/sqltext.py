"""Conditions and parts of keys as SQL that DuckDB runs inside Splink."""

from collections.abc import Callable, Mapping
from typing import Final

from identity.conditions import (
    Alike,
    All,
    Among,
    Any,
    Condition,
    Crossed,
    DateParts,
    DateSwapped,
    DaysApart,
    Differ,
    Exchanged,
    Initial,
    Lacks,
    Near,
    Never,
    NumbersApart,
    OfPart,
    Otherwise,
    PartOf,
    Same,
    Says,
)
from identity.conditions.document import share_text
from identity.parts import NAMES, OF_NAMES, Part
from identity.splink.compiling import SECONDS
from identity.splink.values import FORMATS, PATTERNS

ELSE: Final = "ELSE"
_SHARES: Final = {"jaro_winkler": "jaro_winkler_similarity", "jaro": "jaro_similarity"}
_EDITS: Final = {
    "levenshtein": "levenshtein",
    "damerau_levenshtein": "damerau_levenshtein",
    # No edit is followed by another one of the same place, if there is but one.
    "osa": "damerau_levenshtein",
}
_MATCHED: Final = {piece: pattern for pattern, piece in PATTERNS.items()}
_DATES: Final = {piece: form for form, piece in FORMATS.items()}
_PIECES: Final[Mapping[str, str]] = {
    "year": "SUBSTRING({0}, 1, 4)",
    "month": "CASE WHEN LENGTH({0}) > 4 THEN SUBSTRING({0}, 1, 7) END",
    "days": "CASE WHEN LENGTH({0}) = 10 THEN"
    " LEAST(SUBSTRING({0}, 6, 2), SUBSTRING({0}, 9, 2)) ||"
    " GREATEST(SUBSTRING({0}, 6, 2), SUBSTRING({0}, 9, 2)) END",
    "lower": "LOWER({0})",
    "upper": "UPPER({0})",
}


class NoSql(ValueError):
    """SQL has no words for it."""


Column = Callable[[str, str], str]
"""The SQL of a feature of one side."""


def condition_sql(condition: Condition) -> str:
    """The SQL of a condition.

    Raises:
        NoSql: there is none that says the same.
    """
    return ELSE if isinstance(condition, Otherwise) else _sql(condition, _suffixed)


def part_sql(part: Part) -> str:
    """The SQL that the part of a key is the same.

    Raises:
        NoSql: there is none.
    """
    if part.text == NAMES:
        one, two = OF_NAMES
        return " AND ".join(
            f"{of}({_prefixed(one, 'l')}, {_prefixed(two, 'l')})"
            f" = {of}({_prefixed(one, 'r')}, {_prefixed(two, 'r')})"
            for of in ("LEAST", "GREATEST")
        )
    (name,), (_, *pieces) = part.features, part.text.split(":")
    return " = ".join(_cut(_prefixed(name, side), pieces) for side in ("l", "r"))


def _suffixed(name: str, side: str) -> str:
    return _quoted(f"{name}_{side}")


def _prefixed(name: str, side: str) -> str:
    return f"{side}.{_quoted(name)}"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _cut(sql: str, pieces: list[str]) -> str:
    for piece in pieces:
        sql = _piece(sql, piece)
    return sql


def _piece(sql: str, piece: str) -> str:
    if piece in _DATES:
        return f"try_strptime({sql}, '{_DATES[piece]}')"
    if piece in _MATCHED:
        return f"NULLIF(regexp_extract({sql}, '{_MATCHED[piece]}', 0), '')"
    if piece in _PIECES:
        return _PIECES[piece].format(sql)
    if piece[-1].isalpha():
        raise NoSql(f"{piece} of a text")
    if piece.startswith("-"):
        return f"SUBSTRING({sql}, {piece})"
    first, dash, last = piece.partition("-")
    if not dash:
        return f"SUBSTRING({sql}, 1, {first})"
    return f"SUBSTRING({sql}, {first}{f', {int(last) - int(first) + 1}' if last else ''})"


def _sql(condition: Condition, column: Column) -> str:
    match condition:
        case All(parts) | Any(parts):
            word = " AND " if isinstance(condition, All) else " OR "
            return word.join(f"({_sql(part, column)})" for part in parts)
        case Otherwise() | Never():
            return "TRUE" if isinstance(condition, Otherwise) else "FALSE"
        case OfPart(part, when):
            return _sql(when, _of_part(part, column))
        case Crossed(first, second) | Exchanged(first, second) | Among(first, second):
            return _of_two(condition, first, second, column)
    name = condition.feature
    return _of_one(condition, column(name, "l"), column(name, "r"))


def _of_part(part: Part, column: Column) -> Column:
    (of,), (_, *pieces) = part.features, part.text.split(":")

    def cut(name: str, side: str) -> str:
        whole = column(name, side)
        return _cut(whole, pieces) if name == of else whole

    return cut


def _of_two(condition: Crossed | Exchanged | Among, first: str, second: str, column: Column) -> str:
    one, two = ((column(name, "l"), column(name, "r")) for name in (first, second))
    if isinstance(condition, Among):
        return (
            f"{one[0]} IS NOT NULL AND {one[1]} IS NOT NULL"
            f" AND (list_contains(string_split({two[1]}, ' '), {one[0]})"
            f" OR list_contains(string_split({two[0]}, ' '), {one[1]}))"
        )
    exchanged = f"{one[0]} = {two[1]} AND {one[1]} = {two[0]}"
    return f"{exchanged} AND {one[0]} <> {one[1]}" if isinstance(condition, Crossed) else exchanged


def _of_one(condition: Condition, x: str, y: str) -> str:
    match condition:
        case Differ():
            return f"{x} <> {y}"
        case Lacks():
            return f"{x} IS NULL OR {y} IS NULL"
        case Same():
            return f"{x} = {y}"
        case Alike(_, measure, least):
            return f"{_SHARES[measure]}({x}, {y}) >= {share_text(least)}"
        case Near(_, measure, most):
            return f"{_EDITS[measure]}({x}, {y}) <= {most}"
        case Says(_, value):
            return f"{x} = {_text(value)} AND {y} = {_text(value)}"
    return _of_numbers(condition, x, y)


def _of_numbers(condition: Condition, x: str, y: str) -> str:
    match condition:
        case DaysApart(_, most):
            return f"ABS({_epoch(x)} - {_epoch(y)}) <= {most * SECONDS}"
        case NumbersApart(_, apart):
            return f"ABS(TRY_CAST({x} AS DOUBLE) - TRY_CAST({y} AS DOUBLE)) <= {apart:f}"
        case DateParts(_, least):
            return _date_parts(least, x, y)
        case DateSwapped():
            year = f"SUBSTRING({x}, 1, 4) = SUBSTRING({y}, 1, 4)"
            crossed = (
                f"SUBSTRING({one}, 6, 2) = SUBSTRING({other}, 9, 2)"
                for one, other in ((x, y), (y, x))
            )
            return " AND ".join((year, *crossed, _whole(x, y)))
        case Initial():
            same = f"SUBSTRING({x}, 1, 1) = SUBSTRING({y}, 1, 1)"
            return f"{same} AND (LENGTH({x}) = 1 OR LENGTH({y}) = 1)"
        case PartOf():
            ours, theirs = f"string_split({x}, ' ')", f"string_split({y}, ' ')"
            return f"list_has_all({ours}, {theirs}) OR list_has_all({theirs}, {ours})"
    raise NoSql(type(condition).__name__.lower())


def _date_parts(least: int, x: str, y: str) -> str:
    year, month, day = (
        f"SUBSTRING({x}, {at}) = SUBSTRING({y}, {at})" for at in ("1, 4", "6, 2", "9, 2")
    )
    match least:
        case 0:
            return _whole(x, y)
        case 1:
            return year
        case 2:
            two = (
                f"({one} AND {other})" for one, other in ((year, month), (year, day), (month, day))
            )
            return f"({' OR '.join(two)}) AND {_whole(x, y)}"
    return f"{x} = {y} AND {_whole(x, y)}"


def _whole(x: str, y: str) -> str:
    return f"LENGTH({x}) = 10 AND LENGTH({y}) = 10"


def _epoch(sql: str) -> str:
    return f"EPOCH({sql if sql.startswith('try_strptime(') else _piece(sql, 'date')})"
