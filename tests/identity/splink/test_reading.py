"""Models that are not read: each is refused by the name of what is wrong with it."""

from decimal import Decimal
from typing import Any

import pytest

from identity.conditions import Any as AnyOf
from identity.conditions import Lacks, Never
from identity.splink import read_model, read_splink
from identity.strict import InvalidRules
from tests.identity.splink.recorded import one_level


def changed(name: str, value: object) -> dict[str, Any]:
    return one_level() | {name: value}


def with_rows(*rows: object, name: object = "a") -> dict[str, Any]:
    return changed("comparisons", [{"output_column_name": name, "comparison_levels": list(rows)}])


SAME = {"sql_condition": "a_l = a_r", "m_probability": 0.9, "u_probability": 0.1}
REST = {"sql_condition": "ELSE", "m_probability": 0.1, "u_probability": 0.9}
NULL = {"sql_condition": "a_l IS NULL OR a_r IS NULL", "is_null_level": True}
LEVEL = "comparison 'a', level 'same'"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "document: must be an object"),
        ({}, "link_type: must be one of"),
        (changed("link_type", "both"), "link_type: must be one of"),
        (changed("sql_dialect", "spark"), "sql_dialect: must be duckdb"),
        (changed("comparisons", {}), "comparisons: must be a list"),
        (changed("comparisons", [1]), r"comparisons\[0\]: must be an object"),
        (changed("comparisons", one_level()["comparisons"] * 2), "output_column_name must differ"),
        (changed("probability_two_random_records_match", 0), "above 0 and below 1"),
        (changed("probability_two_random_records_match", 1.0), "above 0 and below 1"),
        (changed("probability_two_random_records_match", "x"), "above 0 and below 1"),
        (changed("probability_two_random_records_match", 1e-30), "too small"),
        (with_rows(), "comparison 'a': must have a list"),
        (with_rows(1, REST), "comparison 'a': must be an object"),
        (with_rows(SAME), "comparison 'a': must have 2 to 100 levels"),
        (with_rows(SAME, SAME), "the last of which is ELSE"),
        (with_rows(SAME, NULL, REST), "a null level must come before"),
        (with_rows({"m_probability": 1}, REST), "level 'level 1': must have an sql_condition"),
        (one_level(sql_condition="jaccard(a_l, a_r) >= 0.9"),
         rf"{LEVEL}: is not recognised, jaccard\(\) is not read: jaccard\(a_l, a_r\) >= 0.9"),
        (one_level(sql_condition="f(a_l) " + "x" * 400), "x\u2026$"),
        (one_level(m_probability=None), f"{LEVEL}: has no m_probability; train it"),
        (one_level(u_probability="level not observed in training dataset"), "has no u_probability"),
        (one_level(m_probability=1.5), f"{LEVEL}: m_probability must be above 0 and at most 1"),
        (one_level(u_probability=0), "u_probability must be above 0"),
        (one_level(u_probability=True), "u_probability must be above 0"),
        (one_level(u_probability=[]), "u_probability must be above 0"),
        (one_level(tf_adjustment_column=1), "must name a column"),
        (one_level(tf_adjustment_column="a:b"), "must name a column"),
        (one_level(tf_adjustment_column="b"), "no level is equality"),
        (one_level(tf_adjustment_column="a", tf_adjustment_weight=11), "a number from 0 to 10"),
        (one_level(tf_adjustment_column="a", tf_minimum_u_value="x"), "a number from 0 to 1"),
        (changed("blocking_rules_to_generate_predictions", None), "must be a list"),
        (changed("blocking_rules_to_generate_predictions", [1]), "blocking rule 1: must be SQL"),
        (changed("blocking_rules_to_generate_predictions",
                 [{"blocking_rule": "l.a = r.a", "arrays_to_explode": ["a"]}]), "arrays apart"),
        (changed("blocking_rules_to_generate_predictions",
                 [{"blocking_rule": "l.a = r.a", "sql_dialect": "spark"}]), "SQL of duckdb"),
        *(
            (changed("blocking_rules_to_generate_predictions", ["l.b = r.b", sql]),
             f"blocking rule 2: is not recognised, .*{why}")
            for sql, why in (
                ("l.a = r.b", "different columns"),
                ("l.a = l.a", "different columns"),
                ("l.a = r.a OR l.b = r.b", "only what must be equal"),
                ("l.a = r.a AND levenshtein(l.b, r.b) < 3", "only what must be equal"),
                ("l.names = r.names", "another meaning"),
                ("a_l = a_r", "of the left record"),
                (" AND ".join(f"l.a{n} = r.a{n}" for n in range(21)), "more than 20"),
            )
        ),
    ],
)  # fmt: skip
def test_a_model_that_is_not_read_is_refused_by_name(document: object, message: str) -> None:
    with pytest.raises(InvalidRules, match=message):
        read_splink(document)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"format": "x", "comparisons": []}, "must be a model of Splink"),
        ({"link_type": "dedupe_only"}, "must be a model of Splink"),
        ({"format": "continuum.identity.model/1"}, "must have exactly the fields"),
    ],
)
def test_a_file_that_is_no_model_is_refused(document: object, message: str) -> None:
    with pytest.raises(InvalidRules, match=message):
        read_model(document)


@pytest.mark.parametrize(("field", "value"), [("reads", "x"), ("link_type", "x")])
def test_a_model_of_ours_is_read_strictly(field: str, value: str) -> None:
    document = read_model(one_level()).document | {field: value}

    with pytest.raises(InvalidRules, match=f"{field}: must be"):
        read_model(document)


def test_what_is_not_trained_counts_as_somebody_says() -> None:
    rules, _ = read_splink(one_level(m_probability=None), Decimal("0.25"))

    assert rules.comparisons[0].levels[0].m == Decimal("0.25")
    assert rules.comparisons[0].loose
    assert not read_splink(one_level())[0].comparisons[0].loose


def test_a_share_of_one_is_as_good_as_one() -> None:
    rules, _ = read_splink(one_level(m_probability=1))

    assert rules.comparisons[0].levels[0].weight == 3322


def test_shares_of_the_smallest_are_kept() -> None:
    rules, _ = read_splink(one_level(m_probability=1e-200))

    assert type(rules).parse(rules.document) == rules
    assert rules.comparisons[0].levels[0].weight == -661064


def test_names_are_made_fit_and_labels_different() -> None:
    long = {**SAME, "label_for_charts": "x" * 150}

    rules, _ = read_splink(with_rows(long, long, REST, name="a/b"))
    unnamed, _ = read_splink(with_rows(SAME, REST, name=None))

    assert rules.comparisons[0].name == "a_b"
    assert [level.name for level in rules.comparisons[0].levels] == [
        "x" * 100, "x" * 96 + " (2)", "level 3",
    ]  # fmt: skip
    assert unnamed.comparisons[0].name == "comparison_1"


def test_a_comparison_is_silent_where_its_null_levels_say() -> None:
    other = {"sql_condition": "b_l IS NULL OR b_r IS NULL", "is_null_level": True}

    both = read_splink(with_rows(NULL, other, SAME, REST))[0].comparisons[0]
    never = read_splink(with_rows(SAME, REST))[0].comparisons[0]

    assert both.silent == AnyOf((Lacks("a"), Lacks("b")))
    assert never.silent == Never()
    assert never.level({}, {}) == 1


def test_how_rare_a_value_is_counts_from_the_level_of_equality() -> None:
    near = {
        "sql_condition": "levenshtein(a_l, a_r) <= 1",
        "m_probability": 0.05,
        "u_probability": 0.3,
        "tf_adjustment_column": '"a"',
    }
    alone = near | {"disable_tf_exact_match_detection": True}
    rest = REST | {"tf_adjustment_column": "a"}

    rules, _ = read_splink(with_rows(SAME, near, alone, rest))

    _, one, other, last = rules.comparisons[0].levels
    found = [level.rarity and level.rarity.counted for level in (one, other)]
    assert [counted and counted.usual for counted in found] == [Decimal("0.1"), Decimal("0.3")]
    assert last.rarity is None


def test_blocking_rules_are_read_as_parts() -> None:
    rules = [
        {"blocking_rule": "(l.a = r.a) AND (substr(r.b, 1, 3) = substr(l.b, 1, 3))"},
        "l.a = r.a AND l.a = r.a",
    ]

    found, _ = read_splink(changed("blocking_rules_to_generate_predictions", rules))

    assert [[part.text for part in rule.parts] for rule in found.blocking] == [["a", "b:3"], ["a"]]
