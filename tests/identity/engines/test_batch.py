"""The whole batch: right on generated people, the same in any order, and calm at the edges."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.engines.batch import SETTINGS, Records, Resolution, resolve_records
from identity.engines.columns import Column
from identity.engines.keying import BLOCK_LIMIT, VALUE_LIMIT
from identity.rules import Rules
from tests.identity.engines.people import FIELDS, Row, f1, partition, records, told


def resolved(rows: list[Row], sources: list[int] | None = None, *distinct: int) -> Resolution:
    return resolve_records(records(rows, sources or (), distinct))


def by_key(person: np.ndarray, order: list[int]) -> set[frozenset[int]]:
    """The partition of shuffled records, by where they stood before."""
    return {frozenset(order[record] for record in part) for part in partition(person)}


@pytest.mark.parametrize(("roof", "least"), [(1, 0.92), (3, 0.96)])
def test_people_are_told_apart_and_found_again(roof: int, least: float) -> None:
    rows = told(11, 900, roof=roof)
    truth = [row["truth"] for row in rows]

    found = resolved(rows)

    assert f1(found.person.tolist(), truth) > least
    assert found.persons == len(partition(found.person))
    assert found.persons == pytest.approx(len(set(truth)), rel=0.05)
    assert sum(size * people for size, people in found.sizes.items()) == len(rows)
    assert found.parted == ()


def test_a_resolution_tells_what_it_does_while_it_does_it() -> None:
    stages: list[str] = []

    resolve_records(records(told(1, 10)), stages.append)

    assert stages[0] == "reading values"
    assert stages[-1] == "clustering"
    assert len(stages) == len(set(stages))


few = st.integers(0, 10**6).flatmap(
    lambda seed: st.integers(2, 12).map(lambda people: told(seed, people, roof=2))
)


@given(few, st.randoms(use_true_random=False))
def test_any_order_of_few_records_gives_the_same_people_and_weights(
    rows: list[Row], random: Random
) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)

    found, straight = resolved([rows[record] for record in order]), resolved(rows)

    assert by_key(found.person, order) == partition(straight.person)
    assert found.weight.tolist() == straight.weight[order].tolist()
    assert {*found.rules.blocking} == {*straight.rules.blocking}
    assert replace(found.rules, blocking=()) == replace(straight.rules, blocking=())


@given(few, st.randoms(use_true_random=False))
def test_records_put_back_in_order_keep_their_people(rows: list[Row], random: Random) -> None:
    order = np.array(random.sample(range(len(rows)), len(rows)))
    place = np.argsort(order)
    shuffled = resolved([rows[record] for record in order])

    back = shuffled.reordered(place, order)

    assert partition(back.person) == by_key(shuffled.person, order.tolist())
    assert back.weight[order].tolist() == shuffled.weight.tolist()


@given(few, st.data())
def test_a_source_without_duplicates_never_merges_within(
    rows: list[Row], data: st.DataObject
) -> None:
    sources = data.draw(
        st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows)), label="sources"
    )
    distinct = data.draw(st.sets(st.integers(0, 2)), label="distinct")

    found = resolved(rows, sources, *distinct)

    for part in partition(found.person):
        for source in distinct:
            assert sum(sources[record] == source for record in part) <= 1


def test_a_person_is_never_twice_in_a_distinct_source_though_others_tie_them_together() -> None:
    rows = told(11, 400)
    truth = [row["truth"] for row in rows]
    sources = [int(one in truth[:place]) for place, one in enumerate(truth)]

    free, strict = resolved(rows, sources), resolved(rows, sources, 0)

    crowded = [
        part for part in partition(strict.person) if sum(not sources[record] for record in part) > 1
    ]
    assert crowded == []
    assert f1(strict.person.tolist(), truth) >= f1(free.person.tolist(), truth)


def test_twins_in_two_distinct_sources_are_paired_one_to_one() -> None:
    twin = told(4, 1)[0]
    rows = [{name: twin[name] or "x" for name in FIELDS} for _ in range(4)]

    found = resolved(rows, [0, 0, 1, 1], 0, 1)

    assert sorted(map(len, partition(found.person))) == [2, 2]


@given(few)
def test_a_weight_is_said_of_everybody_who_is_tied_and_of_nobody_else(rows: list[Row]) -> None:
    found = resolved(rows)

    for part in partition(found.person):
        for record in part:
            assert (found.weight[record] != 0) == (len(part) > 1)


@pytest.mark.parametrize("size", [0, 1, 5])
def test_records_that_say_nothing_are_a_person_each(size: int) -> None:
    nothing = Records({"email": Column.of([None] * size)}, np.zeros(size, np.int64))

    for empty in (nothing, Records({}, np.zeros(size, np.int64))):
        found = resolve_records(empty)

        assert found.person.tolist() == list(range(size))
        assert found.weight.tolist() == [0] * size
        assert found.persons == size
        assert found.sizes == ({1: size} if size else {})
        assert found.rules == Rules.parse(found.rules.document)


def test_one_record_is_one_person() -> None:
    assert resolved(told(1, 1)[:1]).person.tolist() == [0]


def test_one_address_that_everybody_has_ties_nobody_and_is_reported() -> None:
    size = 200_000
    records_ = Records(
        {"email": Column(["info@example.org"], np.zeros(size, np.int32))}, np.zeros(size, np.int64)
    )

    found = resolve_records(records_)

    assert found.pairs == 0
    assert found.persons == size
    assert ("email", 1, size) in [(o.rule.name, o.groups, o.records) for o in found.oversized]


def test_one_giant_block_is_reported_and_its_people_are_found_by_other_rules() -> None:
    rows = [row | {"family_name": "quell", "city": "berlin"} for row in told(41, 1_050)]
    truth = [row["truth"] for row in rows]
    assert len(rows) > BLOCK_LIMIT

    found = resolved(rows)

    large = {item.rule.name: item for item in found.oversized}
    assert large["family_name"].records == len(rows)
    assert found.pairs < len(rows) * 100
    assert f1(found.person.tolist(), truth) > 0.85


def test_a_value_shared_by_as_many_as_are_allowed_does_not_make_them_one() -> None:
    rows = told(31, 500)
    truth = [row["truth"] for row in rows]
    strangers = list({one: n for n, one in enumerate(truth)}.values())[:VALUE_LIMIT]
    for record in strangers:
        rows[record]["phone"] = "0171 3920088"

    found = resolved(rows)

    assert len(set(found.person[strangers].tolist())) >= 0.95 * VALUE_LIMIT


def test_a_component_that_is_too_large_is_reported_and_parted() -> None:
    rows = told(11, 300)
    copied = next(row for row in rows if all(row[name] for name in FIELDS))
    alike = [{**copied, "phone": f"0171 {3920000 + n}"} for n in range(SETTINGS.together + 50)]

    found = resolved([*rows, *alike])

    assert len(found.parted) == 1
    assert found.parted[0] >= len(alike)
    assert max(found.sizes) <= SETTINGS.together


def test_rules_that_were_learned_give_the_same_people_when_they_are_given() -> None:
    given_ = records(told(7, 120, roof=3))
    stages: list[str] = []

    learned = resolve_records(given_)
    found = resolve_records(given_, stages.append, rules=learned.rules)

    assert found.person.tolist() == learned.person.tolist()
    assert found.weight.tolist() == learned.weight.tolist()
    assert found.told is None
    assert "training" not in stages
