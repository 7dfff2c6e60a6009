"""Fields: the names by which a caller asks for parts of a state, or is bound to parts of it.

A field is the name of an attribute, of something declared, of a kind of address, or of a trait, or
`events`: the trail as a whole. One name may be in several lists (`language` is held and declared).
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

from cdp.outcomes.state import PROJECTIONS, State

EVENTS: Final = "events"
NAMED_BY: Final[Mapping[str, str]] = MappingProxyType(
    {"facts": "name", "declared": "key", "points": "type"}
)
"""The lists of a state whose entries have a field's name, and where in the entry it is."""


def fixed() -> frozenset[str]:
    """The fields there are whatever is configured, but for kinds of addresses."""
    of_views = {name for one in PROJECTIONS.values() for name in (*one.attributes, *one.declared)}
    return frozenset({EVENTS, *of_views})


def narrowed(state: Mapping[str, Any], fields: Collection[str] | None) -> State:
    """The state with these fields only; None: with all of them.

    What has no field's name and is not a plain text is left out: whoever is bound to fields does
    not get what a later version adds. Traits are no part of a state: whoever computes them from
    one narrows them by their names.
    """
    if fields is None:
        return dict(state)
    found: State = {}
    for part, value in state.items():
        if part in NAMED_BY:
            named = NAMED_BY[part]
            found[part] = [entry for entry in value if entry.get(named) in fields]
        elif part == "marks":
            found[part] = list(value) if EVENTS in fields else []
        elif isinstance(value, str):
            found[part] = value
    return found
