"""Ed25519 signatures that name their key and what they are about.

    version 1 byte | algorithm 1 byte | key generation 4 bytes | Ed25519 signature 64 bytes

What is signed is `bind(domain, header, *parts)`: a signature made for a view is none for a proof.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from cdp.vault.envelope import (
    ED25519,
    HEAD_BYTES,
    CannotOpen,
    Key,
    Part,
    bind,
    generation_of,
    head,
    unknown_generation,
)

SIGNATURE_BYTES: Final = HEAD_BYTES + 64
_PROOF = "cdp.proof"


class Signer:
    """Signs with one private key."""

    def __init__(self, key: Key) -> None:
        self._head = head(ED25519, key.generation)
        self._private = Ed25519PrivateKey.from_private_bytes(key.secret)

    def sign(self, domain: str, *parts: Part) -> bytes:
        """The `SIGNATURE_BYTES` of a signature over the domain and the parts."""
        return self._head + self._private.sign(bind(domain, self._head, *parts))


class Verifier:
    """Checks signatures against the public keys by generation."""

    def __init__(self, keys: Mapping[int, Key]) -> None:
        self._publics = {
            generation: Ed25519PublicKey.from_public_bytes(key.secret)
            for generation, key in keys.items()
        }

    def verify(self, signature: bytes, domain: str, *parts: Part) -> None:
        """Return when the signature stands.

        Raises:
            CannotOpen: forged, changed, made for something else, or by an unknown generation.
        """
        generation = generation_of(signature, ED25519)
        public = self._publics.get(generation)
        if public is None:
            raise unknown_generation(generation)
        message = bind(domain, signature[:HEAD_BYTES], *parts)
        try:
            public.verify(signature[HEAD_BYTES:], message)
        except InvalidSignature:
            raise not_signed() from None


def not_signed() -> CannotOpen:
    """The error for what its signature is not about."""
    return CannotOpen(
        "a signature does not stand: the row was changed, moved or made by someone else; "
        "treat it as forged and look for who can write to this store",
        reason="bad_signature",
    )


def sign_proof(signer: Signer, workspace: UUID, document: bytes) -> bytes:
    """Sign a document that outsiders check: a receipt, a tree head, a certificate."""
    return signer.sign(_PROOF, workspace, document)


def verify_proof(verifier: Verifier, workspace: UUID, document: bytes, signature: bytes) -> None:
    """Return when `signature` is this workspace's over `document`.

    Raises:
        CannotOpen: it is not.
    """
    verifier.verify(signature, _PROOF, workspace, document)
