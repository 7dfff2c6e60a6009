"""Dates as people write them, read as ISO dates; day and month in the order of their source.

`03/04/1990` is the third of April in one source and March the fourth in another. Which it is, the
dates of the source itself tell: those with a day after the twelfth leave no doubt, and the order of
most of them is taken for all. With no such date, the day comes first where dots part the numbers
and the month where anything else does.
"""

import re
from typing import Final

from identity.engines.columns import Column

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
_LAST_MONTH, _LAST_DAY = 12, 31


def read_dates(column: Column) -> Column:
    """The dates of one source as `YYYY-MM-DD` (or `YYYY-MM`, `YYYY` where that is all)."""
    turned = [match for text in column.values if (match := _turned(_bare(text)))]
    first, last = sum(_day_first(match) for match in turned), sum(map(_month_first, turned))
    dots = 2 * sum(match[2] == "." for match in turned) > len(turned)
    day_first = dots if first == last else first > last
    return column.read(lambda text: _date(_bare(text), day_first=day_first))


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
