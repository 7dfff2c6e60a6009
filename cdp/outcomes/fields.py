"""The kinds of field an event may have: what is accepted, and the one form it is kept in.

Everything comes out as text or an integer, so that data is JSON without floats; every kind has a
limit, so that a field of an event cannot carry a document. Personal text has no kind but `text` and
`phrase`: the catalogue uses them only where the words themselves are needed.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from cdp.clock import instant, text

CHANNELS = frozenset({"email", "sms", "phone", "push", "post", "inapp", "web", "chat"})

LONGEST_REF = 128
_LONGEST_TEXT = 4000
_LONGEST_PHRASE = 200
_LONGEST_LINK = 500
_MOST_CODES = 16
_LARGEST = 10**15
_MOST_DECIMALS = 6
_CODE = re.compile(r"[a-z0-9][a-z0-9_.:/-]{0,63}")
_AFTER_PATH = re.compile(r"[?#].*", re.DOTALL)


def moment(value: Any) -> str:
    """An instant as text with its offset, or an aware datetime.

    Raises:
        TypeError, ValueError: not an instant.
    """
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant needs its offset")
        return text(value)
    if not isinstance(value, str):
        raise TypeError("an instant is text")
    return text(instant(value))


def _deadline(value: Any) -> str:
    """An instant, or a date, which means the end of that day in UTC."""
    if isinstance(value, str) and len(value) == len("2026-01-01"):
        return f"{date.fromisoformat(value).isoformat()}T23:59:59.999Z"
    return moment(value)


def _code(value: Any) -> str:
    """A short token; written alike by every source: lower case, `_` for spaces."""
    token = "_".join(str(value).lower().split())
    if not _CODE.fullmatch(token):
        raise ValueError("not a code")
    return token


def _codes(value: Any) -> str:
    """Codes as a list, or as text with commas between; kept once each, in order, with commas."""
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not 0 < len(listed) <= _MOST_CODES:
        raise ValueError("not a list of codes")
    return ",".join(sorted({_code(one) for one in listed}))


def _ref(value: Any) -> str:
    ref = str(value).strip()
    if isinstance(value, bool | float) or not 0 < len(ref) <= LONGEST_REF:
        raise ValueError("not a reference")
    return ref


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError("not text")
    return value


def _phrase(value: Any) -> str:
    """A line of words: one space between them."""
    if not isinstance(value, str):
        raise TypeError("not text")
    words = " ".join(value.split())
    if not 0 < len(words) <= _LONGEST_PHRASE:
        raise ValueError("not a phrase")
    return words


def _path(value: Any) -> str:
    """A path without its query and fragment, which may name a person."""
    if not isinstance(value, str):
        raise TypeError("not text")
    path = _AFTER_PATH.sub("", value.strip())
    if not 0 < len(path) <= _LONGEST_LINK:
        raise ValueError("not a path")
    return path


def _url(value: Any) -> str:
    url = value.strip() if isinstance(value, str) else ""
    if not url.startswith(("https://", "http://", "/")) or len(url) > _LONGEST_LINK:
        raise ValueError("not a link")
    if any(character.isspace() for character in url):
        raise ValueError("not a link")
    return url


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("not an integer")
    if isinstance(value, str) and len(value) > len(str(_LARGEST)):
        raise ValueError("too large")
    number = int(value)
    if abs(number) > _LARGEST:
        raise ValueError("too large")
    return number


def _count(value: Any) -> int:
    number = _integer(value)
    if number < 0:
        raise ValueError("negative")
    return number


def _decimal(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError("not a number")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite() or abs(number) > _LARGEST:
        raise ValueError("not a number")
    return (
        format(round(number, _MOST_DECIMALS).normalize() + 0, "f")
        if _is_long(number)
        else format(number, "f")
    )


def _is_long(number: Decimal) -> bool:
    return int(number.as_tuple().exponent) < -_MOST_DECIMALS


def _amount(value: Any) -> str:
    """A sum of money that was paid or paid back: never negative."""
    number = _decimal(value)
    if number.startswith("-"):
        raise ValueError("negative")
    return number


def _channel(value: Any) -> str:
    token = _code(value)
    if token not in CHANNELS:
        raise ValueError("not a channel")
    return token


KINDS: Mapping[str, Callable[[Any], str | int]] = MappingProxyType(
    {
        "code": _code,
        "codes": _codes,
        "channel": _channel,
        "ref": _ref,
        "text": _text,
        "phrase": _phrase,
        "path": _path,
        "url": _url,
        "deadline": _deadline,
        "integer": _integer,
        "count": _count,
        "decimal": _decimal,
        "amount": _amount,
    }
)
"""Each kind by name. A kind raises TypeError or ValueError for what it does not accept."""
