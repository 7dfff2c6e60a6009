"""Content: the published answers that fit the interaction happening now.

An answer is a record of the catalogue `answers`: what it is about, when it holds, where it may be
given. It fits when it holds now, may be given on the channel, and its intent or topic is one the
customer probably came for. Its evidence is use that was not followed by a repeat within seven days:
on this customer's own trail, and over all customers where the entry declares the counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cdp.canonical import digest
from cdp.clock import text
from cdp.outcomes.claims import Seen
from cdp.outcomes.forms import Form, entries
from cdp.outcomes.trail import SILENCE, Contact, Mark, Trail

MOST = 5
"""How many answers a context lists."""

_MOST_ENTRIES = 5000
_MOST_USES = 100
_FIELDS = ("id", "title", "intent", "topic", "channels", "url", "valid_from", "valid_until", "used")
_USED = ("times", "without_repeat")


@dataclass(frozen=True, slots=True)
class Published:
    """One answer. `used` counts uses and those without a repeat within seven days, if declared."""

    id: str
    title: str
    intent: str
    topic: str
    channels: tuple[str, ...]
    url: str
    valid: tuple[datetime, datetime | None]
    used: tuple[int, int] | None = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> "Published":
        """From `{id, title, intent?, topic?, channels, url?, valid_from, valid_until?, used?}`.

        At least one of `intent` and `topic`; `used` is `{times, without_repeat}`.

        Raises:
            Refused: `answer_invalid`; the message names the field.
        """
        form = Form.of("answer", raw, _FIELDS)
        valid = (
            form.moment("valid_from"),
            form.moment("valid_until") if raw.get("valid_until") else None,
        )
        if valid[1] is not None and valid[0] >= valid[1]:
            raise form.invalid("valid_until", "must be after valid_from")
        found = cls(
            id=form.kept("id", "ref"),
            title=form.kept("title", "phrase"),
            intent=form.maybe("intent", "code"),
            topic=form.maybe("topic", "code"),
            channels=form.channels("channels"),
            url=form.maybe("url", "url"),
            valid=valid,
            used=_used(form),
        )
        if not found.channels:
            raise form.invalid("channels", "must list at least one channel")
        if not found.intent and not found.topic:
            raise form.invalid("topic", "or an intent is required")
        return found

    def document(self) -> dict[str, Any]:
        """The entry as canonical JSON, in the form `parse` reads; empty parts are absent."""
        entry: dict[str, Any] = {
            "id": self.id,
            "title": self.title,
            "intent": self.intent,
            "topic": self.topic,
            "channels": list(self.channels),
            "url": self.url,
            "valid_from": text(self.valid[0]),
            "valid_until": text(self.valid[1]) if self.valid[1] else "",
            "used": dict(zip(_USED, self.used, strict=True)) if self.used else None,
        }
        return {name: value for name, value in entry.items() if value}

    def holds(self, channel: str, now: datetime) -> bool:
        """True when it is valid now and may be given on the channel (any, when none is named)."""
        since, until = self.valid
        return since <= now and (until is None or now < until) and channel in ("", *self.channels)


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of a workspace in order of id; `version` changes with any of them."""

    listed: tuple[Published, ...] = ()
    version: str = ""

    @classmethod
    def parse(cls, raw: Sequence[Mapping[str, Any]]) -> "Answers":
        """From a list of answers.

        Raises:
            Refused: `answer_invalid`: an entry is not well formed, or an id occurs twice.
        """
        found = sorted(
            map(Published.parse, entries("answer", raw, _MOST_ENTRIES)), key=lambda one: one.id
        )
        if len({one.id for one in found}) < len(found):
            raise Form("answer", {}).invalid("id", "occurs twice")
        return cls(tuple(found), digest([one.document() for one in found]))

    def document(self) -> list[dict[str, Any]]:
        """The list in the form `parse` reads."""
        return [one.document() for one in self.listed]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an answer may fit: intents with their chance in thousandths, and topics with why."""

    intents: Mapping[str, int] = field(repr=False)
    topics: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ranked:
    """An answer that fits, with why, what speaks for it, and its rank (the first is the best)."""

    answer: Published
    why: str
    evidence: tuple[Seen, ...]
    counter_evidence: tuple[Seen, ...]
    rank: tuple[int, str]


def fitting(
    answers: Answers, wanted: Wanted, trail: Trail, channel: str, now: datetime
) -> tuple[Ranked, ...]:
    """The best `MOST` answers for this channel and moment.

    Args:
        answers: the catalogue.
        wanted: what the customer probably came for.
        trail: the service trail, empty when it may not be read: then own use is not known.
        channel: of the interaction; empty for any.
        now: the moment.
    """
    uses = _uses(trail)
    found = [
        _ranked(one, wanted, uses.get(one.id, ()))
        for one in answers.listed
        if one.holds(channel, now) and (one.intent in wanted.intents or one.topic in wanted.topics)
    ]
    return tuple(sorted(found, key=lambda one: one.rank)[:MOST])


def _used(form: Form) -> tuple[int, int] | None:
    if form.raw.get("used") is None:
        return None
    counts = Form.of("answer", form.raw["used"], _USED, "used.")
    times = counts.whole("times", most=10**9)
    return times, counts.whole("without_repeat", most=times)


def _uses(trail: Trail) -> dict[str, tuple[tuple[Mark, bool], ...]]:
    """This customer's latest uses of each answer, and whether the customer came back."""
    found: dict[str, list[tuple[Mark, bool]]] = {}
    for mark in trail.of("answer.used")[-_MOST_USES:]:
        again = any(_repeats(contact, mark) for contact in trail.contacts)
        found.setdefault(mark.get("answer"), []).append((mark, again))
    return {name: tuple(uses) for name, uses in found.items()}


def _repeats(contact: Contact, use: Mark) -> bool:
    later = use.at < contact.mark.at <= use.at + SILENCE
    same_case = bool(contact.case) and contact.case == use.get("case")
    same_topic = bool(contact.topic) and contact.topic == use.get("topic")
    return later and (same_case or same_topic)


def _ranked(answer: Published, wanted: Wanted, uses: Sequence[tuple[Mark, bool]]) -> Ranked:
    held = [mark.evidence() for mark, again in uses if not again]
    failed = [mark.evidence() for mark, again in uses if again]
    topic = wanted.topics.get(answer.topic, "")
    reasons = [f"topic {answer.topic}: {topic}"] if topic else []
    if answer.intent in wanted.intents:
        reasons.append(f"intent {answer.intent}")
    return Ranked(
        answer=answer,
        why="; ".join(reasons),
        evidence=tuple(held),
        counter_evidence=tuple(failed),
        rank=(-_weight(answer, wanted, len(held), len(failed)), answer.id),
    )


def _weight(answer: Published, wanted: Wanted, held: int, failed: int) -> int:
    """Fit times effect, in millionths: an answer that was followed by a repeat sinks.

    The effect is the share of uses without a repeat, with one success and one failure added
    (Laplace's rule of succession), so that an answer nobody used stands at a half.
    """
    fit = wanted.intents.get(answer.intent, 0) + (1000 if answer.topic in wanted.topics else 0)
    times, well = answer.used or (0, 0)
    effect = 1000 * (well + 1) // (times + 2)
    return fit * effect * (1 + held) // (1 + 3 * failed)
