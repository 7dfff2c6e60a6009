"""How a decision and a context look to people: what is known, what may be done, and why not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cdp.cli.sentences import journey_line, sentences

_YES, _NO = ("green", "yes"), ("red", "no ")
_EVIDENCE = 4
_LEFT = 14
WIDTH = 100

_CALLED: Mapping[str, str] = MappingProxyType({"service": "known", "offers": "for offers"})
"""Groups of knowledge that are called otherwise here."""
WHY: Mapping[str, str] = MappingProxyType(
    {
        "eligibility": "not made for them, or not for this channel",
        "purpose_permission": "they did not agree to offers",
        "channel_permission": "they did not agree to this channel",
        "resolution_first": "something of theirs is open: that comes first",
        "satisfaction_guard": "they are not being served well: that comes first",
        "quiet_hours": "not at this hour",
        "frequency": "they were offered something lately",
        "fatigue": "they ignored it before",
    }
)
"""Gates that hold an offer back, in words."""

Line = tuple[str, Text]
"""What a line is about, and the line; "" if it goes on from the one before."""


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
            parts += [Text(heading, style="bold"), _columns(found)]
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


def _columns(lines: Sequence[Line]) -> Table:
    """What lines are about to the left, where they are about anything."""
    left = _LEFT if any(name for name, _ in lines) else 1
    made = Table.grid(padding=(0, 1, 0, 0))
    made.add_column(width=left, style="cyan", no_wrap=True)
    made.add_column(overflow="fold")
    for name, line in lines:
        made.add_row(f"  {name}" if name else "", line)
    return made


def _permissions(document: Mapping[str, Any]) -> Iterator[Line]:
    for line in document["permissions"]:
        if "channel" not in line:
            yield "", decision_line(line["purpose"], line)
    channels = [line for line in document["permissions"] if "channel" in line]
    if channels:
        by = {"yes": [one["channel"] for one in channels if one["permitted"]]}
        by["no"] = [one["channel"] for one in channels if not one["permitted"]]
        told = [f"{word} by {', '.join(found)}" for word, found in by.items() if found]
        yield "", Text(f"     offers: {'; '.join(told)}", style="dim")


def _outcomes(document: Mapping[str, Any]) -> Iterator[Line]:
    """A few words for every claim, and what they rest on; one claim of a kind after another."""
    for name, claims in _claims(document["outcomes"]):
        yield from _told(name, claims, document["evidence"])
    for claim in document.get("journeys", ()):
        line = journey_line(claim.get("value", {}))
        yield "journey", line.append(_cited(claim["evidence"], document["evidence"]), style="dim")


def _told(
    name: str, claims: Iterable[Mapping[str, Any]], evidence: Mapping[str, Mapping[str, Any]]
) -> Iterator[Line]:
    known = [claim for claim in claims if claim["status"] != "unknown"]
    if not known:
        yield name, Text("unknown", style="dim")
        return
    lines = sentences(name, [claim["value"] for claim in known])
    cited = [one for claim in known for one in claim["evidence"]]
    lines[-1].append(_cited(cited, evidence), style="dim")
    for place, line in enumerate(lines):
        yield ("" if place else name), line


def _claims(outcomes: Mapping[str, Any]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    for name, found in outcomes.items():
        if "status" in found:
            yield name, [found]
        else:
            yield from ((_CALLED.get(group, group), claims) for group, claims in found.items())


def _cited(ids: Iterable[str], evidence: Mapping[str, Mapping[str, Any]]) -> str:
    told = [f"{evidence[one]['type']} {evidence[one].get('source', '')}".strip() for one in ids]
    names = list(dict.fromkeys(told))
    more = f" and {len(names) - _EVIDENCE} more" if len(names) > _EVIDENCE else ""
    return f"  [{', '.join(names[:_EVIDENCE])}{more}]" if names else ""


def _actions(document: Mapping[str, Any]) -> Iterator[Line]:
    for action in document["actions"].get("service", ()):
        yield "service", Text(f"{action['why']} ({action['id']})")
    for answer in document["actions"].get("answers", ()):
        line = Text(f"{answer['title']} ({answer['id']})")
        yield "answer", line.append(f"  {answer['why']}", style="dim")


def _offers(document: Mapping[str, Any]) -> Iterator[Line]:
    if "offers" in document:
        yield "", decision_line("offers may be made", document["offers"])
    for offer in document["actions"].get("offers", ()):
        line = Text.assemble(("     + ", "green"), f"{offer['title']} (by {offer['channel']})")
        yield "", line.append(f"  {offer['why']}", style="dim")
    for offer in document["actions"].get("suppressed", ()):
        gate = offer["blocked_by"]
        line = Text.assemble(("     - ", "red"), f"{offer['offer']}: {gate}")
        yield "", line.append(f"  {WHY[gate]}" if gate in WHY else "", style="dim")


def _withheld(document: Mapping[str, Any]) -> Iterator[Line]:
    for entry in document["withheld"]:
        yield "", Text(f"{entry['claim']}: {entry['reason']}", style="dim")


def _reason(decision: Mapping[str, Any]) -> str:
    basis = decision.get("basis")
    return f"{decision['reason']}" + (f" ({basis})" if basis else "")
