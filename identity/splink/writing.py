"""Rules written as settings that Splink 5 loads, and a list of what they cannot say.

The tables that Splink is given must have the features as columns. A level without words in SQL is
asked as equality, so that the others keep their order and their weights.
"""

from typing import Final

from identity.comparisons import Comparison, Level
from identity.conditions import Condition, Near, Never, Same
from identity.keys import LIMITS, BlockingRule
from identity.rules import Rules
from identity.splink.sqltext import NoSql, condition_sql, part_sql

DIALECT: Final = "duckdb"


def to_splink(rules: Rules, link_type: str) -> tuple[dict[str, object], tuple[str, ...]]:
    """Settings that Splink loads, and what is not carried, in words."""
    left: list[str] = []
    settings: dict[str, object] = {
        "link_type": link_type,
        "sql_dialect": DIALECT,
        "unique_id_column_name": "unique_id",
        "source_dataset_column_name": "source_dataset",
        "probability_two_random_records_match": 1 / (1 + 2 ** -float(rules.clustering.prior)),
        "comparisons": [_comparison(item, left) for item in rules.comparisons],
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": sql, "sql_dialect": DIALECT}
            for item in rules.blocking
            if (sql := _blocking(item, left))
        ],
    }
    return settings, (*left, *_unsaid(rules))


def _comparison(item: Comparison, left: list[str]) -> dict[str, object]:
    levels = [_level(item, level, left) for level in item.levels]
    if not isinstance(item.silent, Never):
        silent = {
            "sql_condition": _asked(item.silent, f"comparison {item.name!r}, when silent", left),
            "label_for_charts": "says nothing",
            "is_null_level": True,
        }
        levels.insert(0, silent)
    return {
        "output_column_name": item.name,
        "comparison_description": item.name,
        "comparison_levels": levels,
    }


def _level(item: Comparison, level: Level, left: list[str]) -> dict[str, object]:
    made: dict[str, object] = {
        "sql_condition": _asked(
            level.when, f"comparison {item.name!r}, level {level.name!r}", left
        ),
        "label_for_charts": level.name,
        "m_probability": float(level.m),
        "u_probability": float(level.u),
    }
    return made | _rarity(level)


def _rarity(level: Level) -> dict[str, object]:
    if level.rarity is None:
        return {}
    counted = level.rarity.counted
    made: dict[str, object] = {
        "tf_adjustment_column": level.rarity.feature,
        "tf_adjustment_weight": float(counted.weight) if counted else 1.0,
    }
    if counted and counted.least:
        made["tf_minimum_u_value"] = float(counted.least)
    if level.when != Same(level.rarity.feature) and (counted is None or counted.usual == level.u):
        made["disable_tf_exact_match_detection"] = True
    return made


def _asked(condition: Condition, path: str, left: list[str]) -> str:
    """SQL of a condition, or of equality in its place."""
    if isinstance(condition, Near) and condition.measure == "osa" and condition.most > 1:
        left.append(f"{path}: as damerau_levenshtein")
    try:
        return condition_sql(condition)
    except NoSql as what:
        left.append(f"{path}: {what}, asked as equality")
        return condition_sql(Same(min(condition.features)))


def _blocking(item: BlockingRule, left: list[str]) -> str | None:
    try:
        return " AND ".join(f"({part_sql(part)})" for part in item.parts)
    except NoSql as what:
        left.append(f"blocking rule {item.name!r}: {what}")
        return None


def _unsaid(rules: Rules) -> list[str]:
    """What Splink has no place for."""
    levels = [level for item in rules.comparisons for level in item.levels]
    told = {
        "the household class": rules.clustering.household is not None,
        "ties of shared identifiers": any(level.bond for level in levels),
        "smoothing of rarity": any(level.rarity and not level.rarity.counted for level in levels),
        "limits of blocking rules": any(item.limit < LIMITS[1] for item in rules.blocking),
        "counted frequencies": bool(rules.frequencies),
    }
    return [what for what, there in told.items() if there]
