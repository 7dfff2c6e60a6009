"""Evidence in one line, and an oracle that tries every pair of records."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from hypothesis import strategies as st

from identity.evidence import Evidence, Ruling, Token, Verdict
from identity.identifiers import IdentifierType, Proof
from identity.partition import Partition
from identity.rules import Rules

TYPES = (
    IdentifierType("customer_id", Proof.ALWAYS, True, 5, 1, 24, True),
    IdentifierType("email", Proof.IF_CONFIRMED, False, 4, 2, 8, True),
    IdentifierType("phone", Proof.IF_CONFIRMED, False, 4, 2, 8, True),
    IdentifierType("loyalty", Proof.NEVER, True, 4, 3, 6, True),
    IdentifierType("device_id", Proof.NEVER, False, 4, 4, 4, False),
)
RULES = Rules({type_.name: type_ for type_ in TYPES})


def token(spelling: str) -> Token:
    """`email:a` is a token, `email:a!` a confirmed one, `customer_id@crm:7` one with a scope."""
    name, _, value = spelling.partition(":")
    type_, _, scope = name.partition("@")
    return Token(type_, value.rstrip("!").encode(), value.endswith("!"), scope)


def record(name: str, *spellings: str) -> Evidence:
    """Evidence of the record `name`, whose order key is its name."""
    return Evidence(name, name.encode(), tuple(token(spelling) for spelling in spellings))


def must(a: str, b: str) -> Verdict:
    return Verdict(a, b, Ruling.MUST_LINK)


def cannot(a: str, b: str) -> Verdict:
    return Verdict(a, b, Ruling.CANNOT_LINK)


def persons(partition: Partition) -> set[frozenset[str]]:
    """The partition as plain sets of records."""
    return {frozenset(cluster.record_ids) for cluster in partition.clusters}


def kinds(partition: Partition) -> dict[str, str]:
    """The link kind of every record."""
    return {m.record_id: str(m.kind) for cluster in partition.clusters for m in cluster.members}


NAMES = "abcdefgh"


@st.composite
def components(draw: st.DrawFn, most: int = 7) -> list[Evidence]:
    """A few records over very few values, so that they share, confirm and contradict."""
    spelling = st.builds(
        lambda type_, scope, value, confirmed: Token(type_, value, confirmed, scope),
        st.sampled_from([*RULES.types, "unheard_of"]),
        st.sampled_from(["", "", "crm"]),
        st.sampled_from([b"1", b"2", b"3"]),
        st.booleans(),
    )
    size = draw(st.integers(1, most))
    held = draw(st.lists(st.lists(spelling, max_size=4), min_size=size, max_size=size))
    orders = draw(st.permutations(range(size)))
    return [Evidence(NAMES[n], bytes([orders[n]]), tuple(tokens)) for n, tokens in enumerate(held)]


def verdicts() -> st.SearchStrategy[list[Verdict]]:
    pair = st.sampled_from(list(combinations(NAMES, 2)))
    verdict = st.builds(
        lambda two, ruling: Verdict(two[0], two[1], ruling), pair, st.sampled_from(Ruling)
    )
    return st.lists(verdict, max_size=4)


def values() -> st.SearchStrategy[frozenset[tuple[str, bytes]]]:
    """Blocked or generic values; mostly none."""
    value = st.tuples(st.sampled_from(list(RULES.types)), st.sampled_from([b"1", b"2"]))
    return st.one_of(st.just(frozenset[tuple[str, bytes]]()), st.frozensets(value, max_size=2))


class Oracle:
    """The rules of linking, written as naively as they read: every pair, plain sets."""

    def __init__(
        self,
        evidence: Sequence[Evidence],
        verdicts: Iterable[Verdict],
        blocked: frozenset[tuple[str, bytes]],
        generic: frozenset[tuple[str, bytes]],
    ) -> None:
        self.records = sorted(evidence, key=lambda item: item.order_key)
        self.idle = blocked | generic
        self.rulings = {(frozenset({v.a, v.b}), v.ruling) for v in verdicts}
        self.of = {item.record_id: frozenset({item.record_id}) for item in self.records}
        self.evidence = {item.record_id: item for item in self.records}
        for _, _, _, a, b in sorted(self._links()):
            self._try(self.records[a].record_id, self.records[b].record_id)

    def persons(self) -> set[frozenset[str]]:
        return set(self.of.values())

    def _meaningless(self, token: Token) -> bool:
        key = (token.type, token.scope, token.value)
        count = sum(
            any((t.type, t.scope, t.value) == key for t in item.tokens) for item in self.records
        )
        limit = RULES.types[token.type].limit
        return (token.type, token.value) in self.idle or count > limit

    def _links(self) -> Iterable[tuple[int, int, str, int, int]]:
        """(strength, priority, type, a, b), to be tried in ascending order."""
        for a, b in combinations(range(len(self.records)), 2):
            first, second = self.records[a], self.records[b]
            if (frozenset({first.record_id, second.record_id}), Ruling.MUST_LINK) in self.rulings:
                yield 0, 0, "", a, b
            for one in first.tokens:
                for two in second.tokens:
                    if (one.type, one.scope, one.value) != (two.type, two.scope, two.value):
                        continue
                    type_ = RULES.types.get(one.type)
                    if type_ is None or not type_.merges or self._meaningless(one):
                        continue
                    proven = type_.proves_person is Proof.ALWAYS or (
                        type_.proves_person is Proof.IF_CONFIRMED
                        and one.confirmed
                        and two.confirmed
                    )
                    yield 1 if proven else 2, type_.priority, type_.name, a, b

    def _try(self, a: str, b: str) -> None:
        together = self.of[a] | self.of[b]
        if self.of[a] != self.of[b] and not self.contradicts(together):
            for name in together:
                self.of[name] = together

    def contradicts(self, names: frozenset[str]) -> bool:
        """Two values of a unique type, or two records that a verdict keeps apart."""
        claims: dict[tuple[str, str], set[bytes]] = {}
        for name in names:
            for token in self.evidence[name].tokens:
                type_ = RULES.types.get(token.type)
                if type_ is not None and type_.unique_per_person and not self._meaningless(token):
                    claims.setdefault((token.type, token.scope), set()).add(token.value)
        apart = any(pair <= names for pair, ruling in self.rulings if ruling is Ruling.CANNOT_LINK)
        return apart or any(len(found) > 1 for found in claims.values())
