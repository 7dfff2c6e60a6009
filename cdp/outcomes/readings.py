"""What is handed in for one answer: who asks, what may be read, and the opened states.

A reading without permission opens nothing, whatever state comes with it; a missing reading is a
denial. Reasons are shown by one rule: in a conversation of service, callers bound to `service` or
`dsr` see codes; everybody else sees `no_permission` or `not_now` and nothing that tells them apart
further.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cdp.clock import instant, text
from cdp.errors import Refused
from cdp.outcomes.fields import CHANNELS, KINDS
from cdp.outcomes.state import State, usable_at

SERVICE_SIDE = frozenset({"service", "service_insight"})
"""Purposes whose claims are read for `service`, `service_insight` or `dsr` only."""

VIEW_MISSING = frozenset({"KEY_ABSENT", "VIEW_PENDING"})
"""Reasons of a denial that say the view is not there, not that the person is against it."""

_CONVERSATION_PURPOSES = SERVICE_SIDE | {"dsr"}
_SEES_CODES = frozenset({"service", "dsr"})
_NOT_NOW = VIEW_MISSING | {
    "CHANNEL_OFF",
    "TOPIC_OFF",
    "CONTACT_UNVERIFIED",
    "UNDELIVERABLE",
    "FREQ_CAP",
    "QUIET_HOURS",
}


@dataclass(frozen=True, slots=True)
class Permission:
    """One decision of the consent room, in the few values a context needs of it."""

    permitted: bool
    reason: str
    basis: str = ""
    decisive: tuple[str, ...] = ()
    valid_until: datetime | None = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> "Permission":
        """From `{permitted, reason, basis, decisive, valid_until}`; the last three may be missing.

        `valid_until` is an instant as text, an aware datetime, or None. Anything but `True` for
        `permitted` is a denial.
        """
        until = raw.get("valid_until")
        return cls(
            permitted=raw.get("permitted") is True,
            reason=str(raw["reason"]),
            basis=str(raw.get("basis") or ""),
            decisive=tuple(str(one) for one in raw.get("decisive") or ()),
            valid_until=instant(until) if isinstance(until, str) else until,
        )

    def basis_of(self, purpose: str) -> dict[str, str]:
        """The `basis` of a claim that rests on this permission."""
        basis = {"purpose": purpose, "legal_basis": self.basis}
        return basis | ({"receipt": self.decisive[-1]} if self.decisive else {})


DENIED = Permission(permitted=False, reason="NO_RECORD")


@dataclass(frozen=True, slots=True)
class Reading:
    """What may be read for one purpose: the permission, the records it may use, the opened state.

    For `offers` the permission is that for at least one channel, and `channels` holds the decision
    to contact by each channel. `state` is None when there is no view to open.
    """

    purpose: str
    permission: Permission
    usable: frozenset[str] = field(default=frozenset(), repr=False)
    state: State | None = field(default=None, repr=False)
    channels: Mapping[str, Permission] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.state is not None and self.state.get("purpose") != self.purpose:
            raise Refused("the state was folded for another purpose", reason="reading_mismatch")

    def opened(self, now: datetime) -> State | None:
        """The state cut to the usable records and to what was known; None without permission."""
        if not self.permission.permitted or self.state is None:
            return None
        return usable_at(self.state, self.usable, now)

    @property
    def missing(self) -> bool:
        """True when a view should be there and is not: what depends on it must wait."""
        if self.permission.permitted:
            return self.state is None
        return self.permission.reason in VIEW_MISSING

    def on(self, channel: str) -> Permission:
        """The decision to contact by this channel; a denial when none was handed in."""
        return self.channels.get(channel, DENIED)


@dataclass(frozen=True, slots=True)
class ContextRequest:
    """Who asks for which context, at which moment.

    `channel` is empty when there is none; `topic` is what the interaction itself is about, a code,
    empty when nobody said.
    """

    profile_id: str
    canonical_id: str
    purpose: str
    channel: str
    now: datetime
    bound: frozenset[str]
    client: str
    interaction_id: str = ""
    topic: str = ""

    def __post_init__(self) -> None:
        if self.purpose not in self.bound:
            raise Refused("this client is not bound to the purpose", reason="purpose_not_bound")
        if self.channel and self.channel not in CHANNELS:
            raise Refused("unknown channel", reason="channel_unknown")
        if self.topic and not _is_code(self.topic):
            raise Refused(
                "the topic must be a code: lower case, `_` for spaces, at most 64 characters",
                reason="topic_invalid",
            )

    @property
    def detailed(self) -> bool:
        """True when this answer may say why: a service conversation, a caller who may see codes."""
        return self.purpose in _CONVERSATION_PURPOSES and self.signed

    @property
    def signed(self) -> bool:
        """True when this caller may know which records, sources and moments stand behind a word."""
        return bool(self.bound & _SEES_CODES)

    def may_read(self, purpose: str) -> bool:
        """True when claims of this purpose may stand in this document, permission aside."""
        if purpose in SERVICE_SIDE and self.purpose not in _CONVERSATION_PURPOSES:
            return False
        return purpose in self.bound

    def shown(self, reason: str) -> str:
        """A reason code as this caller may see it; a qualifier after `:` is treated alike."""
        if self.detailed:
            return reason
        outcome, colon, qualifier = reason.partition(":")
        if colon:
            return f"{outcome}:{self.shown(qualifier)}"
        return "not_now" if reason in _NOT_NOW else "no_permission"

    def document(self) -> dict[str, str]:
        """The `request` part of the context."""
        entry = {
            "interaction_id": self.interaction_id,
            "channel": self.channel,
            "topic": self.topic,
            "purpose": self.purpose,
            "requester": self.client,
        }
        return {name: value for name, value in entry.items() if value}


def _is_code(topic: str) -> bool:
    try:
        return KINDS["code"](topic) == topic
    except (TypeError, ValueError):
        return False


def permission_document(
    permission: Permission, request: ContextRequest, purpose: str, channel: str = ""
) -> dict[str, Any]:
    """One line of `permissions`; a denial shown without codes is shown without anything else."""
    line: dict[str, Any] = {"purpose": purpose}
    if channel:
        line["channel"] = channel
    line["permitted"] = permission.permitted
    if not permission.permitted and not request.detailed:
        return line | {"reason": request.shown(permission.reason)}
    line["reason"] = permission.reason
    if permission.basis:
        line["basis"] = permission.basis
    if permission.decisive:
        line["decisive"] = list(permission.decisive)
    if permission.valid_until is not None:
        line["valid_until"] = text(permission.valid_until)
    return line
