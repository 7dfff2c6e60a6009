"""Regimes: the bodies of law that may protect a person, from the places known of him.

An ask must pass in every plausible regime; nothing known means `XX`, the strictest. United States
opt-out states are regimes of their own (`US-CA`, `US-VA` ...); other states are `US`.
"""

from collections.abc import Iterable
from typing import Final

UNKNOWN: Final = "XX"

EEA: Final = frozenset(
    {
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
        "IS",
        "LI",
        "NO",
    }
)
# Parts of member states with an ISO code of their own where the law of the Union applies.
EU_TERRITORIES: Final = frozenset({"AX", "GF", "GP", "MF", "MQ", "RE", "YT", "EL"})
UNITED_KINGDOM: Final = frozenset({"GB", "UK", "GI", "IM", "JE", "GG"})
SWITZERLAND: Final = frozenset({"CH"})
UNITED_STATES: Final = frozenset({"US", "PR", "GU", "VI", "AS", "MP", "UM"})
# Comprehensive state laws with a right to opt out of sale and targeted advertising.
OPT_OUT_STATES: Final = frozenset(
    {
        "CA",
        "CO",
        "CT",
        "DE",
        "FL",
        "IN",
        "IA",
        "KY",
        "MD",
        "MN",
        "MT",
        "NE",
        "NH",
        "NJ",
        "OR",
        "RI",
        "TN",
        "TX",
        "UT",
        "VA",
    }
)

FAMILIES: Final = (UNKNOWN, "EU", "CH", "UK", "CA", "US")
"""The rows of a basis matrix; every `US-..` regime belongs to `US` unless it has its own."""
REGIMES: Final = (
    UNKNOWN,
    "EU",
    "CH",
    "UK",
    "CA",
    "US-CA",
    *(f"US-{state}" for state in sorted(OPT_OUT_STATES - {"CA"})),
    "US",
)
"""Every regime, the strictest first: the reason of a refusal is that of the strictest."""

_AGE: Final = {UNKNOWN: 16, "EU": 16, "CH": 16, "UK": 13, "CA": 14, "US": 13}
SALE_AGE: Final = 16
"""Below this age, in the United States, personal data is sold or shared only on an opt-in."""
SALE_GUARDIAN_AGE: Final = 13
"""Below this age that opt-in is the guardian's (California Civil Code 1798.120(c))."""

Place = str | tuple[str, str | None]


def regimes_of(places: Iterable[Place]) -> frozenset[str]:
    """The regimes of places; a place is a country, a region, or (country, region or nothing).

    Countries are ISO 3166-1 alpha-2, regions ISO 3166-2 with or without the country ("US-CA",
    "CA"). A country of the rest of the world is `XX`. No place at all gives the empty set, which a
    decision takes as `XX`.
    """
    return frozenset(_regime(place) for place in places)


def family(regime: str) -> str:
    """The row of the basis matrix a regime belongs to; unknown regimes belong to `XX`."""
    head = regime.partition("-")[0]
    return head if head == "US" or regime in FAMILIES else UNKNOWN


def is_us(regime: str) -> bool:
    """The regime is one of the United States."""
    return family(regime) == "US"


def age_limit(regime: str) -> int:
    """The age from which a person's own consent to marketing and profiling counts."""
    return _AGE[family(regime)]


def strictness(regime: str) -> int:
    """The place among `REGIMES`, 0 the strictest; what is not known there is as strict as `XX`."""
    return _STRICTNESS.get(regime, 0)


_STRICTNESS: Final = {regime: place for place, regime in enumerate(REGIMES)}


def _regime(place: Place) -> str:
    named = place if isinstance(place, str) else "-".join(part for part in place if part)
    # A region may carry its country already: ("US", "US-CA") names the country twice.
    parts = [part for part in named.strip().upper().split("-") if part]
    country = parts[0] if parts else ""
    if country in EEA or country in EU_TERRITORIES:
        return "EU"
    if country in UNITED_KINGDOM:
        return "UK"
    if country in SWITZERLAND:
        return "CH"
    if country == "CA":
        return "CA"
    if country in UNITED_STATES:
        return _state(parts[-1])
    return UNKNOWN


def _state(region: str) -> str:
    return f"US-{region}" if region in OPT_OUT_STATES else "US"
