"""Weights: silent pairs weigh nothing, rare values more, and a household never adds."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.comparisons import MILLI
from identity.defaults import default_rules
from identity.engines import weighing
from identity.engines.batch import resolve_records
from identity.engines.columns import Column, Floats
from identity.engines.features import features
from identity.engines.weighing import LIKELIEST, Scale, Weights, expected_prior
from identity.frequencies import LEAST_BITS, MOST_BITS, MOST_KEPT, SMOOTHING, Frequencies
from identity.odds import combined
from identity.rules import Rules
from tests.identity.engines.people import Row, every_pair, records, told

SETTINGS = default_rules().clustering


def scale(rows: list[Row]) -> tuple[dict[str, Column], Rules, Scale]:
    """What the rows taught, ready to weigh them."""
    given_ = records(rows)
    rules = resolve_records(given_).rules
    found = features(given_.columns)
    return found, rules, Scale(found, rules)


def weighed(rows: list[Row], pairs: list[tuple[int, int]]) -> Weights:
    """The evidence of these pairs, by what all the rows taught."""
    _, _, made = scale(rows)
    a, b = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    return made.weigh(a, b, made.compare(a, b))


def test_a_pair_that_says_nothing_weighs_nothing() -> None:
    rows = [*told(11, 300, roof=3), {"email": "zu@example.org"}, {"phone": "0612345078"}]
    alone = (len(rows) - 2, len(rows) - 1)

    found = weighed(rows, [alone])

    assert found.said.tolist() == [0]
    assert found.strangers.tolist() == [0]
    for prior in (Decimal(-12), Decimal(12)):
        assert found.inside(replace(SETTINGS, prior=prior)).tolist() == [0]
        assert found.edges(replace(SETTINGS, prior=prior)).tolist() == [0]


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 60), min_size=1))
def test_rarity_is_how_much_less_often_strangers_share_a_value_than_any(
    counts: dict[str, int],
) -> None:
    size, usual = sum(counts.values()), 0.01
    frequencies = Frequencies.of(counts)

    for value, count in counts.items():
        share = (max(count - 1, 0.5) + SMOOTHING * usual) / (size + SMOOTHING)
        bits = min(max(float(np.log2(usual / share)), LEAST_BITS), MOST_BITS)
        assert frequencies.rarity(usual, value) == pytest.approx(bits * MILLI, abs=0.51)
    assert frequencies == Frequencies.parse(frequencies.document, "")


def test_only_the_common_values_are_kept_one_by_one() -> None:
    counts = {f"n{number}": 2 for number in range(MOST_KEPT)} | {"once": 1, "often": 9, "zz": 2}

    found = Frequencies.of(counts)

    assert len(found.counts) == MOST_KEPT
    assert found.counts["often"] == 9
    assert "once" not in found.counts
    assert "zz" not in found.counts
    assert (found.records, found.others) == (2 * MOST_KEPT + 12, 2)
    assert Frequencies.of({}) == Frequencies(0, 1)


def test_a_rare_value_counts_where_both_hold_it_and_nowhere_else() -> None:
    rules = default_rules()
    (given_name,) = (item for item in rules.comparisons if item.name == "given_name")
    # Rare even if it is only similar: nothing but one value on both sides can be rare.
    loose = replace(
        given_name,
        levels=tuple(
            replace(level, rarity=given_name.levels[1].rarity) for level in given_name.levels
        ),
    )
    counts = Frequencies(10**6, 1, {"anna": 10**5})
    column = {"given_name": Column.of(["anna", "anna", "annaa", None])}
    a, b = np.array([0, 0, 0]), np.array([1, 2, 3])
    common, plain = (
        Scale(column, replace(rules, comparisons=(loose,), frequencies=known))
        for known in ({"given_name": counts}, {})
    )

    more = common.weigh(a, b, common.compare(a, b)).strangers
    usual = plain.weigh(a, b, plain.compare(a, b)).strangers

    assert (more - usual).tolist() == [counts.rarity(0.010, "anna"), 0, 0]


def test_equal_rare_values_weigh_more_than_equal_common_ones() -> None:
    rows: list[Row] = [{"family_name": "quell"} for _ in range(60)]
    rows += [{"family_name": "ofenmeister"} for _ in range(2)]
    rows += [{"family_name": f"name{number}x"} for number in range(300)]

    common, rare = weighed(rows, [(0, 1), (60, 61)]).strangers

    # Smoothing keeps a value that is seen twice from weighing as if it were certain to be rare.
    assert 3 * MILLI < rare - common < np.log2(60 / 2) * MILLI


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
    assert found.household[0] > found.household[1] + MILLI
    assert found.strangers[0] > found.strangers[1] + MILLI


milli_ = st.integers(-80_000, 80_000)


@given(st.lists(st.tuples(milli_, milli_, st.integers(0, 5)), min_size=1), st.integers(-30, 0))
def test_a_household_never_makes_a_pair_heavier(
    pairs: list[tuple[int, int, int]], prior: int
) -> None:
    strangers, household, said = (np.array(column) for column in zip(*pairs, strict=True))
    settings = replace(SETTINGS, prior=Decimal(prior), said=1)

    with_household = Weights(strangers, household, said)
    without = Weights(strangers, None, said)

    assert (with_household.edges(settings) <= without.edges(settings)).all()
    assert (with_household.inside(settings) <= without.inside(settings)).all()
    totals = with_household.edges(settings).tolist()
    for (weight, against, told_), total in zip(pairs, totals, strict=True):
        ours, theirs = (weight + settings.edge_prior) / MILLI, against / MILLI
        expected = -float(np.logaddexp2(-ours, -theirs)) * MILLI if told_ else 0
        assert total == pytest.approx(expected, abs=1)
        assert not told_ or total == combined(weight + settings.edge_prior, against)


@given(st.lists(st.tuples(milli_, st.integers(0, 6)), min_size=1), st.integers(-30, 0))
def test_the_less_a_pair_says_the_less_the_prior_counts(
    pairs: list[tuple[int, int]], prior: int
) -> None:
    strangers, said = (np.array(column) for column in zip(*pairs, strict=True))
    settings = replace(SETTINGS, prior=Decimal(prior), inside=Decimal(0))

    inside = Weights(strangers, None, said).inside(settings)

    for (weight, told_), got in zip(pairs, inside.tolist(), strict=True):
        expected = weight + prior * MILLI * min(told_ / settings.said, 1) if told_ else 0
        assert got == pytest.approx(expected, abs=0.51)


def prior_of(strangers: Floats, size: int) -> float:
    whole = np.round(strangers * MILLI).astype(np.int64)
    return expected_prior(Weights(whole, None, np.full(len(strangers), 3, np.int16)), size)


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

    prior = expected_prior(made.weigh(a, b, made.compare(a, b)), len(rows))

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


@given(st.lists(st.none() | st.sampled_from("abcdef"), max_size=30), st.integers(1, 4))
def test_frequencies_of_a_column_are_those_of_its_counted_values(
    given_: list[str | None], most: int
) -> None:
    # A value that nobody holds any more counts for nothing.
    column = Column.of(["gone", *given_]).take(np.arange(1, len(given_) + 1))

    found = weighing.frequencies(column, most)

    assert found == Frequencies.of(Counter(filter(None, given_)), most)


def test_a_comparison_whose_frequencies_are_not_known_weighs_by_its_levels_alone() -> None:
    found, rules, made = scale(told(11, 60, roof=3))
    bare = Scale(found, replace(rules, frequencies={}))
    a, b = every_pair(20)

    compared = made.compare(a, b)

    asked = zip(rules.comparisons, compared, strict=True)
    levels = np.sum(
        [np.array([*(lv.weight for lv in item.levels), 0])[column] for item, column in asked], 0
    )
    assert bare.weigh(a, b, compared).strangers.tolist() == levels.tolist()
