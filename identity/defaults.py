"""The rules a platform starts with, before it has learned anything from its own records."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from identity import readings
from identity.fields import NUMBERS, PAPERS
from identity.identifiers import IdentifierType, Proof
from identity.keys import BlockingRule
from identity.library import library
from identity.rules import Rules
from identity.settings import Clustering

COMPARED: Final = frozenset(
    {
        readings.GIVEN,
        readings.FAMILY,
        readings.BIRTH,
        readings.STREET,
        readings.EMAIL,
        readings.PHONE,
        readings.COMPANY,
        readings.MIDDLE,
        *PAPERS,
        *NUMBERS[:2],
    }
)


def default_rules() -> Rules:
    """Numbers and logins prove a person, contact points once confirmed.

    The limit of contact points was measured on customer data. Papers of a state are strong evidence
    and no proof: they are copied by hand. Devices attach visitors, and ids of other systems join
    nobody until somebody approves them. The prior is that of a million records; with it, a name and
    a postcode alone are not enough.
    """
    return Rules(
        types=dict(TYPES),
        comparisons=library(COMPARED),
        blocking=BLOCKING,
        clustering=Clustering(
            prior=Decimal("-19"),
            edge=Decimal("1"),
            inside=Decimal("4"),
            said=3,
            together=300,
            household=Decimal("0"),
        ),
    )


def _type(name: str, proves: Proof, priority: int, limit: int, flags: str) -> IdentifierType:
    return IdentifierType(
        name=name,
        proves_person=proves,
        unique_per_person="unique" in flags,
        limit=limit,
        priority=priority,
        merges="merges" in flags,
        attaches="attaches" in flags,
    )


TYPES: Final[Mapping[str, IdentifierType]] = {
    item.name: item
    for item in (
        _type("customer_id", Proof.ALWAYS, 1, 100_000, "unique merges"),
        _type("login_id", Proof.ALWAYS, 2, 100_000, "merges"),
        _type("national_id", Proof.NEVER, 3, 30, "merges"),
        _type("passport", Proof.NEVER, 4, 30, "merges"),
        _type("drivers_license", Proof.NEVER, 5, 30, "merges"),
        _type("tax_id", Proof.NEVER, 6, 30, "merges"),
        _type("email", Proof.IF_CONFIRMED, 7, 30, "merges"),
        _type("phone", Proof.IF_CONFIRMED, 8, 30, "merges"),
        _type("external_id", Proof.NEVER, 9, 30, ""),
        _type("device_id", Proof.NEVER, 10, 10, "attaches"),
    )
}
_FAMILY, _FORMAL = "family_name:sound", "given_name:formal"
_BORN: Final = ("birth_date:year", "birth_date:days")
BLOCKING: Final = (
    BlockingRule.of(_FAMILY, *_BORN, limit=30, name="family_birth"),
    BlockingRule.of("given_name", *_BORN, limit=30, name="given_birth"),
    BlockingRule.of(_FAMILY, _FORMAL, "postcode", limit=30, name="family_initial_postcode"),
    BlockingRule.of(_FAMILY, _FORMAL, "city", limit=30, name="family_initial_city"),
    BlockingRule.of(_FORMAL, "house_number", "street", limit=30, name="initial_house"),
    BlockingRule.of("names", limit=30),
    BlockingRule.of("company", limit=30),
)
