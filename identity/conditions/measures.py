"""Measures: how alike two texts are, by name; some are shares from 0 to 1, some count edits.

The same functions of rapidfuzz serve one pair and arrays of pairs, so both give one answer.
"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

from rapidfuzz.distance import OSA, DamerauLevenshtein, Jaro, JaroWinkler, Levenshtein

SHARES: Final[Mapping[str, ModuleType | Any]] = {"jaro_winkler": JaroWinkler, "jaro": Jaro}
"""Similarity from 0 to 1: the more the more alike (Jaro 1989; Winkler 1990)."""

EDITS: Final[Mapping[str, ModuleType | Any]] = {
    "osa": OSA,
    "levenshtein": Levenshtein,
    "damerau_levenshtein": DamerauLevenshtein,
}
"""Edits from one text to the other. `osa` counts a swap of neighbours once and edits no text
twice; `damerau_levenshtein` may."""


MARGIN: Final = 1e-6
"""How far below what is asked for a similarity is still found: at the very bound, the cut-off of a
measure may cut or not."""


def share(measure: str, a: str, b: str, least: float) -> float:
    """The similarity of two texts; it may be 0 where it is below `least`."""
    found: float = SHARES[measure].similarity(a, b, score_cutoff=max(0.0, least - MARGIN))
    return found


def edits(measure: str, a: str, b: str, most: int) -> int:
    """The edits between two texts; `most` + 1 for more."""
    found: int = EDITS[measure].distance(a, b, score_cutoff=most)
    return found
