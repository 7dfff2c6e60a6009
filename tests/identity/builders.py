"""Evidence in one line, and an oracle that tries every pair of records."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, product
from math import log2

from hypothesis import strategies as st

from identity.comparisons import Bond, Comparison, Level
from identity.conditions import Lacks, Otherwise, Same
from identity.defaults import default_rules
from identity.evidence import Evidence, Ruling, Token, Verdict
from identity.features import read
from identity.identifiers import IdentifierType, Proof
from identity.partition import Partition
from identity.rules import Rules

TYPES = (
    IdentifierType("customer_id", Proof.ALWAYS, True, 5, 1, True),
    IdentifierType("email", Proof.IF_CONFIRMED, False, 4, 2, True),
    IdentifierType("phone", Proof.IF_CONFIRMED, False, 4, 2, True),
    IdentifierType("loyalty", Proof.NEVER, True, 4, 3, True),
    IdentifierType("device_id", Proof.NEVER, False, 4, 4, False, True),
    IdentifierType("cookie", Proof.NEVER, False, 4, 5, False),
)


def plain(name: str, exact: str) -> Comparison:
    """A comparison of equality; `exact`: m, u and household of it."""
    m, u, household = map(Decimal, exact.split())
    return Comparison(
        name,
        Lacks(name),
        (
            Level("exact", Same(name), m, u, household, bond=Bond.TIES),
            Level("different", Otherwise(), 1 - m, 1 - u, 1 - household),
        ),
    )


def ruled(*comparisons: Comparison) -> Rules:
    """The rules of these tests, with these comparisons in place of those of the same name."""
    named = {item.name: item for item in (*default_rules().comparisons, *comparisons)}
    return replace(
        default_rules(),
        types={type_.name: type_ for type_ in TYPES},
        comparisons=tuple(named.values()),
    )


LOYALTY = plain("loyalty", "0.55 0.01 0.05")
RULES = ruled(LOYALTY)


def token(spelling: str) -> Token:
    """`email:a` is a token, `email:a!` a confirmed one, `customer_id@crm:7` one with a scope."""
    name, _, value = spelling.partition(":")
    type_, _, scope = name.partition("@")
    return Token(type_, value.rstrip("!").encode(), value.endswith("!"), scope)


def record(name: str, *spellings: str) -> Evidence:
    """Evidence of the record `name`, whose order key is its name."""
    return Evidence(name, name.encode(), tuple(token(spelling) for spelling in spellings))


def person(name: str, *spellings: str, **attributes: str) -> Evidence:
    """Evidence with names and the like, and the blocking keys that follow from them."""
    return said(name, RULES, attributes, *spellings)


def said(name: str, rules: Rules, attributes: dict[str, str], *spellings: str) -> Evidence:
    """Evidence under other rules."""
    told = read(attributes)
    keys = [(rule.type, rule.key(told)) for rule in rules.blocking]
    tokens = [Token(type_, key.encode()) for type_, key in keys if key]
    return Evidence(name, name.encode(), (*map(token, spellings), *tokens), told)


def must(a: str, b: str) -> Verdict:
    return Verdict.together([a, b])


def cannot(a: str, b: str) -> Verdict:
    return Verdict.apart([a], [b])


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
        lambda type_, scope, value, confirmed: (
            Token(type_, value, confirmed, scope) if type_ != "device_id" else Token(type_, b"1")
        ),
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
    several = st.lists(st.sampled_from(NAMES), min_size=2, max_size=4, unique=True)
    together = several.map(Verdict.together)
    groups = several.flatmap(
        lambda names: st.integers(1, len(names) - 1).map(lambda n: (names[:n], names[n:]))
    )
    three = st.permutations(NAMES).map(lambda names: (names[:2], names[2:4], names[4:5]))
    apart = st.builds(
        lambda found, whole, rank: Verdict.apart(*found, whole=whole, rank=rank),
        groups | three,
        st.booleans(),
        st.integers(-1, 0),
    )
    return st.lists(together | apart, max_size=4)


def without(verdict: Verdict, gone: str) -> list[Verdict]:
    """What is left of a verdict without one of its records."""
    groups = [group - {gone} for group in verdict.groups if group != {gone}]
    if verdict.ruling is Ruling.MUST_LINK:
        return [Verdict.together(group) for group in groups if len(group) > 1]
    if len(groups) > 1:
        return [Verdict.apart(*groups, whole=verdict.whole, rank=verdict.rank)]
    return [Verdict.apart(*groups, ["nobody"], whole=verdict.whole, rank=verdict.rank)]


def values() -> st.SearchStrategy[frozenset[tuple[str, bytes]]]:
    """Blocked or generic values; mostly none."""
    value = st.tuples(st.sampled_from(list(RULES.types)), st.sampled_from([b"1", b"2"]))
    return st.one_of(st.just(frozenset[tuple[str, bytes]]()), st.frozensets(value, max_size=2))


class Oracle:
    """The rules of linking, written as naively as they read: every pair, plain sets, floats."""

    def __init__(
        self,
        evidence: Sequence[Evidence],
        verdicts: Iterable[Verdict],
        blocked: frozenset[tuple[str, bytes]],
        generic: frozenset[tuple[str, bytes]],
    ) -> None:
        self.records = sorted(evidence, key=lambda item: item.order_key)
        self.place = {item.record_id: n for n, item in enumerate(self.records)}
        self.idle = blocked | generic
        self.verdicts = list(verdicts)
        self.of = {item.record_id: frozenset({item.record_id}) for item in self.records}
        self.evidence = {item.record_id: item for item in self.records}
        for _, _, _, a, b in sorted(self._proofs()):
            self._try(self.records[a].record_id, self.records[b].record_id)
        while self._contract():
            pass
        self._attach()

    def persons(self) -> set[frozenset[str]]:
        return set(self.of.values())

    def _meaningless(self, token: Token) -> bool:
        limit = RULES.types[token.type].limit
        return (token.type, token.value) in self.idle or len(self._holders(token)) > limit

    def _holders(self, token: Token) -> list[str]:
        key = (token.type, token.scope, token.value)
        return [
            item.record_id
            for item in self.records
            if any((t.type, t.scope, t.value) == key for t in item.tokens)
        ]

    def _shared(self, a: str, b: str) -> dict[tuple[str, str, bytes], bool]:
        """Values that join, and whether both confirmed them."""
        found: dict[tuple[str, str, bytes], bool] = {}
        for one, two in product(self.evidence[a].tokens, self.evidence[b].tokens):
            key = (one.type, one.scope, one.value)
            type_ = RULES.types.get(one.type)
            if key != (two.type, two.scope, two.value) or type_ is None or not type_.merges:
                continue
            if not self._meaningless(one):
                found[key] = found.get(key, False) or (one.confirmed and two.confirmed)
        return found

    def _proofs(self) -> Iterable[tuple[int, int, str, int, int]]:
        """(strength, priority, type, a, b), to be tried in ascending order."""
        for a, b in combinations(range(len(self.records)), 2):
            first, second = self.records[a].record_id, self.records[b].record_id
            for verdict in self.verdicts:
                ties = verdict.whole or verdict.ruling is Ruling.MUST_LINK
                if ties and any({first, second} <= group for group in verdict.groups):
                    yield -1 if verdict.whole else 0, -verdict.rank, "", a, b
            for (name, _, _), confirmed in self._shared(first, second).items():
                type_ = RULES.types[name]
                if type_.proves_person is Proof.ALWAYS or (
                    type_.proves_person is Proof.IF_CONFIRMED and confirmed
                ):
                    yield 1, type_.priority, type_.name, a, b

    def weight(self, a: str, b: str) -> float:
        """Whatever both hold is exactly equal; of anything else these records say nothing."""
        types = {name for name, _, _ in self._shared(a, b)}
        levels = [item.levels[0] for item in RULES.comparisons if item.name in types]
        if not levels:
            return 0
        settings = RULES.clustering
        prior = float(settings.prior + settings.inside) * min(len(levels) / settings.said, 1)
        strangers = prior + sum(log2(level.m / level.u) for level in levels)
        household = sum(log2(level.m / (level.household or 1)) for level in levels)
        return round(-log2(2**-strangers + 2**-household), 2)

    def _contract(self) -> bool:
        """Join the heaviest two clusters that may be one."""
        best: tuple[float, tuple[int, ...], frozenset[str], frozenset[str]] | None = None
        for first, second in combinations(self.persons(), 2):
            total = round(sum(self.weight(a, b) for a, b in product(first, second)), 2)
            if total <= 0 or self.contradicts(first | second):
                continue
            ends = sorted(min(self.place[name] for name in part) for part in (first, second))
            if best is None or (-total, tuple(ends)) < best[:2]:
                best = (-total, tuple(ends), first, second)
        if best is not None:
            self._try(min(best[2]), min(best[3]))
        return best is not None

    def _try(self, a: str, b: str) -> None:
        together = self.of[a] | self.of[b]
        if self.of[a] != self.of[b] and not self.contradicts(together):
            for name in together:
                self.of[name] = together

    def _known(self, names: frozenset[str]) -> bool:
        return any(
            token.type in RULES.types and RULES.types[token.type].merges
            for name in names
            for token in self.evidence[name].tokens
        )

    def _attach(self) -> None:
        """Only for one device: several are left to stories."""
        tokens = {t for item in self.records for t in item.tokens if t.type == "device_id"}
        keys = {(t.scope, t.value): t for t in tokens if not self._meaningless(t)}
        for token in keys.values() if len(keys) == 1 else ():
            homes = [self.of[name] for name in self._holders(token)]
            if len({home for home in homes if self._known(home)}) > 1:
                return
            strangers = [home for home in homes if not self._known(home)]
            for home in homes:
                if strangers and self.of[min(strangers[0])] != home:
                    self._try(min(strangers[0]), min(home))

    def contradicts(self, names: frozenset[str]) -> bool:
        """Two values of a unique type, or two groups that a verdict keeps apart."""
        claims: dict[tuple[str, str], set[bytes]] = {}
        for name in names:
            for token in self.evidence[name].tokens:
                type_ = RULES.types.get(token.type)
                if type_ is not None and type_.unique_per_person and not self._meaningless(token):
                    claims.setdefault((token.type, token.scope), set()).add(token.value)
        apart = any(
            len([group for group in verdict.groups if group & names]) > 1
            for verdict in self.verdicts
        )
        return apart or any(len(found) > 1 for found in claims.values())
