"""Consent events: what the ledger seals, and the pseudonymous part of it that decides.

A `ConsentFact` names contact points only by opaque references. Its `rank` is never read from the
event: the caller derives it from a proof that was verified; unproved is 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

from consent.reading import CHANNELS, EVERY, Invalid, Reader, text_of

YES: Final = frozenset({"given", "confirmed", "renewed", "opted_in"})
NOES: Final = frozenset(
    {
        "refused",
        "withdrawn",
        "objected",
        "opted_out",
        "signal_gpc",
        "invalidated",
        "terminated",
    }
)
RESTRICTIONS: Final = NOES | {"expired"}
"""Types that can only take away: accepted from any source at any rank, and fenced at once."""
OPEN: Final = frozenset({"asked", "deferred", "pending"})
TYPES: Final = YES | RESTRICTIONS | OPEN | {"restored"}
"""`restored` is kept as evidence and decides nothing: only a new yes of the person does."""

CONSENT_TYPES: Final = ("implied", "expressed", "explicit")
FLAGS: Final = frozenset({"guardian", "gpc_ack", "prompted", "preticked"})
SOURCES: Final[Mapping[str, int]] = {
    "subject_auth": 5,
    "subject_link": 4,
    "subject_web": 3,
    "staff": 2,
    "partner": 1,
    "import": 0,
}
"""The rank each source has once its proof is verified."""
RECORD_SCHEMA: Final = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"


class InvalidConsent(Invalid):
    """A consent event that cannot be understood; the message names the field, not the value."""


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """What a decision needs of one event.

    `purposes`, `channels`: enumerated, or `("*",)`; `contact`, `brand`: one, or "*". `rank`: 0
    import .. 5 subject signed in. `at` is the subject's time, `received` ours. `evidence`: there
    is some, and it carries its time. `pending_at`: when the double opt-in link was issued.
    `key` is the instant by which events are ordered (`decision.md` section 2): a yes, and a no of
    rank <= 1 with evidence, by min(at, received); any other no by `received`.
    """

    id: str
    type: str
    purposes: tuple[str, ...]
    at: datetime
    received: datetime
    channels: tuple[str, ...] = (EVERY,)
    contact: str = EVERY
    brand: str = EVERY
    rank: int = 0
    notice: str | None = None
    evidence: bool = False
    ctype: str = "expressed"
    flags: frozenset[str] = frozenset()
    until: datetime | None = None
    pending_at: datetime | None = None
    key: datetime = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if set(self.channels) >= set(CHANNELS):
            object.__setattr__(self, "channels", (EVERY,))
        told = self.type not in RESTRICTIONS or (
            self.rank <= 1 and self.evidence and self.type != "signal_gpc"
        )
        key = min(self.at, self.received) if told else self.received
        object.__setattr__(self, "key", key)

    @property
    def is_restriction(self) -> bool:
        """It can only take away."""
        return self.type in RESTRICTIONS

    @classmethod
    def parse(cls, source: Mapping[str, Any]) -> "ConsentFact":
        """Read the JSON form.

        Raises:
            InvalidConsent: an unknown field, type, channel or flag, or a value of a wrong kind.
        """
        read = Reader.of(source, _FACT, InvalidConsent)
        return cls(
            id=read.text("id"),
            type=read.choice("type", TYPES),
            purposes=_purposes(read),
            at=read.instant("at"),
            received=read.instant("received"),
            channels=read.scope("channels", CHANNELS),
            contact=read.optional_text("contact") or EVERY,
            brand=read.optional_text("brand") or EVERY,
            rank=read.number("rank", 0, 5),
            notice=read.optional_text("notice"),
            evidence=read.flag("evidence"),
            ctype=read.choice("ctype", CONSENT_TYPES, "expressed"),
            flags=frozenset(read.texts("flags", FLAGS)),
            until=read.optional_instant("until"),
            pending_at=read.optional_instant("pending_at"),
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON; `parse` reads it back."""
        return {
            "id": self.id,
            "type": self.type,
            "purposes": list(self.purposes),
            "channels": list(self.channels),
            "contact": self.contact,
            "brand": self.brand,
            "rank": self.rank,
            "at": text_of(self.at),
            "received": text_of(self.received),
            "notice": self.notice,
            "evidence": self.evidence,
            "ctype": self.ctype,
            "flags": sorted(self.flags),
            "until": _text(self.until),
            "pending_at": _text(self.pending_at),
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the proof of an act is kept, and its hash; never the proof itself."""

    ref: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """One whole event as it is sealed in the ledger (fields of ISO/IEC TS 27560 and DPV).

    `subject_ref`: a random pseudonym per record. `records`: those it binds to. `by_party`: who
    indicated it (data_subject, guardian, staff ...). `proof`: what the rank is derived from, opaque
    here. `contact` is an opaque reference or "*".
    """

    id: str
    type: str
    purposes: tuple[str, ...]
    at: datetime
    received: datetime
    records: tuple[str, ...]
    source: str
    channels: tuple[str, ...] = (EVERY,)
    contact: str = EVERY
    brand: str = EVERY
    ctype: str = "expressed"
    flags: frozenset[str] = frozenset()
    until: datetime | None = None
    pending_at: datetime | None = None
    notice: str | None = None
    notice_sha256: str | None = None
    language: str | None = None
    subject_ref: str | None = None
    by_party: str | None = None
    method: str | None = None
    evidence: Evidence | None = None
    policy_hash: str | None = None
    proof: Mapping[str, Any] | None = field(default=None, repr=False)
    record_schema: str = RECORD_SCHEMA

    @property
    def is_restriction(self) -> bool:
        """It can only take away; such an event is never refused."""
        return self.type in RESTRICTIONS

    def fact(self, rank: int) -> ConsentFact:
        """The part that decides, at the rank the caller derived from a verified proof."""
        return ConsentFact(
            id=self.id,
            type=self.type,
            purposes=self.purposes,
            at=self.at,
            received=self.received,
            channels=self.channels,
            contact=self.contact,
            brand=self.brand,
            rank=rank,
            notice=self.notice,
            evidence=self.evidence is not None,
            ctype=self.ctype,
            flags=self.flags,
            until=self.until,
            pending_at=self.pending_at,
        )

    @classmethod
    def parse(cls, source: Mapping[str, Any]) -> "ConsentEvent":
        """Read the JSON form.

        Raises:
            InvalidConsent: an unknown field, type, channel, flag or source, or a wrong kind.
        """
        read = Reader.of(source, _EVENT, InvalidConsent)
        return cls(
            id=read.text("id"),
            type=read.choice("type", TYPES),
            purposes=_purposes(read),
            at=read.instant("at"),
            received=read.instant("received"),
            records=read.texts("records"),
            source=read.choice("source", SOURCES),
            channels=read.scope("channels", CHANNELS),
            contact=read.optional_text("contact") or EVERY,
            brand=read.optional_text("brand") or EVERY,
            ctype=read.choice("ctype", CONSENT_TYPES, "expressed"),
            flags=frozenset(read.texts("flags", FLAGS)),
            until=read.optional_instant("until"),
            pending_at=read.optional_instant("pending_at"),
            notice=read.optional_text("notice"),
            notice_sha256=read.optional_text("notice_sha256"),
            language=read.optional_text("language"),
            subject_ref=read.optional_text("subject_ref"),
            by_party=read.optional_text("by_party"),
            method=read.optional_text("method"),
            evidence=_evidence(read),
            policy_hash=read.optional_text("policy_hash"),
            proof=_proof(read),
            record_schema=read.optional_text("record_schema") or RECORD_SCHEMA,
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON without floats; `parse` reads it back."""
        evidence = self.evidence
        return {
            "id": self.id,
            "record_schema": self.record_schema,
            "subject_ref": self.subject_ref,
            "type": self.type,
            "ctype": self.ctype,
            "purposes": list(self.purposes),
            "channels": list(self.channels),
            "contact": self.contact,
            "brand": self.brand,
            "notice": self.notice,
            "notice_sha256": self.notice_sha256,
            "language": self.language,
            "records": list(self.records),
            "at": text_of(self.at),
            "received": text_of(self.received),
            "until": _text(self.until),
            "pending_at": _text(self.pending_at),
            "by_party": self.by_party,
            "method": self.method,
            "evidence": {"ref": evidence.ref, "sha256": evidence.sha256} if evidence else None,
            "policy_hash": self.policy_hash,
            "flags": sorted(self.flags),
            "source": self.source,
            "proof": dict(self.proof) if self.proof is not None else None,
        }


_FACT: Final = frozenset(item.name for item in fields(ConsentFact) if item.init)
_EVENT: Final = frozenset(item.name for item in fields(ConsentEvent))


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else text_of(moment)


def _purposes(read: Reader) -> tuple[str, ...]:
    if read.source.get("purposes") is None:
        raise InvalidConsent("'purposes' must be enumerated, or be '*'", "invalid_purposes")
    return read.scope("purposes")


def _evidence(read: Reader) -> Evidence | None:
    if read.source.get("evidence") is None:
        return None
    inner = Reader.of(read.source["evidence"], {"ref", "sha256"}, InvalidConsent)
    return Evidence(inner.text("ref"), inner.optional_text("sha256"))


def _proof(read: Reader) -> Mapping[str, Any] | None:
    proof = read.source.get("proof")
    if proof is None:
        return None
    proof = read.mapping("proof")
    if _has_float(proof):
        raise InvalidConsent("'proof' may hold no floats: write strings", "invalid_proof")
    return dict(proof)


def _has_float(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_float(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_has_float(item) for item in value)
    return isinstance(value, float)
