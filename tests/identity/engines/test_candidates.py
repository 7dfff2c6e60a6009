"""Blocking equals trying every pair; what is too large is said, never dropped in silence."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.engines.candidates import RULE_SAMPLE, Candidates, candidates
from identity.engines.columns import Column, Flags, Keys
from identity.engines.features import features
from identity.engines.keying import BLOCK_LIMIT, LEAST_BUDGET, RULES, VALUE_LIMIT, Keyed, choose
from identity.keys import BlockingRule
from tests.identity.engines.people import Row, columns, told

Pair = tuple[int, int]


def nobody(a: Keys, _b: Keys) -> Flags:
    return np.zeros(len(a), bool)


def pairs(found: Candidates) -> list[Pair]:
    return list(zip(found.a.tolist(), found.b.tolist(), strict=True))


def by_trying(rows: list[Row], rules: Sequence[BlockingRule] = RULES) -> list[Pair]:
    """Pairs that agree in all parts of some rule."""
    keys = [
        [rule.key({n: text for n, text in row.items() if text}) for rule in rules] for row in rows
    ]
    return [
        (a, b)
        for a, b in combinations(range(len(rows)), 2)
        if any(ours and ours == theirs for ours, theirs in zip(keys[a], keys[b], strict=True))
    ]


def proposed(found: Mapping[str, Column], size: int) -> Candidates:
    """Candidates by the rules that suit the records."""
    keyed = Keyed(found)
    return candidates(keyed, size, choose(keyed, size), nobody)


rows = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "given_name": st.sampled_from(["ada", "adam", "ben", "quell"]),
            "family_name": st.sampled_from(["quell", "ofen", "ada"]),
            "birth_date": st.sampled_from(
                ["1984-05-17", "1984-05", "1984", "1990-03-04", "1990-04-03"]
            ),
            "email": st.sampled_from(["a@example.org", "a@example.com", "b@example.org"]),
            "phone": st.sampled_from(["079460011", "079460012"]),
            "street": st.sampled_from(["main st", "side st"]),
            "house_number": st.sampled_from(["1", "2"]),
            "postcode": st.sampled_from(["10115", "10117", "80331"]),
            "city": st.sampled_from(["berlin", "munchen"]),
            "company": st.sampled_from(["quell sons"]),
            "device_id": st.sampled_from(["d1", "d2"]),
        },
    ),
    max_size=12,
)


@given(rows)
def test_candidates_are_the_pairs_that_agree_by_some_rule(given_: list[Row]) -> None:
    found = proposed(columns(given_), len(given_))

    assert pairs(found) == by_trying(given_)
    assert not found.oversized


@given(rows, st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11))))
def test_a_barred_pair_is_no_candidate_and_bars_no_other(
    given_: list[Row], kept_apart: set[Pair]
) -> None:
    def barred(a: Keys, b: Keys) -> Flags:
        couples = zip(a.tolist(), b.tolist(), strict=True)
        return np.array([couple in kept_apart for couple in couples], bool)

    keyed = Keyed(columns(given_))
    found = candidates(keyed, len(given_), choose(keyed, len(given_)), barred)

    assert pairs(found) == [pair for pair in by_trying(given_) if pair not in kept_apart]


@given(rows)
def test_a_rule_knows_which_candidates_agree_by_it(given_: list[Row]) -> None:
    found = proposed(columns(given_), len(given_))

    for block in found.blocks:
        own = [pairs(found)[place] for place in block.places]

        assert own == by_trying(given_, [block.rule])
        assert len(own) == block.pairs > 0
        assert block.rule.features <= columns(given_).keys()


def test_of_a_rule_with_very_many_pairs_so_many_are_known_at_even_distances() -> None:
    size = 600
    given_ = {"birth_date": Column.of(["1984-05-17"] * size)}
    rule = BlockingRule.of("birth_date", limit=size)

    found = candidates(Keyed(given_), size, [rule], nobody)

    assert found.blocks[0].pairs == size * (size - 1) // 2 > RULE_SAMPLE
    assert len(np.unique(found.blocks[0].places)) == RULE_SAMPLE


@given(rows)
def test_a_pair_is_found_among_the_candidates_if_it_is_one(given_: list[Row]) -> None:
    found = proposed(columns(given_), len(given_))
    every = list(combinations(range(len(given_)), 2))
    a, b = np.array(every, np.int64).reshape(-1, 2).T

    places = found.places(a, b).tolist() if len(found.a) else [-1] * len(every)

    known = {pair: place for place, pair in enumerate(pairs(found))}
    assert places == [known.get(pair, -1) for pair in every]


def test_candidates_of_many_records_are_all_pairs_of_some_rule_while_the_budget_is_ample() -> None:
    people = told(3, 80)
    found = features(columns(people))
    texts = {name: [*column.values, ""] for name, column in found.items()}
    given_ = [
        {name: texts[name][column.codes[n]] for name, column in found.items()}
        for n in range(len(people))
    ]

    assert pairs(proposed(columns(given_), len(given_))) == by_trying(given_)


def test_a_value_over_the_limit_is_reported_and_not_compared() -> None:
    numbers = [*["079460011"] * VALUE_LIMIT, *["079460012"] * (VALUE_LIMIT + 1)]

    found = proposed({"phone": Column.of(numbers)}, len(numbers))

    assert pairs(found) == list(combinations(range(VALUE_LIMIT), 2))
    assert [(item.rule.name, item.groups, item.records) for item in found.oversized] == [
        ("phone", 1, VALUE_LIMIT + 1)
    ]


def test_a_block_over_the_limit_is_reported_beside_those_that_are_compared() -> None:
    large = BLOCK_LIMIT + 1
    city = [*["berlin"] * large, *["potsdam"] * 3]
    given_ = {"city": Column.of(city), "given_name": Column.of(["ada"] * len(city))}

    found = proposed(given_, len(city))

    assert pairs(found) == list(combinations(range(large, large + 3), 2))
    assert [(item.rule.name, item.groups, item.records) for item in found.oversized] == [
        ("city.given_name", 1, large)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_budget_of_pairs_is_kept(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - names, not secrets
    size = 6_000
    given_ = {
        "given_name": Column.of([f"g{random.randrange(6)}" for _ in range(size)]),
        "family_name": Column.of([f"f{random.randrange(6)}" for _ in range(size)]),
        "birth_date": Column.of([f"{random.randrange(1980, 1990)}-05-17" for _ in range(size)]),
    }

    found = proposed(given_, size)

    assert sum(block.pairs for block in found.blocks) <= LEAST_BUDGET
    assert 0 < len(found.a) == len(np.unique(found.a * size + found.b))
    assert (found.a < found.b).all()
    assert all(len(block.rule.parts) > 1 for block in found.blocks)


def test_identifiers_are_compared_before_the_budget_is_spent_on_anything_else() -> None:
    size = 400
    given_ = {
        "email": Column.of([f"p{n // 2}@example.org" for n in range(size)]),
        "family_name": Column.of(["quell"] * 4 + [f"f{n}" for n in range(size - 4)]),
    }

    found = proposed(given_, size)

    assert found.blocks[0].rule.name == "email"


@pytest.mark.parametrize("size", [0, 1, 3])
def test_records_that_say_nothing_have_no_candidates(size: int) -> None:
    assert pairs(proposed({}, size)) == []
    assert pairs(proposed({"email": Column.of([None] * size)}, size)) == []


def test_a_rule_whose_columns_are_not_there_proposes_nobody() -> None:
    rule = BlockingRule.of("phone", limit=2)

    assert pairs(candidates(Keyed({"email": Column.of(["a", "a"])}), 2, [rule], nobody)) == []
