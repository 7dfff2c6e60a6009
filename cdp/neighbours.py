"""Neighbours: every record that can be tied to some others, found through the blind index.

Identifiers are followed wherever they lead. A blocking key only proposes: the records it leads to
are opened, compared in memory, and followed if their weight ties them. What is opened here lives as
long as the unit of work.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from cdp.facts import FactReader
from cdp.store import keys
from cdp.store.tx import Tx
from cdp.vault.envelope import CannotOpen
from identity.evidence import Evidence, Token, Value
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
        self._generic: set[Value] = set()
        self._asked: set[Value] = set()
        self._tokens: dict[UUID, list[keys.IndexRow]] = {}
        self._order: dict[UUID, bytes] = {}

    def component(self, seeds: Collection[UUID]) -> Component:
        """The components of these records; one that is not in the index is left out."""
        members, candidates = set(seeds), set[UUID]()
        grown = True
        while grown:
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
        self._open(members)
        known = members & self._order.keys()
        made = {record: self._evidence(record) for record in known}
        ids = {item.record_id: record for record, item in made.items()}
        return Component(
            tuple(made.values()), self._blocked, frozenset(self._generic), self.unreadable, ids
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
        self._generic |= over
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
            generic=frozenset(self._generic),
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
