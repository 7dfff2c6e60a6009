"""Days in the calendar, read from text in a stated order of year, month and day.

As SQL engines read them with a format: fewer digits than two are enough, blanks around do not
matter, and a day that is not in the calendar is none.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_FORMS: Final[Mapping[str, str]] = {
    "date": r" *(?P<year>[0-9]{1,4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2}) *",
    "date_dmy": r" *(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{1,4}) *",
    "date_mdy": r" *(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/(?P<year>[0-9]{1,4}) *",
    "date_digits": r" *(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{1,2}) *",
}


def _reader(form: str) -> Callable[[str], str]:
    pattern = re.compile(form)

    def read(text: str) -> str:
        found = pattern.fullmatch(text)
        if found is None:
            return ""
        try:
            day = date(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError:
            return ""
        return day.isoformat()

    return read


DAYS: Final[Mapping[str, Callable[[str], str]]] = {
    name: _reader(form) for name, form in _FORMS.items()
}
"""Readings by name: an ISO date, or the empty text."""


def ordinal(text: str) -> int:
    """The number of an ISO date's day; -1 for any other text."""
    if not _ISO.fullmatch(text):
        return -1
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        return -1
