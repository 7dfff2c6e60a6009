"""Why two records are one person, or why not, in words that hold no personal data.

The answer is computed from the facts, by the code that made the partition, so it cannot disagree
with it. A strongest path is one whose weakest link is as strong as possible; among those, one of
the fewest steps; then the one through the earliest records.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from identity.blocking import Blocks, Standing, block, key_of
from identity.clustering import Clusters
from identity.evidence import Evidence, Value, Verdict
from identity.linking import Linking
from identity.partition import STRONGEST_FIRST, Edge, LinkKind
from identity.resolver import cluster, refusal_between
from identity.rules import VERDICT, Rules


class WhyNot(StrEnum):
    """Why two records are not one person."""

    NO_SHARED_IDENTIFIER = "no_shared_identifier"
    TYPE_DOES_NOT_MERGE = "type_does_not_merge"
    BLOCKED_VALUE = "blocked_value"
    GENERIC_VALUE = "generic_value"
    CONFLICT = "conflict"
    VERDICT = "verdict"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why not.

    `type`: the identifier type shared (or, for a conflict, the type of which there are two values).
    `between`: the two records whose link was refused, where they are not the two asked about.
    """

    code: WhyNot
    type: str | None = None
    between: tuple[str, str] | None = None

    def as_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        between = list(self.between) if self.between else None
        return {"code": str(self.code), "type": self.type, "between": between}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why, or why not: `path` if the records are one person, `reasons` if they are not."""

    a: str
    b: str
    same: bool
    path: tuple[Edge, ...]
    reasons: tuple[Reason, ...]

    @property
    def kind(self) -> LinkKind | None:
        """The weakest link of the path; verified for a record and itself, None if not the same."""
        if not self.same:
            return None
        return max((edge.kind for edge in self.path), key=STRONGEST_FIRST.index, default=_BEST)

    def as_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "a": self.a,
            "b": self.b,
            "same": self.same,
            "kind": str(self.kind) if self.kind else None,
            "path": [_step(edge) for edge in self.path],
            "reasons": [reason.as_dict() for reason in self.reasons],
        }


_BEST = STRONGEST_FIRST[0]


def explain(
    evidence: Iterable[Evidence],
    rules: Rules,
    a: str,
    b: str,
    *,
    blocked: frozenset[Value] = frozenset(),
    generic: frozenset[Value] = frozenset(),
    verdicts: Iterable[Verdict] = (),
) -> Explanation:
    """Why two records are one person or not, given what `resolve` is given.

    Raises:
        LookupError: one of the records is not in the evidence.
        ValueError: two different pieces of evidence for one record.
    """
    blocks = block(evidence, rules, blocked=blocked, generic=generic, verdicts=verdicts)
    places = {record.record_id: place for place, record in enumerate(blocks.records)}
    if a not in places or b not in places:
        raise LookupError("no evidence was given for one of the two records")
    clusters = cluster(blocks)
    start, end = places[a], places[b]
    if clusters.find(start) == clusters.find(end):
        linking = Linking(blocks, clusters.homes())
        return Explanation(a, b, True, _path(blocks, linking, start, end), ())
    reasons = _idle(blocks, start, end) + _refused(blocks, clusters, start, end)
    return Explanation(a, b, False, (), reasons or (Reason(WhyNot.NO_SHARED_IDENTIFIER),))


def _path(blocks: Blocks, linking: Linking, start: int, end: int) -> tuple[Edge, ...]:
    """A cluster is connected, so a path is found at the weakest strength at the latest."""
    walks = (linking.walk(start, weakest) for weakest in STRONGEST_FIRST)
    came_from = next(walk for walk in walks if end in walk)
    steps: list[Edge] = []
    while end != start:
        before = came_from[end]
        first, second = blocks.records[before].record_id, blocks.records[end].record_id
        steps.append(Edge(first, second, linking.grounds(before, end)))
        end = before
    return tuple(reversed(steps))


def _idle(blocks: Blocks, a: int, b: int) -> tuple[Reason, ...]:
    """Values both hold that join nobody, each reason once."""
    ours, theirs = ({key_of(t) for t in blocks.records[place].tokens} for place in (a, b))
    found = {(blocks.standing[key], key[0]) for key in ours & theirs}
    return tuple(
        Reason(WhyNot(standing), type_)
        for standing, type_ in sorted(found)
        if standing is not Standing.LINKS
    )


def _refused(blocks: Blocks, clusters: Clusters, a: int, b: int) -> tuple[Reason, ...]:
    """What keeps the two clusters apart, if a link between them was refused or a human said so."""
    refusal = refusal_between(blocks, clusters, a, b)
    between: tuple[str, str] | None = None
    if refusal is not None:
        ends = {blocks.records[a].record_id, blocks.records[b].record_id}
        between = None if ends == {refusal.a, refusal.b} else (refusal.a, refusal.b)
    return tuple(
        Reason(WhyNot.VERDICT, None, between)
        if name == VERDICT
        else Reason(WhyNot.CONFLICT, name, between)
        for name in clusters.against(a, b)
        if refusal is not None or name == VERDICT
    )


def _step(edge: Edge) -> dict[str, object]:
    return {
        "a": edge.a,
        "b": edge.b,
        "kind": str(edge.kind),
        "weight": edge.weight,
        "grounds": [
            {"type": ground.type, "kind": str(ground.kind), "weight": ground.weight}
            for ground in edge.grounds
        ],
    }
