"""Which records have something in common: values held by several records, and what each may do.

An identifier links; a value of an attaching type (a device) ties visitors to the one person who
else holds it; a blocking key only says which records are worth comparing.

Records become positions 0..n-1 in the order of their order keys, so that comparing positions is
comparing order keys and nothing depends on how the evidence came in.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from identity.comparisons import Bond, Comparison
from identity.evidence import Claim, Evidence, Token, Value, Verdict
from identity.features import Told
from identity.identifiers import IdentifierType, Proof
from identity.rules import Rules
from identity.verdicts import Judged

Key = tuple[str, str, bytes]


class Standing(StrEnum):
    """What a value may do; the last three are reasons why a shared value joins nobody."""

    LINKS = "links"
    ATTACHES = "attaches"
    COMPARES = "compares"
    TYPE_DOES_NOT_MERGE = "type_does_not_merge"
    BLOCKED_VALUE = "blocked_value"
    GENERIC_VALUE = "generic_value"


@dataclass(frozen=True, slots=True)
class Shared:
    """One value that links: its holders, and those that confirmed it, as ascending positions.

    `contested`: two who confirmed it have first names that conflict, so it is a household's.
    """

    type: IdentifierType
    holders: tuple[int, ...]
    confirmed: tuple[int, ...]
    contested: bool = False

    @property
    def provers(self) -> tuple[int, ...]:
        """The holders among whom this value proves one person, unless two clusters hold it."""
        if self.type.proves_person is Proof.ALWAYS:
            return self.holders
        proves = self.type.proves_person is Proof.IF_CONFIRMED and not self.contested
        return self.confirmed if proves else ()


@dataclass(frozen=True, slots=True)
class Blocks:
    """The evidence, indexed.

    `held[i]`: indexes into `shared` of the values record i holds. `claims[i]`: its values of types
    that are unique per person, and its place in verdicts that keep groups apart. `standing`: of
    every value held by two records or more. `attaching` and `comparing`: the holders of values that
    attach visitors, and of blocking keys. `known[i]`: whether record i says who it is. `muted[i]`:
    types of which it holds only values that identify nobody.
    """

    records: tuple[Evidence, ...]
    shared: tuple[Shared, ...]
    attaching: tuple[Shared, ...]
    comparing: tuple[tuple[int, ...], ...]
    known: tuple[bool, ...]
    held: tuple[tuple[int, ...], ...]
    muted: tuple[frozenset[str], ...]
    claims: tuple[Mapping[Claim, frozenset[bytes]], ...]
    standing: Mapping[Key, Standing]
    judged: Judged


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
        return standing_of(key, len(holders[key]), rules, blocked=blocked, generic=generic)

    standing = {key: stands(key) for key, held in holders.items() if len(held) > 1}
    over = {key for key, value in standing.items() if value is Standing.GENERIC_VALUE}
    idle = blocked | generic | {(key[0], key[2]) for key in over}

    def of(wanted: Standing) -> tuple[Shared, ...]:
        found = (
            _shared(records, rules, rules.types[key[0]], holders[key])
            for key, value in standing.items()
            if value is wanted
        )
        return tuple(sorted(found, key=_precedence))

    shared = of(Standing.LINKS)
    compared = {
        tuple(sorted(holders[key])) for key, value in standing.items() if value is Standing.COMPARES
    }
    places = {record.record_id: position for position, record in enumerate(records)}
    judged = Judged.of(verdicts, places)
    return Blocks(
        records=records,
        shared=shared,
        attaching=of(Standing.ATTACHES),
        comparing=tuple(sorted(compared)),
        known=tuple(_is_known(record, rules) for record in records),
        held=_held(len(records), shared),
        muted=tuple(muted_types(record, rules, idle) for record in records),
        claims=tuple(
            _claims(record, rules, stands) | judged.claims.get(position, {})
            for position, record in enumerate(records)
        ),
        standing=standing,
        judged=judged,
    )


def key_of(token: Token) -> Key:
    """What two tokens must agree on to be the same value."""
    return token.type, token.scope, token.value


def _in_order(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    by_id: dict[str, Evidence] = {}
    for record in evidence:
        known = by_id.setdefault(record.record_id, record)
        if known is not record and _content(known) != _content(record):
            raise ValueError("two different pieces of evidence for one record")
    return tuple(sorted(by_id.values(), key=lambda record: (record.order_key, record.record_id)))


def _content(record: Evidence) -> tuple[object, ...]:
    return record.order_key, frozenset(record.tokens), record.told


def standing_of(
    key: Key,
    count: int,
    rules: Rules,
    *,
    blocked: frozenset[Value] = frozenset(),
    generic: frozenset[Value] = frozenset(),
) -> Standing:
    """What a value may do that so many records hold."""
    type_ = rules.types.get(key[0])
    value = (key[0], key[2])
    limit = rules.key_limits.get(key[0]) if type_ is None else type_.limit
    if value in blocked:
        return Standing.BLOCKED_VALUE
    if value in generic or (limit is not None and count > limit):
        return Standing.GENERIC_VALUE
    if type_ is None:
        return Standing.TYPE_DOES_NOT_MERGE if limit is None else Standing.COMPARES
    if type_.merges:
        return Standing.LINKS
    return Standing.ATTACHES if type_.attaches else Standing.TYPE_DOES_NOT_MERGE


def _shared(
    records: tuple[Evidence, ...], rules: Rules, type_: IdentifierType, held: Mapping[int, bool]
) -> Shared:
    holders = tuple(sorted(held))
    confirmed = tuple(position for position in holders if held[position])
    people = {told for place in confirmed if (told := records[place].told)}
    contested = type_.is_contact and any(
        _parts(rules.comparisons, a, b) for a, b in combinations(people, 2)
    )
    return Shared(type_, holders, confirmed, contested)


def _parts(comparisons: Iterable[Comparison], a: Told, b: Told) -> bool:
    """Whether two who share a value say that they are two, by their first names for instance."""
    parting = (item for item in comparisons if any(lv.bond is Bond.PARTS for lv in item.levels))
    return any(
        place is not None and item.levels[place].bond is Bond.PARTS
        for item in parting
        for place in (item.level(a, b),)
    )


def _precedence(item: Shared) -> tuple[int, str, tuple[int, ...], tuple[int, ...]]:
    return item.type.priority, item.type.name, item.holders, item.confirmed


def _is_known(record: Evidence, rules: Rules) -> bool:
    """Whether a record says who it is: by a name, or by a value that can tell of a person."""
    return record.told.is_named or any(
        token.type in rules.types and rules.types[token.type].merges for token in record.tokens
    )


def _held(size: int, shared: tuple[Shared, ...]) -> tuple[tuple[int, ...], ...]:
    held: list[list[int]] = [[] for _ in range(size)]
    for index, value in enumerate(shared):
        for position in value.holders:
            held[position].append(index)
    return tuple(map(tuple, held))


def muted_types(record: Evidence, rules: Rules, idle: frozenset[Value]) -> frozenset[str]:
    """The types of which a record holds only values that identify nobody."""
    held = [(token.type, token.value) for token in record.tokens if token.type in rules.types]
    loud = {value[0] for value in held if value not in idle}
    return frozenset(value[0] for value in held) - loud


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
