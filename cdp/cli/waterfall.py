"""How an explanation looks to people: each step as a waterfall of bits, then the conclusion."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from cdp.cli.panels import WIDTH

_BAR, _BITS_A_BLOCK = 12, 2


def explanation_panel(document: Mapping[str, Any]) -> Panel:
    """An explanation as one panel; it ends with the version of the rules."""
    steps = document["path"] if document["same"] else [document["pair"]]
    parts: list[RenderableType] = []
    for step in steps:
        parts += _step(step, document["records"])
    parts.append(Text(document["conclusion"], style="bold"))
    return Panel(
        Group(*parts),
        title=Text("One person" if document["same"] else "Not one person"),
        title_align="left",
        subtitle=Text(f"rules {document['rules'][:12]}"),
        subtitle_align="right",
        width=WIDTH,
        border_style="green" if document["same"] else "yellow",
    )


def _step(step: Mapping[str, Any], records: Mapping[str, Any]) -> Iterator[Text]:
    ends = (f"{_place(records[step[end]])} {step[end]}" for end in ("a", "b"))
    yield Text(" and ".join(ends), style="dim")
    for term in step["terms"]:
        yield _bar(term)
    yield Text(f"  {'together':<16}{'':<22}{step['bits']:>+8.2f} bits")
    yield Text()


def _bar(term: Mapping[str, Any]) -> Text:
    bits = term["bits"]
    length = min(_BAR, max(1, round(abs(bits) / _BITS_A_BLOCK))) if bits else 0
    line = Text(f"  {term['name']:<16}{term['level']:<22}{bits:>+8.2f} ")
    line.append(f"{'█' * length:<{_BAR}}", style="green" if bits > 0 else "red")
    values = [value for value in term["values"] if value]
    return line.append("  " + " | ".join(values), style="dim")


def _place(record: Mapping[str, str]) -> str:
    return f"{record['source']}/{record['stream']}"
