"""Proofs of who made a consent statement, from which its rank follows.

A rank is never read from a column. The entry point that knows how somebody was authenticated
signs a short assertion; whoever folds the event verifies it. Without a valid proof the rank is 0.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cdp.canonical import canonical
from cdp.vault.custodian import Custodian
from cdp.vault.envelope import CannotOpen
from consent.events import SOURCES


@dataclass(frozen=True)
class Proof:
    """An assertion by this platform's door: this statement came from `source`, through `by`."""

    source: str
    by: str
    signature: bytes

    def as_dict(self) -> dict[str, Any]:
        """For the sealed event body."""
        return {"source": self.source, "by": self.by, "signature": self.signature.hex()}


def prove(custodian: Custodian, event_id: UUID, source: str, by: str) -> Proof:
    """Sign that an event came from `source` (a key of `consent.events.SOURCES`) through `by`."""
    return Proof(source, by, custodian.sign_proof(_statement(event_id, source, by)))


def rank_of(custodian: Custodian, event_id: UUID, proof: Proof | None) -> int:
    """The rank a proof earns; 0 where it does not verify or is not there."""
    if proof is None or proof.source not in SOURCES:
        return 0
    try:
        custodian.verify_proof(_statement(event_id, proof.source, proof.by), proof.signature)
    except CannotOpen:
        return 0
    return SOURCES[proof.source]


def _statement(event_id: UUID, source: str, by: str) -> bytes:
    return canonical(
        {"format": "cdp.assertion/1", "event": str(event_id), "source": source, "by": by}
    )
