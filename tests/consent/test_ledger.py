"""The ledger's tree, against the published values of RFC 6962 and a plain recursive oracle."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.ledger import inclusion_proof, is_included, leaf, leaf_hash, merkle_root, node_hash

WORKSPACE = bytes(range(16))
COMMITMENT = b"\xaa" * 32


def oracle(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + oracle(leaves[:split]) + oracle(leaves[split:])).digest()


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(WORKSPACE, seq, COMMITMENT) for seq in range(count)]


def test_a_leaf_is_version_workspace_seq_and_commitment_at_fixed_widths() -> None:
    content = leaf(WORKSPACE, 258, COMMITMENT)

    assert content == b"\x01" + WORKSPACE + b"\x00" * 6 + b"\x01\x02" + COMMITMENT
    assert leaf_hash(WORKSPACE, 258, COMMITMENT) == hashlib.sha256(b"\x00" + content).digest()


@pytest.mark.parametrize(
    ("workspace", "seq", "commitment"),
    [
        (WORKSPACE, 1, b"short"),
        (b"short", 1, COMMITMENT),
        (WORKSPACE, -1, COMMITMENT),
        (WORKSPACE, 1 << 64, COMMITMENT),
    ],
)
def test_a_leaf_of_other_widths_is_refused(workspace: bytes, seq: int, commitment: bytes) -> None:
    with pytest.raises(ValueError, match=r"bytes"):
        leaf_hash(workspace, seq, commitment)


def test_the_empty_tree_and_nodes_hash_as_published() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    assert merkle_root([]).hex() == empty
    # The two-leaf tree of the Certificate Transparency test data ("" and 0x00).
    left = hashlib.sha256(b"\x00").digest()
    right = hashlib.sha256(b"\x00\x00").digest()
    assert node_hash(left, right).hex() == (
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 40))
def test_the_root_is_that_of_the_rfc(count: int) -> None:
    assert merkle_root(leaves(count)) == oracle(leaves(count))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.data())
def test_a_leaf_is_proved_at_its_place_and_nowhere_else(count: int, data: st.DataObject) -> None:
    hashes = leaves(count)
    index = data.draw(st.integers(0, count - 1))
    other = data.draw(st.integers(0, count - 1))
    proof, root = inclusion_proof(hashes, index), merkle_root(hashes)

    assert is_included(hashes[index], index, count, proof, root)
    assert is_included(hashes[other], index, count, proof, root) == (other == index)
    assert is_included(hashes[index], other, count, proof, root) == (other == index)
    assert not is_included(hashes[index], index, count, (*proof, root), root)
    assert not is_included(hashes[index], index, count, proof[:-1], root) or not proof
    assert not is_included(hashes[index], count, count, proof, root)


def test_there_is_no_proof_of_a_leaf_that_is_not_there() -> None:
    for index in (-1, 3):
        with pytest.raises(IndexError):
            inclusion_proof(leaves(3), index)
