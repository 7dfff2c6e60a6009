"""A view opens for its purpose, if the custodian signed it and its slot still holds the key."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.errors import Refused
from cdp.ids import new_id
from cdp.vault import views
from cdp.vault.envelope import CannotOpen, Key
from cdp.vault.keyfile import KeyMissing
from cdp.vault.keyring import Keyring
from cdp.vault.provider import FileKeyProvider
from cdp.vault.signing import Signer
from cdp.vault.views import (
    EMPTY_SLOT,
    SLOT_BYTES,
    OpenView,
    SealedView,
    ViewHeader,
    pad,
    unpad,
)
from tests.vault.builders import BODY, PURPOSES, a_header, a_keyring, a_view, changed

OTHER = {
    "view_id": new_id(),
    "workspace": new_id(),
    "profile_id": new_id(),
    "purpose": "offers",
    "built_seq": 8,
    "partition_version": 4,
    "policy_hash": "cd" * 32,
    "recheck_at": "2027-03-01T09:00:00.000Z",
}


@given(plaintext=st.binary(max_size=5000))
def test_a_view_opens_and_its_slot_and_signature_never_change_size(
    lasting: Keyring, plaintext: bytes
) -> None:
    view = a_view(lasting, plaintext)

    assert lasting.disclosure(["service"]).open_view(view) == plaintext
    assert len(view.wrapped_key) == SLOT_BYTES == len(EMPTY_SLOT)
    assert len(view.signature) == 1 + 32 + 70


@given(st.binary(max_size=5000))
def test_a_padded_body_is_a_power_of_two_and_comes_back(plaintext: bytes) -> None:
    padded = pad(plaintext)

    assert unpad(padded) == plaintext
    assert len(padded).bit_count() == 1
    assert len(padded) == 512 or len(padded) < 2 * (len(plaintext) + 4)


def test_views_of_different_small_people_are_of_one_size(keyring: Keyring) -> None:
    sizes = {len(a_view(keyring, bytes(n)).body) for n in (0, 1, 100, 508)}

    assert len(sizes) == 1
    assert len(a_view(keyring, bytes(509)).body) not in sizes


def test_padding_that_claims_too_much_is_no_view() -> None:
    with pytest.raises(CannotOpen, match="padding"):
        unpad(b"\x00\x00\x00\x09short")


def test_every_field_of_the_header_is_under_the_signature(keyring: Keyring) -> None:
    view, reader = a_view(keyring), keyring.disclosure(PURPOSES)

    assert {field.name for field in fields(ViewHeader)} == OTHER.keys()
    for name, value in OTHER.items():
        relabelled = changed(view, header=changed(view.header, **{name: value}))
        with pytest.raises(CannotOpen):
            reader.open_view(relabelled)


@pytest.mark.parametrize("part", ["body", "wrapped_key", "signature", "header"])
def test_no_part_of_a_view_can_be_exchanged_with_another_profile(
    keyring: Keyring, part: str
) -> None:
    mine, other = a_view(keyring, b"mine"), a_view(keyring, b"other")

    with pytest.raises(CannotOpen):
        keyring.disclosure(PURPOSES).open_view(changed(mine, **{part: getattr(other, part)}))


@given(
    part=st.sampled_from(["body", "wrapped_key", "signature"]),
    at=st.integers(0),
    by=st.integers(1, 255),
)
def test_no_changed_byte_of_a_view_goes_unnoticed(
    lasting: Keyring, part: str, at: int, by: int
) -> None:
    view = a_view(lasting)
    edited = bytearray(getattr(view, part))
    edited[at % len(edited)] ^= by

    with pytest.raises(CannotOpen):
        lasting.disclosure(PURPOSES).open_view(changed(view, **{part: bytes(edited)}))


@pytest.mark.parametrize("name", sorted(OTHER))
def test_a_body_is_bound_to_its_whole_header_even_without_the_signature(
    keyring: Keyring, tmp_path: Path, name: str
) -> None:
    view = a_view(keyring)
    epoch = FileKeyProvider(tmp_path / "keys").current(keyring.workspace, "view.service")
    relabelled = changed(view, header=changed(view.header, **{name: OTHER[name]}))

    assert views.open_view(view, {1: epoch}) == BODY
    with pytest.raises(CannotOpen):
        views.open_view(relabelled, {1: epoch})


def test_who_holds_only_the_purpose_key_cannot_forge_a_view(
    keyring: Keyring, tmp_path: Path
) -> None:
    genuine = a_view(keyring)
    epoch = FileKeyProvider(tmp_path / "keys").current(keyring.workspace, "view.service")
    stranger = Signer(Key.fresh(1))
    (forged,) = views.seal_views([OpenView(genuine.header, b"planted", epoch)], stranger)
    reader = keyring.disclosure(["service"])

    attempts = [forged, changed(forged, signature=genuine.signature)]
    for view in attempts:
        with pytest.raises(CannotOpen) as caught:
            reader.open_view(view)
        assert caught.value.reason == "bad_signature"


def a_build(keyring: Keyring, *plaintexts: bytes, **changes: Any) -> list[SealedView]:
    """Views of several purposes that were built, and so signed, together."""
    header = a_header(keyring.workspace, **changes)
    return keyring.custodian().seal_views(
        [
            (changed(header, view_id=new_id(), purpose=purpose), plaintext)
            for purpose, plaintext in zip(PURPOSES, plaintexts, strict=True)
        ]
    )


def test_views_of_one_build_share_a_signature_and_open_one_by_one_and_together(
    keyring: Keyring,
) -> None:
    service, offers = a_build(keyring, b"service", b"offers")
    reader = keyring.disclosure(PURPOSES)
    checker = reader.checker()

    assert service.signature == offers.signature
    assert [reader.open_view(view) for view in (service, offers)] == [b"service", b"offers"]
    assert [reader.open_view(view, checker) for view in (service, offers)] == [
        b"service",
        b"offers",
    ]


@pytest.mark.parametrize("part", ["header", "body"])
@pytest.mark.parametrize("other", ["purpose", "profile", "build"])
def test_a_view_that_was_signed_elsewhere_is_refused_after_its_signature_stood(
    keyring: Keyring, part: str, other: str
) -> None:
    header = a_header(keyring.workspace)
    service, offers = a_build(keyring, b"s", b"o", profile_id=header.profile_id)
    again, _ = a_build(keyring, b"s", b"o", profile_id=header.profile_id, built_seq=8)
    stranger, _ = a_build(keyring, b"s", b"o")
    theirs = {"purpose": offers, "profile": stranger, "build": again}[other]
    reader = keyring.disclosure(PURPOSES)
    checker = reader.checker()
    assert reader.open_view(service, checker) == b"s"

    with pytest.raises(CannotOpen) as caught:
        reader.open_view(changed(service, **{part: getattr(theirs, part)}), checker)
    assert caught.value.reason == "bad_signature"


def test_a_list_of_digests_that_was_added_to_is_not_signed(keyring: Keyring) -> None:
    mine, stranger = a_view(keyring, b"mine"), a_view(keyring, b"planted")
    reader = keyring.disclosure(PURPOSES)
    checker = reader.checker()
    reader.open_view(mine, checker)
    digest = stranger.signature[1:33]
    joined = mine.signature[:33] + digest + mine.signature[33:]

    with pytest.raises(CannotOpen) as caught:
        reader.open_view(changed(stranger, signature=joined), checker)
    assert caught.value.reason == "bad_signature"


def test_a_view_signed_by_itself_as_once_is_outdated(keyring: Keyring) -> None:
    view = a_view(keyring)
    once = changed(view, signature=view.signature[-70:])

    with pytest.raises(CannotOpen) as caught:
        keyring.disclosure(PURPOSES).open_view(once)
    assert caught.value.reason == "outdated"


def test_a_slot_moved_to_another_purpose_or_view_does_not_roll(keyring: Keyring) -> None:
    view = a_view(keyring)
    for purpose in PURPOSES:
        keyring.new_epoch(purpose)
    custodian = keyring.custodian()

    with pytest.raises(CannotOpen):
        custodian.slot_roll("offers").rewrap(view.header.view_id, view.wrapped_key)
    with pytest.raises(CannotOpen):
        custodian.slot_roll("service").rewrap(new_id(), view.wrapped_key)


def test_a_roll_moves_slots_once_and_keeps_their_size(keyring: Keyring) -> None:
    view = a_view(keyring)
    keyring.new_epoch("service")
    roll = keyring.custodian().slot_roll("service")

    moved = roll.rewrap(view.header.view_id, view.wrapped_key)

    assert len(moved) == SLOT_BYTES
    assert roll.rewrap(view.header.view_id, moved) == moved
    opened = keyring.disclosure(["service"]).open_view(changed(view, wrapped_key=moved))
    assert opened == BODY


def test_an_emptied_slot_says_withdrawn_and_is_left_behind_by_a_roll(keyring: Keyring) -> None:
    view = changed(a_view(keyring), wrapped_key=EMPTY_SLOT)
    keyring.new_epoch("service")

    with pytest.raises(CannotOpen) as caught:
        keyring.disclosure(["service"]).open_view(view)
    assert caught.value.reason == "slot_emptied"
    with pytest.raises(CannotOpen):
        keyring.custodian().slot_roll("service").rewrap(view.header.view_id, EMPTY_SLOT)


@pytest.mark.parametrize("length", [0, 5, SLOT_BYTES - 1, SLOT_BYTES + 1])
def test_a_slot_of_another_size_is_no_slot(keyring: Keyring, length: int) -> None:
    view = a_view(keyring)
    slot = (view.wrapped_key + b"\x00")[:length]

    with pytest.raises(CannotOpen, match="slot"):
        keyring.disclosure(["service"]).open_view(changed(view, wrapped_key=slot))


def test_a_purpose_this_object_is_not_bound_to_is_refused_before_anything_else(
    keyring: Keyring,
) -> None:
    with pytest.raises(Refused) as caught:
        keyring.disclosure(["offers"]).open_view(a_view(keyring))

    assert caught.value.reason == "purpose_not_held"


def test_a_view_does_not_open_with_the_keys_of_another_workspace(tmp_path: Path) -> None:
    mine, theirs = a_keyring(tmp_path), a_keyring(tmp_path)
    view = a_view(mine)
    relabelled = changed(view, header=changed(view.header, workspace=theirs.workspace))

    for stolen in (view, relabelled):
        with pytest.raises(CannotOpen):
            theirs.disclosure(PURPOSES).open_view(stolen)


def test_the_custodian_seals_for_its_own_workspace_only(keyring: Keyring) -> None:
    with pytest.raises(Refused, match="another workspace"):
        keyring.custodian().seal_views([(a_header(new_id()), BODY)])


@pytest.mark.parametrize(
    "moment",
    [
        "2026-03-01T09:00:01.000Z",
        "2026-03-01T09:30:00.000Z",
        "2026-03-01T09:00:00.001Z",
        "2026-03-01T09:00:00Z",
        "2026-03-01T10:00:00.000+01:00",
        "2026-03-01T09:00:00",
        "soon",
    ],
)
def test_a_header_says_no_more_than_the_hour(keyring: Keyring, moment: str) -> None:
    with pytest.raises(Refused, match="hour"):
        a_view(keyring, recheck_at=moment)


def test_a_view_needs_a_purpose_with_a_live_epoch(keyring: Keyring) -> None:
    with pytest.raises(KeyMissing):
        a_view(keyring, purpose="newsletter")
    with pytest.raises(Refused):
        a_view(keyring, purpose="../service")


def test_a_copy_from_before_the_roll_opens_with_none_of_the_keys_there_are(
    keyring: Keyring, tmp_path: Path
) -> None:
    backup = a_view(keyring)
    epoch = keyring.new_epoch("service")
    keyring.destroy_epoch("service", epoch - 1)

    for path in (tmp_path / "keys").rglob("*.key"):
        secret = bytes.fromhex(path.read_text().splitlines()[4].removeprefix("key: "))
        with pytest.raises(CannotOpen):
            views.open_view(backup, {1: Key(1, secret)})


def test_a_sealed_view_keeps_its_bytes_out_of_its_repr(keyring: Keyring) -> None:
    view = a_view(keyring)
    shown = repr(view)

    assert set(fields(SealedView)) - {f for f in fields(SealedView) if f.repr} == {
        f for f in fields(SealedView) if f.name != "header"
    }
    assert repr(view.body) not in shown
