"""The custodian's blind values are apart from each other; its own rows open at their place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.errors import Misconfigured, Refused
from cdp.ids import new_id
from cdp.vault import roles
from cdp.vault.blind import lookup_token
from cdp.vault.custodian import Custodian
from cdp.vault.envelope import CannotOpen, Key
from cdp.vault.keyfile import KeyMissing
from cdp.vault.keyring import Keyring
from tests.vault.builders import PURPOSES, a_keyring

PAIRS = st.tuples(st.text(max_size=8), st.text(max_size=20))


@given(one=PAIRS, other=PAIRS)
def test_a_blind_value_stands_for_one_type_and_value(
    lasting: Keyring, one: tuple[str, str], other: tuple[str, str]
) -> None:
    custodian = lasting.custodian()

    assert (custodian.blind_index(*one) == custodian.blind_index(*other)) == (one == other)
    assert (custodian.contact_ref(*one) == custodian.contact_ref(*other)) == (one == other)


def test_blind_values_of_different_uses_have_nothing_in_common(keyring: Keyring) -> None:
    custodian = keyring.custodian()
    email = ("email", "ada@example.org")
    tokens = [
        custodian.blind_index(*email),
        bytes.fromhex(custodian.contact_ref(*email)),
        custodian.lookup_token("service", *email),
        custodian.lookup_token("offers", *email),
    ]

    assert [len(token) for token in tokens] == [32, 16, 32, 32]
    assert len({token[:16] for token in tokens}) == len(tokens)


def test_the_blind_index_is_versioned_and_keeps_old_versions(keyring: Keyring) -> None:
    old = keyring.custodian().blind_index("phone", "+4930123456")
    assert keyring.new_generation(roles.INDEX) == 2
    custodian = keyring.custodian()

    assert custodian.index_generations == (1, 2)
    assert custodian.blind_index("phone", "+4930123456", generation=1) == old
    new = custodian.blind_index("phone", "+4930123456")
    assert new == custodian.blind_index("phone", "+4930123456", generation=2) != old
    with pytest.raises(CannotOpen, match="generation 3"):
        custodian.blind_index("phone", "+4930123456", generation=3)


def test_a_contact_ref_outlives_a_roll_of_the_index(keyring: Keyring) -> None:
    before = keyring.custodian().contact_ref("email", "ada@example.org")
    keyring.new_generation(roles.INDEX)

    assert keyring.custodian().contact_ref("email", "ada@example.org") == before


def test_custodian_and_disclosure_compute_the_same_lookup(keyring: Keyring) -> None:
    custodian, disclosure = keyring.custodian(), keyring.disclosure(["service"])

    for value in ("ada@example.org", ""):
        expected = custodian.lookup_token("service", "email", value)
        assert disclosure.lookup_token("service", "email", value) == expected
    with pytest.raises(Refused) as caught:
        disclosure.lookup_token("offers", "email", "ada@example.org")
    assert caught.value.reason == "purpose_not_held"


def test_each_argument_counts_in_a_lookup(keyring: Keyring) -> None:
    key, workspaces = Key.fresh(1), (new_id(), new_id())
    places = [
        (workspace, purpose, kind, value)
        for workspace in workspaces
        for purpose in ("a", "ab")
        for kind in ("a", "ab", "b")
        for value in ("a", "ba", "bb", "")
    ]

    assert len({lookup_token(key, *place) for place in places}) == len(places)


def test_a_purpose_without_keys_or_without_a_name_has_no_lookups(keyring: Keyring) -> None:
    with pytest.raises(KeyMissing, match=r"lookup\.newsletter"):
        keyring.custodian().lookup_token("newsletter", "email", "ada@example.org")
    with pytest.raises(Refused):
        keyring.custodian().lookup_token("../service", "email", "ada@example.org")


def test_own_rows_open_at_their_place_and_after_a_roll(tmp_path: Path) -> None:
    mine, theirs = a_keyring(tmp_path), a_keyring(tmp_path)
    row = new_id()
    data = mine.custodian().seal_own("consent_body", row, b"body", field="body")
    mine.new_generation(roles.CUSTODY_WRAP)
    custodian = mine.custodian()

    assert custodian.open_own("consent_body", row, data, field="body") == b"body"
    assert custodian.seal_own("consent_body", row, b"body")[5] == 2
    for table, row_id, field in (
        ("journal", row, "body"),
        ("consent_body", new_id(), "body"),
        ("consent_body", row, "salt"),
    ):
        with pytest.raises(CannotOpen):
            custodian.open_own(table, row_id, data, field=field)
    with pytest.raises(CannotOpen):
        theirs.custodian().open_own("consent_body", row, data, field="body")


def test_a_commitment_binds_to_its_salt_and_event() -> None:
    salt = Custodian.new_salt()
    commitment = Custodian.commitment(salt, b"event")

    assert len(salt) == len(commitment) == 32
    assert salt != Custodian.new_salt()
    assert commitment == Custodian.commitment(salt, b"event")
    assert commitment != Custodian.commitment(salt, b"other")
    assert commitment != Custodian.commitment(Custodian.new_salt(), b"event")


def test_a_commitment_is_plain_hmac_sha256() -> None:
    # Computed with OpenSSL: `printf event | openssl dgst -sha256 -mac HMAC -macopt hexkey:00…`
    expected = "2fb0d5ed781bdbe39bc4512996e67762b3cdb5a9d8b0f0d4e27262b4043e7a2a"

    assert Custodian.commitment(bytes(32), b"event").hex() == expected


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_salt_of_another_length_could_open_two_ways_and_is_refused(length: int) -> None:
    with pytest.raises(Misconfigured, match="32 bytes"):
        Custodian.commitment(bytes(length), b"event")


def test_anyone_with_the_public_key_can_check_a_proof(keyring: Keyring) -> None:
    custodian = keyring.custodian()
    signature = custodian.sign_proof(b"receipt")
    keyring.new_generation(roles.SIGNING)

    for checker in (custodian, keyring.custodian(), keyring.disclosure(PURPOSES)):
        checker.verify_proof(b"receipt", signature)
        for document, forged in (
            (b"other", signature),
            (b"receipt", signature[:-1]),
            (b"receipt", signature[:-1] + bytes([signature[-1] ^ 1])),
            (b"receipt", b""),
        ):
            with pytest.raises(CannotOpen):
                checker.verify_proof(document, forged)
    assert keyring.custodian().sign_proof(b"receipt")[5] == 2


def test_a_proof_of_one_workspace_proves_nothing_in_another(tmp_path: Path) -> None:
    mine, theirs = a_keyring(tmp_path), a_keyring(tmp_path)

    with pytest.raises(CannotOpen):
        theirs.disclosure(["service"]).verify_proof(b"r", mine.custodian().sign_proof(b"r"))
