"""How the traits of a profile look to people: each value, where it came from, what it beat."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from cdp.cli.output import table

_BEATEN: Final = 3
_DAY: Final = len("2026-01-31")
_RAW: Final = ("facts", "declared", "points", "marks")
_CALLED: Final = {
    "facts": "values of records",
    "declared": "declared preferences",
    "points": "addresses",
    "marks": "events",
}


def traits_panel(data: Mapping[str, Any]) -> Group:
    """The data of a profile: survivors, computed traits, and how much lies behind them."""
    traits = data["traits"]
    survived = [list(_survivor(name, one)) for name, one in traits.items() if "losers" in one]
    computed = [list(_computed(name, one)) for name, one in traits.items() if "event" in one]
    parts: list[RenderableType] = []
    if survived:
        parts += ["", table("", ("field", "value", "from", "rule", "instead of"), survived)]
    if computed:
        parts += ["", table("", ("computed", "value", "from", "rule"), computed)]
    return Group(*parts, "", Text(_behind(data), style="dim"))


def _survivor(name: str, trait: Mapping[str, Any]) -> Iterator[str]:
    yield name
    yield _value(trait["value"])
    yield "; ".join(_origin(one) for one in trait.get("values", [trait]))
    yield trait["rule"]
    # Many records may have said the same; the first of them stands for it.
    first = {loser["value"]: loser for loser in reversed(trait["losers"])}
    beaten = [_told(loser) for loser in reversed(first.values())]
    more = [f"and {len(beaten) - _BEATEN} more"] if len(beaten) > _BEATEN else []
    yield "; ".join(beaten[:_BEATEN] + more)


def _computed(name: str, trait: Mapping[str, Any]) -> Iterator[str]:
    yield name
    yield "its view is being built" if trait.get("pending") else _value(trait["value"])
    yield _evidence(trait.get("evidence", {}))
    since = f" since {trait['since'][:_DAY]}" if "since" in trait else ""
    of = f"{trait['rule']} of {trait['of']}" if "of" in trait else trait["rule"]
    yield f"{of}, {trait['event']}{since}"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{part} {name.upper()}" for name, part in value.items())
    return "; ".join(value) if isinstance(value, list) else str(value)


def _told(loser: Mapping[str, Any]) -> str:
    origin = _origin(loser)
    return f"{loser['value']} ({origin})" if origin else str(loser["value"])


def _origin(one: Mapping[str, Any]) -> str:
    """Source and day; empty for a value that is shown without them."""
    return f"{one['source']} {one['at'][:_DAY]}" if "source" in one else ""


def _evidence(evidence: Mapping[str, Any]) -> str:
    if not evidence.get("count"):
        return "nothing found" if evidence else ""
    days = list(dict.fromkeys(evidence[end]["at"][:_DAY] for end in ("first", "last")))
    events = "1 event" if evidence["count"] == 1 else f"{evidence['count']} events"
    without = f", {evidence['without']} more without it" if "without" in evidence else ""
    return f"{events}, {' to '.join(days)}{without}"


def _behind(data: Mapping[str, Any]) -> str:
    counts = [f"{len(data[part])} {_CALLED[part]}" for part in _RAW if data.get(part)]
    return f"Made of {', '.join(counts) or 'nothing'}; --json shows them."
