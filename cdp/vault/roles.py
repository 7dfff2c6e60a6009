"""The names of keys. A key is found by workspace, role and generation, and by nothing else.

`intake` and `contact` are roots of values that are compared for ever (record identity, order,
contact references); they are never rolled. All other roles may be.
"""

import re
from functools import lru_cache

from cdp.errors import Refused

CUSTODY = "custody"
CUSTODY_PUBLIC = "custody-public"
CUSTODY_WRAP = "custody-wrap"
INDEX = "index"
CONTACT = "contact"
INTAKE = "intake"
INTAKE_SIGNING = "intake-signing"
INTAKE_VERIFY = "intake-verify"
SIGNING = "signing"
SIGNING_PUBLIC = "signing-public"
SUPPRESSION = "suppression"
TOMBSTONE = "tombstone"
LEGAL = "legal"
ANSWERS = "answers"

SYMMETRIC = (CUSTODY_WRAP, INDEX, CONTACT, INTAKE, SUPPRESSION, TOMBSTONE, LEGAL, ANSWERS)
NEVER_ROLLED = frozenset({INTAKE, CONTACT})
PUBLIC_HALF = {
    CUSTODY: CUSTODY_PUBLIC,
    INTAKE_SIGNING: INTAKE_VERIFY,
    SIGNING: SIGNING_PUBLIC,
}
EVERY_VIEW = "view.*"
EVERY_LOOKUP = "lookup.*"

_PURPOSE = re.compile(r"[a-z_]{1,63}")
_ROLE = re.compile(r"[a-z-]{1,63}|(view|lookup)\.[a-z_]{1,63}")


@lru_cache
def view_role(purpose: str) -> str:
    """The role of a purpose's epoch keys; the generation is the epoch.

    Raises:
        Refused: not a purpose name.
    """
    return f"view.{_checked(purpose)}"


def lookup_role(purpose: str) -> str:
    """The role of the key behind a purpose's lookup tokens.

    Raises:
        Refused: not a purpose name.
    """
    return f"lookup.{_checked(purpose)}"


@lru_cache
def checked_role(role: str) -> str:
    """`role`, once it is sure to be a plain name that is safe in a path.

    Raises:
        Refused: it is not.
    """
    if not _ROLE.fullmatch(role):
        raise Refused("a key role is lower-case words joined by hyphens, or view.<purpose>")
    return role


def _checked(purpose: str) -> str:
    if not _PURPOSE.fullmatch(purpose):
        raise Refused("a purpose name is 1 to 63 lower-case letters and underscores")
    return purpose
