"""Legal bases as the cells of a matrix (purpose, regime, channel), and which is stricter.

A workspace may only tighten: `as_strict` says whether one basis asks at least as much as another.
"""

from typing import Final

LEGAL: Final = "legal"
CONTRACT: Final = "contract"
LI: Final = "li"
"""Legitimate interest: an assessment on file, and any no stops it."""
OPTOUT: Final = "optout"
"""Allowed until a no, where the notice at collection was given."""
SOFT_OPTIN: Final = "soft_optin"
"""Consent; on e-mail a sale to a customer may stand in for it where the policy says so."""
CONSENT: Final = "consent"
EXPLICIT: Final = "explicit"
PROHIBITED: Final = "prohibited"

BASES: Final = (LEGAL, CONTRACT, LI, OPTOUT, SOFT_OPTIN, CONSENT, EXPLICIT, PROHIBITED)

_ASKING: Final = frozenset({SOFT_OPTIN, CONSENT, EXPLICIT, PROHIBITED})
_AT_LEAST: Final = {
    LEGAL: frozenset(BASES),
    CONTRACT: frozenset({CONTRACT, CONSENT, EXPLICIT, PROHIBITED}),
    LI: _ASKING | {LI},
    OPTOUT: _ASKING | {OPTOUT},
    SOFT_OPTIN: _ASKING,
    CONSENT: _ASKING - {SOFT_OPTIN},
    EXPLICIT: frozenset({EXPLICIT, PROHIBITED}),
    PROHIBITED: frozenset({PROHIBITED}),
}


def as_strict(basis: str, floor: str) -> bool:
    """`basis` asks at least as much as `floor`; two that cannot be compared do not."""
    return basis in _AT_LEAST[floor]
