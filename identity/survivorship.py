"""Which of several records' values a profile shows, and where it came from.

A function of the records: the same candidates in any order give the same survivor. Ties go to the
most recent candidate, then to the smallest record id.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Strategy(StrEnum):
    """How a field's value is chosen; `source_priority` needs the order of sources, best first."""

    MOST_RECENT = "most_recent"
    MOST_FREQUENT = "most_frequent"
    SOURCE_PRIORITY = "source_priority"
    LONGEST = "longest"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One record's value of a field; `at` is when the source last said so."""

    record_id: str
    source: str
    at: datetime
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Survivor:
    """The value shown, the record it is from, the rule, and the candidates that said otherwise."""

    field_name: str
    value: str = field(repr=False)
    record_id: str
    rule: Strategy
    losers: tuple[Candidate, ...]


def survive(
    field_name: str,
    candidates: Iterable[Candidate],
    strategy: Strategy,
    *,
    sources: Sequence[str] = (),
) -> Survivor | None:
    """The surviving value of a field, or None without candidates.

    `sources`: best first, for `source_priority`; a source that is not listed comes after all that
    are. `losers` are in the order in which they would have followed.
    """
    given = list(candidates)
    if not given:
        return None
    prefer = _RANKS[strategy](given, sources)
    ranked = sorted(given, key=lambda item: (item.record_id, item.value))
    ranked.sort(key=lambda item: item.at, reverse=True)
    ranked.sort(key=prefer)
    winner = ranked[0]
    losers = tuple(item for item in ranked if item.value != winner.value)
    return Survivor(field_name, winner.value, winner.record_id, strategy, losers)


Rank = Callable[[Candidate], int]


def _by_time(_given: Sequence[Candidate], _sources: Sequence[str]) -> Rank:
    return lambda _: 0


def _by_count(given: Sequence[Candidate], _sources: Sequence[str]) -> Rank:
    counts = Counter(item.value for item in given)
    return lambda item: -counts[item.value]


def _by_source(_given: Sequence[Candidate], sources: Sequence[str]) -> Rank:
    places = {source: place for place, source in enumerate(sources)}
    return lambda item: places.get(item.source, len(places))


def _by_length(_given: Sequence[Candidate], _sources: Sequence[str]) -> Rank:
    return lambda item: -len(item.value)


_RANKS: Mapping[Strategy, Callable[[Sequence[Candidate], Sequence[str]], Rank]] = {
    Strategy.MOST_RECENT: _by_time,
    Strategy.MOST_FREQUENT: _by_count,
    Strategy.SOURCE_PRIORITY: _by_source,
    Strategy.LONGEST: _by_length,
}
