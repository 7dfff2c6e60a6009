"""Blocking: which pairs of records are worth comparing.

A rule is a few parts of features; records that agree on all of them are candidates. Which rules are
used follows from the data alone: identifiers first, then the rules with the fewest pairs, as long
as a budget of pairs lasts. So small data is compared almost whole, and a million records in a few
million pairs. A group larger than the limit is not compared by that rule; it is reported, never
silently dropped.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from identity.engines import readings
from identity.engines.columns import Column, Flags, Keys, combined, distinct, groups, pairs_within
from identity.fields import DEVICE_ID, NUMBERS, PAPERS

IDENTIFIERS: Final = (readings.EMAIL, readings.PHONE, *PAPERS, *NUMBERS, DEVICE_ID)
"""Features of which one shared value is enough to compare two records."""

_G, _F, _B = readings.GIVEN, readings.FAMILY, readings.BIRTH
_S, _H, _P, _C = readings.STREET, readings.HOUSE, readings.POSTCODE, readings.CITY
_INITIAL, _G3, _F4, _F2 = "given_initial", "given_start", "family_start", "family_initials"
_YEAR, _MONTH, _DAY_MONTH = "birth_year", "birth_month", "birth_day_month"
_MAILBOX, _AREA, _NAMES = "mailbox", "postcode_area", "names"

_PARTS: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {
    _INITIAL: (_G, lambda text: text[0]),
    _G3: (_G, lambda text: text[:3]),
    _F4: (_F, lambda text: text[:4]),
    _F2: (_F, lambda text: text[:2]),
    _YEAR: (_B, lambda text: text[:4]),
    _MONTH: (_B, lambda text: text[:7] if len(text) > 4 else ""),  # noqa: PLR2004 - more than a year
    _DAY_MONTH: (_B, lambda text: "".join(sorted((text[5:7], text[8:])))),
    _MAILBOX: (readings.EMAIL, lambda text: text.partition("@")[0]),
    _AREA: (_P, lambda text: text[:3]),
}
RULES: Final[tuple[tuple[str, ...], ...]] = (
    *((name,) for name in IDENTIFIERS),
    (readings.COMPANY,),
    (_NAMES,),
    (_NAMES, _B),
    (_NAMES, _P),
    (_NAMES, _C),
    (_NAMES, readings.BIRTH_PLACE),
    (_NAMES, readings.COUNTRY),
    (_F, _B),
    (_G, _B),
    (_B,),
    (_B, _P),
    (_B, _C),
    (_B, readings.BIRTH_PLACE),
    (_F, _MONTH),
    (_G, _DAY_MONTH),
    (_F, _DAY_MONTH),
    (_F2, _INITIAL, _B),
    (_F2, _INITIAL, _MONTH),
    (_DAY_MONTH, _P),
    (_DAY_MONTH, readings.COUNTRY),
    (_MAILBOX,),
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
"""Every rule; those whose features are there are considered."""

PAIRS_PER_RECORD: Final = 4
LEAST_BUDGET: Final = 1_500_000
BLOCK_LIMIT: Final = 2_000
VALUE_LIMIT: Final = 60

# Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4), eight buckets a record.
_SCATTER: Final = np.uint64(0x9E3779B97F4A7C15)
_MOST_BUCKET_BITS: Final = 23
_ENOUGH_KEYS: Final = 100_000


@dataclass(frozen=True)
class Rule:
    """A rule in use: the names of its parts, their columns, and the pairs it gives."""

    parts: tuple[str, ...]
    columns: tuple[Column, ...] = field(repr=False)
    pairs: int

    @property
    def features(self) -> frozenset[str]:
        """The features that its parts are made of."""
        return frozenset(name for part in self.parts for name in _origin(part))

    def covers(self, a: Keys, b: Keys) -> Flags:
        """Which pairs agree by this rule."""
        agree = np.ones(len(a), bool)
        for column in self.columns:
            ours = column.codes[a]
            agree &= (ours >= 0) & (ours == column.codes[b])
        return agree


@dataclass(frozen=True)
class Oversized:
    """Groups that one rule did not compare because they are too large to tell of one person."""

    parts: tuple[str, ...]
    groups: int
    records: int


@dataclass(frozen=True)
class Candidates:
    """Pairs worth comparing (`a` < `b`, each once), the rules that found them, what was left."""

    a: Keys = field(repr=False)
    b: Keys = field(repr=False)
    rules: tuple[Rule, ...]
    oversized: tuple[Oversized, ...]


def candidates(
    found: Mapping[str, Column],
    size: int,
    barred: Callable[[Keys, Keys], Flags],
    standing: Keys | None = None,
) -> Candidates:
    """Pairs of `size` records by the rules that their features allow.

    `barred`: which pairs can be no one, whatever they say (of one source without duplicates).
    `standing`: for how many records, copies that were set apart, each stands; one for itself.
    """
    many = np.ones(size, np.int64) if standing is None else standing
    columns = parts(found)
    rules = [
        (names, tuple(columns[name] for name in names))
        for names in RULES
        if all(name in columns for name in names)
    ]
    expected = {names: _expected(names, used) for names, used in rules}
    rules.sort(key=lambda rule: (not _is_identifier(rule[0]), expected[rule[0]], rule[0]))
    budget = max(PAIRS_PER_RECORD * size, LEAST_BUDGET)
    chosen: list[Rule] = []
    pairs: list[Keys] = []
    oversized: list[Oversized] = []
    for names, used in rules:
        if expected[names] > budget:
            continue
        grouped, over = _grouped(names, used, many)
        a, b = pairs_within(*grouped)
        budget -= len(a)
        oversized += [over] if over else []
        if len(a):
            chosen.append(Rule(names, used, len(a)))
            allowed = ~barred(a, b)
            pairs.append(a[allowed] * size + b[allowed])
    every = distinct(np.concatenate([np.zeros(0, np.int64), *pairs]))
    return Candidates(every // max(size, 1), every % max(size, 1), tuple(chosen), tuple(oversized))


def parts(found: Mapping[str, Column]) -> dict[str, Column]:
    """Features, and the parts of them that rules are made of."""
    columns = dict(found)
    for name, (of, reading) in _PARTS.items():
        if of in found:
            columns[name] = found[of].read(reading)
    if _G in found and _F in found:
        columns[_NAMES] = _unordered(found[_G], found[_F])
    return columns


def _unordered(given: Column, family: Column) -> Column:
    """Given and family name in either order: silos mix them up."""
    known = {value: number for number, value in enumerate(given.values)}
    places = [known.setdefault(value, len(known)) for value in family.values]
    ours = given.codes.astype(np.int64)
    theirs = np.array([*places, -1], np.int64)[family.codes]
    key = np.minimum(ours, theirs) * len(known) + np.maximum(ours, theirs)
    key[(ours < 0) | (theirs < 0)] = -1
    known_keys, codes = np.unique(key, return_inverse=True)
    none = int(len(known_keys) > 0 and known_keys[0] < 0)
    return Column([""] * (len(known_keys) - none), (codes - none).astype(np.int32))


def _origin(part: str) -> tuple[str, ...]:
    if part == _NAMES:
        return _G, _F
    return (_PARTS[part][0],) if part in _PARTS else (part,)


def _is_identifier(names: tuple[str, ...]) -> bool:
    return len(names) == 1 and names[0] in IDENTIFIERS


def _is_value(names: tuple[str, ...]) -> bool:
    """Whether a group of the rule is one value of an identifier."""
    return _is_identifier(names) or names == (_MAILBOX,)


def _limit(names: tuple[str, ...]) -> int:
    return VALUE_LIMIT if _is_value(names) else BLOCK_LIMIT


def _expected(names: tuple[str, ...], columns: Sequence[Column]) -> int:
    """About how many pairs a rule gives, unsorted: groups that share a bucket count as one."""
    key = combined(columns)
    bits = min((8 * len(key) + 1).bit_length(), _MOST_BUCKET_BITS)
    bucket = key[key >= 0].astype(np.uint64) * _SCATTER >> np.uint64(64 - bits)
    # Whole groups, but not all of them, once there are many.
    share = max(1, len(bucket) // _ENOUGH_KEYS)
    bucket = bucket[bucket < (1 << bits) // share]
    sizes = np.bincount(bucket.astype(np.int64))
    sizes = sizes[(sizes > 1) & (sizes <= _limit(names))]
    return int((sizes * (sizes - 1) // 2).sum()) * share


def _grouped(
    names: tuple[str, ...], columns: Sequence[Column], many: Keys
) -> tuple[tuple[Keys, Keys, Keys], Oversized | None]:
    order, starts, sizes = groups(combined(columns))
    # How common a value is, its copies tell too; for a block only those count that are compared.
    whole = sizes
    if _is_value(names) and len(starts):
        total = np.append(0, np.cumsum(many[order]))
        whole = total[starts + sizes] - total[starts]
    large = whole > _limit(names)
    over = Oversized(names, int(large.sum()), int(whole[large].sum())) if large.any() else None
    return (order, starts[~large], sizes[~large]), over
