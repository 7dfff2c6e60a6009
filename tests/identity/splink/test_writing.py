"""Rules as settings for Splink: everything that has words in SQL, and a list of the rest."""

from decimal import Decimal

import pytest

from identity import library
from identity.comparisons import Comparison, Counted, Level, Rarity
from identity.conditions import Condition, Lacks, Near, Nickname, Otherwise, Same
from identity.engines.keying import RULES
from identity.fields import FIELDS
from identity.keys import BlockingRule
from identity.readings import READINGS
from identity.rules import Rules
from identity.settings import Clustering
from identity.splink import Model, to_splink
from identity.splink.sqltext import condition_sql

FEATURES = {name for _, names in READINGS.values() for name in names} | {*FIELDS, "birth_date"}
PLAIN = Clustering(Decimal(-8), Decimal(0), Decimal(0), 1, 300, None)


def ours() -> Rules:
    comparisons = library.library(FEATURES)
    household = Clustering(Decimal(-8), Decimal(1), Decimal(4), 3, 300, Decimal(-1))
    return Rules({}, comparisons, RULES, household)


def one(level: Level) -> Rules:
    rest = Level("rest", Otherwise(), Decimal("0.1"), Decimal("0.9"))
    return Rules({}, (Comparison("a", Lacks("a"), (level, rest)),), (), PLAIN)


def level(when: Condition, rarity: Rarity | None = None) -> Level:
    return Level("first", when, Decimal("0.9"), Decimal("0.1"), rarity=rarity)


def test_what_this_house_compares_has_words_in_sql_but_for_a_few() -> None:
    settings, left = to_splink(ours(), "dedupe_only")

    comparisons = settings["comparisons"]
    blocking = settings["blocking_rules_to_generate_predictions"]
    assert isinstance(comparisons, list)
    assert isinstance(blocking, list)
    assert len(comparisons) == len(ours().comparisons)
    assert all(row["sql_condition"] for item in comparisons for row in item["comparison_levels"])
    assert len(blocking) == len(RULES)
    assert left == (
        "comparison 'given_name', level 'nickname': nickname, asked as equality",
        "the household class",
        "ties of shared identifiers",
        "smoothing of rarity",
        "limits of blocking rules",
    )


def test_the_model_of_our_rules_holds_both() -> None:
    found = Model(ours())

    assert found.document["continuum"] == ours().document
    assert found.document["splink"] == found.splink == to_splink(ours(), "dedupe_only")[0]
    assert "the household class" in found.left_out


@pytest.mark.parametrize("piece", ["sound", "formal"])
def test_a_key_without_words_in_sql_is_left_out(piece: str) -> None:
    rule = BlockingRule.of(f"a:{piece}", limit=1_000_000)
    settings, left = to_splink(Rules({}, (), (rule,), PLAIN), "link_only")

    assert settings["blocking_rules_to_generate_predictions"] == []
    assert left == (f"blocking rule 'a_{piece}': {piece} of a text",)


def test_more_than_one_swap_is_measured_as_near_as_can_be() -> None:
    _, left = to_splink(one(level(Near("a", "osa", 2))), "dedupe_only")

    assert left == ("comparison 'a', level 'first': as damerau_levenshtein",)


@pytest.mark.parametrize(
    ("when", "usual", "alone"),
    [
        (Same("a"), "0.1", False),
        (Near("a", "levenshtein", 1), "0.1", True),
        (Near("a", "levenshtein", 1), "0.2", False),
    ],
)
def test_rarity_counts_from_where_it_did(when: Condition, usual: str, alone: bool) -> None:
    counted = Counted(Decimal(usual), Decimal("0.5"), Decimal("0.01"))

    settings, left = to_splink(one(level(when, Rarity("a", counted=counted))), "dedupe_only")

    row = settings["comparisons"][0]["comparison_levels"][1]  # type: ignore[index]
    assert row["tf_adjustment_column"] == "a"
    assert row["tf_adjustment_weight"] == 0.5
    assert row["tf_minimum_u_value"] == 0.01
    assert row.get("disable_tf_exact_match_detection", False) is alone
    assert left == ()


def test_a_nickname_stands_in_as_equality() -> None:
    settings, _ = to_splink(one(level(Nickname("a"))), "dedupe_only")

    row = settings["comparisons"][0]["comparison_levels"][1]  # type: ignore[index]
    assert row["sql_condition"] == condition_sql(Same("a"))
