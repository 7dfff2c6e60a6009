"""What the custodian knows of one record at the moment a view is built.

These values hold personal data and hide it from their `repr`. They say nothing about what may be
read: that is `state.fold`'s work, purpose by purpose.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cdp.outcomes.events import Interaction


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """An address of the person: its type ("email", "phone" ...), value and opaque `ref`.

    `channels` are those it can be used on; `confirmed` is true when the person proved to own it.
    """

    type: str
    value: str = field(repr=False)
    channels: tuple[str, ...]
    ref: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """One record of a source, read through its mapping.

    `relation` is what the source says of the person ("customer", "prospect", empty when it says
    nothing); `attributes` are plain values by name; `seen_at` is when this version arrived.
    """

    record_id: str
    source: str
    stream: str
    relation: str
    seen_at: datetime
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)
    interactions: tuple[Interaction, ...] = ()
    contacts: tuple[ContactPoint, ...] = ()
