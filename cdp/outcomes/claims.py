"""The claim: one statement about a customer, with the evidence it rests on.

No evidence, no claim: without evidence the status is `unknown` and there is no value. An absence
("not delivered by today") is evidence only as a named rule with the moment it was checked. A claim
carries no personal data of its own beyond its value and the excerpts of its evidence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cdp.clock import text

STATUSES = ("observed", "declared", "inferred", "unknown")


@dataclass(frozen=True, slots=True)
class Method:
    """How a claim was made: an id, its version, and `rule`, `model` or `declared`."""

    id: str
    version: str
    kind: str

    def document(self) -> dict[str, Any]:
        """As it stands in the context document."""
        return {"id": self.id, "version": self.version, "kind": self.kind}


@dataclass(frozen=True, slots=True)
class Confidence:
    """`p` in (0, 1) with three decimals; `calibration` says on what it was calibrated, or None."""

    p: float
    kind: str
    calibration: str | None = None

    def document(self) -> dict[str, Any]:
        """As it stands in the context document."""
        return {"p": self.p, "kind": self.kind, "calibration": self.calibration}


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact that was seen: an event, or a value of a record (then `at` is when it arrived)."""

    type: str
    event_id: str
    at: datetime
    source: str
    fields: str = ""
    excerpt: str = field(default="", repr=False)

    def document(self) -> dict[str, Any]:
        """The entry of `evidence`; empty parts are absent."""
        entry = {
            "type": self.type,
            "event_id": self.event_id,
            "at": text(self.at),
            "source": self.source,
            "field": self.fields,
            "excerpt": self.excerpt,
        }
        return {name: value for name, value in entry.items() if value}

    def unsigned(self) -> "Told":
        """The same for whoever may not know which source says so, and when."""
        return Told(self.type, self.fields, self.excerpt)


@dataclass(frozen=True, slots=True)
class Told:
    """What was seen, without which record or event of which source says so, and when."""

    type: str
    fields: str
    excerpt: str = field(repr=False)

    def document(self) -> dict[str, Any]:
        """The entry of `evidence`; empty parts are absent."""
        entry = {"type": self.type, "field": self.fields, "excerpt": self.excerpt}
        return {name: value for name, value in entry.items() if value}


@dataclass(frozen=True, slots=True)
class Absence:
    """Something that did not happen: what was looked for, by which rule, and when."""

    rule: str = field(repr=False)
    checked_at: datetime
    source: str

    def document(self) -> dict[str, Any]:
        """The entry of `evidence`."""
        return {
            "type": "absence",
            "rule": self.rule,
            "checked_at": text(self.checked_at),
            "source": f"rule:{self.source}",
        }


Evidence = Seen | Absence


def fraction(thousandths: int) -> float:
    """A part of one in three decimals, as every number with a fraction is written.

    0 and 1 are written as integers: other languages do not tell 1.0 from 1.
    """
    return thousandths // 1000 if thousandths % 1000 == 0 else thousandths / 1000


class EvidenceBook:
    """The `evidence` part of one document: hands out `ev_1`, `ev_2` ... in order of first use.

    Unsigned, for readers outside service: what says the same is one piece, whoever says it, for a
    source may be the desk where people complain.
    """

    def __init__(self, *, signed: bool = True) -> None:
        self._ids: dict[Evidence | Told, str] = {}
        self._signed = signed

    def cite(self, evidence: Sequence[Evidence]) -> list[str]:
        """The ids of these pieces of evidence; the same piece has one id."""
        if not evidence:
            return []
        ids, found = self._ids, []
        pieces = evidence if self._signed else map(self._shown, evidence)
        for piece in dict.fromkeys(pieces) if len(evidence) > 1 else pieces:
            name = ids.get(piece)
            if name is None:
                name = ids[piece] = f"ev_{len(ids) + 1}"
            found.append(name)
        return found

    def document(self) -> dict[str, Any]:
        """Every piece cited so far by its id."""
        return {name: piece.document() for piece, name in self._ids.items()}

    def _shown(self, piece: Evidence) -> Evidence | Told:
        return piece if self._signed or isinstance(piece, Absence) else piece.unsigned()


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement. Make it with `stated`, which keeps the rule that no evidence is no claim."""

    value: Mapping[str, Any] | None = field(repr=False)
    status: str
    method: Method
    as_of: datetime
    stale_after: datetime
    evidence: tuple[Evidence, ...] = ()
    counter_evidence: tuple[Evidence, ...] = ()
    confidence: Confidence | None = None

    def document(self, basis: Mapping[str, Any], book: EvidenceBook) -> dict[str, Any]:
        """The envelope as served; `value` and `confidence` are absent when there is none.

        Args:
            basis: purpose, legal basis and, where an event decides, the receipt.
            book: collects the evidence of the document.
        """
        envelope: dict[str, Any] = {} if self.value is None else {"value": dict(self.value)}
        envelope["status"] = self.status
        if self.confidence is not None:
            envelope["confidence"] = self.confidence.document()
        envelope["method"] = self.method.document()
        envelope["evidence"] = book.cite(self.evidence)
        envelope["counter_evidence"] = book.cite(self.counter_evidence)
        envelope["basis"] = dict(basis)
        envelope["as_of"] = text(self.as_of)
        envelope["stale_after"] = text(self.stale_after)
        return envelope


def stated(
    value: Mapping[str, Any],
    *,
    status: str,
    method: Method,
    evidence: Sequence[Evidence],
    as_of: datetime,
    fresh_for: timedelta,
    counter_evidence: Sequence[Evidence] = (),
    confidence: Confidence | None = None,
) -> Claim:
    """A claim, or an `unknown` one without value when there is no evidence for it."""
    if not evidence:
        return Claim(None, "unknown", method, as_of, as_of + fresh_for)
    return Claim(
        value,
        status,
        method,
        as_of,
        as_of + fresh_for,
        tuple(evidence),
        tuple(counter_evidence),
        confidence,
    )
