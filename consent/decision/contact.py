"""G8 preference and G10 contact policy: is this channel wanted, and is it the moment?

Refusals here pass by themselves or by a click: they never delete a view. What is vital (security,
legal matters, requests of the subject) goes at any hour and over any preference.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from consent.decision.case import Case
from consent.reading import EVERY
from consent.subject import Preference

ADDRESSED: Final = frozenset({"email", "sms", "phone", "push", "post"})
DAY_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: why, and until when if that is known."""

    reason: str
    retry_after: datetime | None = None


def preference(case: Case) -> Wait | None:
    """G8: the person switched off the channel, the topic, or the topic on the channel."""
    off, ask = case.subject.circumstances.preferences, case.ask
    if not off or case.purpose.vital:
        return None
    if ask.channel and Preference(channel=ask.channel) in off:
        return Wait("CHANNEL_OFF")
    if ask.topic and not off.isdisjoint(
        {Preference(topic=ask.topic), Preference(ask.channel, ask.topic)}
    ):
        return Wait("TOPIC_OFF")
    return None


def contact_policy(case: Case) -> Wait | None:
    """G10, for the action `contact`: the contact point, the frequency cap, the quiet hours."""
    if case.ask.action != "contact":
        return None
    state = _reachable(case)
    if state or case.purpose.vital:
        return state
    return _cap(case) or _quiet(case)


def _reachable(case: Case) -> Wait | None:
    """A contact point nobody confirmed is nobody's; a channel with addresses needs one."""
    ask = case.ask
    if ask.contact is None:
        return Wait("CONTACT_UNVERIFIED") if ask.channel in ADDRESSED else None
    contact = case.subject.circumstances.contact(ask.contact)
    if contact is None or not contact.verified:
        return Wait("CONTACT_UNVERIFIED")
    return Wait("UNDELIVERABLE") if contact.bounced else None


def _cap(case: Case) -> Wait | None:
    """At most n messages in the last so many days, on the channel and on all together."""
    waits = list(_capped(case))
    if not waits:
        return None
    known = [moment for moment in waits if moment is not None]
    return Wait("FREQ_CAP", max(known) if len(known) == len(waits) else None)


def _capped(case: Case) -> Iterator[datetime | None]:
    """When each cap that is reached frees a place; None for a cap of nothing."""
    sent = case.subject.circumstances.sent
    for name in (case.ask.channel, EVERY):
        most, days = case.policy.contact.cap.get(name or "", (None, 0))
        if most is None:
            continue
        channels = sent if name == EVERY else [name or ""]
        window = timedelta(days=days)
        recent = sorted(
            moment
            for channel in channels
            for moment in sent.get(channel, ())
            if case.now - window < moment <= case.now
        )
        case.moments.extend(moment + window for moment in recent)
        if len(recent) >= most:
            yield recent[-most] + window if most else None


def _quiet(case: Case) -> Wait | None:
    """Quiet if any zone the person may be in is quiet; an unknown zone may be any."""
    rules = case.policy.contact.quiet
    hours = rules.get(case.ask.channel or "", rules.get(EVERY))
    if hours is None:
        return None
    offsets = case.subject.circumstances.utc_offsets
    if not offsets:
        return Wait("QUIET_HOURS")
    free = _free(case.now, offsets, hours)
    if free != case.now:
        return Wait("QUIET_HOURS", free)
    case.moments.extend(_begins(case.now, offset, hours[0]) for offset in offsets)
    return None


def _free(now: datetime, offsets: Iterable[int], hours: tuple[int, int]) -> datetime | None:
    """The first moment at which no zone is quiet; None if there is none within two days."""
    moment = now
    while moment <= now + timedelta(days=2):
        ends = [_ends(moment, offset, hours) for offset in offsets]
        latest = max(ends)
        if latest == moment:
            return moment
        moment = latest
    return None


def _ends(moment: datetime, offset: int, hours: tuple[int, int]) -> datetime:
    """When it stops being quiet in a zone: `moment` itself if it is not."""
    local = moment + timedelta(minutes=offset)
    begin, end = hours
    quiet = begin <= local.hour or local.hour < end if begin > end else begin <= local.hour < end
    return _begins(moment, offset, end) if quiet else moment


def _begins(moment: datetime, offset: int, hour: int) -> datetime:
    """The next time after `moment` at which a full hour begins in a zone."""
    local = moment + timedelta(minutes=offset)
    start = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    if start <= local:
        start += timedelta(hours=DAY_HOURS)
    return start - timedelta(minutes=offset)
