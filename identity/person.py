"""What one record says of a person in words: name, birth date, address, or an organisation's name.

Made once per record, normalised, and compared many times. It lives in memory as long as the unit
of work; it is never stored and its repr shows nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from identity.addresses import Address, house_key, parse_address
from identity.births import birth_key, parse_birth
from identity.folding import skeleton
from identity.names import Name, formal_initials, parse_company, parse_name

BLOCK = "block."
"""What the types of blocking keys begin with; no identifier type can be named so."""

FAMILY_BIRTH = BLOCK + "family_birth"
GIVEN_BIRTH = BLOCK + "given_birth"
FAMILY_POSTCODE = BLOCK + "family_postcode"
FAMILY_CITY = BLOCK + "family_city"
INITIAL_ADDRESS = BLOCK + "initial_address"
COMPANY_NAME = BLOCK + "company_name"
BLOCKING_KEYS = (
    FAMILY_BIRTH,
    GIVEN_BIRTH,
    FAMILY_POSTCODE,
    FAMILY_CITY,
    INITIAL_ADDRESS,
    COMPANY_NAME,
)

ATTRIBUTES = (
    "address",
    "birth_date",
    "city",
    "company",
    "country",
    "family_name",
    "full_name",
    "given_name",
    "middle_name",
    "name_suffix",
    "postcode",
    "street",
)
"""The attributes that `Person.parse` reads."""

MAX_TEXT = 300


@dataclass(frozen=True, slots=True)
class Person:
    """The normalised features of one record. `company` is set for organisations only."""

    name: Name | None = field(default=None, repr=False)
    birth: str = field(default="", repr=False)
    address: Address | None = field(default=None, repr=False)
    company: str = field(default="", repr=False)

    @classmethod
    def parse(cls, attributes: Mapping[str, str]) -> "Person":
        """Features from attributes by name; what is not understood is left out."""
        told = {name: attributes.get(name, "")[:MAX_TEXT] for name in ATTRIBUTES}
        name = parse_name(
            given=told["given_name"],
            family=told["family_name"],
            full=told["full_name"],
            middle=told["middle_name"],
            suffix=told["name_suffix"],
        )
        return cls(
            name=name,
            birth=parse_birth(told["birth_date"]),
            address=parse_address(
                full=told["address"],
                street=told["street"],
                postcode=told["postcode"],
                city=told["city"],
                country=told["country"],
            ),
            # Whoever has a name of their own only works for the company.
            company="" if name else parse_company(told["company"]),
        )

    @property
    def is_named(self) -> bool:
        """Whether it says who this is."""
        return self.name is not None or bool(self.company)

    def blocking_keys(self) -> tuple[tuple[str, str], ...]:
        """(type, text) under which records that may be this person are found.

        A text is personal: store its blind index. Each key is forgiving in one direction (spelling,
        nickname, day and month exchanged, a move), so that two records of one person share one.
        """
        keys = {*self._by_name(), *self._by_company()}
        return tuple(sorted(keys))

    def _by_name(self) -> list[tuple[str, str]]:
        if self.name is None:
            return []
        family, born = skeleton(self.name.family), birth_key(self.birth)
        place, initials = self.address, formal_initials(self.name.given)
        found = []
        if born and family:
            found.append((FAMILY_BIRTH, f"{family}|{born}"))
        if born and len(self.name.given) > 1:
            found.append((GIVEN_BIRTH, f"{self.name.given}|{born}"))
        for initial in initials:
            if place and place.postcode and family:
                found.append((FAMILY_POSTCODE, f"{family}|{initial}|{place.postcode}"))
            elif place and place.city and family:
                found.append((FAMILY_CITY, f"{family}|{initial}|{place.city}"))
            if house := house_key(place):
                found.append((INITIAL_ADDRESS, f"{initial}|{house}"))
        return found

    def _by_company(self) -> list[tuple[str, str]]:
        return [(COMPANY_NAME, "".join(self.company.split()))] if self.company else []
