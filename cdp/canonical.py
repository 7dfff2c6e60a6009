"""Canonical JSON: the one byte form that is hashed, signed and sealed.

Sorted keys, no spaces, UTF-8, NFC, integers but no floats (a float has no one spelling): a subset
of RFC 8785 (JCS).
"""

import hashlib
import json
import unicodedata
from typing import Any, Final

import orjson


def canonical(value: object) -> bytes:
    """The canonical bytes of a JSON value.

    Raises:
        TypeError: a float, or something JSON cannot hold.
    """
    if _is_plain(value):
        try:
            fast = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        except TypeError:
            fast = None  # a lone surrogate, or an integer of more than 64 bits
        # Delimiters never compose, so text that is NFC as a whole is NFC in each of its parts.
        if fast is not None and (fast.isascii() or unicodedata.is_normalized("NFC", fast.decode())):
            return fast
    return json.dumps(
        _checked(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def digest(value: object) -> str:
    """SHA-256 of the canonical bytes, hexadecimal. Only for values that are not personal."""
    return hashlib.sha256(canonical(value)).hexdigest()


_SCALARS: Final = frozenset({str, int, bool, type(None)})


def _is_plain(value: object) -> bool:
    """Only what the fast writer writes as the careful one does; in doubt it is not."""
    kind = type(value)
    if kind is dict:
        for key, item in value.items():  # type: ignore[attr-defined]
            if type(key) is not str or not (type(item) in _SCALARS or _is_plain(item)):
                return False
        return True
    if kind is list or kind is tuple:
        for item in value:  # type: ignore[attr-defined]  # noqa: SIM110 - a third of the time
            if not (type(item) in _SCALARS or _is_plain(item)):
                return False
        return True
    return kind in _SCALARS


def _checked(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {_checked(key): _checked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_checked(item) for item in value]
    if isinstance(value, float):
        raise TypeError("canonical JSON holds no floats: write a decimal string or an integer")
    return value
