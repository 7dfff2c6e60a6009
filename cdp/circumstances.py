"""What the records of a person tell the consent room: places, age, zones, contact points.

Unknown stays unknown: no country means no regime, which decides as the strictest; a zone that is
not known denies wherever it could be night. Where records disagree, every plausible answer counts
and the youngest birth date stands.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from cdp.outcomes.facts import RecordFacts
from consent.regimes import regimes_of
from consent.subject import Circumstances, Contact

# A view is checked again within this time, so its zone offsets must hold for as long.
ZONE_HORIZON = timedelta(hours=24)
_ZONES = frozenset(available_timezones())


def circumstances(facts: Sequence[RecordFacts], now: datetime) -> Circumstances:
    """The circumstances of one person from all of its records."""
    births = [item.attributes["birth_date"] for item in facts if "birth_date" in item.attributes]
    return Circumstances(
        regimes=frozenset(regimes_of(_places(facts))),
        birth_date=max(births, default=None),
        utc_offsets=tuple(sorted(_offsets(facts, now))),
        contacts=tuple(_contacts(facts)),
    )


def _places(facts: Iterable[RecordFacts]) -> list[tuple[str, str | None]]:
    return [
        (item.attributes["country"], item.attributes.get("region"))
        for item in facts
        if "country" in item.attributes
    ]


def _offsets(facts: Iterable[RecordFacts], now: datetime) -> set[int]:
    names = {item.attributes.get("time_zone") for item in facts} & _ZONES
    found = set()
    for name in names:
        for moment in (now, now + ZONE_HORIZON):
            offset = moment.astimezone(ZoneInfo(str(name))).utcoffset() or timedelta()
            found.add(int(offset.total_seconds() // 60))
    return found


def _contacts(facts: Iterable[RecordFacts]) -> Iterable[Contact]:
    """Each contact point once; confirmed if any record says so."""
    merged: dict[str, Contact] = {}
    for item in facts:
        for point in item.contacts:
            before = merged.get(point.ref)
            channels = frozenset(point.channels) | (before.channels if before else frozenset())
            merged[point.ref] = Contact(
                ref=point.ref,
                type=point.type,
                channels=frozenset(channels),
                verified=point.confirmed or (before is not None and before.verified),
            )
    return [merged[ref] for ref in sorted(merged)]
