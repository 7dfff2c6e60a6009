"""Birth dates: compared as a whole, by the slips that people make with them, or by the year."""

import re

from identity.names import DIFFERENT, EXACT

SWAPPED, NEAR, YEAR = "swapped", "near", "year"

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
# What systems write when they do not know.
_UNKNOWN = frozenset({"1900-01-01", "1800-01-01", "1899-12-30", "1899-12-31", "1901-01-01"})
_FIRST, _LAST = "1000", "2150"
_WHOLE = len("1990-01-01")


def parse_birth(text: str) -> str:
    """`YYYY-MM-DD`, `YYYY-MM` or `YYYY`; empty for anything else and for known placeholders."""
    text = text.strip()
    if not text.isascii() or not _DATE.fullmatch(text) or text in _UNKNOWN:
        return ""
    return text if _FIRST < text[:4] < _LAST else ""


def birth_level(a: str, b: str) -> str:
    """How well two birth dates agree.

    `swapped`: day and month the other way round. `near`: one digit is wrong, or two neighbours
    are exchanged. `year`: no more than the year agrees, or is known.
    """
    if a == b:
        return EXACT if len(a) == _WHOLE else YEAR
    if len(a) < _WHOLE or len(b) < _WHOLE:
        shorter = min(len(a), len(b))
        return YEAR if a[:shorter] == b[:shorter] else DIFFERENT
    if a[:4] == b[:4] and (a[5:7], a[8:]) == (b[8:], b[5:7]):
        return SWAPPED
    if _one_slip(a, b):
        return NEAR
    return YEAR if a[:4] == b[:4] else DIFFERENT


def birth_key(text: str) -> str:
    """A spelling of a whole birth date that does not know day from month; empty without one."""
    if len(text) < _WHOLE:
        return ""
    return text[:4] + "".join(sorted((text[5:7], text[8:])))


def _one_slip(a: str, b: str) -> bool:
    wrong = [place for place in range(_WHOLE) if a[place] != b[place]]
    if len(wrong) == 1:
        return True
    first, last = wrong[0], wrong[-1]
    neighbours = len(wrong) == 2 and last - first == 1  # noqa: PLR2004 - two digits
    return neighbours and (a[first], a[last]) == (b[last], b[first])
