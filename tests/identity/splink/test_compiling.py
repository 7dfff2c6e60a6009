"""SQL of models: what is recognised, what is refused and why, and back into SQL."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.conditions import (
    Alike,
    All,
    Any,
    Condition,
    DaysApart,
    Differ,
    Exchanged,
    Lacks,
    Near,
    Never,
    NumbersApart,
    OfPart,
    Otherwise,
    Same,
    Says,
)
from identity.parts import Part
from identity.splink.compiling import compile_condition
from identity.splink.sql import NotRead
from identity.splink.sqltext import condition_sql

SAID = Any((Same("a"), Differ("a")))
EPOCH = "EPOCH(try_strptime({0}, '%Y-%m-%d'))"
DAYS = f"ABS({EPOCH.format('a_l')} - {EPOCH.format('a_r')})"


def of(part: str, condition: Condition) -> Condition:
    return OfPart(Part(part), condition)


@pytest.mark.parametrize(
    ("sql", "condition"),
    [
        ("ELSE", Otherwise()),
        ("TRUE", Otherwise()),
        ('"a_l" = "a_r"', Same("a")),
        ("a_l == a_r", Same("a")),
        ("A_L = A_R", Same("A")),
        ('"First Name_l" = "First Name_r"', Same("First Name")),
        ("a_r <> a_l", Differ("a")),
        ("a_l != a_r", Differ("a")),
        ("NOT a_l = a_r", Differ("a")),
        ('"a_l" IS NULL OR "a_r" IS NULL', Lacks("a")),
        ("a_r is null or a_l is null or b_l = b_r", Any((Lacks("a"), Same("b")))),
        ("NOT (a_l IS NULL OR a_r IS NULL)", SAID),
        ("NOT (a_l IS NULL OR b_l IS NULL OR a_r IS NULL OR b_r IS NULL)",
         All((SAID, Any((Same("b"), Differ("b")))))),
        ("a_l IS NOT NULL AND a_r IS NOT NULL", SAID),
        ("a_l = 'it''s' AND 'it''s' = a_r", Says("a", "it's")),
        ("a_l = b_r AND a_r = b_l", Exchanged("a", "b")),
        ("b_l = a_r AND b_r = a_l", Exchanged("a", "b")),
        ("lower(a_l) = b_r AND lower(a_r) = b_l", of("a:lower", Exchanged("a", "b"))),
        ("(a_l = a_r AND (b_l = b_r)) AND c_l = c_r", All((Same("a"), Same("b"), Same("c")))),
        ("levenshtein(a_l, a_r) <= 2", Near("a", "levenshtein", 2)),
        ("levenshtein(a_l, a_r) < 2", Near("a", "levenshtein", 1)),
        ("2 >= damerau_levenshtein(a_r, a_l)", Near("a", "damerau_levenshtein", 2)),
        ("jaro_similarity(a_l, a_r) >= 1", Alike("a", "jaro", 1.0)),
        ("0.9 <= jaro_winkler_similarity(a_l, a_r)", Alike("a", "jaro_winkler", 0.9)),
        ("levenshtein(CAST(a_l AS TEXT), a_r::varchar) <= 1", Near("a", "levenshtein", 1)),
        (f"{DAYS} <= 2629800.0", of("a:date", DaysApart("a", 30))),
        (f"{DAYS} < 86400", of("a:date", DaysApart("a", 0))),
        ("ABS(EPOCH(a_l) - EPOCH(a_r)) <= 31557600.0", of("a:date", DaysApart("a", 365))),
        ("try_strptime(a_l, '%Y-%m-%d') IS NULL OR try_strptime(a_r, '%Y-%m-%d') IS NULL",
         of("a:date", Lacks("a"))),
        ("NOT (lower(a_l) IS NULL OR lower(a_r) IS NULL)", of("a:lower", SAID)),
        ("ABS(a_l - a_r) <= 3.5", NumbersApart("a", Decimal("3.5"))),
        ("ABS(CAST(a_l AS INT) - a_r::double) <= 3", NumbersApart("a", Decimal(3))),
        ("NULLIF(regexp_extract(a_l, '^[^@]+', 0), '') = NULLIF(regexp_extract(a_r, '^[^@]+'), '')",
         of("a:mailbox", Same("a"))),
        ("nullif(upper(a_l), '') = nullif(upper(a_r), '')", of("a:upper", Same("a"))),
        ("substr(lower(a_l), 1, 2) = substr(lower(a_r), 1, 2)", of("a:lower:2", Same("a"))),
        ("substring(a_l, 6, 5) = substring(a_r, 6, 5)", of("a:6-10", Same("a"))),
        ("substr(a_l, 1) = substr(a_r, 1)", Same("a")),
        ("substr(a_l, 3) = substr(a_r, 3)", of("a:3-", Same("a"))),
        ("substr(a_l, -3) = right(a_r, 3)", of("a:-3", Same("a"))),
        ("substr(a_l, -3, 3) = substr(a_r, -3, 4)", of("a:-3", Same("a"))),
        ("left(a_l, 4) = substr(a_r, 1, 4)", of("a:4", Same("a"))),
    ],
)  # fmt: skip
def test_conditions_are_recognised(sql: str, condition: Condition) -> None:
    assert compile_condition(sql) == condition


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("", "it ends too early"),
        ("a_l = ", "it ends too early"),
        ("(a_l = a_r", "is expected"),
        ("a_l = a_r a", "was not expected"),
        ("a_l = a_r;", "is not understood"),
        ("a_l = a_r OR ELSE", "was not expected"),
        ("CASE WHEN a_l = a_r THEN 1 END", "was not expected"),
        ("a_l IS b", "'NULL' is expected"),
        ("cast(a_l as 3) = a_r", "a type is expected"),
        ("l.'x' = a_r", "a column is expected"),
        ("NOT " * 60 + "a_l = a_r", "nested too deep"),
        ("(" * 60 + "a_l = a_r" + ")" * 60, "nested too deep"),
        (" " * 20_001, "too long"),
        ("a_l", "no condition"),
        ("a_l < a_r", "no condition"),
        ("epoch() <= 3", r"epoch\(\) is not read"),
        ("lower(a_l)", "no condition"),
        ("a_l - a_r = b_l", "not read"),
        ("a = a_r", "of the left record"),
        ("l.a_l = a_r", "of the left record"),
        ('"a:b_l" = "a:b_r"', "named by letters"),
        ("a_l = b_r", "not treated alike"),
        ("a_l = b_l", "not treated alike"),
        ("a_l <> b_r", "not treated alike"),
        ("a_l IS NULL", "not treated alike"),
        ("a_l IS NULL AND a_r IS NULL", "not treated alike"),
        ("a_l = 'x' OR a_r = 'x'", "not treated alike"),
        ("a_l = 'x' AND a_r = 'y'", "not treated alike"),
        ("a_l = '' AND a_r = ''", "not empty"),
        ("a_l <> 'x' AND a_r <> 'x'", "equality only"),
        ("lower(a_l) = a_r AND lower(a_r) = a_l", "different pieces"),
        ("NOT levenshtein(a_l, a_r) <= 1", "NOT is read of"),
        ("jaccard(a_l, a_r) >= 0.9", r"jaccard\(\) is not read"),
        ("hamming(a_l, a_r) <= 1", r"hamming\(\) is not read"),
        ("array_length(list_intersect(a_l, a_r)) >= 1", r"array_length\(\) is not read"),
        ("jaro_similarity(a_l, a_r) > 0.9", "a similarity is read as"),
        ("jaro_similarity(a_l, a_r) >= 2", "a similarity is read as"),
        ("levenshtein(a_l, a_r) >= 2", "a distance is read as"),
        ("levenshtein(a_l, a_r) = 0", "a distance is read as"),
        ("levenshtein(a_l, a_r) < 0", "no distance"),
        ("levenshtein(a_l, b_r) <= 2", "different columns"),
        ("abs(a_l - a_r) < 3", "a difference is read as"),
        ("abs(a_l - a_r) <= -3", "a difference is read as"),
        ("a_l <= 3", "this is not read"),
        ("3 = 3", "this is not read"),
        ("try_strptime(a_l, '%H') = try_strptime(a_r, '%H')", "of formats of dates"),
        ("nullif(regexp_extract(a_l, 'x'), '') = a_r", "this pattern"),
        ("regexp_extract(a_l, '^[^@]+') = a_r", r"regexp_extract\(\) is not read"),
        ("substr(a_l, 200, 3) = substr(a_r, 200, 3)", "such a piece"),
        ("substr(a_l, 1, 0) = substr(a_r, 1, 0)", "such a piece"),
        ("substr(a_l, -3, 1) = substr(a_r, -3, 1)", "such a piece"),
        ("a_l - 1 = a_r - 1", "this expression is not read"),
    ],
)  # fmt: skip
def test_what_is_not_recognised_is_refused_and_says_why(sql: str, why: str) -> None:
    with pytest.raises(NotRead, match=why):
        compile_condition(sql)


NAMES = st.sampled_from(["a", "b2", "First Name", "c_d"])
PIECES = st.sampled_from(
    ["lower", "upper", "3", "-2", "2-4", "5-", "mailbox", "postcode_area", "postcode_sector"]
)


def _plain(name: str) -> st.SearchStrategy[Condition]:
    return st.one_of(
        st.sampled_from([Same(name), Differ(name), Lacks(name)]),
        st.builds(Alike, st.just(name), st.sampled_from(["jaro", "jaro_winkler"]),
                  st.sampled_from([0.0, 0.7, 0.925, 1.0])),
        st.builds(Near, st.just(name), st.sampled_from(["levenshtein", "damerau_levenshtein"]),
                  st.integers(0, 9)),
        st.builds(Says, st.just(name), st.text("ab' \"", min_size=1, max_size=5)),
        st.builds(NumbersApart, st.just(name), st.integers(0, 10**6 - 1).map(Decimal)),
        st.builds(DaysApart, st.just(name), st.integers(0, 9999)).map(
            lambda days: of(f"{days.feature}:date", days)
        ),
    )  # fmt: skip


def _cut(name: str) -> st.SearchStrategy[Condition]:
    pieces = st.lists(PIECES, min_size=1, max_size=2).map(lambda some: ":".join((name, *some)))
    return st.builds(of, pieces, st.sampled_from([Same(name), Differ(name), Lacks(name)]))


CONDITIONS = st.recursive(
    NAMES.flatmap(lambda name: st.one_of(_plain(name), _cut(name))) | st.just(Exchanged("a", "b2")),
    lambda inner: st.lists(inner, min_size=2, max_size=3).flatmap(
        lambda parts: st.sampled_from([All(tuple(parts)), Any(tuple(parts))])
    ),
    max_leaves=6,
)


def flat(condition: Condition) -> Condition:
    """An AND within an AND is one AND."""
    if not isinstance(condition, All | Any):
        return condition
    parts: list[Condition] = []
    for part in map(flat, condition.parts):
        inner = isinstance(part, All | Any) and type(part) is type(condition)
        parts += part.parts if inner and isinstance(part, All | Any) else [part]
    return type(condition)(tuple(parts))


@given(CONDITIONS)
def test_a_condition_written_as_sql_and_compiled_is_the_same(condition: Condition) -> None:
    assert flat(compile_condition(condition_sql(condition))) == flat(condition)


def test_never_and_always_are_words_of_sql() -> None:
    assert condition_sql(Never()) == "FALSE"
    assert condition_sql(Any((Otherwise(), Same("a")))) == '(TRUE) OR ("a_l" = "a_r")'
