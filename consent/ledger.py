"""The ledger's tree: leaves that say nothing, hashed as RFC 6962 says.

A leaf is version ‖ workspace ‖ seq ‖ commitment at fixed widths. The commitment is a keyed hash of
the whole event under a salt of its own, made by the caller: when the salt is destroyed, the leaf is
unlinkable and the tree stays valid.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

VERSION: Final = 1
WORKSPACE_BYTES: Final = 16
SEQ_BYTES: Final = 8
HASH_BYTES: Final = 32


def leaf(workspace: bytes, seq: int, commitment: bytes) -> bytes:
    """The canonical leaf: 1 + 16 + 8 (big endian) + 32 bytes.

    Raises:
        ValueError: a workspace or commitment of another length, a seq out of range.
    """
    if len(workspace) != WORKSPACE_BYTES or len(commitment) != HASH_BYTES:
        raise ValueError(f"a workspace has {WORKSPACE_BYTES} bytes, a commitment {HASH_BYTES}")
    if not 0 <= seq < 1 << (8 * SEQ_BYTES):
        raise ValueError(f"a seq counts from 0 and fits in {SEQ_BYTES} bytes")
    return bytes([VERSION]) + workspace + seq.to_bytes(SEQ_BYTES, "big") + commitment


def leaf_hash(workspace: bytes, seq: int, commitment: bytes) -> bytes:
    """SHA-256(0x00 ‖ leaf), RFC 6962 section 2.1. Raises as `leaf` does."""
    return hashlib.sha256(b"\x00" + leaf(workspace, seq, commitment)).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def merkle_root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; of none, the hash of nothing (RFC 6962 section 2.1)."""
    if not leaf_hashes:
        return hashlib.sha256().digest()
    level = list(leaf_hashes)
    while len(level) > 1:
        # Pairing from the left and carrying an odd one up gives the same tree as the RFC's split.
        pairs = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The audit path of a leaf, from the leaf up (RFC 6962 section 2.1.1).

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaf_hashes):
        raise IndexError("there is no leaf of this index")
    path: list[bytes] = []
    level, place = list(leaf_hashes), index
    while len(level) > 1:
        if place ^ 1 < len(level):
            path.append(level[place ^ 1])
        pairs = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level, place = pairs + level[len(pairs) * 2 :], place // 2
    return tuple(path)


def is_included(hashed: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """The leaf hash is at this index of the tree of this size and root (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, hashed
    rest = list(proof)
    while last > 0:
        if place % 2 or place < last:
            if not rest:
                return False
            sibling = rest.pop(0)
            found = node_hash(sibling, found) if place % 2 else node_hash(found, sibling)
        place, last = place // 2, last // 2
    return not rest and found == root
