"""Why two records are one person, or why not, in words that hold no personal data.

The answer is computed from the facts, by the code that made the partition, so it cannot disagree
with it. A strongest path is one whose weakest link is as strong as possible; among those, one of
the fewest steps; then the one through the earliest records.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from identity.blocking import Standing, block, key_of
from identity.comparisons import MILLI
from identity.evidence import Evidence, Value, Verdict
from identity.linking import Linking
from identity.partition import STRONGEST_FIRST, LinkKind
from identity.resolver import CAP, WEIGHT, cluster, refusal_between
from identity.rules import VERDICT, Rules
from identity.scoring import Term


class WhyNot(StrEnum):
    """Why two records are not one person."""

    NO_SHARED_IDENTIFIER = "no_shared_identifier"
    TYPE_DOES_NOT_MERGE = "type_does_not_merge"
    BLOCKED_VALUE = "blocked_value"
    GENERIC_VALUE = "generic_value"
    SHARED_DEVICE = "shared_device"
    CONFLICT = "conflict"
    VERDICT = "verdict"
    HOUSEHOLD = "household"
    WEIGHT = "weight_below_threshold"
    CAP = "component_over_cap"


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
class Step:
    """Two records side by side: how they are linked (None: not by themselves), and the waterfall.

    `weight` is the sum of the terms, in thousandths of a bit. The first term is the prior: that of
    two records of one component, or, for two that nothing ties, the much lower one of two records
    that were proposed to each other.
    """

    a: str
    b: str
    kind: LinkKind | None
    weight: int
    terms: tuple[Term, ...]

    @property
    def types(self) -> tuple[str, ...]:
        """What speaks for the two being one."""
        return tuple(term.name for term in self.terms if term.weight > 0 or term.name == VERDICT)

    @property
    def bits(self) -> tuple[float, ...]:
        """The weight of each term in bits."""
        return tuple(_bits(term.weight) for term in self.terms)

    def as_dict(self) -> dict[str, object]:
        """Plain JSON values; weights in bits."""
        return {
            "a": self.a,
            "b": self.b,
            "kind": str(self.kind) if self.kind else None,
            "bits": _bits(self.weight),
            "terms": [
                {"name": term.name, "level": term.level, "bits": bits}
                for term, bits in zip(self.terms, self.bits, strict=True)
            ],
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why, or why not: `path` if the records are one person, `reasons` if they are not.

    `pair`: the two records asked about, side by side, whichever it is. `rules`: the version.
    """

    a: str
    b: str
    same: bool
    path: tuple[Step, ...]
    reasons: tuple[Reason, ...]
    pair: Step
    rules: str

    @property
    def kind(self) -> LinkKind | None:
        """The weakest link of the path; verified for a record and itself, None if not the same."""
        if not self.same:
            return None
        kinds = (step.kind for step in self.path if step.kind)
        return max(kinds, key=STRONGEST_FIRST.index, default=_BEST)

    def as_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "a": self.a,
            "b": self.b,
            "same": self.same,
            "kind": str(self.kind) if self.kind else None,
            "path": [step.as_dict() for step in self.path],
            "reasons": [reason.as_dict() for reason in self.reasons],
            "pair": self.pair.as_dict(),
            "rules": self.rules,
        }


_BEST = STRONGEST_FIRST[0]


class Explainer:
    """Answers for any two records of the evidence that `resolve` is given.

    Raises:
        ValueError: two different pieces of evidence for one record.
    """

    def __init__(
        self,
        evidence: Iterable[Evidence],
        rules: Rules,
        *,
        blocked: frozenset[Value] = frozenset(),
        generic: frozenset[Value] = frozenset(),
        verdicts: Iterable[Verdict] = (),
    ) -> None:
        blocks = block(evidence, rules, blocked=blocked, generic=generic, verdicts=verdicts)
        self._rules = rules
        self._found = cluster(blocks, rules)
        self._homes = self._found.clusters.homes()
        self._linking = Linking(blocks, self._found.scorer, self._homes)
        self._places = {record.record_id: place for place, record in enumerate(blocks.records)}

    def explain(self, a: str, b: str) -> Explanation:
        """Why two records are one person or not.

        Raises:
            LookupError: one of the records is not in the evidence.
        """
        if a not in self._places or b not in self._places:
            raise LookupError("no evidence was given for one of the two records")
        start, end = self._places[a], self._places[b]
        pair, version = self._step(start, end), self._rules.hash
        if self._homes[start] == self._homes[end]:
            return Explanation(a, b, True, self._path(start, end), (), pair, version)
        reasons = self._idle(start, end) + self._refused(start, end)
        none = (Reason(WhyNot.NO_SHARED_IDENTIFIER),)
        return Explanation(a, b, False, (), reasons or none, pair, version)

    def strongest(self, first: Iterable[str], second: Iterable[str]) -> tuple[str, str]:
        """Of two groups of records, the pair with most to say for being one person.

        Raises:
            LookupError: one of the records is not in the evidence.
            ValueError: a group is empty.
        """
        ours, theirs = (sorted(self._places[name] for name in names) for names in (first, second))
        a, b = max(product(ours, theirs), key=lambda pair: (self._rank(*pair), -pair[0], -pair[1]))
        records = self._found.blocks.records
        return records[a].record_id, records[b].record_id

    def weakest(self, records: Iterable[str]) -> tuple[str, str]:
        """Of the links that hold these records of one person together, the ends of the weakest.

        A lone record is given twice.

        Raises:
            LookupError: one of the records is not in the evidence.
            ValueError: there is none.
        """
        places = sorted(self._places[name] for name in records)
        if not places:
            raise ValueError("there is no record to explain")
        ends = set(places)
        links = [link for link in self._linking.links() if {link[0], link[1]} <= ends]
        records_ = self._found.blocks.records
        if not links:
            return records_[places[0]].record_id, records_[places[-1]].record_id
        a, b, _ = max(links, key=self._weakness)
        return records_[a].record_id, records_[b].record_id

    def _weakness(self, link: tuple[int, int, LinkKind]) -> tuple[int, int]:
        a, b, kind = link
        return STRONGEST_FIRST.index(kind), -self._found.scorer.between(a, b).total

    def _rank(self, a: int, b: int) -> tuple[int, int]:
        """Pairs that have something to say first, then the heaviest."""
        terms = self._found.scorer.terms(a, b)
        return int(bool(terms)), self._found.scorer.between(a, b).total

    def _step(self, a: int, b: int) -> Step:
        blocks, scorer, linking = self._found.blocks, self._found.scorer, self._linking
        first, second = blocks.records[a].record_id, blocks.records[b].record_id
        tied = self._found.tied.find(a) == self._found.tied.find(b)
        terms = [*scorer.terms(a, b, tied=tied)]
        terms += [Term(name, "attaches", 0) for name in linking.attached(a, b)]
        if word := linking.word(a, b):
            terms.append(Term(VERDICT, word, 0))
        together = self._homes[a] == self._homes[b]
        kind = linking.kind(a, b) if together else None
        weight = scorer.between(a, b) if tied else scorer.candidate(a, b)
        return Step(first, second, kind, weight.total, tuple(terms))

    def _path(self, start: int, end: int) -> tuple[Step, ...]:
        """A cluster is connected, so a path is found at the weakest strength at the latest."""
        walks = (self._linking.walk(start, weakest) for weakest in STRONGEST_FIRST)
        came_from = next(walk for walk in walks if end in walk)
        steps: list[Step] = []
        while end != start:
            steps.append(self._step(came_from[end], end))
            end = came_from[end]
        return tuple(reversed(steps))

    def _idle(self, a: int, b: int) -> tuple[Reason, ...]:
        """Values both hold that join nobody, each reason once."""
        blocks = self._found.blocks
        ours, theirs = ({key_of(t) for t in blocks.records[place].tokens} for place in (a, b))
        found = {(_IDLE.get(blocks.standing[key]), key[0]) for key in ours & theirs}
        return tuple(Reason(code, type_) for code, type_ in sorted(found, key=str) if code)

    def _refused(self, a: int, b: int) -> tuple[Reason, ...]:
        """What keeps the two clusters apart: conflicts where a link was tried, a human, weight."""
        found = self._found
        refusal = refusal_between(found, a, b)
        between: tuple[str, str] | None = None
        if refusal is not None:
            ends = {found.blocks.records[a].record_id, found.blocks.records[b].record_id}
            between = None if ends == {refusal.a, refusal.b} else (refusal.a, refusal.b)
        tried = refusal is not None or found.compared(a, b)
        names = found.against(a, b) if tried else found.clusters.against(a, b)
        return tuple(
            self._reason(name, a, b, between) for name in names if tried or name == VERDICT
        )

    def _reason(self, name: str, a: int, b: int, between: tuple[str, str] | None) -> Reason:
        if name == VERDICT:
            return Reason(WhyNot.VERDICT, None, between)
        if name == CAP:
            return Reason(WhyNot.CAP, None, between)
        if name == WEIGHT:
            household = self._found.scorer.between(a, b).is_household
            return Reason(WhyNot.HOUSEHOLD if household else WhyNot.WEIGHT, None, between)
        return Reason(WhyNot.CONFLICT, name, between)


_IDLE = {
    Standing.TYPE_DOES_NOT_MERGE: WhyNot.TYPE_DOES_NOT_MERGE,
    Standing.BLOCKED_VALUE: WhyNot.BLOCKED_VALUE,
    Standing.GENERIC_VALUE: WhyNot.GENERIC_VALUE,
    Standing.ATTACHES: WhyNot.SHARED_DEVICE,
}


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
    return Explainer(evidence, rules, blocked=blocked, generic=generic, verdicts=verdicts).explain(
        a, b
    )


def _bits(weight: int) -> float:
    return round(weight / MILLI, 3)
