"""Rules learned from records: from where one starts, the same every time."""

from dataclasses import replace

from identity.defaults import default_rules
from identity.engines.columns import Column
from identity.engines.features import features, source_dates
from identity.engines.learning import Learning, learn
from identity.rules import Rules
from tests.identity.engines.people import Row, Silo, Town


def columns(households: int) -> tuple[dict[str, Column], int]:
    """What three silos hold of people who live together."""
    town = Town(5)
    rows = [
        town.copy(person, Silo())
        for _ in range(households)
        for person in town.household(town.random.randint(1, 3))
        for _ in range(3)
    ]
    return read(rows), len(rows)


def read(rows: list[Row]) -> dict[str, Column]:
    raw = {name: Column.of([row[name] for row in rows]) for name in rows[0]}
    return features(raw | {"birth_date": source_dates(raw["birth_date"])})


def taught(start: Rules, households: int = 400) -> Learning:
    found, size = columns(households)
    return learn(found, size, start)


def test_what_is_learned_is_the_same_every_time_and_parses_as_rules() -> None:
    start = default_rules()

    learning = taught(start)

    assert learning == taught(start)
    assert Rules.parse(learning.rules.document) == learning.rules
    assert learning.pairs > 1000


def test_types_keys_and_settings_stay_and_weights_prior_and_counts_are_learned() -> None:
    start = default_rules()

    found = taught(start).rules

    assert (found.types, found.blocking) == (start.types, start.blocking)
    assert found.clustering.edge == start.clustering.edge
    assert -16 < found.clustering.prior < -5
    names = [item.name for item in found.comparisons]
    assert names == [item.name for item in start.comparisons]
    assert found.frequencies["family_name"].records > 1000
    births = next(item for item in found.comparisons if item.name == "birth_date")
    exact = next(level for level in births.levels if level.name == "exact")
    assert 9_000 < exact.weight < 20_000


def test_what_no_record_says_keeps_what_is_believed_of_it_and_is_named() -> None:
    start = default_rules()

    learning = taught(start)

    assert {"passport", "company"} <= set(learning.untrained)
    assert "birth_date" not in learning.untrained
    of = {item.name: item for item in learning.rules.comparisons}
    before = {item.name: item for item in start.comparisons}
    assert [level.m for level in of["passport"].levels] == [
        level.m for level in before["passport"].levels
    ]


def test_without_a_household_class_no_level_knows_of_one() -> None:
    town = Town(6)
    rows = [town.copy(town.person(), Silo()) for _ in range(60) for _ in range(2)]
    found = read(rows)

    learning = learn(found, len(rows), default_rules())

    assert learning.rules.clustering.household is None
    assert not any(level.household for item in learning.rules.comparisons for level in item.levels)
    assert Rules.parse(learning.rules.document) == learning.rules


def test_comparisons_that_were_left_out_are_not_learned() -> None:
    start = default_rules()
    few = replace(start, comparisons=tuple(i for i in start.comparisons if i.name != "phone"))

    assert "phone" not in taught(few).told
