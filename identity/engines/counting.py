"""How common values are, counted in the records at hand, where rules ask for counts as they are."""

from dataclasses import replace

from identity.engines.deciding import Columns
from identity.engines.weighing import frequencies
from identity.rules import Rules


def with_counts(rules: Rules, found: Columns) -> Rules:
    """The rules, with the counts that they want and do not bring."""
    wanted = {
        level.rarity.feature
        for item in rules.comparisons
        for level in item.levels
        if level.rarity and level.rarity.counted
    }
    missing = sorted((wanted & found.keys()) - rules.frequencies.keys())
    counted = {name: frequencies(found[name], len(found[name].values)) for name in missing}
    return replace(rules, frequencies={**rules.frequencies, **counted})
