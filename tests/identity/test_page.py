"""docs/identity.md says what the rules say."""

import json
import re
from pathlib import Path

from identity.comparison import LEVELS
from identity.model import default_parts
from identity.person import ATTRIBUTES
from identity.rules import FORMAT, Rules, default_document

PAGE = (Path(__file__).parents[2] / "docs" / "identity.md").read_text()


def test_every_type_attribute_and_level_is_on_the_page() -> None:
    rules = Rules.parse(default_document())

    for name in (*rules.types, *LEVELS, *ATTRIBUTES):
        assert f"`{name}`" in PAGE, name
    for name, levels in LEVELS.items():
        (row,) = re.findall(rf"^\| `{name}` \| (.*) \|$", PAGE, re.MULTILINE)
        assert [level for level in levels if level not in row] == [], name


def test_the_numbers_on_the_page_are_those_in_force() -> None:
    parts = default_parts()
    email = Rules.parse(default_document()).types["email"]

    assert FORMAT in PAGE
    clustering = re.findall(r'"clustering": (\{.*\}),', PAGE)
    assert [json.loads(found) for found in clustering] == [parts["clustering"]]
    assert f'"weight": {email.weight}, "household_weight": {email.household_weight}' in PAGE
    assert f'"priority": {email.priority}' in PAGE
