"""Every place names everything it is called with, and no two kinds of place can meet."""

import inspect
from collections.abc import Callable
from uuid import UUID

import pytest

from cdp.ids import new_id
from cdp.vault import places
from cdp.vault.envelope import bind
from cdp.vault.places import Place

# How several places of one kind begin, and the kind.
BEGINNINGS: dict[Callable[..., Place], Callable[..., Place]] = {
    places.rows_of: places.row,
    places.landed_keys: places.landed_key,
}
KINDS: list[Callable[..., Place]] = [
    found for _, found in inspect.getmembers(places, inspect.isfunction) if found not in BEGINNINGS
]


def arguments_of(kind: Callable[..., Place], salt: str = "") -> dict[str, object]:
    def value(name: str, wanted: object) -> object:
        if wanted is UUID:
            return new_id()
        return f"{salt}{name}".encode() if wanted is bytes else f"{salt}{name}"

    parameters = inspect.signature(kind).parameters
    return {name: value(name, each.annotation) for name, each in parameters.items()}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_place_changes_with_each_of_its_parts(kind: Callable[..., Place]) -> None:
    first, other = arguments_of(kind), arguments_of(kind, salt="another ")

    for name in first:
        assert bind(*kind(**first)) != bind(*kind(**(first | {name: other[name]})))


def test_every_place_names_its_workspace_and_a_kind_of_its_own() -> None:
    made = [kind(**arguments_of(kind)) for kind in KINDS]

    assert len({place[0] for place in made}) == len(KINDS) >= 9
    for kind in KINDS:
        assert "workspace" in inspect.signature(kind).parameters or kind is places.view_body


@pytest.mark.parametrize("beginning", BEGINNINGS, ids=lambda kind: kind.__name__)
def test_a_beginning_is_how_the_places_of_its_kind_begin(beginning: Callable[..., Place]) -> None:
    given = arguments_of(BEGINNINGS[beginning])
    begun = beginning(**{name: given[name] for name in inspect.signature(beginning).parameters})

    whole = BEGINNINGS[beginning](**given)

    assert whole[: len(begun)] == begun
    assert set(given.values()) - set(begun) == set(whole[len(begun) :])
