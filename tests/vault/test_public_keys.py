"""Public-key forms name their key and their use; the header is part of what is protected."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from cdp.vault.envelope import CannotOpen, Key
from cdp.vault.sealing import Recipient, seal_to
from cdp.vault.signing import SIGNATURE_BYTES, Signer, Verifier

SECRET = Key.fresh(1)
OPENER = X25519PrivateKey.from_private_bytes(SECRET.secret).public_key().public_bytes_raw()
CHECKER = Ed25519PrivateKey.from_private_bytes(SECRET.secret).public_key().public_bytes_raw()
# The same key under two generations: only the header can tell them apart.
RECIPIENT = Recipient({1: SECRET, 2: SECRET})
VERIFIER = Verifier({1: Key(1, CHECKER), 2: Key(2, CHECKER)})


def relabelled(data: bytes) -> bytes:
    return data[:5] + b"\x02" + data[6:]


@given(st.binary(max_size=500))
def test_what_is_sealed_to_a_public_key_opens_with_the_private_one(plaintext: bytes) -> None:
    assert RECIPIENT.open(seal_to(Key(1, OPENER), plaintext, "a", 1), "a", 1) == plaintext


def test_what_is_sealed_to_a_public_key_opens_at_its_place_and_generation_only() -> None:
    sealed = seal_to(Key(1, OPENER), b"ada", "a", 1)

    for data, place in (
        (sealed, ("a", 2)),
        (sealed, ("a",)),
        (sealed, ()),
        (relabelled(sealed), ("a", 1)),
        (sealed[:40], ("a", 1)),
        (sealed[:6], ("a", 1)),
    ):
        with pytest.raises(CannotOpen):
            RECIPIENT.open(data, *place)


def test_a_signature_stands_for_its_domain_its_parts_and_its_generation_only() -> None:
    signature = Signer(SECRET).sign("view", "a", 1)
    VERIFIER.verify(signature, "view", "a", 1)

    assert len(signature) == SIGNATURE_BYTES
    for forged, domain, parts in (
        (signature, "proof", ("a", 1)),
        (signature, "view", ("a", 2)),
        (signature, "view", ("a",)),
        (relabelled(signature), "view", ("a", 1)),
        (signature[:20], "view", ("a", 1)),
    ):
        with pytest.raises(CannotOpen):
            VERIFIER.verify(forged, domain, *parts)
