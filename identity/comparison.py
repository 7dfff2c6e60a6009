"""Comparisons: how well two records agree, field by field, in a few named levels.

A level is missing (absent from the answer) where one side does not say. Whoever adds a level adds
it here, in the function that finds it and in the rules document, which must name exactly these.
"""

from collections.abc import Mapping

from identity.addresses import BUILDING, CITY, POSTCODE, address_level
from identity.births import NEAR, SWAPPED, YEAR, birth_level
from identity.names import (
    CLOSE,
    DIFFERENT,
    EXACT,
    INITIAL,
    NICKNAME,
    SIMILAR,
    company_level,
    name_levels,
)
from identity.person import Person

GIVEN_NAME, FAMILY_NAME, BIRTH_DATE, ADDRESS, COMPANY = (
    "given_name",
    "family_name",
    "birth_date",
    "address",
    "company",
)
LEVELS: Mapping[str, tuple[str, ...]] = {
    GIVEN_NAME: (EXACT, NICKNAME, INITIAL, SIMILAR, CLOSE, DIFFERENT),
    FAMILY_NAME: (EXACT, SIMILAR, CLOSE, DIFFERENT),
    BIRTH_DATE: (EXACT, SWAPPED, NEAR, YEAR, DIFFERENT),
    ADDRESS: (EXACT, SIMILAR, BUILDING, POSTCODE, CITY, DIFFERENT),
    COMPANY: (EXACT, SIMILAR, DIFFERENT),
}
"""Every comparison and its levels, strongest first."""

ONE_ROOF = frozenset({EXACT, SIMILAR, BUILDING})
"""Levels of the address at which two people may be of one household."""

Levels = tuple[tuple[str, str], ...]
"""(comparison, level) of what could be compared."""


def compare(a: Person, b: Person) -> Levels:
    """The level of every comparison that both records have something to say on."""
    found = [*_names(a, b)]
    if a.birth and b.birth:
        found.append((BIRTH_DATE, birth_level(a.birth, b.birth)))
    if a.address and b.address and (level := address_level(a.address, b.address)):
        found.append((ADDRESS, level))
    return tuple(found)


def _names(a: Person, b: Person) -> Levels:
    if a.name and b.name:
        given, family = name_levels(a.name, b.name)
        both = ((GIVEN_NAME, given), (FAMILY_NAME, family))
        return tuple((name, level) for name, level in both if level)
    if a.company and b.company:
        return ((COMPANY, company_level(a.company, b.company)),)
    # A person is not an organisation.
    return ((COMPANY, DIFFERENT),) if a.is_named and b.is_named else ()
