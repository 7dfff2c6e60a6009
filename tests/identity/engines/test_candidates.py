"""Blocking equals trying every pair; what is too large is said, never dropped in silence."""

from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.engines import candidates as blocking
from identity.engines.candidates import BLOCK_LIMIT, RULES, VALUE_LIMIT, Candidates, candidates
from identity.engines.columns import Column, Flags, Keys
from identity.engines.features import features
from tests.identity.engines.people import Row, columns, told

Pair = tuple[int, int]


def nobody(a: Keys, _b: Keys) -> Flags:
    return np.zeros(len(a), bool)


def pairs(found: Candidates) -> list[Pair]:
    return list(zip(found.a.tolist(), found.b.tolist(), strict=True))


def parts(row: Row) -> dict[str, str]:
    """Every part of a record that a rule may ask for; plain, one record at a time."""
    born = row.get("birth_date", "")
    own = {name: value for name, value in row.items() if value}
    own |= {
        "given_initial": row.get("given_name", "")[:1],
        "given_start": row.get("given_name", "")[:3],
        "family_start": row.get("family_name", "")[:4],
        "family_initials": row.get("family_name", "")[:2],
        "birth_year": born[:4],
        "birth_month": born[:7] if len(born) > 4 else "",
        "birth_day_month": "".join(sorted((born[5:7], born[8:]))),
        "mailbox": row.get("email", "").partition("@")[0],
        "postcode_area": row.get("postcode", "")[:3],
    }
    if row.get("given_name") and row.get("family_name"):
        own["names"] = " ".join(sorted((row["given_name"], row["family_name"])))
    return {name: value for name, value in own.items() if value}


def by_trying(rows: list[Row]) -> list[Pair]:
    """Pairs that agree in all parts of some rule."""
    held = [parts(row) for row in rows]
    return [
        (a, b)
        for a, b in combinations(range(len(rows)), 2)
        if any(
            all(part in held[a] and held[a][part] == held[b].get(part) for part in rule)
            for rule in RULES
        )
    ]


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
    found = candidates(columns(given_), len(given_), nobody)

    assert pairs(found) == by_trying(given_)
    assert not found.oversized


@given(rows, st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11))))
def test_a_barred_pair_is_no_candidate_and_bars_no_other(
    given_: list[Row], kept_apart: set[Pair]
) -> None:
    def barred(a: Keys, b: Keys) -> Flags:
        couples = zip(a.tolist(), b.tolist(), strict=True)
        return np.array([couple in kept_apart for couple in couples], bool)

    found = candidates(columns(given_), len(given_), barred)

    assert pairs(found) == [pair for pair in by_trying(given_) if pair not in kept_apart]


@given(rows)
def test_a_rule_covers_the_pairs_that_agree_by_it(given_: list[Row]) -> None:
    found = candidates(columns(given_), len(given_), nobody)
    held = [parts(row) for row in given_]

    for rule in found.rules:
        covered = rule.covers(found.a, found.b)

        assert covered.tolist() == [
            all(part in held[a] and held[a][part] == held[b].get(part) for part in rule.parts)
            for a, b in pairs(found)
        ]
        assert covered.sum() == rule.pairs > 0
        assert rule.features <= columns(given_).keys()


def test_candidates_of_many_records_are_all_pairs_of_some_rule_while_the_budget_is_ample() -> None:
    people = told(3, 80)
    found = features(columns(people))
    texts = {name: [*column.values, ""] for name, column in found.items()}
    given_ = [
        {name: texts[name][column.codes[n]] for name, column in found.items()}
        for n in range(len(people))
    ]

    assert pairs(candidates(columns(given_), len(given_), nobody)) == by_trying(given_)


def test_a_value_over_the_limit_is_reported_and_not_compared() -> None:
    numbers = [*["079460011"] * VALUE_LIMIT, *["079460012"] * (VALUE_LIMIT + 1)]

    found = candidates({"phone": Column.of(numbers)}, len(numbers), nobody)

    assert pairs(found) == list(combinations(range(VALUE_LIMIT), 2))
    assert [(item.parts, item.groups, item.records) for item in found.oversized] == [
        (("phone",), 1, VALUE_LIMIT + 1)
    ]


def test_a_block_over_the_limit_is_reported_beside_those_that_are_compared() -> None:
    large = BLOCK_LIMIT + 1
    city = [*["berlin"] * large, *["potsdam"] * 3]
    given_ = {"city": Column.of(city), "given_name": Column.of(["ada"] * len(city))}

    found = candidates(given_, len(city), nobody)

    assert pairs(found) == list(combinations(range(large, large + 3), 2))
    assert [(item.parts, item.groups, item.records) for item in found.oversized] == [
        (("city", "given_name"), 1, large)
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

    found = candidates(given_, size, nobody)

    assert sum(rule.pairs for rule in found.rules) <= blocking.LEAST_BUDGET
    assert 0 < len(found.a) == len(np.unique(found.a * size + found.b))
    assert (found.a < found.b).all()
    assert all(len(rule.parts) > 1 for rule in found.rules)


def test_identifiers_are_compared_before_the_budget_is_spent_on_anything_else() -> None:
    size = 400
    given_ = {
        "email": Column.of([f"p{n // 2}@example.org" for n in range(size)]),
        "family_name": Column.of(["quell"] * 4 + [f"f{n}" for n in range(size - 4)]),
    }

    found = candidates(given_, size, nobody)

    assert found.rules[0].parts == ("email",)


@pytest.mark.parametrize("size", [0, 1, 3])
def test_records_that_say_nothing_have_no_candidates(size: int) -> None:
    assert pairs(candidates({}, size, nobody)) == []
    assert pairs(candidates({"email": Column.of([None] * size)}, size, nobody)) == []
