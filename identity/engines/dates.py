"""Dates as people write them, read as ISO dates; day and month in the order of their source.

`03/04/1990` is the third of April in one source and March the fourth in another. Which it is, the
dates of the source itself tell: those with a day after the twelfth leave no doubt, and the order of
most of them is taken for all. With no such date, the day comes first where dots part the numbers
and the month where anything else does.
"""

import re
from typing import Final

import numpy as np

from identity.engines.columns import Column, Flags
from identity.engines.texts import Texts

_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ].*)?")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[./](\d{1,2})[./](\d{1,2})")
_COMPACT: Final = re.compile(r"((?:18|19|20)\d\d)(\d\d)(\d\d)")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})([./ -])(\d{1,2})\2(\d{4})")
_COMPACT_LAST: Final = re.compile(r"(\d\d)()(\d\d)((?:18|19|20)\d\d)")
_DAY_WORD: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ .-]+([a-z]{3})[a-z]*[ .,-]+(\d{4})")
_WORD_DAY: Final = re.compile(r"([a-z]{3})[a-z]*[ .-]+(\d{1,2})(?:st|nd|rd|th)?[ ,.-]+(\d{4})")
_PARTIAL: Final = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2]))?")
# The time of day that a database prints behind every date.
_TIME: Final = re.compile(r" \d{1,2}:\d\d.*")
_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"
_SHAPE: Final = "yyyy-mm-dd"
_LAST_MONTH, _LAST_DAY = 12, 31


def read_dates(column: Column) -> Column:
    """The dates of one source as `YYYY-MM-DD` (or `YYYY-MM`, `YYYY` where that is all)."""
    asked = np.flatnonzero(~_is_iso(column.packed))
    bare = [_bare(text) for text in column.packed.take(asked).strings()]
    turned = [match for text in bare if (match := _turned(text))]
    first, last = sum(_day_first(match) for match in turned), sum(map(_month_first, turned))
    dots = 2 * sum(match[2] == "." for match in turned) > len(turned)
    day_first = dots if first == last else first > last
    dates = Texts.of([_date(text, day_first=day_first) for text in bare])
    place = np.arange(len(column.values))
    place[asked] = len(place) + np.arange(len(asked))
    return column.becoming(column.packed.and_then(dates).take(place))


def _is_iso(texts: Texts) -> Flags:
    """Dates as they are to be written, with a month and a day that there are."""
    known = np.flatnonzero(texts.sizes == len(_SHAPE))
    signs = texts.data[texts.starts[known, None] + np.arange(len(_SHAPE))].astype(np.int64)
    shape = np.frombuffer(_SHAPE.encode(), np.uint8)
    dash = shape == ord("-")
    number = signs - ord("0")
    right = np.where(dash, signs == shape, (number >= 0) & (number <= 9)).all(1)  # noqa: PLR2004
    month, day = (number[:, at] * 10 + number[:, at + 1] for at in (5, 8))
    right &= (month >= 1) & (month <= _LAST_MONTH) & (day >= 1) & (day <= _LAST_DAY)
    found = np.zeros(len(texts), bool)
    found[known] = right
    return found


def _bare(text: str) -> str:
    return _TIME.sub("", text.strip().lower())


def _turned(text: str) -> re.Match[str] | None:
    """A date with its year at the end; eight digits that begin like a year are not one."""
    if _COMPACT.fullmatch(text) and _is_date(*_COMPACT.fullmatch(text).groups()):  # type: ignore[union-attr]
        return None
    return _YEAR_LAST.fullmatch(text) or _COMPACT_LAST.fullmatch(text)


def _day_first(match: re.Match[str]) -> bool:
    return int(match[1]) > _LAST_MONTH >= int(match[3])


def _month_first(match: re.Match[str]) -> bool:
    return int(match[3]) > _LAST_MONTH >= int(match[1])


def _date(text: str, *, day_first: bool) -> str:
    if _PARTIAL.fullmatch(text):
        return text
    for form in (_ISO, _YEAR_FIRST, _COMPACT):
        if (match := form.fullmatch(text)) and (found := _is_date(*match.groups())):
            return found
    if match := _turned(text):
        first, second = (match[1], match[3]) if day_first else (match[3], match[1])
        return _is_date(match[4], second, first) or _is_date(match[4], first, second)
    if match := _DAY_WORD.fullmatch(text):
        return _is_date(match[3], _month(match[2]), match[1])
    if match := _WORD_DAY.fullmatch(text):
        return _is_date(match[3], _month(match[1]), match[2])
    return ""


def _month(word: str) -> str:
    place = _MONTHS.find(word)
    return str(place // 3 + 1) if place >= 0 and place % 3 == 0 else "0"


def _is_date(year: str, month: str, day: str) -> str:
    if 1 <= int(month) <= _LAST_MONTH and 1 <= int(day) <= _LAST_DAY:
        return f"{year}-{int(month):02d}-{int(day):02d}"
    return ""
