"""Errors by recovery: what the reader of the message can do next.

    ContinuumError
    ├── Refused         the request cannot be done as asked; change it
    ├── TryAgain        nothing is wrong with the request; the same one may succeed later
    └── Misconfigured   an operator must act (a key, a file, a database, a setting)

A message says what to do next and never holds personal data: name the field, the file, the row
number, never the value. `reason` is a stable code for machines.
"""

from collections.abc import Collection
from typing import ClassVar
from uuid import UUID


class ContinuumError(Exception):
    """Base of every error this project raises on purpose."""

    default_reason: ClassVar[str] = "error"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason or self.default_reason


class Refused(ContinuumError):
    """The request cannot be done as asked."""

    default_reason = "refused"


class NotFound(Refused):
    """The thing named does not exist, or not for this caller: both look the same."""

    default_reason = "not_found"


class ProfileSplit(Refused):
    """A former id that now stands for several profiles; `current` names them, without data."""

    default_reason = "profile_split"

    def __init__(self, current: Collection[UUID]) -> None:
        super().__init__("this profile was split; ask for one of its successors")
        self.current = sorted(str(profile) for profile in current)


class TryAgain(ContinuumError):
    """Something is busy or away for the moment."""

    default_reason = "try_again"


class Misconfigured(ContinuumError):
    """The installation is not in a state to do this; an operator has to act."""

    default_reason = "misconfigured"
