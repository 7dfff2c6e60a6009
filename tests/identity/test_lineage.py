"""Ids that stay while clusters come and go."""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.lineage import Assignment, Change, ChangeKind, Move, assign


def minting() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"new{next(numbers)}"


def assigned(
    previous: Mapping[str, str], clusters: Sequence[Collection[str]], *born: str
) -> Assignment:
    """`born`: profile ids, earliest first."""
    return assign(previous, {id_: n for n, id_ in enumerate(born)}, clusters, minting())


def ids(assignment: Assignment) -> list[str]:
    return [profile.profile_id for profile in assignment.profiles]


def test_a_new_person_gets_a_new_id() -> None:
    assignment = assigned({}, [{"b"}, {"a"}])

    assert ids(assignment) == ["new2", "new1"]
    assert assignment.created == ("new1", "new2")
    assert assignment.changes == ()


def test_what_did_not_change_is_recognised() -> None:
    assignment = assigned({"a": "p", "b": "p", "c": "q"}, [["a", "b"], ["c", "d"]], "p", "q")

    assert [(p.profile_id, p.unchanged) for p in assignment.profiles] == [("p", True), ("q", False)]
    assert assignment.created == ()
    assert assignment.moves == ()


def test_a_merge_keeps_the_earliest_id_however_small_it_was() -> None:
    assignment = assigned({"a": "old", "b": "young", "c": "young"}, [{*"abc"}], "old", "young")

    assert ids(assignment) == ["old"]
    assert assignment.retired == {"young": ("old",)}
    assert assignment.changes == (Change(ChangeKind.MERGED, "young", ("old",)),)
    assert assignment.moves == (Move("b", "young", "old"), Move("c", "young", "old"))


def test_a_split_leaves_the_id_with_the_larger_part() -> None:
    assignment = assigned(dict.fromkeys("abc", "p"), [{"a"}, {"b", "c"}], "p")

    assert ids(assignment) == ["new1", "p"]
    assert assignment.retired == {}
    assert assignment.changes == (Change(ChangeKind.SPLIT, "p", ("new1", "p")),)
    assert assignment.moves == (Move("a", "p", "new1"),)


def test_of_two_equal_parts_the_one_with_the_smallest_record_keeps_the_id() -> None:
    assert ids(assigned({"a": "p", "b": "p"}, [{"b"}, {"a"}], "p")) == ["new1", "p"]


def test_an_id_finds_its_second_largest_part_if_an_earlier_id_took_the_largest() -> None:
    previous = {"a": "old", "b": "young", "c": "young", "d": "young"}

    assignment = assigned(previous, [{*"abc"}, {"d"}], "old", "young")

    assert ids(assignment) == ["old", "young"]
    assert assignment.changes == (Change(ChangeKind.SPLIT, "young", ("old", "young")),)


def test_an_id_can_be_retired_into_several() -> None:
    previous = {"a": "p", "b": "q", "c": "r", "d": "r"}

    assignment = assigned(previous, [{"a", "c"}, {"b", "d"}], "p", "q", "r")

    assert assignment.retired == {"r": ("p", "q")}
    assert assignment.changes == (Change(ChangeKind.SPLIT, "r", ("p", "q")),)


def test_an_id_without_records_ends() -> None:
    assignment = assigned({"a": "p"}, [], "p")

    assert assignment.retired == {"p": ()}
    assert assignment.changes == (Change(ChangeKind.ENDED, "p", ()),)


def test_a_profile_that_lost_a_record_for_good_is_changed_but_not_split() -> None:
    assignment = assigned({"a": "p", "b": "p"}, [{"a"}], "p")

    assert [(p.profile_id, p.unchanged) for p in assignment.profiles] == [("p", False)]
    assert assignment.changes == ()


@pytest.mark.parametrize("clusters", [[{"a"}, {"a", "b"}], [{"a"}, set()]])
def test_clusters_that_are_no_partition_are_refused(clusters: list[set[str]]) -> None:
    with pytest.raises(ValueError, match=r"^a (record|cluster) "):
        assigned({}, clusters)


RECORDS = "abcdefghij"


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, int], list[list[str]]]:
    """Who was who, when they were born, and a partition of some of the same records."""
    before = draw(st.dictionaries(st.sampled_from(RECORDS), st.sampled_from("PQRS")))
    born = dict(zip("PQRS", draw(st.permutations(range(4))), strict=True))
    after = draw(st.dictionaries(st.sampled_from(RECORDS), st.integers(0, 4)))
    clusters = [[r for r in sorted(after) if after[r] == n] for n in sorted({*after.values()})]
    return before, born, clusters


@given(histories(), st.randoms(use_true_random=False))
def test_no_id_is_lost_and_none_is_in_two_places(
    history: tuple[dict[str, str], dict[str, int], list[list[str]]], random: Random
) -> None:
    previous, born, clusters = history

    assignment = assign(previous, born, clusters, minting())

    now = ids(assignment)
    assert len(set(now)) == len(now) == len(clusters)
    for old in set(previous.values()):
        left = {r for held in clusters for r in held if previous.get(r) == old}
        assert (old in now) != (old in assignment.retired)
        assert set(assignment.retired.get(old, now)) <= set(now)
        assert bool(assignment.retired.get(old, (old,))) == bool(left)
    assert set(now) - set(previous.values()) == set(assignment.created)

    shuffled = random.sample(clusters, len(clusters))
    again = assign(previous, born, shuffled, minting())
    assert set(again.profiles) == set(assignment.profiles)
    assert (again.changes, again.moves) == (assignment.changes, assignment.moves)


@given(histories())
def test_a_cluster_of_known_records_without_a_former_id_saw_all_of_them_kept_elsewhere(
    history: tuple[dict[str, str], dict[str, int], list[list[str]]],
) -> None:
    previous, born, clusters = history

    assignment = assign(previous, born, clusters, minting())

    now = ids(assignment)
    for profile in assignment.profiles:
        former = {previous[r] for r in profile.record_ids if r in previous}
        if profile.profile_id in assignment.created:
            assert former <= set(now)


@given(histories())
def test_assigning_the_same_clusters_again_changes_nothing(
    history: tuple[dict[str, str], dict[str, int], list[list[str]]],
) -> None:
    previous, born, clusters = history
    first = assign(previous, born, clusters, minting())
    settled = {record: p.profile_id for p in first.profiles for record in p.record_ids}
    later = {id_: 10 + n for n, id_ in enumerate(first.created)}

    second = assign(settled, {**born, **later}, clusters, minting())

    assert ids(second) == ids(first)
    assert all(profile.unchanged for profile in second.profiles)
    assert (second.created, second.retired, second.changes, second.moves) == ((), {}, (), ())


def test_an_undo_gives_every_id_back_to_whom_it_belonged() -> None:
    merged = {"a": "p", "b": "p", "c": "p", "d": "p"}

    undone = assign(
        merged,
        {"p": 1, "q": 2},
        [["a"], ["b", "c", "d"]],
        minting(),
        former={"a": "p", "b": "q", "c": "q"},
    )

    assert [profile.profile_id for profile in undone.profiles] == ["p", "q"]
    assert (undone.revived, undone.created, dict(undone.retired)) == (("q",), (), {})
    assert undone.changes == (Change(ChangeKind.SPLIT, "p", ("p", "q")),)


def test_an_id_that_lives_elsewhere_does_not_come_back() -> None:
    undone = assign({"a": "p", "b": "p"}, {"p": 1}, [["a"], ["b"]], minting(), former={"b": "q"})

    assert undone.revived == ()
    assert len(undone.created) == 1
