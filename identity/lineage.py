"""Stable profile ids above clusters that come and go.

Each former id, earliest born first, goes to the cluster that holds most of its records and has no
id yet (ties: the smallest record id among them). So a merge keeps the earliest id, a split leaves
the id with the larger part, and one id is never in two clusters. An id that finds no cluster is
retired and points to the profiles that hold its records now; it is never given to anybody else.

An undo gives ids back: each id that was there before what is undone, retired or not, goes first to
the cluster that holds most of the records it had then.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

Moment = TypeVar("Moment", int, str, datetime)


class ChangeKind(StrEnum):
    """What became of a former profile id."""

    MERGED = "merged"
    SPLIT = "split"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Change:
    """A former id and the profiles its records are in now (itself among them if it survives)."""

    kind: ChangeKind
    profile_id: str
    current: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A record that left one profile for another."""

    record_id: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A cluster with its id; `unchanged`: the same records under the same id as before."""

    profile_id: str
    record_ids: frozenset[str]
    unchanged: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """Ids for clusters, and what happened to the ids that were there before.

    `profiles`: in the order of the clusters given. `created`: ids minted now. `revived`: retired
    ids that are profiles again. `retired`: ids that are no profile any more, with their successors
    (none if all their records are gone).
    `changes`: former ids that merged, split or ended, by id. `moves`: by record.
    """

    profiles: tuple[Profile, ...]
    created: tuple[str, ...]
    revived: tuple[str, ...]
    retired: Mapping[str, tuple[str, ...]]
    changes: tuple[Change, ...]
    moves: tuple[Move, ...]


def assign(
    previous: Mapping[str, str],
    born: Mapping[str, Moment],
    clusters: Sequence[Collection[str]],
    mint: Callable[[], str],
    former: Mapping[str, str] = MappingProxyType({}),
) -> Assignment:
    """Give every cluster a profile id.

    `previous`: record id to profile id, for *every* record of every profile that has a record in
    one of the clusters; records that are in no cluster are gone (deleted or erased). `born`: when
    each of those profiles was minted. `mint` is called once per new profile, for clusters in the
    order of their smallest record ids. `former`: for an undo, record id to the id it had before;
    an id that nobody in `previous` has comes back if its birth is given too.

    Raises:
        ValueError: a record in two clusters, or a cluster without records.
        KeyError: a previous profile of unknown birth.
    """
    _refuse_overlap(clusters)
    kept: dict[int, str] = {}
    for homes in ({r: id_ for r, id_ in former.items() if id_ in born}, previous):
        kept |= _survivors(homes, born, clusters, kept)
    fresh = [number for number in range(len(clusters)) if number not in kept]
    created = {number: mint() for number in sorted(fresh, key=lambda n: min(clusters[n]))}
    ids = [kept.get(number) or created[number] for number in range(len(clusters))]
    now = {record: ids[number] for number, held in enumerate(clusters) for record in held}
    current = _current(previous, now)
    return Assignment(
        profiles=_profiles(previous, clusters, ids),
        created=tuple(created.values()),
        revived=tuple(sorted(set(kept.values()) - set(previous.values()))),
        retired={old: after for old, after in current.items() if old not in after},
        changes=tuple(_changes(current)),
        moves=tuple(
            Move(record, previous[record], now[record])
            for record in sorted(now.keys() & previous.keys())
            if previous[record] != now[record]
        ),
    )


def _refuse_overlap(clusters: Sequence[Collection[str]]) -> None:
    if not all(clusters):
        raise ValueError("a cluster has at least one record")
    if len({record for held in clusters for record in held}) != sum(map(len, clusters)):
        raise ValueError("a record is in exactly one cluster")


def _survivors(
    previous: Mapping[str, str],
    born: Mapping[str, Moment],
    clusters: Sequence[Collection[str]],
    given: Mapping[int, str],
) -> dict[int, str]:
    """Cluster number to the former id it keeps; `given`: those that have one already."""
    overlaps: dict[str, dict[int, list[str]]] = {}
    for number, held in enumerate(clusters):
        for record in held:
            if record in previous:
                overlaps.setdefault(previous[record], {}).setdefault(number, []).append(record)
    kept = dict(given)
    for old in sorted(overlaps.keys() - set(given.values()), key=lambda id_: (born[id_], id_)):
        free = {number: found for number, found in overlaps[old].items() if number not in kept}
        if free:
            best = min(free, key=lambda number: (-len(free[number]), min(free[number])))
            kept[best] = old
    return kept


def _current(previous: Mapping[str, str], now: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Each former id and the profiles that hold its records now, by id."""
    current: dict[str, set[str]] = {old: set() for old in sorted(set(previous.values()))}
    for record, old in previous.items():
        if record in now:
            current[old].add(now[record])
    return {old: tuple(sorted(after)) for old, after in current.items()}


def _changes(current: Mapping[str, tuple[str, ...]]) -> Iterable[Change]:
    for old, after in current.items():
        if len(after) > 1:
            yield Change(ChangeKind.SPLIT, old, after)
        elif not after:
            yield Change(ChangeKind.ENDED, old, after)
        elif after != (old,):
            yield Change(ChangeKind.MERGED, old, after)


def _profiles(
    previous: Mapping[str, str], clusters: Sequence[Collection[str]], ids: Sequence[str]
) -> tuple[Profile, ...]:
    before: dict[str, set[str]] = {}
    for record, old in previous.items():
        before.setdefault(old, set()).add(record)
    return tuple(
        Profile(id_, frozenset(held), unchanged=before.get(id_) == set(held))
        for id_, held in zip(ids, clusters, strict=True)
    )
