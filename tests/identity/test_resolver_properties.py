"""Who is who, for any evidence: against an oracle, and what must always hold."""

from itertools import combinations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from identity.evidence import Evidence, Token, Verdict
from identity.identifiers import Proof
from identity.partition import LinkKind
from identity.resolver import resolve
from tests.identity.builders import (
    RULES,
    Oracle,
    components,
    persons,
    values,
    verdicts,
    without,
)

Values = frozenset[tuple[str, bytes]]


@given(components(), verdicts(), values(), values())
def test_the_partition_is_that_of_trying_every_pair(
    evidence: list[Evidence], rulings: list[Verdict], blocked: Values, generic: Values
) -> None:
    partition = resolve(evidence, RULES, blocked=blocked, generic=generic, verdicts=rulings)

    oracle = Oracle(evidence, rulings, blocked, generic)
    assert persons(partition) == oracle.persons()


@given(components(), verdicts())
def test_no_person_holds_two_values_of_a_unique_type(
    evidence: list[Evidence], rulings: list[Verdict]
) -> None:
    partition = resolve(evidence, RULES, verdicts=rulings)

    oracle = Oracle(evidence, rulings, frozenset(), frozenset())
    assert not any(
        len(cluster.members) > 1 and oracle.contradicts(frozenset(cluster.record_ids))
        for cluster in partition.clusters
    )


@given(components(), verdicts(), st.randoms(use_true_random=False))
def test_arrival_order_does_not_matter(
    evidence: list[Evidence], rulings: list[Verdict], random: Random
) -> None:
    shuffled = [
        Evidence(
            item.record_id, item.order_key, tuple(random.sample(item.tokens, len(item.tokens)))
        )
        for item in random.sample(evidence, len(evidence))
    ]

    assert resolve(shuffled, RULES, verdicts=rulings[::-1]) == resolve(
        evidence, RULES, verdicts=rulings
    )


@given(components())
def test_components_can_be_resolved_one_by_one(evidence: list[Evidence]) -> None:
    far = [
        Evidence(
            f"far {item.record_id}",
            b"\x00" + item.order_key,
            tuple(Token(t.type, b"far" + t.value, t.confirmed, t.scope) for t in item.tokens),
        )
        for item in evidence
    ]

    together, near, apart = (resolve(part, RULES) for part in (evidence + far, evidence, far))

    assert set(together.clusters) == {*near.clusters, *apart.clusters}
    assert set(together.refusals) == {*near.refusals, *apart.refusals}


@given(components(), verdicts(), st.data())
def test_a_record_that_is_gone_might_as_well_never_have_come(
    evidence: list[Evidence], rulings: list[Verdict], data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(evidence))
    left = [item for item in evidence if item is not gone]
    concerning = [left for verdict in rulings for left in without(verdict, gone.record_id)]

    assert resolve(left, RULES, verdicts=rulings) == resolve(left, RULES, verdicts=concerning)


@given(components(), verdicts())
def test_every_person_hangs_together_by_edges(
    evidence: list[Evidence], rulings: list[Verdict]
) -> None:
    for cluster in resolve(evidence, RULES, verdicts=rulings).clusters:
        reached = {cluster.record_ids[0]}
        for _ in cluster.edges:
            for edge in cluster.edges:
                if reached & {edge.a, edge.b}:
                    reached |= {edge.a, edge.b}
        assert reached == set(cluster.record_ids)


@given(components(), verdicts())
def test_every_pair_that_links_but_is_not_one_person_has_a_refusal(
    evidence: list[Evidence], rulings: list[Verdict]
) -> None:
    partition = resolve(evidence, RULES, verdicts=rulings)
    home = {r: n for n, c in enumerate(partition.clusters) for r in c.record_ids}
    refused = {frozenset({home[item.a], home[item.b]}) for item in partition.refusals}

    assert all(item.against for item in partition.refusals)
    for verdict in rulings:
        if verdict.ruling == "must_link":
            homes = {home[name] for name in verdict.groups[0] & home.keys()}
            assert len(homes) < 2 or any(ends <= homes for ends in refused)


@given(components())
def test_verified_means_tied_by_proof_that_nobody_else_shares(evidence: list[Evidence]) -> None:
    partition = resolve(evidence, RULES)
    home = {r: n for n, c in enumerate(partition.clusters) for r in c.record_ids}
    tokens = {item.record_id: item.tokens for item in evidence}
    holders: dict[tuple[str, str, bytes], set[str]] = {}
    for item in evidence:
        for t in item.tokens:
            holders.setdefault((t.type, t.scope, t.value), set()).add(item.record_id)

    def unshared(t: Token) -> bool:
        held = holders[t.type, t.scope, t.value]
        return len({home[name] for name in held}) == 1 and len(held) <= RULES.types[t.type].limit

    def proof(a: str, b: str) -> bool:
        return any(
            (one.type, one.scope, one.value) == (two.type, two.scope, two.value)
            and proves(one, two)
            and unshared(one)
            for one in tokens[a]
            for two in tokens[b]
        )

    for cluster in partition.clusters:
        verified = [m.record_id for m in cluster.members if m.kind is LinkKind.VERIFIED]
        if len(cluster.members) > 1:
            assert all(any(proof(a, b) for b in verified if a != b) for a in verified)
            proven = [pair for pair in combinations(cluster.record_ids, 2) if proof(*pair)]
            assert bool(proven) == bool(verified)


def proves(one: Token, two: Token) -> bool:
    type_ = RULES.types.get(one.type)
    if type_ is None or not type_.merges:
        return False
    confirmed = one.confirmed and two.confirmed
    return type_.proves_person is Proof.ALWAYS or (
        type_.proves_person is Proof.IF_CONFIRMED and confirmed
    )
