"""Birth dates, as far as they are known: the day, the month or the year."""

import re

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
# What systems write when they do not know.
_UNKNOWN = frozenset({"1900-01-01", "1800-01-01", "1899-12-30", "1899-12-31", "1901-01-01"})
_FIRST, _LAST = "1000", "2150"


def parse_birth(text: str) -> str:
    """`YYYY-MM-DD`, `YYYY-MM` or `YYYY`; empty for anything else and for known placeholders."""
    text = text.strip()
    if not text.isascii() or not _DATE.fullmatch(text) or text in _UNKNOWN:
        return ""
    return text if _FIRST < text[:4] < _LAST else ""
