"""Which records have something in common: values held by several records, and what each may do.

Records become positions 0..n-1 in the order of their order keys, so that comparing positions is
comparing order keys and nothing depends on how the evidence came in.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from identity.evidence import Evidence, Ruling, Token, Value, Verdict
from identity.identifiers import IdentifierType, Proof
from identity.rules import Rules

Key = tuple[str, str, bytes]
Claim = tuple[str, str]
"""(type, scope) of which one person has one value."""


class Standing(StrEnum):
    """What a value may do; all but LINKS are reasons why a shared value joins nobody."""

    LINKS = "links"
    TYPE_DOES_NOT_MERGE = "type_does_not_merge"
    BLOCKED_VALUE = "blocked_value"
    GENERIC_VALUE = "generic_value"


@dataclass(frozen=True, slots=True)
class Shared:
    """One value that links: its holders, and those that confirmed it, as ascending positions."""

    type: IdentifierType
    holders: tuple[int, ...]
    confirmed: tuple[int, ...]

    @property
    def provers(self) -> tuple[int, ...]:
        """The holders among whom this value proves one person, unless two clusters hold it."""
        if self.type.proves_person is Proof.ALWAYS:
            return self.holders
        return self.confirmed if self.type.proves_person is Proof.IF_CONFIRMED else ()


@dataclass(frozen=True, slots=True)
class Blocks:
    """The evidence, indexed.

    `held[i]`: indexes into `shared` of the values record i holds. `claims[i]`: its values of types
    that are unique per person. `standing`: of every value held by two records or more.
    """

    records: tuple[Evidence, ...]
    shared: tuple[Shared, ...]
    held: tuple[tuple[int, ...], ...]
    claims: tuple[Mapping[Claim, frozenset[bytes]], ...]
    standing: Mapping[Key, Standing]
    must: tuple[tuple[int, int], ...]
    cannot: tuple[tuple[int, int], ...]


def block(
    evidence: Iterable[Evidence],
    rules: Rules,
    *,
    blocked: frozenset[Value],
    generic: frozenset[Value],
    verdicts: Iterable[Verdict],
) -> Blocks:
    """Index the evidence of a component.

    Raises:
        ValueError: two different pieces of evidence for one record.
    """
    records = _in_order(evidence)
    holders: dict[Key, dict[int, bool]] = defaultdict(dict)
    for position, record in enumerate(records):
        for token in record.tokens:
            held = holders[key_of(token)]
            held[position] = token.confirmed or held.get(position, False)

    def stands(key: Key) -> Standing:
        return _standing(key, len(holders[key]), rules, blocked=blocked, generic=generic)

    standing = {key: stands(key) for key, held in holders.items() if len(held) > 1}
    shared = tuple(
        sorted(
            (
                _shared(rules.types[key[0]], holders[key])
                for key, value in standing.items()
                if value is Standing.LINKS
            ),
            key=lambda item: (item.type.priority, item.type.name, item.holders, item.confirmed),
        )
    )
    places = {record.record_id: position for position, record in enumerate(records)}
    must, cannot = _verdicts(verdicts, places)
    return Blocks(
        records=records,
        shared=shared,
        held=_held(len(records), shared),
        claims=tuple(_claims(record, rules, stands) for record in records),
        standing=standing,
        must=must,
        cannot=cannot,
    )


def key_of(token: Token) -> Key:
    """What two tokens must agree on to be the same value."""
    return token.type, token.scope, token.value


def _in_order(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    by_id: dict[str, Evidence] = {}
    for record in evidence:
        known = by_id.setdefault(record.record_id, record)
        if known is not record and (known.order_key, frozenset(known.tokens)) != (
            record.order_key,
            frozenset(record.tokens),
        ):
            raise ValueError("two different pieces of evidence for one record")
    return tuple(sorted(by_id.values(), key=lambda record: (record.order_key, record.record_id)))


def _standing(
    key: Key, count: int, rules: Rules, *, blocked: frozenset[Value], generic: frozenset[Value]
) -> Standing:
    type_ = rules.types.get(key[0])
    value = (key[0], key[2])
    if value in blocked:
        return Standing.BLOCKED_VALUE
    if value in generic or (type_ is not None and count > type_.limit):
        return Standing.GENERIC_VALUE
    if type_ is None or not type_.merges:
        return Standing.TYPE_DOES_NOT_MERGE
    return Standing.LINKS


def _shared(type_: IdentifierType, held: Mapping[int, bool]) -> Shared:
    holders = tuple(sorted(held))
    return Shared(type_, holders, tuple(position for position in holders if held[position]))


def _held(size: int, shared: tuple[Shared, ...]) -> tuple[tuple[int, ...], ...]:
    held: list[list[int]] = [[] for _ in range(size)]
    for index, value in enumerate(shared):
        for position in value.holders:
            held[position].append(index)
    return tuple(map(tuple, held))


def _claims(
    record: Evidence, rules: Rules, stands: Callable[[Key], Standing]
) -> dict[Claim, frozenset[bytes]]:
    """A value that identifies nobody (blocked, generic) keeps nobody apart either."""
    claims: dict[Claim, frozenset[bytes]] = {}
    for token in record.tokens:
        type_ = rules.types.get(token.type)
        if type_ is None or not type_.unique_per_person:
            continue
        if stands(key_of(token)) in {Standing.BLOCKED_VALUE, Standing.GENERIC_VALUE}:
            continue
        claim = (token.type, token.scope)
        claims[claim] = claims.get(claim, frozenset()) | {token.value}
    return claims


def _verdicts(
    verdicts: Iterable[Verdict], places: Mapping[str, int]
) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """Verdicts about records that are not here say nothing."""
    pairs: dict[Ruling, set[tuple[int, int]]] = {ruling: set() for ruling in Ruling}
    for verdict in verdicts:
        if verdict.a in places and verdict.b in places:
            first, second = sorted((places[verdict.a], places[verdict.b]))
            pairs[verdict.ruling].add((first, second))
    return tuple(sorted(pairs[Ruling.MUST_LINK])), tuple(sorted(pairs[Ruling.CANNOT_LINK]))
