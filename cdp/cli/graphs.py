"""How a profile's graph looks to people: its records, then its links, the weakest first."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from cdp.cli.output import table


def print_graph(out: Console, document: Mapping[str, Any]) -> None:
    """Records are numbered, so that links can name them."""
    numbers = {node["record_id"]: n for n, node in enumerate(document["nodes"], 1)}
    rows = [
        (
            numbers[node["record_id"]],
            f"{node['source']}/{node['stream']}",
            node["record_id"],
            node["kind"],
            ", ".join((*node["says"].values(), *(one["value"] for one in node["identifiers"]))),
            "alone holds it together" if node["cut"] else "",
        )
        for node in document["nodes"]
    ]
    out.print(table("", ("no.", "from", "record", "kind", "says, masked", ""), rows))
    links = sorted(document["edges"], key=lambda edge: edge["bits"])
    if links:
        out.print()
        out.print(
            table(
                "",
                ("link", "kind", "bits", ""),
                [
                    (
                        f"{numbers[edge['a']]} - {numbers[edge['b']]}",
                        edge["kind"],
                        f"{edge['bits']:+.1f}",
                        _mark(edge),
                    )
                    for edge in links
                ],
            )
        )
    steps = [
        (step["seq"], step["kind"], step["former"], step["profile_id"], step["at"])
        for step in document["lineage"]
    ]
    if steps:
        out.print()
        out.print(table("", ("seq", "what", "former", "profile", "at"), steps))
    if document["left_out"]:
        out.print(f"{document['left_out']} more records are not drawn.")


def _mark(edge: Mapping[str, Any]) -> str:
    if edge["weak"]:
        return "weak bridge"
    return "bridge" if edge["bridge"] else ""
