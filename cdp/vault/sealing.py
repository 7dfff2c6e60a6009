"""Sealing to a public key: whoever seals cannot open again.

    version 1 byte | algorithm 1 byte | key generation 4 bytes | X25519 share 32 bytes | data

HPKE (RFC 9180) base mode with X25519, HKDF-SHA-256 and AES-256-GCM, single shot. The place is
bound through `info`, as §8.1 asks of single-shot use. HPKE says nothing about who sealed: callers
that need the origin add a signature (`signing`).
"""

from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from cdp.vault.envelope import (
    HEAD_BYTES,
    HPKE_X25519_AES_256_GCM,
    Key,
    Part,
    bind,
    does_not_open,
    generation_of,
    head,
    unknown_generation,
)

_FORMAT = "cdp.hpke"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def seal_to(public: Key, plaintext: bytes, *context: Part) -> bytes:
    """Seal to the holder of the private half of `public`."""
    opening = head(HPKE_X25519_AES_256_GCM, public.generation)
    recipient = X25519PublicKey.from_public_bytes(public.secret)
    return opening + _SUITE.encrypt(plaintext, recipient, info=bind(_FORMAT, opening, *context))


class Recipient:
    """Opens what was sealed to any generation of its public key."""

    def __init__(self, keys: Mapping[int, Key]) -> None:
        self._privates = {
            generation: X25519PrivateKey.from_private_bytes(key.secret)
            for generation, key in keys.items()
        }

    def open(self, data: bytes, *context: Part) -> bytes:
        """The plaintext that was sealed with this `context`.

        Raises:
            CannotOpen: wrong key, moved, relabelled, cut short, unknown version or generation.
        """
        generation = generation_of(data, HPKE_X25519_AES_256_GCM)
        private = self._privates.get(generation)
        if private is None:
            raise unknown_generation(generation)
        info = bind(_FORMAT, data[:HEAD_BYTES], *context)
        try:
            return _SUITE.decrypt(data[HEAD_BYTES:], private, info=info)
        except InvalidTag:
            raise does_not_open() from None
