"""Canonical JSON: the one byte form that is hashed, signed and sealed.

Sorted keys, no spaces, UTF-8, NFC, integers but no floats (a float has no one spelling): a subset
of RFC 8785 (JCS).
"""

import hashlib
import json
import unicodedata
from typing import Any


def canonical(value: object) -> bytes:
    """The canonical bytes of a JSON value.

    Raises:
        TypeError: a float, or something JSON cannot hold.
    """
    return json.dumps(
        _checked(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def digest(value: object) -> str:
    """SHA-256 of the canonical bytes, hexadecimal. Only for values that are not personal."""
    return hashlib.sha256(canonical(value)).hexdigest()


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
