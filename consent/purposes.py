"""Purposes: why data is used. A tree; a no covers a purpose and everything below it.

Flags are inherited downward and never taken back: what lies under marketing is marketing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from consent.reading import Fault, Reader

STATUSES: Final = ("draft", "active", "retired")
SECURITY: Final = "security"
VITAL: Final = frozenset({"legal", "dsr", SECURITY})
"""What goes on while a person is restricted or about to be erased, at any hour."""

FLAGS: Final = ("is_dm", "is_sale", "is_profiling", "is_special")
_KNOWN = frozenset({"parent", "status", "dpv", "max_age_days", "compartments", *FLAGS})


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose with what it inherits. `lineage`: itself and all its ancestors.

    `max_age_days`: how long a yes lasts. `compartments`: the fields and claims it may read.
    `marketing`: direct marketing, profiling for it, or sale; what suppression and age gate.
    `objection_only`: nothing but an objection that names it, or an officer, stops it.
    """

    key: str
    status: str
    lineage: frozenset[str]
    flags: frozenset[str]
    max_age_days: int
    compartments: tuple[str, ...]
    dpv: tuple[str, ...]
    marketing: bool
    objection_only: bool
    vital: bool

    @property
    def is_dm(self) -> bool:
        """Direct marketing: an objection to it is absolute (GDPR Art 21(3))."""
        return "is_dm" in self.flags

    @property
    def is_sale(self) -> bool:
        """Sale or sharing: what a GPC signal stops."""
        return "is_sale" in self.flags

    @property
    def is_special(self) -> bool:
        """Special categories: only explicit consent."""
        return "is_special" in self.flags


@dataclass(frozen=True, slots=True)
class _Node:
    """A purpose as the document says it, before inheritance."""

    parent: str | None
    status: str
    dpv: tuple[str, ...]
    max_age_days: int | None
    compartments: tuple[str, ...]
    flags: frozenset[str]


def parse_purposes(
    source: Mapping[str, Any], max_age_days: int, fault: Fault
) -> tuple[dict[str, Purpose], dict[str, Any]]:
    """The purposes of a document, and their normalised JSON.

    Raises:
        fault: a field of a wrong kind, a parent that does not exist, a cycle.
    """
    nodes = {key: _node(value, fault) for key, value in source.items()}
    found = {key: _purpose(key, nodes, max_age_days, fault) for key in nodes}
    return found, {key: _document(node) for key, node in sorted(nodes.items())}


def _node(value: Any, fault: Fault) -> _Node:
    read = Reader.of(value, _KNOWN, fault)
    return _Node(
        parent=read.optional_text("parent"),
        status=read.choice("status", STATUSES, "active"),
        dpv=read.texts("dpv"),
        max_age_days=read.optional_number("max_age_days", 1, 36_500),
        compartments=read.texts("compartments"),
        flags=frozenset(flag for flag in FLAGS if read.flag(flag)),
    )


def _document(node: _Node) -> dict[str, Any]:
    return {
        "parent": node.parent,
        "status": node.status,
        "dpv": list(node.dpv),
        "max_age_days": node.max_age_days,
        "compartments": list(node.compartments),
        **{flag: flag in node.flags for flag in FLAGS},
    }


def _purpose(key: str, nodes: Mapping[str, _Node], max_age_days: int, fault: Fault) -> Purpose:
    lineage = _lineage(key, nodes, fault)
    flags = frozenset().union(*(nodes[name].flags for name in lineage))
    node = nodes[key]
    return Purpose(
        key=key,
        status=node.status,
        lineage=frozenset(lineage),
        flags=flags,
        max_age_days=node.max_age_days or max_age_days,
        compartments=node.compartments,
        dpv=node.dpv,
        marketing=not flags.isdisjoint({"is_dm", "is_sale", "is_profiling"}),
        objection_only=SECURITY in lineage,
        vital=not VITAL.isdisjoint(lineage),
    )


def _lineage(key: str, nodes: Mapping[str, _Node], fault: Fault) -> list[str]:
    lineage = [key]
    while (parent := nodes[lineage[-1]].parent) is not None:
        if parent not in nodes:
            raise fault(f"the parent of purpose '{lineage[-1]}' does not exist", "unknown_parent")
        if parent in lineage:
            raise fault(f"purpose '{key}' is below itself: the tree has a cycle", "purpose_cycle")
        lineage.append(parent)
    return lineage
