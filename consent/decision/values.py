"""What is asked, and what is answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from consent.reading import text_of

ACTIONS: Final = ("process", "contact", "disclose")


@dataclass(frozen=True, slots=True)
class Ask:
    """May this be done, now?

    `channel` None: processing only. `contact`: an opaque reference of a contact point. `brand`
    None: any brand, so a no to one brand counts. `action`: process, contact or disclose; only
    `contact` asks the contact policy (caps, quiet hours, state of the contact point).

    Raises:
        ValueError: an action that does not exist, a moment without offset.
    """

    purpose: str
    now: datetime
    channel: str | None = None
    contact: str | None = None
    brand: str | None = None
    topic: str | None = None
    action: str = "process"

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError("an action is one of " + ", ".join(ACTIONS))
        if self.now.tzinfo is None:
            raise ValueError("the moment of an ask needs its offset")


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, truthy when permitted.

    `reason`: one of the closed list of codes. `decisive`: ids of the events that decided.
    `usable`: ids of the records whose data may be used. `valid_until`: ask again from then on.
    `retry_after`: for a refusal of the moment, when it ends.
    """

    permitted: bool
    reason: str
    basis: str | None = None
    decisive: tuple[str, ...] = ()
    usable: tuple[str, ...] = ()
    valid_until: datetime | None = None
    retry_after: datetime | None = None

    def __bool__(self) -> bool:
        return self.permitted

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "permitted": self.permitted,
            "reason": self.reason,
            "basis": self.basis,
            "decisive": list(self.decisive),
            "usable": list(self.usable),
            "valid_until": text_of(self.valid_until) if self.valid_until else None,
            "retry_after": text_of(self.retry_after) if self.retry_after else None,
        }
