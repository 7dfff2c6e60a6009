"""The benchmark of the races: what it compares and how it tells."""

import pytest

from benchmarks import __main__ as command
from benchmarks import race, withdrawal_race

COUNTS = {name: 10 * n for n, name in enumerate(race.COUNTS)}


def test_benchmarks_are_listed_and_an_unknown_one_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main([]) == 0
    assert "withdrawal_race" in capsys.readouterr().out
    assert command.main(["nothing"]) == 2
    assert "no benchmark named nothing" in capsys.readouterr().out


def test_a_way_that_a_database_does_not_know_is_left_out_of_its_column() -> None:
    sqlite = {way.name: race.Result(COUNTS, 0) for way in withdrawal_race.WAYS if not way.isolation}
    both = {way.name: race.Result(COUNTS, 7) for way in withdrawal_race.WAYS}
    results = {"SQLite": sqlite, "PostgreSQL": both}

    table = withdrawal_race.as_table(results).grid().splitlines()

    assert len(table) == 2 + len(withdrawal_race.WAYS)
    assert table[2] == "| main first, no fence | 10 of 0 / 10 of 0 | 30 of 20 / 30 of 20 |"
    assert "| n/a / 10 of 0 | n/a / 30 of 20 |" in table[4]
    told = withdrawal_race.as_counts(results)
    assert told["PostgreSQL"]["main first, no fence"] == {**COUNTS, "kills": 7}


def test_only_the_broken_ways_are_put_together_outside_the_platform() -> None:
    protocol = [way for way in withdrawal_race.WAYS if way.withdraw is race.by_the_protocol]
    assert [way.name for way in protocol if way.isolation is None] == [
        "**this protocol**",
        "**this protocol**, withdrawer killed -9 at random",
    ]
