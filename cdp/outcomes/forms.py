"""Reading one entry of a catalogue field by field, with errors that name the field.

An entry is strict: a field that is not known is an error, because a misspelt rule that is silently
dropped is a rule that silently does not hold.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cdp.clock import instant
from cdp.errors import Refused
from cdp.outcomes.fields import CHANNELS, KINDS

LONGEST_LIST = 100


@dataclass(frozen=True, slots=True)
class Form:
    """One entry of a catalogue: `what` it is ("answer"), and what it says.

    `place` is where it stands inside the entry that holds it, for messages ("milestones[2].").
    """

    what: str
    raw: Mapping[str, Any] = field(repr=False)
    place: str = ""

    @classmethod
    def of(cls, what: str, raw: Any, known: Iterable[str], place: str = "") -> "Form":
        """The form of an object with none but `known` fields.

        Raises:
            Refused: `<what>_invalid`.
        """
        if not isinstance(raw, Mapping):
            where = f" {place.rstrip('.')}" if place else ""
            raise Refused(f"{what}:{where} must be an object", reason=f"{what}_invalid")
        form = cls(what, raw, place)
        for name in raw:
            if name not in set(known):
                raise form.invalid(str(name)[:40], "is not known")
        return form

    def invalid(self, name: str, problem: str) -> Refused:
        """The error about a field of this form."""
        message = f"{self.what}: field {self.place}{name} {problem}"
        return Refused(message, reason=f"{self.what}_invalid")

    def kept(self, name: str, kind: str) -> str:
        """A required field of a kind of `fields.KINDS`, in its one form."""
        value = self.raw.get(name)
        if value is None or value == "":
            raise self.invalid(name, "is required")
        try:
            return str(KINDS[kind](value))
        except (TypeError, ValueError):
            raise self.invalid(name, f"is not a valid {kind}") from None

    def maybe(self, name: str, kind: str) -> str:
        """The same of an optional field; empty when it is not there."""
        return self.kept(name, kind) if self.raw.get(name) not in (None, "") else ""

    def listed(self, name: str) -> list[Any]:
        """A list, empty when it is not there."""
        value = self.raw.get(name)
        if value is None:
            return []
        if not isinstance(value, list | tuple) or len(value) > LONGEST_LIST:
            raise self.invalid(name, f"must be a list of at most {LONGEST_LIST}")
        return list(value)

    def codes(self, name: str, kind: str = "code") -> tuple[str, ...]:
        """A list of codes (or of another short kind), each once, in its order."""
        try:
            return tuple(dict.fromkeys(str(KINDS[kind](one)) for one in self.listed(name)))
        except (TypeError, ValueError):
            raise self.invalid(name, f"must list valid values: {kind}") from None

    def channels(self, name: str) -> tuple[str, ...]:
        """A list of known channels, sorted."""
        found = self.codes(name)
        if not CHANNELS.issuperset(found):
            raise self.invalid(name, f"may hold only {', '.join(sorted(CHANNELS))}")
        return tuple(sorted(found))

    def whole(self, name: str, *, least: int = 0, most: int = 10**6) -> int:
        """A required whole number between two limits."""
        value = self.raw.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.invalid(name, f"must be a whole number from {least} to {most}")
        return value

    def moment(self, name: str) -> datetime:
        """A required instant with its offset."""
        try:
            return instant(str(self.raw.get(name, "")))
        except ValueError:
            raise self.invalid(name, "must be an instant with its offset") from None


def entries(what: str, listed: Any, most: int) -> list[Any]:
    """A catalogue's list itself.

    Raises:
        Refused: `<what>_invalid`: not a list, or longer than `most`.
    """
    if not isinstance(listed, list | tuple) or len(listed) > most:
        raise Refused(f"{what}: must be a list of at most {most}", reason=f"{what}_invalid")
    return list(listed)
