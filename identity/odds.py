"""Two odds combined, in whole thousandths of a bit, the same one by one and by the million.

W' = -log2(2^-W + 2^-H): one person must be likelier than two strangers and than two people of one
household. The correction depends on the difference alone, so it is looked up.
"""

from math import log2
from typing import Final

from identity.comparisons import MILLI, bits

CORRECTION: Final = tuple(bits(log2(1 + 2 ** (-far / MILLI))) for far in range(12 * MILLI))
"""What the smaller of two odds loses, by how far they are apart; nothing beyond."""


def combined(strangers: int, household: int) -> int:
    """Both odds as one."""
    low, high = (strangers, household) if strangers < household else (household, strangers)
    far = high - low
    return low - CORRECTION[far] if far < len(CORRECTION) else low
