"""Ids: UUIDv7 (RFC 9562 §5.7), which sort by the time they were minted, and keyed ones."""

import secrets
import time
from uuid import UUID

_RANDOM_BITS = 74
_RANDOM_BYTES = 10


def new_id(milliseconds: int | None = None) -> UUID:
    """A fresh UUIDv7; `milliseconds` since the epoch, this moment when not given."""
    stamp = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    noise = secrets.randbits(_RANDOM_BITS)
    rand_a, rand_b = noise >> 62, noise & ((1 << 62) - 1)
    value = (stamp & ((1 << 48) - 1)) << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b
    return UUID(int=value)


def new_ids(count: int) -> list[UUID]:
    """Fresh UUIDv7 of this moment, ascending; the randomness is asked for once."""
    stamp = time.time_ns() // 1_000_000
    fixed = (stamp & ((1 << 48) - 1)) << 80 | 0x7 << 76 | 0b10 << 62
    noise = secrets.token_bytes(_RANDOM_BYTES * count)
    drawn = sorted(
        int.from_bytes(noise[at : at + _RANDOM_BYTES], "big") >> 8 * _RANDOM_BYTES - _RANDOM_BITS
        for at in range(0, len(noise), _RANDOM_BYTES)
    )
    return [UUID(int=fixed | (each >> 62) << 64 | each & ((1 << 62) - 1)) for each in drawn]


def keyed_id(mac: bytes) -> UUID:
    """A UUIDv8 (RFC 9562 §5.8) from at least 16 bytes of a keyed MAC: the same input, the same id.

    Only for keyed MACs: a bare hash of something personal would be personal.
    """
    value = int.from_bytes(mac[:16], "big")
    value = value & ~(0xF << 76) | 0x8 << 76
    value = value & ~(0b11 << 62) | 0b10 << 62
    return UUID(int=value)
