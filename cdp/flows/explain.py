"""Explain: why two records, or two profiles, are one person or are not.

Computed from the facts by the room that made the partition, so it cannot disagree with it. Values
are opened in memory to be compared and leave masked.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cdp.clock import text
from cdp.errors import NotFound, ProfileSplit, TryAgain
from cdp.facts import FactReader, RecordReading
from cdp.neighbours import Neighbours
from cdp.store import links
from cdp.store.tx import Tx
from cdp.vault.custodian import Custodian
from identity.explain import Explainer, Explanation, Step
from identity.masking import mask, mask_told
from identity.rules import Rules

# Of a profile with more records, the earliest are looked at: every pair costs time.
MOST_RECORDS: Final = 100


@dataclass(frozen=True)
class Subject:
    """What an id stands for: a record, or all records of a profile; both have one profile."""

    asked: UUID
    profile_id: UUID
    records: tuple[UUID, ...]


def find_subject(tx: Tx, asked: UUID) -> Subject:
    """The record or the current profile of an id.

    Raises:
        NotFound: unknown, erased, or of another workspace: all the same.
        ProfileSplit: a former id that stands for several profiles now.
    """
    own = links.links_of(tx.main, [asked]).get(asked)
    if own is not None:
        return Subject(asked, own.profile_id, (asked,))
    current = links.current(tx.main, tx.workspace, asked)
    if not current:
        raise NotFound("there is no such profile", reason="NO_PROFILE")
    if len(current) > 1:
        raise ProfileSplit(current)
    (profile,) = current
    return Subject(asked, profile, tuple(sorted(links.members(tx.main, [profile]))))


def explain(
    tx: Tx, custodian: Custodian, rules: Rules, subjects: tuple[Subject, Subject], now: datetime
) -> dict[str, Any]:
    """The explanation as a document, values masked.

    For two profiles it is about the pair of records with most to say for being one person; for one
    profile and itself, about the weakest link that holds it together.

    Raises:
        TryAgain: its records are not resolved yet.
    """
    first, second = subjects
    reader = FactReader(tx, custodian)
    search = Neighbours(tx, rules, reader)
    component = search.component({*first.records, *second.records})
    explainer = Explainer(
        component.evidence, rules, blocked=component.blocked, generic=component.generic
    )
    known = [item.record_id for item in component.evidence]
    a, b = _pair(explainer, _among(known, first), _among(known, second))
    told = explainer.explain(a, b)
    shown = {UUID(name) for step in (*told.path, told.pair) for name in (step.a, step.b)}
    readings = reader.read(shown)
    return {
        "first": {"id": str(first.asked), "profile_id": str(first.profile_id), "record_id": a},
        "second": {"id": str(second.asked), "profile_id": str(second.profile_id), "record_id": b},
        "same": told.same,
        "kind": str(told.kind) if told.kind else None,
        "conclusion": _conclusion(told),
        "reasons": [reason.as_dict() for reason in told.reasons],
        "path": [_step(step, readings) for step in told.path],
        "pair": _step(told.pair, readings),
        "records": {
            str(record): {"source": reading.source, "stream": reading.facts.stream}
            for record, reading in sorted(readings.items())
        },
        "rules": told.rules,
        "as_of": text(now),
    }


def _among(known: Collection[str], subject: Subject) -> list[str]:
    found = [str(record) for record in subject.records if str(record) in known]
    if not found:
        raise TryAgain("these records wait to be resolved; ask again", reason="profile_changing")
    return found[:MOST_RECORDS]


def _pair(explainer: Explainer, ours: list[str], theirs: list[str]) -> tuple[str, str]:
    """The two records to put side by side."""
    if ours == theirs:
        return explainer.weakest(ours)
    if len(ours) > 1 or len(theirs) > 1:
        # A record and the profile it is in: the others of the profile.
        ours, theirs = _apart(ours, theirs), _apart(theirs, ours)
    return explainer.strongest(ours, theirs)


def _apart(ours: list[str], theirs: list[str]) -> list[str]:
    return [record for record in ours if len(ours) == 1 or record not in theirs]


def _step(step: Step, readings: Mapping[UUID, RecordReading]) -> dict[str, Any]:
    """A step with what both records say, masked."""
    a, b = readings[UUID(step.a)], readings[UUID(step.b)]
    ours, theirs = mask_told(a.told), mask_told(b.told)
    made = step.as_dict()
    made["terms"] = [
        {
            "name": term.name,
            "level": term.level,
            "bits": bits,
            "values": _shared(term.name, a, b) or [ours.get(term.name), theirs.get(term.name)],
        }
        for term, bits in zip(step.terms, step.bits, strict=True)
    ]
    return made


def _shared(type_: str, a: RecordReading, b: RecordReading) -> list[str]:
    """The identifiers of a type that both have, masked."""
    ours, theirs = _values(type_, a.identifiers), _values(type_, b.identifiers)
    return [mask(type_, value) for value in sorted(ours & theirs)]


def _values(type_: str, identifiers: Iterable[Any]) -> set[str]:
    return {item.value for item in identifiers if item.type == type_}


def _conclusion(told: Explanation) -> str:
    """One sentence for people."""
    if told.a == told.b:
        return "This is one record."
    if told.same:
        steps = f"{len(told.path)} steps" if len(told.path) > 1 else "one step"
        return f"One person: a {told.kind} link in {steps}."
    why = [_WHY[reason.code].format(reason.type) for reason in told.reasons]
    return f"Not one person: {'; '.join(why)}."


_WHY: Final = {
    "no_shared_identifier": "they share no identifier and no blocking key",
    "type_does_not_merge": "both have one {}, which joins nobody",
    "blocked_value": "both have one {} that is blocked",
    "generic_value": "both have one {} that too many others have as well",
    "shared_device": "both have one {}, which never joins two known persons",
    "conflict": "one person cannot have two values of {}",
    "verdict": "somebody decided that they are two",
    "household": "two people of one household explain it better",
    "weight_below_threshold": "what speaks against it weighs more",
    "component_over_cap": "too many records hang together here to be weighed as one",
}
