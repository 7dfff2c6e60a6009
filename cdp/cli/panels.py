"""How a decision and a context look to people: what is known, what may be done, and why not."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

_YES, _NO = ("green", "yes"), ("red", "no ")
_EVIDENCE = 4
WIDTH = 100


def decision_line(what: str, decision: Mapping[str, Any]) -> Text:
    """One decision: permitted or not, and by which reason."""
    style, word = _YES if decision["permitted"] else _NO
    line = Text.assemble((word, f"bold {style}"), "  ", what, "  ")
    return line.append(_reason(decision), style="dim")


def context_panel(title: str, document: Mapping[str, Any]) -> Panel:
    """A context as one panel; it ends with when it expires."""
    parts: list[RenderableType] = []
    for heading, lines in (
        ("May we?", _permissions(document)),
        ("What is known", _outcomes(document)),
        ("What to do", _actions(document)),
        ("Offers", _offers(document)),
        ("Withheld", _withheld(document)),
    ):
        found = list(lines)
        if found:
            parts += [Text(heading, style="bold"), *(Text("  ").append(line) for line in found)]
    offered = document.get("offers", {}).get("permitted", False)
    return Panel(
        Group(*parts),
        title=Text(title),
        title_align="left",
        subtitle=Text(f"expires {document['expires_at']}"),
        subtitle_align="right",
        width=WIDTH,
        border_style="green" if offered else "yellow",
    )


def _permissions(document: Mapping[str, Any]) -> Iterator[Text]:
    for line in document["permissions"]:
        if "channel" not in line:
            yield decision_line(line["purpose"], line)
    channels = [line for line in document["permissions"] if "channel" in line]
    if channels:
        told = [f"{line['channel']} {'yes' if line['permitted'] else 'no'}" for line in channels]
        yield Text(f"     offers by channel: {', '.join(told)}", style="dim")


def _outcomes(document: Mapping[str, Any]) -> Iterator[Text]:
    """A line for every claim; what is known of a person goes on one line a purpose."""
    for name, claims in _claims(document["outcomes"]):
        known = [claim for claim in claims if claim["status"] != "unknown"]
        if not known:
            yield Text(f"{name}: unknown", style="dim")
            continue
        line = Text(f"{name}: {', '.join(_value(claim['value']) for claim in known)}")
        cited = [one for claim in known for one in claim["evidence"]]
        yield line.append(f"  [{_cited(cited, document['evidence'])}]", style="dim")


def _claims(outcomes: Mapping[str, Any]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    for name, found in outcomes.items():
        if "status" in found:
            yield name, [found]
        else:
            yield from ((f"{name} for {group}", claims) for group, claims in found.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_value(part)}" for name, part in value.items())
    if isinstance(value, list):
        return "; ".join(map(_value, value)) or "none"
    return str(value)


def _cited(ids: Iterable[str], evidence: Mapping[str, Mapping[str, Any]]) -> str:
    told = [f"{evidence[one]['type']} {evidence[one].get('source', '')}".strip() for one in ids]
    names = list(dict.fromkeys(told))
    more = f" and {len(names) - _EVIDENCE} more" if len(names) > _EVIDENCE else ""
    return f"evidence: {', '.join(names[:_EVIDENCE])}{more}"


def _actions(document: Mapping[str, Any]) -> Iterator[Text]:
    for action in document["actions"].get("service", ()):
        yield Text(f"{action['id']}: {action['why']}")


def _offers(document: Mapping[str, Any]) -> Iterator[Text]:
    if "offers" in document:
        yield decision_line("offers may be made", document["offers"])
    for offer in document["actions"].get("offers", ()):
        yield Text.assemble(("     + ", "green"), f"{offer['title']} (by {offer['channel']})")
    for offer in document["actions"].get("suppressed", ()):
        yield Text.assemble(("     - ", "red"), f"{offer['offer']}: {offer['blocked_by']}")


def _withheld(document: Mapping[str, Any]) -> Iterator[Text]:
    for entry in document["withheld"]:
        yield Text(f"{entry['claim']}: {entry['reason']}", style="dim")


def _reason(decision: Mapping[str, Any]) -> str:
    basis = decision.get("basis")
    return f"{decision['reason']}" + (f" ({basis})" if basis else "")
