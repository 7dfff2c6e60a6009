"""Conditions on pieces, days and numbers: two at a time and millions at once say the same."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.comparisons import Comparison, Counted, Level, Rarity
from identity.conditions import (
    Alike,
    All,
    Condition,
    Crossed,
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
    condition_document,
    parse_condition,
)
from identity.conditions import (
    Any as AnyOf,
)
from identity.engines.columns import Column
from identity.engines.counting import with_counts
from identity.engines.deciding import levels
from identity.engines.weighing import Scale
from identity.frequencies import Frequencies
from identity.keys import BlockingRule
from identity.parts import Part
from identity.rules import Rules
from identity.settings import Clustering
from identity.splink.sqltext import NoSql, part_sql
from identity.strict import InvalidRules

TEXTS = [
    "1990-01-05", " 1990-1-5 ", "1990-02-30", "0000-01-01", "1990-13-01", "1992-01-05", "3.5", "-4",
    "+4", ".5", "1e1", "nan", "Ada@example.org", "ada@else.net", "ada", "aad", "@x", "QX1 2AB",
    "qx12 3AB", "QX1", "05/01/1990", "19900105", "5.", "s\u00e9ba", "SEBA",
]  # fmt: skip
PIECES = [
    "year", "month", "days", "mailbox", "sound", "formal", "lower", "upper", "date", "date_dmy",
    "date_mdy", "date_digits", "postcode_area", "postcode_district", "postcode_sector", "3", "-2",
    "2-4", "3-", "lower:2", "mailbox:upper:-1",
]  # fmt: skip
PLAIN: list[Condition] = [
    Same("a"), Differ("a"), Lacks("a"), Never(), Otherwise(), DaysApart("a", 31),
    NumbersApart("a", Decimal("1.5")), Says("a", "ada"), Crossed("a", "b"), Exchanged("a", "b"),
    Alike("a", "jaro_winkler", 0.85), Near("a", "levenshtein", 1),
]  # fmt: skip
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.sampled_from(PLAIN),
    lambda inner: st.one_of(
        st.builds(OfPart, st.sampled_from([Part(f"a:{piece}") for piece in PIECES]), inner),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
    ),
    max_leaves=4,
)
ROWS = st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys("ab", st.sampled_from(TEXTS))),
    min_size=2,
    max_size=6,
)
HALF = Decimal("0.5")
NONE = Clustering(Decimal(0), Decimal(0), Decimal(0), 1, 300, None)


def asked(when: Condition, rarity: Rarity | None = None) -> Comparison:
    return Comparison(
        "a",
        Never(),
        (Level("held", when, HALF, HALF, rarity=rarity), Level("rest", Otherwise(), HALF, HALF)),
    )


@given(CONDITIONS, ROWS)
def test_a_condition_holds_of_two_as_it_does_of_many(
    condition: Condition, rows: list[dict[str, str]]
) -> None:
    named = {name for row in rows for name in row}
    found = {name: Column.of([row.get(name) for row in rows]) for name in named}
    a, b = np.triu_indices(len(rows), 1)

    held = levels(asked(condition), found, a.astype(np.int64), b.astype(np.int64)) == 0

    expected = [condition.holds(rows[i], rows[j]) for i, j in zip(a, b, strict=True)]
    assert held.tolist() == expected
    assert [condition.holds(rows[j], rows[i]) for i, j in zip(a, b, strict=True)] == expected


@given(CONDITIONS)
def test_a_condition_is_what_its_document_says(condition: Condition) -> None:
    assert parse_condition(condition_document(condition), "") == condition
    assert condition.features <= {"a", "b"}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"of_part": {"part": "a", "when": "never"}}, "x.of_part.part"),
        ({"of_part": {"part": "a:shoe", "when": "never"}}, "x.of_part.part"),
        ({"of_part": {"part": "a:9-3", "when": "never"}}, "x.of_part.part"),
        ({"of_part": {"part": 1, "when": "never"}}, "x.of_part.part"),
        ({"of_part": {"part": "a:lower"}}, "x.of_part"),
        ({"days_apart": {"feature": "a", "most": -1}}, "x.days_apart.most"),
        ({"numbers_apart": {"feature": "a", "most": 1}}, "x.numbers_apart.most"),
        ({"says": {"feature": "a", "value": ""}}, "x.says.value"),
        ({"exchanged": ["a"]}, "x.exchanged"),
        ({"all": []}, "x.all"),
        ({"shoe": "a"}, "x"),
    ],
)
def test_a_condition_that_is_none_is_refused_by_its_path(document: object, path: str) -> None:
    with pytest.raises(InvalidRules) as refused:
        parse_condition(document, "x")

    assert refused.value.path == path


def test_what_is_no_condition_has_no_document() -> None:
    nothing: Any = None

    with pytest.raises(TypeError):
        condition_document(nothing)


def test_days_that_are_not_in_the_calendar_are_near_none() -> None:
    near = DaysApart("a", 31)

    assert near.holds({"a": "1990-01-05"}, {"a": "1990-02-05"})
    assert not near.holds({"a": "1990-02-30"}, {"a": "1990-02-28"})
    assert not near.holds({"a": "1990-02-30"}, {"a": "1990-02-30"})
    assert not near.holds({"a": "1990"}, {"a": "1990"})


def test_a_comparison_of_pieces_is_about_the_whole() -> None:
    when = OfPart(Part("a:3"), Same("a"))

    assert asked(when).subject == {"a"}


def test_shares_that_do_not_add_up_are_taken_only_if_somebody_gave_them() -> None:
    document = asked(Same("a")).document
    document["levels"][0]["m"] = "0.9"  # type: ignore[index]

    with pytest.raises(InvalidRules, match="must add up to 1"):
        Comparison.parse(document, "x")
    found = Comparison.parse(document | {"loose": True}, "x")
    assert found.loose
    assert Comparison.parse(found.document, "x") == found


@pytest.mark.parametrize("piece", PIECES)
def test_keys_and_conditions_cut_the_same_pieces(piece: str) -> None:
    part = Part.parse(f"a:{piece}", "")
    rule = BlockingRule("rule", (part,), 10)

    for text in TEXTS:
        expected = bool(rule.key({"a": text}))
        assert OfPart(part, Same("a")).holds({"a": text}, {"a": text}) is expected


def test_parts_have_sql_or_say_that_they_have_none() -> None:
    wordless = set()
    for piece in PIECES:
        try:
            assert part_sql(Part(f"a:{piece}")).count("a") >= 2
        except NoSql:
            wordless.add(piece)

    assert wordless == {"sound", "formal"}


@given(
    st.lists(st.none() | st.sampled_from(["x", "y", "z", "w"]), min_size=2, max_size=12),
    st.sampled_from(["0", "0.3"]),
    st.sampled_from(["0", "0.5", "1"]),
)
def test_rarity_as_counted_is_that_of_the_more_common_value(
    texts: list[str | None], least: str, weight: str
) -> None:
    found = {"a": Column.of(texts)}
    counted = Counted(Decimal("0.25"), Decimal(weight), Decimal(least))
    rules = Rules({}, (asked(Otherwise(), Rarity("a", counted=counted)),), (), NONE)
    a, b = np.triu_indices(len(texts), 1)

    scale = Scale(found, with_counts(rules, found))
    weights = scale.weigh(a, b, scale.compare(a, b)).strangers.tolist()

    said = [text for text in texts if text]
    for i, j, bits in zip(a, b, weights, strict=True):
        counts = [said.count(text) for text in (texts[i], texts[j]) if text]
        share = max(max(counts) / len(said), float(least)) if counts else 0
        expected = float(weight) * np.log2(0.25 / share) if share else 0
        assert bits / 1000 == pytest.approx(expected, abs=0.001)


def test_counts_that_rules_bring_are_kept() -> None:
    found = {"a": Column.of(["x", "x", "y"])}
    counted = Counted(HALF, Decimal(1), Decimal(0))
    brought = {"a": Frequencies(10, 1, {"x": 5})}
    rules = Rules({}, (asked(Same("a"), Rarity("a", counted=counted)),), (), NONE, brought)

    assert with_counts(rules, found) == rules
    assert Rules.parse(rules.document) == rules
    assert Frequencies(0, 0, {}).counted(counted, 0) == 0
