"""Strict reading of a JSON document: what is missing, unknown or of the wrong kind is refused."""


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
