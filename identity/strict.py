"""Strict reading of a JSON document: what is missing, unknown or of the wrong kind is refused."""

import re
from decimal import Decimal
from typing import Final

_DECIMAL: Final = re.compile(r"0\.\d{1,340}")
_SIGNED: Final = re.compile(r"-?\d{1,6}(\.\d{1,30})?")


class InvalidRules(ValueError):
    """The document is not rules; `path` says where (`types.email.limit`), never with a value."""

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(f"{path or 'document'}: {expected}")
        self.path = path


def mapping(value: object, path: str) -> dict[str, object]:
    """A JSON object.

    Raises:
        InvalidRules: it is none.
    """
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise InvalidRules(path, "must be an object")
    return value


def exactly(value: object, path: str, fields: frozenset[str]) -> dict[str, object]:
    """A JSON object with these fields and no other.

    Raises:
        InvalidRules: it is none.
    """
    found = mapping(value, path)
    if found.keys() != fields:
        raise InvalidRules(path, f"must have exactly the fields {', '.join(sorted(fields))}")
    return found


def flag(value: object, path: str) -> bool:
    """True or false.

    Raises:
        InvalidRules: neither.
    """
    if not isinstance(value, bool):
        raise InvalidRules(path, "must be true or false")
    return value


def whole(value: object, path: str, bounds: tuple[int, int]) -> int:
    """A whole number within bounds, both included.

    Raises:
        InvalidRules: no such number.
    """
    least, most = bounds
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidRules(path, f"must be a whole number from {least} to {most}")
    return value


def probability(value: object, path: str) -> Decimal:
    """A probability as a decimal text, neither 0 nor 1: both would be infinitely many bits.

    Raises:
        InvalidRules: none.
    """
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value) or not Decimal(value):
        raise InvalidRules(path, "must be a decimal text above 0 and below 1, such as '0.05'")
    return Decimal(value)


def decimal(value: object, path: str, bounds: tuple[int, int]) -> Decimal:
    """A decimal number as text, within bounds.

    Raises:
        InvalidRules: none.
    """
    least, most = bounds
    text = value if isinstance(value, str) else ""
    if not _SIGNED.fullmatch(text) or not least <= Decimal(text) <= most:
        raise InvalidRules(path, f"must be a decimal text from {least} to {most}, such as '-1.5'")
    return Decimal(text)
