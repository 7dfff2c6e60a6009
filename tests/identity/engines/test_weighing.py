"""Weights: silent pairs weigh nothing, rare values more, and a household never adds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.engines.agreement import comparisons
from identity.engines.candidates import candidates
from identity.engines.columns import Column, Floats
from identity.engines.features import features
from identity.engines.training import Model, Trained, train
from identity.engines.weighing import (
    ENOUGH_SAID,
    LIKELIEST,
    MILLI,
    Scale,
    Weights,
    expected_prior,
)
from tests.identity.engines.people import Row, every_pair, records, told


def scale(rows: list[Row]) -> tuple[dict[str, Column], Model, Scale]:
    """What the rows taught, ready to weigh them."""
    given_ = records(rows)
    found = features(given_.columns)
    blocked = candidates(found, len(rows), given_.barred)
    levels = [item.compare(found, blocked.a, blocked.b) for item in comparisons(found)]
    model = train(found, len(rows), blocked, levels)
    return found, model, Scale(found, model)


def weighed(rows: list[Row], pairs: list[tuple[int, int]]) -> Weights:
    """The evidence of these pairs, by what all the rows taught."""
    _, _, made = scale(rows)
    a, b = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    return made.weigh(a, made.compare(a, b))


def test_a_pair_that_says_nothing_weighs_nothing() -> None:
    rows = [*told(11, 300, roof=3), {"email": "zu@example.org"}, {"phone": "0612345078"}]
    alone = (len(rows) - 2, len(rows) - 1)

    found = weighed(rows, [alone])

    assert found.said.tolist() == [0]
    assert found.strangers.tolist() == [0.0]
    assert found.inside(-12.0).tolist() == [0]
    assert found.inside(12.0).tolist() == [0]


def test_the_weight_against_strangers_is_the_sum_of_what_levels_and_rarity_say() -> None:
    rows = told(13, 150, roof=3)
    found, model, made = scale(rows)
    a, b = every_pair(25)

    weights = made.weigh(a, made.compare(a, b))

    for place in range(len(a)):
        expected = sum(
            bits(found, item, int(a[place]), int(b[place])) for item in model.comparisons
        )
        assert weights.strangers[place] == pytest.approx(expected)


def bits(found: dict[str, Column], item: Trained, a: int, b: int) -> float:
    """What one comparison says of one pair, without the arrays."""
    (level,) = item.comparison.compare(found, np.array([a]), np.array([b]))
    if level < 0:
        return 0.0
    own = float(np.log2(item.m[level] / item.u[level]))
    if level or item.comparison.exact is None:
        return own
    column = found[item.comparison.exact]
    value = column.values[column.codes[a]]
    told_ = [column.values[code] for code in column.codes if code >= 0]
    others = max(told_.count(value) - 1, 0.5)
    share = (others + 100 * item.u[0]) / (len(told_) + 100)
    return own + min(max(float(np.log2(item.u[0] / share)), -8.0), 6.0)


def test_equal_rare_values_weigh_more_than_equal_common_ones() -> None:
    rows: list[Row] = [{"family_name": "quell"} for _ in range(60)]
    rows += [{"family_name": "ofenmeister"} for _ in range(2)]
    rows += [{"family_name": f"name{number}x"} for number in range(300)]

    common, rare = weighed(rows, [(0, 1), (60, 61)]).strangers

    # Smoothing keeps a value that is seen twice from weighing as if it were certain to be rare.
    assert 3 < rare - common < np.log2(60 / 2)


def test_a_shared_first_name_tells_housemates_apart_the_better_the_rarer_it_is() -> None:
    rows = told(11, 900, roof=3)
    given_ = [row["given_name"] for row in rows]
    by_count = sorted(
        {name for name in given_ if given_.count(name) > 1 and name}, key=given_.count
    )
    pairs = []
    for name in (by_count[0], by_count[-1]):
        first = given_.index(name)
        pairs.append((first, given_.index(name, first + 1)))
    for row in rows:
        row.pop("middle_name", None)
    bare: list[Row] = [
        {"given_name": row["given_name"]} if n in sum(pairs, ()) else row
        for n, row in enumerate(rows)
    ]

    found = weighed(bare, pairs)

    assert found.household is not None
    assert found.household[0] > found.household[1] + 1
    assert found.strangers[0] > found.strangers[1] + 1


bits_ = st.floats(-80, 80)


@given(st.lists(st.tuples(bits_, bits_, st.integers(0, 5)), min_size=1), st.floats(-30, 0))
def test_a_household_never_makes_a_pair_heavier(
    pairs: list[tuple[float, float, int]], prior: float
) -> None:
    strangers, household, said = (np.array(column) for column in zip(*pairs, strict=True))

    with_household = Weights(strangers, household, said)
    without = Weights(strangers, None, said)

    assert (with_household.total(prior) <= without.total(prior) + 1e-9).all()
    assert (with_household.total(prior) <= household + 1e-9).all()
    assert (with_household.inside(prior) <= without.inside(prior)).all()
    for a, b, both in zip(strangers + prior, household, with_household.total(prior), strict=True):
        assert both == pytest.approx(-np.log2(2.0**-a + 2.0**-b), abs=1e-6)


@given(st.lists(st.tuples(bits_, st.integers(0, 6)), min_size=1), st.floats(-30, 0))
def test_the_less_a_pair_says_the_less_the_prior_counts(
    pairs: list[tuple[float, int]], prior: float
) -> None:
    strangers, said = (np.array(column) for column in zip(*pairs, strict=True))

    inside = Weights(strangers, None, said).inside(prior)

    for (weight, told_), got in zip(pairs, inside.tolist(), strict=True):
        expected = (weight + prior * min(told_ / ENOUGH_SAID, 1)) * MILLI if told_ else 0
        assert got == pytest.approx(expected, abs=0.51)


def prior_of(strangers: Floats, size: int) -> float:
    return expected_prior(Weights(strangers, None, np.full(len(strangers), 3)), size)


def test_the_prior_agrees_with_the_number_of_matches_that_it_leads_to() -> None:
    random = np.random.default_rng(3)
    size = 2_000
    strangers = np.concatenate([random.normal(28, 5, 700), random.normal(-6, 5, 30_000)])

    prior = prior_of(strangers, size)

    chance = 1 / (1 + np.exp2(-(strangers + prior)))
    assert prior == pytest.approx(np.log2(chance.sum() / (size * (size - 1) / 2)), abs=0.05)
    assert prior == pytest.approx(np.log2(700 / (size * (size - 1) / 2)), abs=0.3)


def test_the_prior_of_generated_people_is_that_of_the_truth() -> None:
    rows = told(11, 500)
    truth = np.array([row["truth"] for row in rows])
    a, b = every_pair(len(rows))
    _, _, made = scale(rows)

    prior = expected_prior(made.weigh(a, made.compare(a, b)), len(rows))

    assert prior == pytest.approx(np.log2((truth[a] == truth[b]).mean()), abs=0.5)


def test_evidence_that_cannot_bear_out_any_prior_lowers_it_far() -> None:
    size, count = 2_000, 1_000
    pairs = size * (size - 1) / 2
    bits_that_lose_a_fifth = np.log2(0.8 * pairs / count)

    prior = prior_of(np.full(count, bits_that_lose_a_fifth), size)

    assert -np.log2(pairs) <= prior < np.log2(16 / size) - 4


@pytest.mark.parametrize("size", [0, 1, 2, 1_000])
def test_the_prior_is_never_likelier_than_everybody_having_a_few_records(size: int) -> None:
    heavy, nothing = np.full(size * 3, 90.0), np.zeros(0)

    assert prior_of(heavy, size) <= min(LIKELIEST, np.log2(16 / max(size, 1)))
    assert prior_of(nothing, size) <= LIKELIEST
    assert np.isfinite(prior_of(nothing, size))
