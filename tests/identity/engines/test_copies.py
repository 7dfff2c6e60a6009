"""Records that say the same: the first few are resolved, the others follow."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from identity.copies import KEPT
from identity.engines.batch import TOGETHER, resolve_records
from identity.engines.columns import Column
from identity.engines.copies import part_copies
from tests.identity.engines.people import Row, partition, records, told

TWO = st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["x", None])))


def columns(rows: list[tuple[str | None, str | None]]) -> dict[str, Column]:
    return {name: Column.of([row[n] for row in rows]) for n, name in enumerate(("one", "two"))}


@given(TWO.map(lambda rows: rows * 12), st.randoms(use_true_random=False))
def test_all_but_the_first_copies_follow_the_first_two_that_say_the_same(
    rows: list[tuple[str | None, str | None]], random: object
) -> None:
    size = len(rows)

    found = part_copies(columns(rows), size, np.zeros(size, bool))

    seen: dict[tuple[str | None, str | None], list[int]] = {}
    for number, row in enumerate(rows):
        seen.setdefault(row, []).append(number)
    assert found.kept.tolist() == sorted(n for same in seen.values() for n in same[:KEPT])
    assert sorted(found.left) == sorted(n for same in seen.values() for n in same[KEPT:])
    for left, first, second in zip(found.left, found.first, found.second, strict=True):
        same = seen[rows[left]]
        assert [found.kept[first], found.kept[second]] == same[:2]


def test_without_features_nobody_is_a_copy_that_matters() -> None:
    found = part_copies({}, 3, np.zeros(3, bool))

    assert (found.kept.tolist(), found.left.tolist()) == ([0, 1, 2], [])


def copied(row: Row, times: int) -> list[Row]:
    return [dict(row) for _ in range(times)]


def test_a_thousand_copies_of_a_person_are_one_person() -> None:
    rows = told(11, 300)
    many = copied(rows[0], TOGETHER + 700)

    found = resolve_records(records([*rows, *many]))

    assert len({*found.person[len(rows) :].tolist()}) == 1
    assert found.parted == ()
    assert (found.weight[len(rows) :] > 0).all()


def test_a_thousand_visitors_from_one_city_are_a_thousand_visitors() -> None:
    rows = told(11, 300)
    city = next(row["city"] for row in rows if row["city"])
    visitors: list[Row] = [{**dict.fromkeys(rows[0], ""), "city": city} for _ in range(1000)]

    found = resolve_records(records([*rows, *visitors]))

    assert len({*found.person[len(rows) :].tolist()}) == len(visitors)


def test_copies_in_a_source_without_duplicates_stay_apart() -> None:
    rows = told(11, 100)
    many = copied(rows[0], KEPT + 10)

    found = resolve_records(records([*rows, *many], [0] * len(rows) + [1] * len(many), [1]))

    assert len(partition(found.person[len(rows) :])) == len(many)


def test_an_address_that_all_copies_share_is_as_common_as_they_are_many() -> None:
    rows = told(11, 100)
    shared: Row = {**dict.fromkeys(rows[0], ""), "email": "info@example.org"}

    found = resolve_records(records([*rows, *copied(shared, 1000)]))

    assert len({*found.person[len(rows) :].tolist()}) == 1000
    assert ("email", 1, 1000) in [(o.rule.name, o.groups, o.records) for o in found.oversized]
