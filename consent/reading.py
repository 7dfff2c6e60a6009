"""Strict reading of JSON mappings: every key is known, every value has its type.

Each family of values raises its own error, handed in as `error(message, reason)`. Messages name
the field, never the value: what is refused may be personal.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

CHANNELS: Final = ("email", "sms", "phone", "push", "post", "inapp", "web", "chat")
EVERY: Final = "*"

Fault = Callable[[str, str], ValueError]


class Invalid(ValueError):
    """A value that is not what it should be. `reason` is a stable code for machines."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


def text_of(moment: datetime) -> str:
    """RFC 3339 in UTC with `Z`: milliseconds, or microseconds where there are any."""
    utc = moment.astimezone(UTC)
    exact = "microseconds" if utc.microsecond % 1000 else "milliseconds"
    return utc.isoformat(timespec=exact).replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one JSON object; every method raises `fault` for a value that does not fit."""

    source: Mapping[str, Any]
    fault: Fault

    @classmethod
    def of(cls, value: object, known: Collection[str], fault: Fault) -> "Reader":
        """Take an object that has no keys but these."""
        if not isinstance(value, Mapping):
            raise fault("an object is needed here", "not_an_object")
        if not value.keys() <= set(known):
            raise fault(
                "there is a field that is not known here; the known ones are "
                + ", ".join(sorted(known)),
                "unknown_field",
            )
        return cls(value, fault)

    def text(self, key: str) -> str:
        """A string that is not empty."""
        value = self.source.get(key)
        if not isinstance(value, str) or not value:
            raise self.fault(f"'{key}' must be a string that is not empty", f"invalid_{key}")
        return value

    def optional_text(self, key: str) -> str | None:
        """A string that is not empty, or nothing."""
        return None if self.source.get(key) is None else self.text(key)

    def choice(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of these words."""
        value = self.source.get(key, default)
        if not isinstance(value, str) or value not in allowed:
            raise self.fault(
                f"'{key}' must be one of " + ", ".join(sorted(allowed)), f"unknown_{key}"
            )
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self.source.get(key, default)
        if not isinstance(value, bool):
            raise self.fault(f"'{key}' must be true or false", f"invalid_{key}")
        return value

    def number(self, key: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number between two bounds, both included."""
        value = self.source.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.fault(
                f"'{key}' must be a whole number from {least} to {most}", f"invalid_{key}"
            )
        return value

    def optional_number(self, key: str, least: int, most: int) -> int | None:
        """A whole number between two bounds, or nothing."""
        return None if self.source.get(key) is None else self.number(key, least, most)

    def instant(self, key: str) -> datetime:
        """An RFC 3339 instant with its offset, as UTC."""
        try:
            moment = datetime.fromisoformat(self.text(key))
        except ValueError:
            moment = datetime.min  # noqa: DTZ901 - has no offset: refused by the next line
        if moment.tzinfo is None:
            raise self.fault(
                f"'{key}' must be an instant with its offset, like 2026-03-01T09:00:00Z",
                f"invalid_{key}",
            )
        return moment.astimezone(UTC)

    def optional_instant(self, key: str) -> datetime | None:
        """An instant, or nothing."""
        return None if self.source.get(key) is None else self.instant(key)

    def texts(self, key: str, allowed: Collection[str] | None = None) -> tuple[str, ...]:
        """A list of strings, in their order, each once; absent means empty."""
        value = self.source.get(key)
        if value is None:
            return ()
        return tuple(dict.fromkeys(_strings(self, key, value, allowed)))

    def scope(self, key: str, allowed: Collection[str] | None = None) -> tuple[str, ...]:
        """A list of strings or `*`; absent means `*`, and `*` swallows the rest."""
        value = self.source.get(key)
        if value is None or value == EVERY:
            return (EVERY,)
        found = self.texts(key, None if allowed is None else {*allowed, EVERY})
        if not found:
            raise self.fault(f"'{key}' must name something or be '*'", f"invalid_{key}")
        return (EVERY,) if EVERY in found else found

    def mapping(self, key: str) -> Mapping[str, Any]:
        """An object with string keys; absent means empty."""
        value = self.source.get(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            raise self.fault(f"'{key}' must be an object", f"invalid_{key}")
        return value

    def items(self, key: str) -> list[Any]:
        """A list; absent means empty."""
        value = self.source.get(key)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            raise self.fault(f"'{key}' must be a list", f"invalid_{key}")
        return list(value)


def _strings(
    reader: Reader, key: str, value: object, allowed: Collection[str] | None
) -> Iterable[str]:
    if not isinstance(value, list | tuple):
        raise reader.fault(f"'{key}' must be a list of strings", f"invalid_{key}")
    for item in value:
        if not isinstance(item, str) or not item:
            raise reader.fault(f"'{key}' must be a list of strings", f"invalid_{key}")
    if allowed is not None and not set(allowed).issuperset(value):
        raise reader.fault(f"'{key}' may only name " + ", ".join(sorted(allowed)), f"unknown_{key}")
    return value
