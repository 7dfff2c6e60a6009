"""Conditions asked of many pairs of records at once, with the answers `holds` would give.

Only pairs that are not decided yet are asked, and each distinct pair of values once; of a measure
that several levels ask for, the likeness is found once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process

from identity.comparisons import Comparison
from identity.conditions import (
    Alike,
    All,
    Among,
    Any,
    Condition,
    Crossed,
    DateParts,
    DateSwapped,
    DaysApart,
    Differ,
    Exchanged,
    Initial,
    Lacks,
    Near,
    Never,
    Nickname,
    NumbersApart,
    OfPart,
    Otherwise,
    PartOf,
    Same,
    Says,
)
from identity.conditions.measures import EDITS, MARGIN, SHARES
from identity.engines.columns import Column, Flags, Floats, Keys, Levels, shared_codes
from identity.engines.values import OnValues, between

Columns = Mapping[str, Column]

SILENT: Final = -1
"""In place of a level: one side says nothing."""

_WORKERS: Final = 2
_MANY: Final = 100_000


def levels(comparison: Comparison, found: Columns, a: Keys, b: Keys) -> Levels:
    """The place of the level of every pair of records; `SILENT` where it says nothing."""
    conditions = (comparison.silent, *(level.when for level in comparison.levels))
    asked = Asked(found, a, b, bounds(*conditions))
    undecided = np.arange(len(a))
    answer = np.full(len(a), SILENT, np.int8)
    undecided = undecided[~asked.holds(comparison.silent, undecided)]
    for place, level in enumerate(comparison.levels):
        held = asked.holds(level.when, undecided)
        answer[undecided[held]] = place
        undecided = undecided[~held]
        if not len(undecided):
            break
    return answer


def bounds(*conditions: Condition) -> dict[tuple[str, str], float]:
    """The least likeness that any condition asks of a feature, by feature and measure."""
    found: dict[tuple[str, str], float] = {}

    def walk(condition: Condition) -> None:
        match condition:
            case All(parts) | Any(parts):
                for part in parts:
                    walk(part)
            case Alike(name, measure, least):
                key = (name, measure)
                found[key] = min(least, found.get(key, least))

    for condition in conditions:
        walk(condition)
    return found


@dataclass
class Distinct:
    """Distinct pairs of values of one feature, and which of them each pair of records has."""

    x: Keys
    y: Keys
    place: Keys
    likeness: dict[str, Floats] = field(default_factory=dict)


class Asked:
    """Pairs of records that conditions are asked of."""

    def __init__(
        self, found: Columns, a: Keys, b: Keys, bounds: Mapping[tuple[str, str], float]
    ) -> None:
        self._found, self._a, self._b, self._bounds = found, a, b, bounds
        self._distinct: dict[str, Distinct] = {}

    def holds(self, condition: Condition, at: Keys) -> Flags:
        """Whether it holds, for the pairs at these places."""
        found: Flags = self._holds(condition, at)
        return found

    @singledispatchmethod
    def _holds(self, condition: object, _at: Keys) -> Flags:
        raise TypeError(f"{type(condition).__name__} is no condition")

    @_holds.register
    def _(self, _condition: Otherwise, at: Keys) -> Flags:
        return np.ones(len(at), bool)

    @_holds.register
    def _(self, _condition: Never, at: Keys) -> Flags:
        return np.zeros(len(at), bool)

    @_holds.register
    def _(self, condition: OfPart, at: Keys) -> Flags:
        (name,) = condition.part.features
        column = self._found.get(name)
        if column is None:
            return self._holds(condition.when, at)
        pieces = {**self._found, name: column.piece(condition.part.text, condition.part.piece)}
        inner = Asked(pieces, self._a[at], self._b[at], bounds(condition.when))
        return inner.holds(condition.when, np.arange(len(at)))

    @_holds.register
    def _(self, condition: All, at: Keys) -> Flags:
        held = np.arange(len(at))
        for part in condition.parts:
            held = held[self._holds(part, at[held])]
            if not len(held):
                break
        return _flags(len(at), held)

    @_holds.register
    def _(self, condition: Any, at: Keys) -> Flags:
        held, left = np.zeros(len(at), bool), np.arange(len(at))
        for part in condition.parts:
            now = self._holds(part, at[left])
            held[left[now]] = True
            left = left[~now]
            if not len(left):
                break
        return held

    @_holds.register
    def _(self, condition: Lacks, at: Keys) -> Flags:
        column = self._found.get(condition.feature)
        if column is None:
            return np.ones(len(at), bool)
        lacks: Flags = (column.codes[self._a[at]] < 0) | (column.codes[self._b[at]] < 0)
        return lacks

    @_holds.register
    def _(self, condition: Same, at: Keys) -> Flags:
        ours, theirs = self._codes(condition.feature, at)
        same: Flags = (ours >= 0) & (ours == theirs)
        return same

    @_holds.register
    def _(self, condition: Differ, at: Keys) -> Flags:
        ours, theirs = self._codes(condition.feature, at)
        differ: Flags = (ours >= 0) & (theirs >= 0) & (ours != theirs)
        return differ

    @_holds.register(Crossed | Exchanged)
    def _(self, condition: Crossed | Exchanged, at: Keys) -> Flags:
        first, second = (self._found.get(name) for name in (condition.first, condition.second))
        if first is None or second is None:
            return np.zeros(len(at), bool)
        name = f"codes shared with {condition.second}"
        one, two = first.known(name, lambda _: shared_codes(first, second))
        a, b = self._a[at], self._b[at]
        held: Flags = (one[a] >= 0) & (one[b] >= 0) & (one[a] == two[b]) & (one[b] == two[a])
        return held & (one[a] != one[b]) if isinstance(condition, Crossed) else held

    @_holds.register
    def _(self, condition: Among, at: Keys) -> Flags:
        word, words = self._found.get(condition.word), self._found.get(condition.words)
        if word is None or words is None:
            return np.zeros(len(at), bool)
        held = words.known("words", lambda texts: [frozenset(text.split()) for text in texts])
        a, b = self._a[at], self._b[at]
        both = (word.codes[a] >= 0) & (word.codes[b] >= 0)
        found = np.zeros(len(at), bool)
        for ours, theirs in ((a, b), (b, a)):
            maybe = np.flatnonzero(both & ~found & (words.codes[theirs] >= 0))
            pairs = zip(
                word.texts[word.codes[ours[maybe]]], words.codes[theirs[maybe]], strict=True
            )
            found[maybe] = [text in held[code] for text, code in pairs]
        return found

    @_holds.register(
        Nickname | Initial | PartOf | DateParts | DateSwapped | DaysApart | NumbersApart | Says
    )
    def _(self, condition: OnValues, at: Keys) -> Flags:
        return self._of_values(
            condition.feature,
            at,
            lambda column, pairs: between(condition, column, pairs.x, pairs.y),
        )

    @_holds.register
    def _(self, condition: Alike, at: Keys) -> Flags:
        return self._of_values(
            condition.feature,
            at,
            lambda column, pairs: self._likeness(condition, column, pairs) >= condition.least,
        )

    @_holds.register
    def _(self, condition: Near, at: Keys) -> Flags:
        def near(column: Column, pairs: Distinct) -> Flags:
            edits = process.cpdist(
                _objects(column, pairs.x),
                _objects(column, pairs.y),
                scorer=EDITS[condition.measure].distance,
                score_cutoff=condition.most,
                dtype=np.uint8,
                workers=_WORKERS,
            )
            held: Flags = edits <= condition.most
            return held

        return self._of_values(condition.feature, at, near)

    def _likeness(self, condition: Alike, column: Column, pairs: Distinct) -> Floats:
        """Once for every measure, down to the least that any level asks for."""
        found = pairs.likeness.get(condition.measure)
        if found is None:
            bound = self._bounds[condition.feature, condition.measure]
            likeness: Floats = process.cpdist(
                _objects(column, pairs.x),
                _objects(column, pairs.y),
                scorer=SHARES[condition.measure].similarity,
                score_cutoff=max(0.0, bound - MARGIN),
                dtype=np.float64,
                workers=_WORKERS,
            )
            found = pairs.likeness[condition.measure] = likeness
        return found

    def _of_values(self, feature: str, at: Keys, of: Callable[[Column, Distinct], Flags]) -> Flags:
        """Asked once of each distinct pair of values, and told for the pairs that have it."""
        column = self._found.get(feature)
        if column is None:
            return np.zeros(len(at), bool)
        ours, theirs = column.codes[self._a[at]], column.codes[self._b[at]]
        said = np.flatnonzero((ours >= 0) & (theirs >= 0))
        held = np.zeros(len(at), bool)
        if len(said):
            pairs = self._pairs(feature, column, at[said])
            held[said] = of(column, pairs)[pairs.place[at[said]]]
        return held

    def _pairs(self, feature: str, column: Column, at: Keys) -> Distinct:
        """The distinct pairs of values at these places; those found before, if they are there."""
        known = self._distinct.get(feature)
        if known is not None and (known.place[at] >= 0).all():
            return known
        ours = column.codes[self._a[at]].astype(np.int64)
        theirs = column.codes[self._b[at]].astype(np.int64)
        size = len(column.values)
        key = np.minimum(ours, theirs) * size + np.maximum(ours, theirs)
        distinct, inverse = np.unique(key, return_inverse=True)
        place = np.full(len(self._a), -1)
        place[at] = inverse
        made = Distinct(distinct // size, distinct % size, place)
        self._distinct[feature] = made
        return made

    def _codes(self, feature: str, at: Keys) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        column = self._found.get(feature)
        if column is None:
            nothing = np.full(len(at), -1, np.int32)
            return nothing, nothing
        return column.codes[self._a[at]], column.codes[self._b[at]]


def _objects(column: Column, places: Keys) -> NDArray[np.object_]:
    """Values as objects; of very many values only those that are asked for are made into some."""
    if len(column.values) <= _MANY:
        return column.texts[places]
    asked, place = np.unique(places, return_inverse=True)
    found = np.empty(len(asked), object)
    found[:] = column.packed.take(asked).strings()
    return found[place]


def _flags(size: int, held: Keys) -> Flags:
    found = np.zeros(size, bool)
    found[held] = True
    return found
