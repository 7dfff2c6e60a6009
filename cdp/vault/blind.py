"""Keyed, one-way values: MACs that only a key holder can compute, and keys derived from keys.

Every MAC names its domain and its workspace first, so a value computed for one use says nothing
about another use of the same key, and equal inputs in two workspaces give unrelated values.
"""

import hmac
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cdp.vault.envelope import KEY_BYTES, Key, Part, bind


def mac(key: Key, domain: str, *parts: Part) -> bytes:
    """HMAC-SHA-256 of the bound `domain` and `parts`, 32 bytes."""
    return hmac.digest(key.secret, bind(domain, *parts), "sha256")


class Mac:
    """`mac` of many tuples that begin alike; key and beginning are taken in once."""

    def __init__(self, key: Key, domain: str, *beginning: Part) -> None:
        """`beginning`: the first parts of every tuple."""
        self._begun = hmac.new(key.secret, bind(domain, *beginning), "sha256")

    def of(self, *rest: Part) -> bytes:
        """What `mac` gives for the domain, the beginning and these parts."""
        whole = self._begun.copy()
        whole.update(bind(*rest))
        return whole.digest()


def derive(key: Key, domain: str, *parts: Part) -> Key:
    """A key of the same generation for one use of `key` (HKDF-SHA-256, RFC 5869)."""
    expand = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=bind(domain, *parts))
    return Key(key.generation, expand.derive(key.secret))


def lookup_token(key: Key, workspace: UUID, purpose: str, kind: str, normalised: str) -> bytes:
    """The 32-byte token that finds a profile by an identifier for one purpose."""
    return mac(key, "cdp.lookup", workspace, purpose, kind, normalised)
