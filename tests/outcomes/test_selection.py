"""Narrowing a state to fields: what is not asked for is not there."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cdp.outcomes.selection import EVENTS, NAMED_BY, fixed, narrowed

NAMES = st.sampled_from(sorted(fixed() | {"email", "phone", "visits"}))
STATES = st.fixed_dictionaries(
    {"schema": st.just("outcome-state/1"), "purpose": st.just("service")},
    optional={
        **{
            part: st.lists(st.fixed_dictionaries({named: NAMES, "value": st.integers()}))
            for part, named in NAMED_BY.items()
        },
        "marks": st.lists(st.fixed_dictionaries({"type": st.just("order.placed")})),
        "added_later": st.lists(st.integers(), min_size=1),
    },
)


def test_without_fields_everything_stays() -> None:
    state = {"schema": "s", "facts": [{"name": "given_name"}], "added_later": {"x": 1}}

    assert narrowed(state, None) == state


def test_what_has_no_field_is_left_out_of_a_narrowed_state() -> None:
    assert narrowed({"schema": "s", "added_later": [1], "more": {"x": 1}}, {EVENTS}) == {
        "schema": "s"
    }


@given(state=STATES, fields=st.frozensets(NAMES))
def test_a_narrowed_state_holds_these_fields_and_all_of_each(
    state: dict[str, Any], fields: frozenset[str]
) -> None:
    found = narrowed(state, fields)

    for part, named in NAMED_BY.items():
        held = state.get(part, [])
        assert found.get(part, []) == [entry for entry in held if entry[named] in fields]
    assert found.get("marks", []) == (state.get("marks", []) if EVENTS in fields else [])
    assert "added_later" not in found
    assert narrowed(found, fields) == found
