"""Sealed bytes open where they were sealed, under the key they name, or raise."""

from typing import cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.errors import Misconfigured
from cdp.vault.blind import Mac, derive, mac
from cdp.vault.envelope import (
    OVERHEAD_BYTES,
    CannotOpen,
    Key,
    Part,
    Sealer,
    bind,
    generation_of,
    seal,
    unseal,
)

PARTS = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=())),
    st.binary(),
    st.integers(),
    st.uuids(),
)
TUPLES = st.lists(PARTS, max_size=5).map(tuple)
KEY = Key.fresh(3)
KEYS = {3: KEY}
PLACE = ("row", "record_version", 1, "body")
SEALED = seal(KEY, b"ada", *PLACE)


@given(TUPLES, TUPLES)
def test_two_tuples_bind_alike_only_when_they_are_equal(
    one: tuple[Part, ...], other: tuple[Part, ...]
) -> None:
    assert (bind(*one) == bind(*other)) == (one == other)


@given(st.integers(), st.uuids(), st.text())
def test_a_part_never_binds_like_its_text_or_its_bytes(number: int, name: UUID, text: str) -> None:
    alike: list[Part] = [number, str(number), name, str(name), name.bytes, name.int]
    alike += [text, text.encode()]

    assert len({bind(part) for part in alike}) == len(set(alike))


@given(st.lists(st.text(), min_size=2, max_size=4))
def test_moving_a_border_between_parts_changes_the_binding(parts: list[str]) -> None:
    assert bind(*parts) != bind("".join(parts))


@pytest.mark.parametrize("part", [True, None, 1.0, ("a",), bytearray(b"a")])
def test_only_text_bytes_integers_and_ids_can_be_bound(part: object) -> None:
    with pytest.raises(TypeError, match="cannot bind"):
        bind(cast("Part", part))


@given(st.binary(max_size=2000), TUPLES)
def test_what_is_sealed_opens_at_its_place(plaintext: bytes, place: tuple[Part, ...]) -> None:
    data = seal(KEY, plaintext, *place)

    assert len(data) == len(plaintext) + OVERHEAD_BYTES
    assert unseal(KEYS, data, *place) == plaintext


@given(TUPLES, TUPLES)
def test_what_is_sealed_opens_at_no_other_place(
    place: tuple[Part, ...], other: tuple[Part, ...]
) -> None:
    data = seal(KEY, b"ada", *place)

    if place != other:
        with pytest.raises(CannotOpen):
            unseal(KEYS, data, *other)


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_no_changed_byte_goes_unnoticed(position: int, change: int) -> None:
    changed = bytearray(SEALED)
    changed[position] ^= change
    every_generation = dict.fromkeys([int.from_bytes(changed[2:6]), 3], KEY)

    with pytest.raises(CannotOpen):
        unseal(every_generation, bytes(changed), *PLACE)


@given(st.integers(0, len(SEALED) - 1))
def test_a_cut_row_does_not_open(length: int) -> None:
    with pytest.raises(CannotOpen):
        unseal(KEYS, SEALED[:length], *PLACE)


def test_the_same_text_sealed_twice_looks_different() -> None:
    assert seal(KEY, b"ada", *PLACE) != SEALED


def test_another_key_of_the_same_generation_does_not_open() -> None:
    with pytest.raises(CannotOpen) as caught:
        unseal({3: Key.fresh(3)}, SEALED, *PLACE)

    assert caught.value.reason == "cannot_open"
    assert "ada" not in str(caught.value)


def test_a_generation_that_is_not_held_is_named_and_no_other_key_is_tried() -> None:
    with pytest.raises(CannotOpen, match="generation 3") as caught:
        unseal({2: KEY, 4: KEY}, SEALED, *PLACE)

    assert caught.value.reason == "unknown_generation"


def test_a_row_relabelled_to_another_generation_does_not_open() -> None:
    relabelled = SEALED[:2] + (4).to_bytes(4) + SEALED[6:]

    with pytest.raises(CannotOpen):
        unseal({3: KEY, 4: KEY}, relabelled, *PLACE)


@pytest.mark.parametrize("first", [b"\x00\x01", b"\x02\x01", b"\x01\x00", b"\x01\x02", b"\x01\x09"])
def test_an_unknown_version_or_algorithm_is_no_envelope(first: bytes) -> None:
    with pytest.raises(CannotOpen) as caught:
        unseal(KEYS, first + SEALED[2:], *PLACE)

    assert caught.value.reason == "unknown_format"


def test_the_generation_can_be_read_without_a_key() -> None:
    assert generation_of(SEALED) == 3


@pytest.mark.parametrize("secret", [b"", b"short", bytes(33)])
def test_a_key_of_another_length_is_refused(secret: bytes) -> None:
    with pytest.raises(Misconfigured, match="32 bytes"):
        Key(1, secret)


@pytest.mark.parametrize("generation", [-1, 1 << 32])
def test_a_generation_outside_the_header_is_refused(generation: int) -> None:
    with pytest.raises(Misconfigured, match="generation"):
        Key(generation, bytes(32))


def test_a_key_keeps_its_secret_out_of_its_repr() -> None:
    key = Key(1, b"s" * 32)
    _ = key.cipher

    assert repr(key) == "Key(generation=1)"


@given(TUPLES, TUPLES)
def test_macs_and_derived_keys_differ_by_domain_and_parts(
    one: tuple[Part, ...], other: tuple[Part, ...]
) -> None:
    assert (mac(KEY, "a", *one) == mac(KEY, "a", *other)) == (one == other)
    assert mac(KEY, "a", *one) != mac(KEY, "b", *one)
    assert derive(KEY, "a", *one).secret != derive(KEY, "b", *one).secret
    assert derive(KEY, "a", *one).generation == KEY.generation


@given(TUPLES, TUPLES)
def test_a_beginning_that_is_bound_once_seals_and_names_as_the_whole_tuple_does(
    beginning: tuple[Part, ...], rest: tuple[Part, ...]
) -> None:
    sealed = Sealer(KEY, *beginning).seal(b"ada", *rest)

    assert bind(*beginning) + bind(*rest) == bind(*beginning, *rest)
    assert unseal(KEYS, sealed, *beginning, *rest) == b"ada"
    assert Mac(KEY, "use", *beginning).of(*rest) == mac(KEY, "use", *beginning, *rest)
