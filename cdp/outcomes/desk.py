"""The desk one context is written on: what was asked, what was handed in, what was found out.

Whether a claim may stand in the document is decided here and nowhere else: by the purposes the
caller is bound to, by the permission, and by whether the view is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cdp.outcomes.catalogues import Catalogues
from cdp.outcomes.claims import EvidenceBook
from cdp.outcomes.findings import Findings
from cdp.outcomes.offers import OfferAnswer
from cdp.outcomes.readings import DENIED, ContextRequest, Reading

PERSONALISED = "PERSONALISED"


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything one document is made of."""

    request: ContextRequest
    readings: Mapping[str, Reading]
    catalogues: Catalogues
    answer: OfferAnswer
    found: Findings
    book: EvidenceBook = field(default_factory=EvidenceBook)

    @property
    def now(self) -> datetime:
        """The moment of the document."""
        return self.request.now

    @property
    def offering(self) -> bool:
        """True when offers are made in this document."""
        return self.request.may_read("offers") and bool(self.answer.survivors)

    @property
    def personalised(self) -> bool:
        """True when offers may be ranked by what the profiling view holds.

        Consent must say so, and the caller must be bound to profiling: an order of offers would
        tell a caller who is not what the customer likes.
        """
        return (
            self.answer.permission.reason == PERSONALISED
            and self.request.may_read("profiling_offers")
            and self.found.profiling is not None
        )

    def reading(self, purpose: str) -> Reading:
        """The reading of a purpose; a denial when none was handed in."""
        return self.readings.get(purpose) or Reading(purpose, DENIED)

    def withholding(self, purpose: str) -> str:
        """Why nothing of a purpose may be read here; empty when it may."""
        if not self.request.may_read(purpose):
            return "purpose_mismatch"
        reading = self.reading(purpose)
        if reading.missing:
            return "view_pending"
        return "" if reading.permission.permitted else "purpose_not_permitted"

    def offer_withholding(self) -> str:
        """Why offers, and what is known for them, are withheld: two reasons and no more."""
        refusal = self.answer.refusal
        if self.request.detailed:
            return "purpose_not_permitted" if refusal else "not_now"
        return self.request.shown(refusal) if refusal else "not_now"

    def told(self, reason: str) -> str:
        """A reason of `withholding` as this caller may see it."""
        if self.request.detailed or reason == "purpose_mismatch":
            return reason
        return "no_permission" if reason == "purpose_not_permitted" else "not_now"
