"""Training without labels, judged by a truth that it never sees."""

from dataclasses import dataclass

import numpy as np
import pytest

from identity.comparisons import Comparison
from identity.engines import training
from identity.engines.candidates import RULE_SAMPLE, candidates
from identity.engines.columns import Column, Floats, Keys
from identity.engines.deciding import levels
from identity.engines.features import features
from identity.engines.keying import Keyed, choose
from identity.engines.training import SAMPLE, Belief, train
from identity.library import library
from tests.identity.engines.people import Row, columns, every_pair, records, told


@dataclass(frozen=True)
class Learned:
    """Records, what was learned from them, and the truth."""

    rows: list[Row]
    found: dict[str, Column]
    model: training.Learned

    @classmethod
    def of(cls, rows: list[Row]) -> "Learned":
        """Train on the rows."""
        given = records(rows)
        found = features(given.columns)
        keyed = Keyed(found)
        blocked = candidates(keyed, len(rows), choose(keyed, len(rows)), given.barred)
        items = library(found)
        compared = [levels(item, found, blocked.a, blocked.b) for item in items]
        return cls(rows, found, train(items, found, len(rows), blocked, compared))

    def counted(self, item: Comparison, pairs: tuple[Keys, Keys]) -> Floats:
        """The shares of levels among these pairs."""
        found = levels(item, self.found, *pairs)
        counts = np.bincount(found[found >= 0], minlength=len(item.levels))
        shares: Floats = counts / counts.sum()
        return shares


def m(item: Comparison) -> list[float]:
    return [float(level.m) for level in item.levels]


def u(item: Comparison) -> list[float]:
    return [float(level.u) for level in item.levels]


def household(item: Comparison) -> list[float]:
    return [float(level.household or 0) for level in item.levels]


@pytest.fixture(scope="module", params=[1, 3], ids=["alone", "households"])
def learned(request: pytest.FixtureRequest) -> tuple[int, Learned]:
    """What was learned of people who live alone, and of households of three."""
    return request.param, Learned.of(told(11, 900, roof=request.param))


def test_m_and_u_are_recovered(learned: tuple[int, Learned]) -> None:
    _, here = learned
    truth = np.array([row["truth"] for row in here.rows])
    a, b = every_pair(len(here.rows))
    one = truth[a] == truth[b]

    for item in here.model.comparisons:
        assert m(item) == pytest.approx(here.counted(item, (a[one], b[one])), abs=0.08)
        assert u(item) == pytest.approx(here.counted(item, (a[~one], b[~one])), abs=0.008)
        assert sum(level.m for level in item.levels) == 1
        assert sum(level.u for level in item.levels) == 1
    assert here.model.untrained == ()


def test_a_household_class_is_found_where_there_are_households_and_dropped_where_not(
    learned: tuple[int, Learned],
) -> None:
    roof, here = learned
    if roof == 1:
        assert here.model.household is None
        assert {level.household for it in here.model.comparisons for level in it.levels} == {None}
        return

    truth = np.array([int(row["truth"]) for row in here.rows])
    a, b = every_pair(len(here.rows))
    housemates = (truth[a] // roof == truth[b] // roof) & (truth[a] != truth[b])
    one = truth[a] == truth[b]

    for item in here.model.comparisons:
        counted = here.counted(item, (a[housemates], b[housemates]))
        assert household(item) == pytest.approx(counted, abs=0.08)
    true_odds = np.log2(one.sum() / housemates.sum())
    assert here.model.household == pytest.approx(true_odds, abs=2)


def test_training_twice_gives_the_same_numbers() -> None:
    rows = told(5, 700, roof=2)

    first, second = Learned.of(rows).model, Learned.of(rows).model

    assert len(rows) ** 2 > 2 * SAMPLE
    assert first == second


def test_a_block_of_very_many_pairs_is_sampled_and_teaches_the_same() -> None:
    rows = [row | {"postcode": "10115"} for row in told(11, 300)]
    truth = np.array([row["truth"] for row in rows])
    a, b = every_pair(len(rows))
    one = truth[a] == truth[b]
    assert len(a) > RULE_SAMPLE

    here = Learned.of(rows)

    for item in here.model.comparisons:
        assert m(item) == pytest.approx(here.counted(item, (a[one], b[one])), abs=0.12)
    assert here.model.untrained == ()


def test_what_few_pairs_told_is_said_to_be_untrained_and_stays_near_belief() -> None:
    rows = told(2, 12)

    model = Learned.of(rows).model

    assert set(model.told.values()) == {0}
    for item, believed in zip(model.comparisons, library(features(columns(rows))), strict=True):
        assert m(item) == pytest.approx(Belief.of(believed).m)
        assert u(item) == pytest.approx(Belief.of(believed).u, abs=0.15)


def test_a_column_that_hardly_anybody_fills_is_untrained_beside_others_that_are() -> None:
    rows = told(11, 500)
    for row in rows[:3]:
        row["passport"] = "X123456"

    model = Learned.of(rows).model

    assert model.untrained == ("passport",)
    assert len(model.comparisons) > 5


def test_one_comparison_alone_teaches_nothing() -> None:
    rows = [{"email": f"p{number // 2}@example.org"} for number in range(1_000)]

    model = Learned.of(rows).model

    (item,) = model.comparisons
    assert model.untrained == ("email",)
    assert model.household is None
    # 500 pairs of 499 500, drawn toward what is believed as if that were 300 more.
    assert u(item)[0] == pytest.approx(500 / 499_500, rel=0.01)


@pytest.mark.parametrize("size", [0, 1])
def test_nobody_and_one_record_can_be_trained_on(size: int) -> None:
    rows = told(2, 3)[:size]

    model = Learned.of(rows).model

    assert model.untrained == tuple(item.name for item in model.comparisons)
