"""G1 lifecycle and G2 suppression: may this person be dealt with at all, may this address?"""

from typing import Final

from consent.decision.case import Case
from consent.reading import EVERY

_FROZEN: Final = {
    "erasing": "ERASURE_PENDING",
    "erasure_pending": "ERASURE_PENDING",
    "restricted": "RESTRICTED",
}


def lifecycle(case: Case) -> str | None:
    """G1: an erased person is gone; a frozen one has only `legal`, `dsr` and `security`.

    A legal hold keeps data and never permits marketing. A state nobody knows is a restriction.
    """
    state = case.subject.lifecycle
    if state == "active":
        return None
    if state == "erased":
        return "ERASED"
    if state == "legal_hold":
        return "LEGAL_HOLD_ONLY" if case.purpose.marketing else None
    return None if case.purpose.vital else _FROZEN.get(state, "RESTRICTED")


def suppression(case: Case) -> str | None:
    """G2: a contact point on the suppression list gets no marketing; receipts still go."""
    ask = case.ask
    contact = case.subject.circumstances.contact(ask.contact) if ask.contact else None
    if contact is None or not contact.suppressed or not case.purpose.marketing:
        return None
    listed = ask.channel is None or not contact.suppressed.isdisjoint({EVERY, ask.channel})
    return "SUPPRESSED" if listed else None
