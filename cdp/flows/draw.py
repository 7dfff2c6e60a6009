"""Draw: a profile as a graph of its records, values masked, where it hangs by a thread, and what it
came from.
"""

from datetime import datetime
from typing import Any, Final

from cdp.clock import text
from cdp.errors import TryAgain
from cdp.facts import FactReader, RecordReading
from cdp.neighbours import Neighbours
from cdp.store import links
from cdp.store.tx import Tx
from cdp.subjects import Subject
from cdp.vault.custodian import Custodian
from identity.comparisons import MILLI
from identity.graph import Graph, draw
from identity.masking import mask, mask_told
from identity.partition import Edge, LinkKind
from identity.reviewing import WEAK
from identity.rules import Rules

# Of a profile with more records, the earliest are drawn: every pair costs time.
MOST_RECORDS: Final = 100
MOST_STEPS: Final = 20


def draw_profile(
    tx: Tx, custodian: Custodian, rules: Rules, subject: Subject, now: datetime
) -> dict[str, Any]:
    """Nodes and edges as a document; a record stands for the profile it is in.

    Raises:
        TryAgain: its records are not resolved yet.
    """
    reader = FactReader(tx, custodian)
    members = links.members(tx.main, [subject.profile_id])
    drawn = sorted(members)[:MOST_RECORDS]
    component = Neighbours(tx, rules, reader).component(drawn)
    graph = draw(
        component.evidence,
        rules,
        map(str, drawn),
        blocked=component.blocked,
        generic=component.generic,
        verdicts=component.verdicts,
    )
    if not graph.records:
        raise TryAgain("these records wait to be resolved; ask again", reason="profile_changing")
    readings = reader.read([component.ids[name] for name in graph.records])
    nodes = [
        _node(name, readings[component.ids[name]], members[component.ids[name]].kind, graph)
        for name in graph.records
    ]
    return {
        "profile_id": str(subject.profile_id),
        "nodes": nodes,
        "edges": [_edge(edge, graph) for edge in graph.edges],
        "left_out": len(members) - len(nodes),
        "lineage": [_step(step) for step in _lineage(tx, subject)],
        "rules": rules.hash,
        "as_of": text(now),
    }


def _lineage(tx: Tx, subject: Subject) -> list[links.Step]:
    """What the profile came from, the newest first; `seq` is where `undo-merge` finds it."""
    return links.steps(tx.main, tx.workspace, [subject.profile_id])[:MOST_STEPS]


def _step(step: links.Step) -> dict[str, Any]:
    return {
        "seq": step.seq,
        "kind": step.kind,
        "former": str(step.profile_id),
        "profile_id": str(step.successor_id),
        "at": text(step.at),
    }


def _node(name: str, reading: RecordReading, kind: str, graph: Graph) -> dict[str, Any]:
    """A record with what it says, masked. `cut`: without it the profile falls apart."""
    identifiers = sorted({(item.type, mask(item.type, item.value)) for item in reading.identifiers})
    return {
        "record_id": name,
        "source": reading.source,
        "stream": reading.facts.stream,
        "kind": kind,
        "cut": name in graph.cuts,
        "says": mask_told(reading.told),
        "identifiers": [{"type": type_, "value": value} for type_, value in identifiers],
    }


def _edge(edge: Edge, graph: Graph) -> dict[str, Any]:
    """A link. `bridge`: without it the profile falls apart; `weak`: and little speaks for it."""
    bridge = (edge.a, edge.b) in graph.bridges
    return {
        "a": edge.a,
        "b": edge.b,
        "kind": edge.kind.value,
        "bits": round(edge.weight / MILLI, 3),
        "bridge": bridge,
        "weak": bridge and edge.kind is not LinkKind.VERIFIED and edge.weight < WEAK,
    }
