"""Columns as distinct values and numbers: everything they do equals what texts would say."""

from collections import Counter
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from identity.engines.columns import (
    Column,
    combined,
    filled,
    groups,
    pairs_within,
    shared_codes,
    stacked,
)

texts = st.lists(st.none() | st.sampled_from(["", "a", "b", "c", "ab", "\N{SNOWMAN}"]), max_size=12)


def said(column: Column) -> list[str | None]:
    return [column.values[code] if code >= 0 else None for code in column.codes.tolist()]


@given(texts)
def test_a_column_says_what_its_records_said(given_: list[str | None]) -> None:
    column = Column.of(given_)

    assert said(column) == [text or None for text in given_]
    assert len(set(column.values)) == len(column.values)
    assert len(column) == len(given_)
    assert dict(zip(column.values, column.frequencies.tolist(), strict=True)) == Counter(
        filter(None, given_)
    )
    assert column.share * len(given_) == len(list(filter(None, given_)))
    assert list(column.texts) == list(column.values)


@given(texts)
def test_a_reading_is_done_once_for_each_value(given_: list[str | None]) -> None:
    asked: list[str] = []

    def first_letter(text: str) -> str:
        asked.append(text)
        return text[0].replace("c", "")

    read = Column.of(given_).read(first_letter)

    assert said(read) == [(text or "")[:1].replace("c", "") or None for text in given_]
    assert sorted(asked) == sorted(set(filter(None, given_)))


@given(texts, st.data())
def test_taking_records_takes_what_they_say(given_: list[str | None], data: st.DataObject) -> None:
    column = Column.of(given_)
    chosen = data.draw(st.lists(st.integers(0, len(given_) - 1))) if given_ else []

    taken = column.take(np.array(chosen, np.int64))

    assert said(taken) == [said(column)[record] for record in chosen]


@given(texts)
def test_values_that_were_read_are_numbered_whatever_order_they_came_in(
    given_: list[str | None],
) -> None:
    one, other = Column.of(given_), Column.of(given_[::-1])

    read, turned = one.becoming(one.packed), other.becoming(other.packed)

    assert list(read.values) == list(turned.values)
    assert read.codes.tolist() == turned.codes[::-1].tolist()
    assert said(read) == said(one)


@given(texts, texts)
def test_one_column_fills_the_other_and_follows_it(
    ours: list[str | None], theirs: list[str | None]
) -> None:
    size = min(len(ours), len(theirs))
    one, other = Column.of(ours[:size]), Column.of(theirs[:size])

    assert said(filled(one, other)) == [
        mine or yours or None for mine, yours in zip(ours, theirs, strict=False)
    ]
    assert said(stacked([one, other])) == said(one) + said(other)
    assert stacked([one]) is one


@given(texts, texts)
def test_shared_codes_are_equal_where_texts_are(
    ours: list[str | None], theirs: list[str | None]
) -> None:
    first, second = shared_codes(Column.of(ours), Column.of(theirs))

    for a, mine in zip(first.tolist(), ours, strict=True):
        for b, other in zip(second.tolist(), theirs, strict=True):
            assert (a == b) == ((mine or None) == (other or None))


@given(st.integers(0, 9), st.data())
def test_a_combined_key_is_equal_where_all_columns_are(size: int, data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(
            st.lists(st.sampled_from([None, "a", "b"]), min_size=size, max_size=size),
            min_size=1,
            max_size=3,
        )
    )

    key = combined([Column.of(row) for row in rows]).tolist()

    told = list(zip(*rows, strict=True))
    assert [value == -1 for value in key] == [None in row for row in told]
    for a, b in combinations(range(size), 2):
        if key[a] >= 0 and key[b] >= 0:
            assert (key[a] == key[b]) == (told[a] == told[b])


def test_a_combined_key_of_many_large_columns_does_not_run_over() -> None:
    size = 70_000
    spread = [
        Column.of([str((n * step) % size) for n in range(size)]) for step in (1, 3, 9, 11, 13)
    ]

    key = combined([*spread, spread[0]])

    assert len(np.unique(key)) == size
    assert key.min() >= 0


keys = st.lists(st.integers(-1, 4), max_size=14)


@given(keys)
def test_groups_are_the_records_of_equal_key(key: list[int]) -> None:
    order, starts, sizes = groups(np.array(key, np.int64))

    found = {
        frozenset(order[start : start + size].tolist())
        for start, size in zip(starts.tolist(), sizes.tolist(), strict=True)
    }
    together = {
        frozenset(record for record, value in enumerate(key) if value == one)
        for one in set(key) - {-1}
    }
    assert found == {group for group in together if len(group) > 1}


@given(keys)
def test_pairs_within_groups_are_all_pairs_of_equal_key_each_once(key: list[int]) -> None:
    a, b = pairs_within(*groups(np.array(key, np.int64)))

    assert Counter(zip(a.tolist(), b.tolist(), strict=True)) == Counter(
        (first, second)
        for first, second in combinations(range(len(key)), 2)
        if key[first] == key[second] >= 0
    )


def test_keys_that_fill_a_number_are_sorted_as_well() -> None:
    key = np.array([2**62, 5, -1, 2**62, 5, 7], np.int64)

    order, starts, sizes = groups(key)

    assert order.tolist() == [1, 4, 5, 0, 3]
    assert (starts.tolist(), sizes.tolist()) == ([0, 3], [2, 2])
