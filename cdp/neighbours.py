"""Neighbours: every record that can be tied to some others, found through the blind index.

Identifiers are followed wherever they lead, and so are verdicts that hold records together. A
blocking key only proposes: the records it leads to are opened, compared in memory, and followed if
their weight ties them. What is opened here lives as long as the unit of work.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import UUID

from cdp.facts import FactReader
from cdp.store import keys, verdicts
from cdp.store.tx import Tx
from cdp.vault.envelope import CannotOpen
from identity.evidence import Evidence, Token, Value, Verdict
from identity.features import NOBODY, Told
from identity.keys import BLOCK
from identity.resolver import tied
from identity.rules import Rules

T = TypeVar("T")


@dataclass(frozen=True)
class Component:
    """Whole components of records, and what is known of values.

    `unreadable`: records that do not open; of them only the index speaks.
    """

    evidence: tuple[Evidence, ...]
    blocked: frozenset[Value]
    generic: frozenset[Value]
    unreadable: int = 0
    # The ids as the evidence spells them.
    ids: Mapping[str, UUID] = field(default_factory=dict, repr=False)
    # What people said about these records.
    verdicts: tuple[Verdict, ...] = ()
    # Values over their limit, and how many records carry them.
    over: Mapping[Value, int] = field(default_factory=dict, repr=False)

    def only(self, ids: Mapping[str, UUID]) -> "Component":
        """Without the records that are not among these."""
        evidence = tuple(item for item in self.evidence if item.record_id in ids)
        return replace(self, evidence=evidence, ids=ids)


@dataclass
class Neighbours:
    """A search in one unit of work. `told`: what is known already of records that were read."""

    tx: Tx
    rules: Rules
    reader: FactReader
    told: dict[UUID, Told] = field(default_factory=dict, repr=False)
    unreadable: int = 0

    def __post_init__(self) -> None:
        self._blocked = keys.blocked(self.tx.custody, self.tx.workspace)
        self._over: dict[Value, int] = {}
        self._are_judged = verdicts.are_there(self.tx.main, self.tx.workspace)
        self._verdicts: dict[UUID, verdicts.Verdict] = {}
        self._heard: set[UUID] = set()
        self._asked: set[Value] = set()
        self._tokens: dict[UUID, list[keys.IndexRow]] = {}
        self._order: dict[UUID, bytes] = {}

    def component(self, seeds: Collection[UUID]) -> Component:
        """The components of these records; one that is not in the index is left out."""
        members, candidates = set(seeds), set[UUID]()
        grown = True
        while grown:
            members |= self._bound(members)
            self._fetch(members)
            values = self._unasked(members)
            held = self._holders(values)
            for value, holders in held.items():
                (candidates if value[0].startswith(BLOCK) else members).update(holders)
            grown = bool(values) or not members <= self._tokens.keys()
            if not grown and candidates - members:
                ties = self._tied(members, candidates - members)
                grown = not ties <= members
                members |= ties
        known = members & self._order.keys()
        self._open(known)
        made = {record: self._evidence(record) for record in known}
        return Component(
            evidence=tuple(made.values()),
            blocked=self._blocked,
            generic=frozenset(self._over),
            unreadable=self.unreadable,
            ids={item.record_id: record for record, item in made.items()},
            verdicts=tuple(map(as_evidence, self._verdicts.values())),
            over=self._over,
        )

    def holders(self, values: Collection[Value], *, slack: int, over: bool = False) -> set[UUID]:
        """Who carries values that are up to `slack` over their limit; `over`: only those that are.

        A value over its limit says nothing about persons and is not followed, except here: one
        that was just pushed over had tied records that have to be looked at again.
        """
        wanted = {value for value in values if self._limit(value)} - self._blocked
        counts = keys.frequencies(self.tx.custody, self.tx.workspace, wanted)
        near = {
            value
            for value, count in counts.items()
            if count <= self._limit(value) + slack and not (over and count <= self._limit(value))
        }
        return set().union(*keys.holders(self.tx.custody, self.tx.workspace, near).values())

    def _limit(self, value: Value) -> int:
        """How many records may share a value that ties or proposes; 0 for one that does neither."""
        kind = self.rules.types.get(value[0])
        if kind is None:
            return self.rules.key_limits.get(value[0], 0)
        return kind.limit if kind.merges or kind.attaches else 0

    def _bound(self, members: set[UUID]) -> set[UUID]:
        """Whom verdicts hold together with the members, directly or through others."""
        bound: set[UUID] = set()
        new = members - self._heard if self._are_judged else set()
        while new:
            self._heard |= new
            found = [one for one in verdicts.about(self.tx.main, new) if one.speaks]
            self._verdicts |= {verdict.id: verdict for verdict in found}
            groups = (set(group) for verdict in found for group in verdict.ties)
            bound |= set().union(*(group for group in groups if group & new))
            new = bound - self._heard
        return bound

    def _fetch(self, records: Collection[UUID]) -> None:
        new = set(records) - self._tokens.keys()
        self._tokens |= {record: [] for record in new}
        for row in keys.tokens_of(self.tx.custody, new):
            self._tokens[row.record_id].append(row)
        self._order |= keys.order_keys(self.tx.custody, new)

    def _unasked(self, records: Iterable[UUID]) -> set[Value]:
        found = {(row.type, row.token) for record in records for row in self._tokens[record]}
        return {value for value in found - self._asked - self._blocked if self._limit(value)}

    def _holders(self, values: set[Value]) -> dict[Value, set[UUID]]:
        self._asked |= values
        counts = keys.frequencies(self.tx.custody, self.tx.workspace, values)
        over = {value for value, count in counts.items() if count > self._limit(value)}
        self._over |= {value: counts[value] for value in over}
        return keys.holders(self.tx.custody, self.tx.workspace, counts.keys() - over)

    def _tied(self, members: set[UUID], candidates: set[UUID]) -> set[UUID]:
        """The members, and those of the candidates that their weight ties to them."""
        self._fetch(candidates)
        known = sorted((members | candidates) & self._order.keys())
        self._open(known)
        ties = tied(
            [self._evidence(record) for record in known],
            self.rules,
            map(str, members),
            blocked=self._blocked,
            generic=frozenset(self._over),
        )
        return {record for record in known if str(record) in ties} | members

    def _evidence(self, record: UUID) -> Evidence:
        """What is known of a record; a value that nobody asked about yet is left out."""
        tokens = tuple(
            Token(row.type, row.token, row.confirmed)
            for row in self._tokens[record]
            if self._is_settled((row.type, row.token))
        )
        told = self.told.get(record, NOBODY)
        names = self.reader.names(told, self.rules)
        return Evidence(str(record), self._order[record], tokens, told, names)

    def _is_settled(self, value: Value) -> bool:
        """Whether it is known what a value may do: it was asked about, or it joins nobody."""
        return value in self._asked or value in self._blocked or not self._limit(value)

    def _open(self, records: Iterable[UUID]) -> None:
        wanted = [*(set(records) - self.told.keys())]
        found, failed = open_each(self.reader.features, wanted)
        self.told |= {record: found.get(record, NOBODY) for record in wanted}
        self.unreadable += len(failed)


def as_evidence(found: verdicts.Verdict) -> Verdict:
    """A verdict as the room reads it."""
    groups = [[str(record) for record in group] for group in found.groups]
    if found.ruling == verdicts.TOGETHER:
        return Verdict.together(groups[0])
    return Verdict.apart(*groups, whole=found.whole, rank=found.seq)


def open_each(
    read: Callable[[Sequence[UUID]], dict[UUID, T]], ids: Sequence[UUID]
) -> tuple[dict[UUID, T], list[CannotOpen]]:
    """What opens; a record that does not holds back no other."""
    try:
        return read(ids), []
    except CannotOpen as error:
        if len(ids) == 1:
            return {}, [error]
    middle = len(ids) // 2
    first, second = open_each(read, ids[:middle]), open_each(read, ids[middle:])
    return first[0] | second[0], first[1] + second[1]
