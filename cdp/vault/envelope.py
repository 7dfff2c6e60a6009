"""Sealed bytes that open only where they were sealed.

    version 1 byte | algorithm 1 byte | key generation 4 bytes | nonce 12 bytes | AES-256-GCM data

The associated data is `bind("cdp.envelope", header, *context)`: a changed header and a row copied
to another id, table, purpose or workspace do not open. The key is chosen by the generation in the
header, never by trial. Nonces are random, so one key seals at most 2^32 messages (NIST SP
800-38D §8.3); the keys that seal most are rolled long before.
"""

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, TypeAlias
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cdp.errors import Misconfigured

Part: TypeAlias = str | bytes | int | UUID

KEY_BYTES = 32
HEAD_BYTES = 6
VERSION = 1
AES_256_GCM = 1
HPKE_X25519_AES_256_GCM = 2
ED25519 = 3
ALGORITHMS = frozenset({AES_256_GCM, HPKE_X25519_AES_256_GCM, ED25519})
# The generation of keys that are found by an id of their own: data keys, batch keys, view keys.
UNNUMBERED = 0

_FORMAT = "cdp.envelope"
_HEAD = struct.Struct(">BBI")
_LENGTH_BYTES = 4
_UUID_HEAD = b"u" + (16).to_bytes(_LENGTH_BYTES, "big")
_NONCE_BYTES = 12
_TAG_BYTES = 16
OVERHEAD_BYTES = HEAD_BYTES + _NONCE_BYTES + _TAG_BYTES


class CannotOpen(Misconfigured):
    """Sealed or signed bytes that are not what, or not where, they claim to be.

    `reason` is `cannot_open` (wrong key, moved or changed), `unknown_format`, `unknown_generation`,
    `bad_signature`, or for views `epoch_gone`, `slot_emptied` and `outdated`.
    """

    default_reason: ClassVar[str] = "cannot_open"


@dataclass(frozen=True, eq=False)
class Key:
    """32 secret (or public) bytes and the generation that names them in a header.

    Raises:
        Misconfigured: not 32 bytes, or a generation that does not fit the header.
    """

    generation: int
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise Misconfigured(f"a key is {KEY_BYTES} bytes long; this one is not")
        if not 0 <= self.generation < 1 << 32:
            raise Misconfigured("a key generation is a number from 0 to 2^32 - 1")

    @classmethod
    def fresh(cls, generation: int = UNNUMBERED) -> "Key":
        """A random key."""
        return cls(generation, os.urandom(KEY_BYTES))

    @cached_property
    def cipher(self) -> AESGCM:
        """AES-256-GCM under this key; only for symmetric keys."""
        return AESGCM(self.secret)


def bind(*parts: Part) -> bytes:
    """One byte string for a tuple, different for every different tuple.

    Each part is a type tag, a 4-byte length and its bytes, so `("a", "b")`, `("ab",)` and
    `(1,)`, `("1",)` never meet. What binds a tuple begins with what binds its first parts, so
    parts that stay the same can be bound once. Text is UTF-8 as given (lone surrogates included),
    not normalised.

    Raises:
        TypeError: a part of another type; `bool` counts as another type.
    """
    bound: list[bytes] = []
    for part in parts:
        kind = type(part)
        if kind is UUID:
            bound += (_UUID_HEAD, part.bytes)  # type: ignore[union-attr]
            continue
        if kind is str:
            tag, payload = b"s", part.encode("utf-8", "surrogatepass")  # type: ignore[union-attr]
        elif kind is bytes:
            tag, payload = b"b", part
        else:
            tag, payload = _encoded(part)
        bound += (tag, len(payload).to_bytes(_LENGTH_BYTES, "big"), payload)
    return b"".join(bound)


def head(algorithm: int, generation: int) -> bytes:
    """The six bytes that open every sealed or signed form."""
    return _HEAD.pack(VERSION, algorithm, generation)


def generation_of(data: bytes, algorithm: int | None = None) -> int:
    """The key generation that `data` names, once its version and algorithm are known ones.

    Raises:
        CannotOpen: too short, unknown version, unknown algorithm or not the `algorithm` expected.
    """
    if len(data) < HEAD_BYTES:
        raise CannotOpen("sealed bytes are cut short; restore this row", reason="unknown_format")
    version, found, generation = _HEAD.unpack_from(data)
    expected = ALGORITHMS if algorithm is None else {algorithm}
    if version != VERSION or found not in expected:
        raise CannotOpen(
            "sealed bytes are of a format this version does not read; "
            "check the software version, then whether the row was overwritten",
            reason="unknown_format",
        )
    return int(generation)


def unknown_generation(generation: int) -> CannotOpen:
    """The error for a header that names a key this process does not hold."""
    return CannotOpen(
        f"sealed under key generation {generation}, which this process does not hold; "
        "check that key directory and stores belong together and that no key was left behind",
        reason="unknown_generation",
    )


def seal(key: Key, plaintext: bytes, *context: Part) -> bytes:
    """Seal `plaintext` so that it opens under `key` and with the same `context` only.

    The result is `OVERHEAD_BYTES` longer than the plaintext. The context is the place: what kind
    of thing, workspace, table, row, field.
    """
    opening = head(AES_256_GCM, key.generation)
    nonce = os.urandom(_NONCE_BYTES)
    data = key.cipher.encrypt(nonce, plaintext, bind(_FORMAT, opening, *context))
    return opening + nonce + data


class Sealer:
    """`seal` many times under one key, in places that begin alike; what is alike is bound once."""

    def __init__(self, key: Key, *beginning: Part) -> None:
        """`beginning`: the first parts of every place."""
        # The key too: what a cipher holds, no search of the memory for left-over keys would find.
        self._key, self._cipher = key, AESGCM(key.secret)
        self._opening = head(AES_256_GCM, key.generation)
        self._bound = bind(_FORMAT, self._opening, *beginning)

    def seal(self, plaintext: bytes, *rest: Part) -> bytes:
        """What `seal` gives for the place of the beginning and these parts."""
        nonce = os.urandom(_NONCE_BYTES)
        data = self._cipher.encrypt(nonce, plaintext, self._bound + bind(*rest))
        return self._opening + nonce + data


def unseal(keys: Mapping[int, Key], data: bytes, *context: Part) -> bytes:
    """The plaintext that was sealed with this `context`, by the key its header names.

    Raises:
        CannotOpen: wrong key, moved, relabelled, cut short, unknown version or generation.
    """
    generation = generation_of(data, AES_256_GCM)
    key = keys.get(generation)
    if key is None:
        raise unknown_generation(generation)
    start = HEAD_BYTES + _NONCE_BYTES
    bound = bind(_FORMAT, data[:HEAD_BYTES], *context)
    try:
        return key.cipher.decrypt(data[HEAD_BYTES:start], data[start:], bound)
    except (InvalidTag, ValueError):
        raise does_not_open() from None


def does_not_open() -> CannotOpen:
    """The error for bytes that the named key does not open at this place."""
    return CannotOpen(
        "sealed bytes do not open here: they were changed or moved, or the key is another; "
        "check whether the row was copied or restored from elsewhere, and the key directory"
    )


def _encoded(part: Part) -> tuple[bytes, bytes]:
    if isinstance(part, bytes):
        return b"b", part
    if type(part) is int:
        return b"i", part.to_bytes(part.bit_length() // 8 + 1, "big", signed=True)
    if isinstance(part, str):
        return b"s", part.encode("utf-8", "surrogatepass")
    if isinstance(part, UUID):
        return b"u", part.bytes
    raise TypeError(f"cannot bind a {type(part).__name__}")
