"""Expectation maximisation finds the classes that patterns were drawn from."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.engines.columns import Floats, Levels
from identity.engines.mixture import Class, Patterns, learn

SIZES = (3, 2, 2, 4)
PERSON = ((0.85, 0.1, 0.05), (0.95, 0.05), (0.9, 0.1), (0.8, 0.1, 0.05, 0.05))
HOUSEHOLD = ((0.9, 0.05, 0.05), (0.05, 0.95), (0.3, 0.7), (0.02, 0.03, 0.15, 0.8))
STRANGER = ((0.05, 0.05, 0.9), (0.1, 0.9), (0.05, 0.95), (0.01, 0.04, 0.15, 0.8))


def drawn(
    counts: tuple[int, ...], classes: tuple[tuple[tuple[float, ...], ...], ...], silent: float
) -> list[Levels]:
    """Levels of so many pairs of each class; a share of them says nothing."""
    random = np.random.default_rng(7)
    found = []
    for place, size in enumerate(SIZES):
        levels = np.concatenate(
            [
                random.choice(size, count, p=shares[place])
                for count, shares in zip(counts, classes, strict=True)
            ]
        ).astype(np.int8)
        levels[random.random(len(levels)) < silent] = -1
        found.append(levels)
    return found


def shares(of: tuple[tuple[float, ...], ...], toward: float = 0.0) -> tuple[Floats, ...]:
    """The shares, or something between them and knowing nothing."""
    return tuple(np.array(one) * (1 - toward) + toward / len(one) for one in of)


@given(st.lists(st.tuples(*(st.integers(-1, size - 1) for size in SIZES)), min_size=1))
def test_patterns_are_the_distinct_rows_of_levels_with_their_counts(
    rows: list[tuple[int, ...]],
) -> None:
    found = Patterns.of([np.array(column, np.int8) for column in zip(*rows, strict=True)], SIZES)

    counted = dict(zip(map(tuple, found.levels.tolist()), found.counts.tolist(), strict=True))
    assert counted == Counter(rows)


@pytest.mark.parametrize("silent", [0.0, 0.2])
def test_two_classes_are_found_again_when_one_is_known(silent: float) -> None:
    patterns = Patterns.of(drawn((6_000, 14_000), (PERSON, STRANGER), silent), SIZES)
    classes = [Class(shares(PERSON, 0.3)), Class(shares(STRANGER), fixed=True)]

    found = learn(patterns, classes, (0.5, 0.5))

    assert found.sizes == pytest.approx([6_000, 14_000], rel=0.05)
    for learned, true in zip(found.shares[0], PERSON, strict=True):
        assert learned == pytest.approx(true, abs=0.03)
    for kept, true in zip(found.shares[1], STRANGER, strict=True):
        assert kept.tolist() == list(true)


def test_three_classes_are_found_again() -> None:
    patterns = Patterns.of(drawn((8_000, 8_000, 14_000), (PERSON, HOUSEHOLD, STRANGER), 0.0), SIZES)
    classes = [
        Class(shares(PERSON, 0.2), firmness=20),
        Class(shares(HOUSEHOLD, 0.2), firmness=20),
        Class(shares(STRANGER), fixed=True),
    ]

    found = learn(patterns, classes, (0.3, 0.3, 0.4))

    assert found.sizes == pytest.approx([8_000, 8_000, 14_000], rel=0.08)
    for number, true in enumerate((PERSON, HOUSEHOLD)):
        for learned, of_class in zip(found.shares[number], true, strict=True):
            assert learned == pytest.approx(of_class, abs=0.04)


def test_a_comparison_that_is_silent_is_learned_from_the_pairs_that_speak() -> None:
    levels = drawn((6_000, 14_000), (PERSON, STRANGER), 0.0)
    levels[1][::2] = -1

    found = learn(
        Patterns.of(levels, SIZES),
        [Class(shares(PERSON, 0.3)), Class(shares(STRANGER), fixed=True)],
        (0.5, 0.5),
    )

    assert found.shares[0][1] == pytest.approx(PERSON[1], abs=0.03)
    assert found.told[0][1] == pytest.approx(3_000, rel=0.05)
    assert found.told[0][0] == pytest.approx(found.sizes[0])


def test_few_pairs_leave_firm_beliefs_where_they_were_and_many_do_not() -> None:
    believed = shares(PERSON)
    classes = [Class(believed, firmness=50), Class(shares(STRANGER), fixed=True)]

    def learned(pairs: int) -> Floats:
        other = [np.full(pairs, 1 if place == 1 else 0, np.int8) for place in range(len(SIZES))]
        return learn(Patterns.of(other, SIZES), classes, (0.5, 0.5)).shares[0][1]

    assert learned(1) == pytest.approx(PERSON[1], abs=0.03)
    assert learned(5_000)[1] > 0.9


def test_without_pairs_nothing_is_learned() -> None:
    empty = Patterns.of([np.zeros(0, np.int8) for _ in SIZES], SIZES)
    classes = [Class(shares(PERSON), firmness=20), Class(shares(STRANGER), fixed=True)]

    found = learn(empty, classes, (0.3, 0.7))

    assert found.sizes.tolist() == [0, 0]
    for learned, believed in zip(found.shares[0], PERSON, strict=True):
        assert learned == pytest.approx(believed)
