"""UUIDv7 (RFC 9562 §5.7): ids that sort by the time they were minted."""

import secrets
import time
from uuid import UUID

_RANDOM_BITS = 74


def new_id(milliseconds: int | None = None) -> UUID:
    """A fresh UUIDv7; `milliseconds` since the epoch, this moment when not given."""
    stamp = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    noise = secrets.randbits(_RANDOM_BITS)
    rand_a, rand_b = noise >> 62, noise & ((1 << 62) - 1)
    value = (stamp & ((1 << 48) - 1)) << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b
    return UUID(int=value)
