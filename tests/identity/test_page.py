"""docs/identity.md says what the rules say."""

import json
import re
from pathlib import Path

import pytest

from identity.comparisons import Comparison
from identity.conditions.document import KINDS
from identity.copies import KEPT
from identity.defaults import default_rules
from identity.engines.batch import TOGETHER
from identity.features import ATTRIBUTES
from identity.rules import FORMAT
from identity.strict import mapping

PAGE = (Path(__file__).parents[2] / "docs" / "identity.md").read_text()
BARE = "".join(PAGE.split())
RULES = default_rules()
TYPES = mapping(RULES.document["types"], "types")
PHONE = [item.name for item in RULES.comparisons].index("phone")


@pytest.mark.parametrize("name", [*RULES.types, *ATTRIBUTES, *KINDS])
def test_every_type_attribute_and_condition_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("comparison", RULES.comparisons, ids=lambda item: str(item.name))
def test_every_level_of_every_comparison_is_on_the_page_in_its_order(
    comparison: Comparison,
) -> None:
    rows = re.findall(r"^\| (`.*`) \| (.*) \|$", PAGE, re.MULTILINE)

    (row,) = (
        told for names, told in rows if f"`{comparison.name}`" in names and "different" in told
    )
    levels = [re.sub(r" \(.*", "", level) for level in re.split(r", (?![^(]*\))", row)]
    assert levels == [level.name for level in comparison.levels]


@pytest.mark.parametrize(
    "part",
    [
        RULES.document["clustering"],
        TYPES["email"],
        RULES.comparisons[PHONE].document,
        RULES.blocking[2].document,
    ],
    ids=["clustering", "type", "comparison", "blocking"],
)
def test_what_the_page_shows_of_the_document_is_true(part: object) -> None:
    assert "".join(json.dumps(part).split()) in BARE


def test_the_numbers_on_the_page_are_those_in_force() -> None:
    assert f'"{FORMAT}"' in PAGE
    assert KEPT == 20
    assert "more than twenty records" in PAGE
    assert f"more than {TOGETHER} records" in PAGE
