"""Texts in one piece of memory answer as a list of them would."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.engines.texts import Texts

SHORT = st.text(alphabet="ab ß\N{SNOWMAN}\ud800", max_size=20)
many = st.lists(SHORT, max_size=12)


@given(many)
def test_texts_are_those_that_were_given(given_: list[str]) -> None:
    texts = Texts.of(given_)

    assert list(texts) == texts.strings() == given_
    assert len(texts) == len(given_)
    assert [texts[place] for place in range(len(given_))] == given_
    assert list(texts[1:3]) == given_[1:3]
    assert Texts.of(texts) is texts
    assert texts.packed() is texts


@given(many, st.data())
def test_texts_that_were_taken_are_packed_into_memory_of_their_own(
    given_: list[str], data: st.DataObject
) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(given_) - 1))) if given_ else []
    taken = Texts.of(given_).take(np.array(chosen, np.int64))

    assert list(taken) == [given_[place] for place in chosen]
    assert len(taken.packed().data) == int(taken.sizes.sum()) + 8


@given(many, many)
def test_two_lots_of_texts_are_one(ours: list[str], theirs: list[str]) -> None:
    assert list(Texts.of(ours).and_then(Texts.of(theirs))) == ours + theirs


@given(st.lists(st.text(alphabet="ab@", max_size=20), max_size=8), st.integers(0, 4))
def test_pieces_and_counts_are_those_of_every_text(given_: list[str], count: int) -> None:
    texts = Texts.of(given_)

    assert list(texts.cut(count)) == [text[count:] for text in given_]
    assert list(texts.cut(0, count)) == [text[:count] for text in given_]
    assert texts.find(ord("@")).tolist() == [len(text.partition("@")[0]) for text in given_]
    assert texts.counts(texts.data == ord("@")).tolist() == [text.count("@") for text in given_]
    assert texts.has(texts.data == ord("x")).tolist() == [False] * len(given_)


def test_a_few_signs_among_many_are_counted_alike() -> None:
    given_ = ["a" * 100, "", "ab" + "a" * 100, "b"]
    texts = Texts.of(given_)

    assert texts.counts(texts.data == ord("b")).tolist() == [0, 0, 1, 1]


@given(st.lists(st.text(alphabet="ab-", max_size=20), max_size=8))
def test_signs_are_replaced_or_left_out_by_a_table(given_: list[str]) -> None:
    table = np.zeros(256, np.uint8)
    table[[ord("a"), ord("b")]] = [ord("x"), ord("b")]

    found = Texts.of(given_).translated(table)

    assert list(found) == [text.replace("a", "x").replace("-", "") for text in given_]


@given(many)
def test_distinct_texts_are_each_there_once_in_an_order_of_their_own(given_: list[str]) -> None:
    found, codes = Texts.of(given_).distinct()

    assert [found[code] for code in codes] == given_
    assert sorted(found) == sorted(set(given_))
    assert list(found) == list(Texts.of(sorted(set(given_))).distinct()[0])


@given(many, many)
def test_places_are_those_of_equal_texts(ours: list[str], theirs: list[str]) -> None:
    known = list(dict.fromkeys(ours))

    places = Texts.of(known).places(Texts.of(theirs)).tolist()

    assert places == [known.index(text) if text in known else -1 for text in theirs]


def test_texts_that_share_a_number_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    given_ = ["quell", "ofen", "quell", "herd"]
    monkeypatch.setattr(Texts, "hashes", lambda texts: np.zeros(len(texts), np.uint64))

    found, codes = Texts.of(given_).distinct()

    assert list(found) == ["herd", "ofen", "quell"]
    assert codes.tolist() == [2, 1, 2, 0]
    assert found.places(Texts.of(["ofen", "dach"])).tolist() == [1, -1]
