"""Builders of consent values: one person in the Union, one record, one moment."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from consent.decision import Ask, Decision, decide
from consent.events import ConsentFact
from consent.policy import Policy, default_document
from consent.subject import Circumstances, Contact, Member, Subject

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADDRESS = "ref-1"


def on(text: str) -> datetime:
    """An instant of 2026: `on("03-01")` is 1 March, nine o'clock."""
    return datetime.fromisoformat(f"2026-{text}T09:00:00+00:00")


def document(**changes: Any) -> dict[str, Any]:
    """The default policy document with a notice `n1`, and changes."""
    base = default_document()
    base["notices"] = {"n1": {}}
    base["purposes"]["health_offers"] = {"parent": "marketing", "is_special": True}
    base["matrix"]["health_offers"] = dict.fromkeys(
        ("EU", "UK", "CH", "XX", "US", "CA"), "explicit"
    )
    return base | changes


def policy(**changes: Any) -> Policy:
    """The policy of `document`."""
    return Policy.parse(document(**changes))


POLICY = policy()


def fact(type_: str = "given", at: str | datetime = "03-01", **changes: Any) -> ConsentFact:
    """A fact: by default a yes to offers of a signed-in person who saw notice `n1`."""
    moment = on(at) if isinstance(at, str) else at
    fields: dict[str, Any] = {
        "id": f"{type_}-{moment.isoformat()}",
        "type": type_,
        "purposes": ("offers",),
        "at": moment,
        "received": moment,
        "rank": 5,
        "notice": "n1",
    }
    fields.update(changes)
    fields["flags"] = frozenset(fields.get("flags", ()))
    return ConsentFact(**fields)


def member(*facts: ConsentFact, **changes: Any) -> Member:
    """A record: r1, verified, of a customer."""
    fields = {"record_id": "r1", "link": "verified", "relation": "customer", "facts": facts}
    return Member(**(fields | changes))


def around(*regimes: str, **changes: Any) -> Circumstances:
    """Circumstances with one verified e-mail address."""
    fields: dict[str, Any] = {
        "regimes": frozenset(regimes),
        "contacts": (Contact(ADDRESS, "email", frozenset({"email", "sms"}), verified=True),),
    }
    return Circumstances(**(fields | changes))


def subject(
    *members: Member, lifecycle: str = "active", merged_at: datetime | None = None, **changes: Any
) -> Subject:
    """A profile; by default of a person in the Union."""
    regimes = changes.pop("regimes", ("EU",))
    return Subject(
        profile_id="p",
        lifecycle=lifecycle,
        merged_at=merged_at,
        circumstances=around(*regimes, **changes),
        members=members,
    )


def ask(purpose: str = "offers", channel: str | None = "email", **changes: Any) -> Ask:
    """An ask for offers by e-mail, now."""
    return Ask(**({"purpose": purpose, "channel": channel, "now": NOW} | changes))


def answer(
    *facts: ConsentFact,
    of: Policy = POLICY,
    asked: Ask | None = None,
    regimes: Iterable[str] = ("EU",),
    **changes: Any,
) -> Decision:
    """The decision about a person with one record holding these facts."""
    return decide(of, subject(member(*facts), regimes=tuple(regimes), **changes), asked or ask())


def reason(*facts: ConsentFact, **changes: Any) -> str:
    """The reason of `answer`."""
    return answer(*facts, **changes).reason


def days(count: float) -> timedelta:
    """So many days."""
    return timedelta(days=count)
