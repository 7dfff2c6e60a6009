"""Undoing a merge gives back who was who, exactly; undoing that gives back the merge."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from identity.evidence import Evidence, Verdict
from identity.partition import Partition
from identity.resolver import resolve
from identity.undoing import restoring
from tests.identity.builders import RULES, components, persons, record, verdicts

Groups = set[frozenset[str]]


def under(evidence: list[Evidence], rulings: Iterable[Verdict]) -> Callable[[Verdict], Partition]:
    return lambda verdict: resolve(evidence, RULES, verdicts=[*rulings, verdict])


def among(groups: Groups, names: Iterable[str]) -> Groups:
    """The groups of these records only."""
    return {group & set(names) for group in groups} - {frozenset()}


def closure(start: frozenset[str], before: Groups, after: Groups) -> Groups:
    """Everybody who was or is with one of these, as they were."""
    found: Groups = set()
    reached = set(start)
    while True:
        new = {group for group in before if group & reached} - found
        if not new:
            return found
        found |= new
        reached |= {name for group in new for name in group}
        reached |= {name for group in after if group & reached for name in group}


@st.composite
def bridged(draw: st.DrawFn) -> tuple[list[Evidence], list[Evidence]]:
    """A few records, and some that come later with values of two of them each."""
    known = draw(components(6))
    late = []
    for n in range(draw(st.integers(1, 2))):
        some = draw(st.lists(st.sampled_from(known), min_size=2, max_size=2))
        tokens = tuple({token for item in some for token in item.tokens})
        late.append(Evidence("gh"[n], bytes([draw(st.integers(0, 1)) * 100 + n]), tokens))
    return known, late


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(bridged(), verdicts(), st.data())
def test_an_undone_merge_leaves_what_was_there_before_it_and_nothing_else_moves(
    found: tuple[list[Evidence], list[Evidence]], rulings: list[Verdict], data: st.DataObject
) -> None:
    known, late = found
    evidence = known + late
    before = persons(resolve(known, RULES, verdicts=rulings))
    after = persons(resolve(evidence, RULES, verdicts=rulings))
    merged = [group for group in after if len([old for old in before if old & group]) > 1]
    assume(merged)
    former = closure(data.draw(st.sampled_from(merged)), before, after)
    touched = {name for group in former for name in group}
    others = [group for group in after if not group & touched]

    verdict = restoring(former, others, under(evidence, rulings), rank=1)

    undone = persons(resolve(evidence, RULES, verdicts=[*rulings, verdict]))
    rest = {name for group in others for name in group}
    assert among(undone, touched) == former
    assert among(undone, rest) == set(others)
    assert not any(group & touched and group & rest for group in undone)
    assert persons(resolve(evidence, RULES, verdicts=rulings)) == after, "undone in turn"
    shuffled = data.draw(st.permutations(evidence))
    assert persons(resolve(shuffled, RULES, verdicts=[verdict, *rulings])) == undone


def test_whoever_would_be_drawn_in_or_torn_is_named_as_well() -> None:
    evidence = [record(name, "email:x") if name in "cd" else record(name) for name in "abcdef"]
    calls: list[Verdict] = []

    def answer(verdict: Verdict) -> Partition:
        """At first b is drawn to a, and c parted from d."""
        calls.append(verdict)
        extra = [Verdict.together("ab"), Verdict.apart("c", "d")] if len(calls) == 1 else []
        return resolve(evidence, RULES, verdicts=[verdict, *extra])

    verdict = restoring([["a"], ["z"]], ["b", "cd", "e", "f"], answer, rank=1)

    assert len(calls) == 2
    assert set(verdict.groups) == {frozenset(group) for group in ("a", "z", "b", "cd")}


def test_it_takes_two_who_were_two() -> None:
    with pytest.raises(ValueError, match="two groups"):
        restoring([["a", "b"]], [], under([], []), rank=1)
