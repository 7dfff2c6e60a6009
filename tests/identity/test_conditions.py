"""Conditions: what holds between two, asked one by one and of millions, written and read back."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.conditions import (
    Alike,
    All,
    Among,
    Any,
    Condition,
    Crossed,
    DateParts,
    DateSwapped,
    Differ,
    Initial,
    Lacks,
    Near,
    Nickname,
    Otherwise,
    PartOf,
    Same,
    condition_document,
    parse_condition,
)
from identity.engines.deciding import Asked, bounds
from identity.features import Told
from tests.identity.near import VALUES, both_ways, columns, crowds

TEXTS = st.sampled_from(sorted({*VALUES} - {"birth_date"}))
DATES = st.just("birth_date")
ATOMS: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Same, TEXTS | DATES),
    st.builds(Differ, TEXTS | DATES),
    st.builds(Lacks, TEXTS | DATES),
    st.builds(Alike, TEXTS, st.sampled_from(["jaro_winkler", "jaro"]),
              st.sampled_from([0.0, 0.8, 0.88, 0.9, 0.92, 0.933333333, 0.944444444, 1.0])),
    st.builds(Near, TEXTS | DATES,
              st.sampled_from(["osa", "levenshtein", "damerau_levenshtein"]), st.integers(0, 3)),
    st.builds(Nickname, st.sampled_from(["given_name", "family_name"])),
    st.builds(Initial, TEXTS),
    st.builds(PartOf, st.sampled_from(["family_words", "middle_names", "company"])),
    st.builds(DateSwapped, DATES),
    st.builds(DateParts, DATES, st.integers(0, 3)),
    st.builds(Crossed, st.just("given_name"), st.just("family_name")),
    st.builds(Among, st.just("given_name"), st.just("middle_names")),
    st.just(Otherwise()),
)  # fmt: skip
CONDITIONS = st.recursive(
    ATOMS,
    lambda parts: (
        st.lists(parts, min_size=1, max_size=3)
        .map(tuple)
        .flatmap(lambda found: st.sampled_from([All(found), Any(found)]))
    ),
    max_leaves=6,
)


def holds(condition: Condition, a: dict[str, str], b: dict[str, str]) -> bool:
    """Whether it holds, which is the same the other way round."""
    assert condition.holds(a, b) == condition.holds(b, a)
    return condition.holds(a, b)


@pytest.mark.parametrize(
    ("condition", "a", "b", "expected"),
    [
        (Same("x"), "ada", "ada", True),
        (Same("x"), "ada", "adam", False),
        (Differ("x"), "ada", "adam", True),
        (Differ("x"), "ada", "ada", False),
        (Alike("x", "jaro_winkler", 0.92), "martha", "marhta", True),
        (Alike("x", "jaro_winkler", 0.8), "aaaa", "aababb", True),
        (Alike("x", "jaro", 0.92), "ada", "zoe", False),
        (Near("x", "osa", 1), "123", "132", True),
        (Near("x", "levenshtein", 1), "123", "132", False),
        (Near("x", "levenshtein", 0), "123", "123", True),
        (Nickname("x"), "bob", "robert", True),
        (Nickname("x"), "bob", "rob", True),
        (Nickname("x"), "ada", "robert", False),
        (Initial("x"), "a", "ada", True),
        (Initial("x"), "a", "bob", False),
        (Initial("x"), "adam", "ada", False),
        (PartOf("x"), "quell", "quell ofen", True),
        (PartOf("x"), "ofen quell", "quell ofen", True),
        (PartOf("x"), "ofen", "quell", False),
        (DateSwapped("x"), "1984-05-12", "1984-12-05", True),
        (DateSwapped("x"), "1984-05-12", "1985-12-05", False),
        (DateSwapped("x"), "1984-05", "1984-05", False),
        (DateParts("x", 3), "1984-05-12", "1984-05-12", True),
        (DateParts("x", 3), "1984-05", "1984-05", False),
        (DateParts("x", 2), "1984-05-12", "1961-05-12", True),
        (DateParts("x", 2), "1984-05-12", "1961-06-12", False),
        (DateParts("x", 1), "1984-05-12", "1984", True),
        (DateParts("x", 1), "1984", "1985", False),
        (DateParts("x", 0), "1984-05-12", "1999-01-01", True),
        (DateParts("x", 0), "1984-05-12", "1999", False),
    ],
)  # fmt: skip
def test_a_condition_holds_or_not(condition: Condition, a: str, b: str, expected: bool) -> None:
    assert holds(condition, {"x": a}, {"x": b}) is expected
    assert not holds(condition, {}, {"x": b})
    assert not holds(condition, {}, {})


def test_silence_meets_only_the_condition_that_asks_for_it() -> None:
    said, silent = {"x": "ada"}, {"y": "ada"}

    assert holds(Lacks("x"), said, silent)
    assert holds(Lacks("x"), silent, silent)
    assert not holds(Lacks("x"), said, said)
    assert holds(Otherwise(), said, silent)


def test_names_cross_and_second_names_are_found() -> None:
    ada, turned = {"g": "ada", "f": "quell"}, {"g": "quell", "f": "ada"}

    assert holds(Crossed("g", "f"), ada, turned)
    assert not holds(Crossed("g", "f"), ada, ada)
    assert not holds(Crossed("g", "f"), ada, {"g": "quell"})
    assert not holds(Crossed("g", "f"), {"g": "ada", "f": "ada"}, {"g": "ada", "f": "ada"})
    assert holds(Among("g", "m"), {"g": "robert"}, {"g": "ada", "m": "zoe robert"})
    assert not holds(Among("g", "m"), {"g": "rob"}, {"g": "ada", "m": "zoe robert"})
    assert not holds(Among("g", "m"), {"g": "robert"}, {"m": "robert"})


@given(CONDITIONS, crowds())
def test_of_many_pairs_the_same_holds_as_of_each(condition: Condition, told: list[Told]) -> None:
    a, b = both_ways(len(told))
    asked = Asked(columns(told), a, b, bounds(condition))

    found = asked.holds(condition, np.arange(len(a)))

    one_by_one = [condition.holds(told[i], told[j]) for i, j in zip(a, b, strict=True)]
    assert found.tolist() == one_by_one


@given(CONDITIONS)
def test_a_condition_is_its_document(condition: Condition) -> None:
    assert parse_condition(condition_document(condition), "when") == condition


@given(CONDITIONS, crowds(2))
def test_what_a_condition_does_not_read_does_not_matter(
    condition: Condition, told: list[Told]
) -> None:
    a, b = ({name: one[name] for name in one if name in condition.features} for one in told[:2])

    assert condition.holds(a, b) == condition.holds(*told[:2])


def test_what_is_no_condition_cannot_be_asked() -> None:
    with pytest.raises(TypeError, match="str is no condition"):
        Asked({}, np.zeros(0, np.int64), np.zeros(0, np.int64), {})._holds("same", np.arange(0))


def test_conditions_are_values() -> None:
    assert replace(Alike("x", "jaro", 0.9), least=0.8) == Alike("x", "jaro", 0.8)
    assert len({Same("x"), Same("x"), Differ("x")}) == 2
