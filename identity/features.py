"""What one record says of a person, as it is compared: read by type, normalised, by feature.

Features live in memory as long as the unit of work; they are never stored, and their repr shows
nothing. What is not said is absent.
"""

from collections.abc import Mapping
from typing import Final

from identity import fields, readings
from identity.births import parse_birth
from identity.readings import READINGS, STATED

ATTRIBUTES: Final = tuple(
    sorted(
        {*READINGS, fields.BIRTH_DATE}
        - {fields.EMAIL, fields.PHONE, fields.DEVICE_ID}
        - {*fields.PAPERS, *fields.NUMBERS}
    )
)
"""The types that say in words who somebody is; the others are identifiers."""


class Told(dict[str, str]):
    """The features of one record; a value, not to be changed once it is made."""

    __slots__ = ()

    # A dict knows of no hash, a value has one.
    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __repr__(self) -> str:
        return f"Told({', '.join(sorted(self))})"

    @property
    def is_named(self) -> bool:
        """Whether it says who this is."""
        return readings.KIND in self


NOBODY: Final = Told({})
"""What a record says of a person that says nothing."""


def read(said: Mapping[str, str]) -> Told:
    """Features from what a record says, by type of field; what is not understood is left out.

    The birth date is an ISO date, or the beginning of one.
    """
    found: dict[str, str] = {}
    for type_, (reading, names) in READINGS.items():
        text = said.get(type_)
        if not text:
            continue
        for name, part in zip(names, reading(text), strict=True):
            if part and (type_ in STATED or name not in found):
                found[name] = part
    if birth := parse_birth(said.get(fields.BIRTH_DATE, "")):
        found[readings.BIRTH] = birth
    if readings.GIVEN in found or readings.FAMILY in found:
        # Whoever has a name of their own only works for the company.
        found.pop(readings.COMPANY, None)
        found[readings.KIND] = readings.PERSON
    elif readings.COMPANY in found:
        found[readings.KIND] = readings.ORGANISATION
    return Told(found) if found else NOBODY
