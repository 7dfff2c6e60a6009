"""Which of several records' values a profile shows, and where it came from.

A function of the records: the same candidates in any order give the same survivor, and a candidate
that is taken away leaves no trace. Ties go to the most recent candidate, then to one that is
confirmed, then to the smallest record id. Values that differ in case and spacing alone agree.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Strategy(StrEnum):
    """How a field's value is chosen.

    `source_priority` needs the order of sources, best first. `prefer_confirmed` takes what the
    person proved or said themselves before what a source merely holds. `all` is for fields that
    may have several values at once: nothing loses.
    """

    MOST_RECENT = "most_recent"
    FIRST_SEEN = "first_seen"
    MOST_FREQUENT = "most_frequent"
    SOURCE_PRIORITY = "source_priority"
    LONGEST = "longest"
    PREFER_CONFIRMED = "prefer_confirmed"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One record's value of a field; `at` is when the source last said so.

    `confirmed`: the person proved it (an address) or said so themselves (a preference).
    """

    record_id: str
    source: str
    at: datetime
    value: str = field(repr=False)
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Survivor:
    """What is shown of a field, by which rule, and the candidates that said otherwise.

    `kept` has one candidate, under the rule `all` one for each value; it is never empty.
    """

    field_name: str
    rule: Strategy
    kept: tuple[Candidate, ...]
    losers: tuple[Candidate, ...]

    @property
    def value(self) -> str:
        """The value shown; under `all` the first of them."""
        return self.kept[0].value

    @property
    def record_id(self) -> str:
        """The record that value is from."""
        return self.kept[0].record_id


def survive(
    field_name: str,
    candidates: Iterable[Candidate],
    strategy: Strategy,
    *,
    sources: Sequence[str] = (),
) -> Survivor | None:
    """The survivor of a field, or None without candidates.

    `sources`: best first, for `source_priority`; a source that is not listed comes after all that
    are. `losers` are in the order in which they would have followed; a candidate that agrees with
    the value shown is not one of them.
    """
    given = list(candidates)
    if not given:
        return None
    prefer = _RANKS[strategy](given, sources)
    ranked = sorted(given, key=lambda item: (item.record_id, item.value, item.source))
    ranked.sort(key=lambda item: (item.at, item.confirmed), reverse=True)
    ranked.sort(key=prefer)
    if strategy is Strategy.ALL:
        by_value: dict[str, Candidate] = {}
        for item in ranked:
            by_value.setdefault(_alike(item.value), item)
        return Survivor(field_name, strategy, tuple(by_value.values()), ())
    shown = _alike(ranked[0].value)
    losers = tuple(item for item in ranked if _alike(item.value) != shown)
    return Survivor(field_name, strategy, (ranked[0],), losers)


def _alike(value: str) -> str:
    """What two spellings of the same value have in common."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


Rank = Callable[[Candidate], float]
"""The smallest comes first."""


def _by_time(_given: Sequence[Candidate], _sources: Sequence[str]) -> Rank:
    return lambda _: 0


def _by_age(_given: Sequence[Candidate], _sources: Sequence[str]) -> Rank:
    return lambda item: item.at.timestamp()


def _by_count(given: Sequence[Candidate], _sources: Sequence[str]) -> Rank:
    counts = Counter(_alike(item.value) for item in given)
    return lambda item: -counts[_alike(item.value)]


def _by_source(_given: Sequence[Candidate], sources: Sequence[str]) -> Rank:
    places = {source: place for place, source in enumerate(sources)}
    return lambda item: places.get(item.source, len(places))


def _by_length(_given: Sequence[Candidate], _sources: Sequence[str]) -> Rank:
    return lambda item: -len(_alike(item.value))


def _by_proof(_given: Sequence[Candidate], _sources: Sequence[str]) -> Rank:
    return lambda item: not item.confirmed


_RANKS: Mapping[Strategy, Callable[[Sequence[Candidate], Sequence[str]], Rank]] = {
    Strategy.MOST_RECENT: _by_time,
    Strategy.FIRST_SEEN: _by_age,
    Strategy.MOST_FREQUENT: _by_count,
    Strategy.SOURCE_PRIORITY: _by_source,
    Strategy.LONGEST: _by_length,
    Strategy.PREFER_CONFIRMED: _by_proof,
    Strategy.ALL: _by_time,
}
