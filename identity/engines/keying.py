"""Blocking rules on columns: which rules suit the data, and the number of every record's key.

Which rules are used follows from the data alone: identifiers first, then the rules with the fewest
pairs, as long as a budget of pairs lasts. So small data is compared almost whole, and a million
records in a few million pairs.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from identity import readings
from identity.engines.columns import Column, Spread, merged
from identity.engines.texts import Texts
from identity.keys import NAMES, OF_NAMES, BlockingRule, Part
from identity.library import IDENTIFIERS

_G, _F, _B = readings.GIVEN, readings.FAMILY, readings.BIRTH
_S, _H, _P, _C = readings.STREET, readings.HOUSE, readings.POSTCODE, readings.CITY
_INITIAL, _G3, _F4, _F2 = "given_name:1", "given_name:3", "family_name:4", "family_name:2"
_YEAR, _MONTH, _DAYS = "birth_date:year", "birth_date:month", "birth_date:days"
_MAILBOX, _AREA = "email:mailbox", "postcode:3"

BLOCK_LIMIT: Final = 2_000
VALUE_LIMIT: Final = 60
_BEYOND_ASCII: Final = 128
PAIRS_PER_RECORD: Final = 4
LEAST_BUDGET: Final = 1_500_000

_PARTS: Final[tuple[tuple[str, ...], ...]] = (
    (readings.COMPANY,),
    (NAMES,),
    (NAMES, _B),
    (NAMES, _P),
    (NAMES, _C),
    (NAMES, readings.BIRTH_PLACE),
    (NAMES, readings.COUNTRY),
    (_F, _B),
    (_G, _B),
    (_B,),
    (_B, _P),
    (_B, _C),
    (_B, readings.BIRTH_PLACE),
    (_F, _MONTH),
    (_G, _DAYS),
    (_F, _DAYS),
    (_F2, _INITIAL, _B),
    (_F2, _INITIAL, _MONTH),
    (_DAYS, _P),
    (_DAYS, readings.COUNTRY),
    (_MAILBOX, _G),
    (_MAILBOX, _F),
    (_S, _H),
    (_S, _H, _INITIAL),
    (_S, _G),
    (_S, _F),
    (_H, _F),
    (_H, _G),
    (_H, _P),
    (_H, _F, _P),
    (_H, _G, _P),
    (_P,),
    (_P, _G),
    (_P, _F),
    (_P, _F, _INITIAL),
    (_AREA, _G),
    (_AREA, _F),
    (_C, _G),
    (_C, _F),
    (_C, _G3, _F4),
    (_YEAR, _G3, _F4),
    (_G3, _F4),
    (_F,),
)
RULES: Final = (
    *(BlockingRule.of(name, limit=VALUE_LIMIT) for name in (*IDENTIFIERS, _MAILBOX)),
    *(BlockingRule.of(*parts, limit=BLOCK_LIMIT) for parts in _PARTS),
)
"""Every rule; those whose features are there are considered."""

# Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4), eight buckets a record.
_SCATTER: Final = np.uint32(0x9E3779B1)
_WIDTH: Final = 32
_MOST_BUCKET_BITS: Final = 23
_ENOUGH_KEYS: Final = 100_000


class Keyed:
    """Columns, and the parts of keys made of them, each once."""

    def __init__(self, found: Mapping[str, Column]) -> None:
        self._found = found
        self._parts: dict[Part, Column] = {}

    def serves(self, rule: BlockingRule) -> bool:
        """Whether the columns of a rule are there."""
        return rule.features <= self._found.keys()

    def parts(self, rule: BlockingRule) -> list[Column]:
        """The columns of the parts of a rule."""
        return [self.part(part) for part in rule.parts]

    def part(self, part: Part) -> Column:
        """The column of a part."""
        if part not in self._parts:
            self._parts[part] = self._made(part)
        return self._parts[part]

    def _made(self, part: Part) -> Column:
        if part.text == NAMES:
            return _unordered(*(self._found[name] for name in OF_NAMES))
        column, piece = self._found[part.features[0]], part.piece
        return column if piece is None else _pieces(column, part, piece)


def choose(keyed: Keyed, size: int, spread: Spread = map) -> tuple[BlockingRule, ...]:
    """The rules that suit so many records, cheapest first, within a budget of pairs."""
    rules = [rule for rule in RULES if keyed.serves(rule)]
    counts = spread(_expected, map(keyed.parts, rules), [rule.limit for rule in rules])
    expected = dict(zip(rules, counts, strict=True))
    rules.sort(key=lambda rule: (rule.name not in IDENTIFIERS, expected[rule], rule.name))
    budget, chosen = max(PAIRS_PER_RECORD * size, LEAST_BUDGET), []
    for rule in rules:
        if expected[rule] <= budget:
            budget -= expected[rule]
            chosen.append(rule)
    return tuple(chosen)


def _pieces(column: Column, part: Part, piece: Callable[[str], str]) -> Column:
    """A piece of every value; of those of plain ASCII by their bytes."""
    texts = column.packed
    cut = _cut(texts, part.text.partition(":")[2])
    if cut is None:
        return column.read(piece)
    asked = np.flatnonzero(texts.has(texts.data >= _BEYOND_ASCII))
    place = np.arange(len(texts))
    place[asked] = len(texts) + np.arange(len(asked))
    others = Texts.of([piece(text) for text in texts.take(asked).strings()])
    return column.becoming(cut.and_then(others).take(place) if len(asked) else cut)


def _cut(texts: Texts, piece: str) -> Texts | None:
    """A piece that can be cut by counting; None for one that cannot."""
    if piece == "year":
        return texts.cut(0, len("1990"))
    if piece == "month":
        return texts.cut(0, np.where(texts.sizes > len("1990"), len("1990-01"), 0))
    if piece == "mailbox":
        return texts.cut(0, texts.find(ord("@")))
    if not piece.lstrip("-").isdecimal():
        return None
    count = int(piece)
    return texts.cut(0, count) if count > 0 else texts.cut(np.maximum(texts.sizes + count, 0))


def _unordered(given: Column, family: Column) -> Column:
    """Given and family name in either order."""
    values, one, two = merged(given, family)
    ours, theirs = one.astype(np.int64), two.astype(np.int64)
    key = np.minimum(ours, theirs) * len(values) + np.maximum(ours, theirs)
    key[(ours < 0) | (theirs < 0)] = -1
    known_keys, codes = np.unique(key, return_inverse=True)
    none = int(len(known_keys) > 0 and known_keys[0] < 0)
    return Column([""] * (len(known_keys) - none), (codes - none).astype(np.int32))


def _expected(parts: Sequence[Column], limit: int) -> int:
    """About how many pairs a rule gives, unsorted: groups that share a bucket count as one."""
    said = np.logical_and.reduce([part.codes >= 0 for part in parts])
    mixed = np.zeros(len(said), np.uint32)
    for part in parts:
        mixed ^= part.codes.view(np.uint32)
        mixed *= _SCATTER
        mixed ^= mixed >> np.uint32(15)
    bits = min((8 * len(said) + 1).bit_length(), _MOST_BUCKET_BITS)
    bucket = (mixed * _SCATTER) >> np.uint32(_WIDTH - bits)
    # Whole groups, but not all of them, once there are many.
    share = max(1, int(said.sum()) // _ENOUGH_KEYS)
    said &= bucket < (1 << bits) // share
    held = np.sort(bucket[said])
    sizes = np.diff(np.flatnonzero(np.r_[True, held[1:] != held[:-1], True]))
    sizes = sizes[(sizes > 1) & (sizes <= limit)]
    return int((sizes * (sizes - 1) // 2).sum()) * share
