"""What Splink recorded (`make_recorded.py`): a model, records, and the weights it predicted."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np

from identity.engines.candidates import candidates
from identity.engines.columns import Column
from identity.engines.counting import with_counts
from identity.engines.keying import Keyed
from identity.engines.weighing import Scale
from identity.rules import Rules

_FOUND = json.loads(Path(__file__).with_name("recorded.json").read_text("utf-8"))
RECORDS: list[dict[str, str]] = [
    {name: text for name, text in zip(_FOUND["columns"], row, strict=True) if text}
    for row in _FOUND["records"]
]
PLACE = {row["unique_id"]: place for place, row in enumerate(RECORDS)}
WEIGHTS: dict[tuple[int, int], float] = {
    (min(PLACE[a], PLACE[b]), max(PLACE[a], PLACE[b])): bits for a, b, bits in _FOUND["weights"]
}
COLUMNS = {name: Column.of([row.get(name) for row in RECORDS]) for name in _FOUND["columns"][1:]}


def model() -> dict[str, Any]:
    """The model, to be changed."""
    found: dict[str, Any] = copy.deepcopy(_FOUND["model"])
    return found


def one_level(**told: object) -> dict[str, Any]:
    """A model of one comparison; what is told changes its first level."""
    row = {"sql_condition": '"a_l" = "a_r"', "label_for_charts": "same"}
    rest = {"sql_condition": "ELSE", "label_for_charts": "rest"}
    null = {"sql_condition": '"a_l" IS NULL OR "a_r" IS NULL', "is_null_level": True}
    shares = {"m_probability": 0.9, "u_probability": 0.1}
    others = {"m_probability": 0.1, "u_probability": 0.9}
    return {
        "link_type": "dedupe_only",
        "probability_two_random_records_match": 0.01,
        "comparisons": [
            {
                "output_column_name": "a",
                "comparison_levels": [null, row | shares | told, rest | others],
            }
        ],
        "blocking_rules_to_generate_predictions": ['l."a" = r."a"'],
    }


def weighed(rules: Rules, *, count: bool = True) -> dict[tuple[int, int], float]:
    """Every pair of the rules' blocking and what it weighs, in bits."""
    counted = with_counts(rules, COLUMNS) if count else rules
    keyed, nobody = Keyed(COLUMNS), lambda a, _: np.zeros(len(a), bool)
    blocked = candidates(keyed, len(RECORDS), rules.blocking, nobody)
    scale = Scale(COLUMNS, counted)
    weights = scale.weigh(blocked.a, blocked.b, scale.compare(blocked.a, blocked.b))
    pairs = zip(blocked.a.tolist(), blocked.b.tolist(), strict=True)
    return dict(zip(pairs, (weights.edges(rules.clustering) / 1000).tolist(), strict=True))
