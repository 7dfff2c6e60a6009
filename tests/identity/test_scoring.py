"""What two records weigh, told in stories; and clusters by weight, against trying everything."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.blocking import block
from identity.clustering import Clusters
from identity.copies import KEPT
from identity.evidence import Claim, Evidence
from identity.explain import WhyNot, explain
from identity.resolver import resolve, tied
from identity.scoring import Scorer, Weight
from tests.identity.builders import RULES, cannot, kinds, person, persons, record, said
from tests.identity.near import rows

HOME = {"street": "12 Main St", "postcode": "89132"}
ROBERT = {"full_name": "Robert Smith", "birth_date": "1978-11-12", **HOME}
ANNA = {"full_name": "Anna Smith", "birth_date": "1980-01-30", **HOME}


def one(*names: str) -> frozenset[str]:
    return frozenset(names)


def weight(a: Evidence, b: Evidence) -> Weight:
    blocks = block([a, b], RULES, blocked=frozenset(), generic=frozenset(), verdicts=())
    return Scorer(blocks, RULES).between(0, 1)


def test_a_nickname_and_an_address_spelled_otherwise_are_one_person() -> None:
    bob = person("b", full_name="Smith, Bob", street="12 Main Street", postcode="89132")

    partition = resolve([person("a", **ROBERT), bob], RULES)

    assert persons(partition) == {one("a", "b")}
    assert kinds(partition) == {"a": "probabilistic", "b": "probabilistic"}


def test_two_of_a_household_stay_two_whatever_they_share() -> None:
    partition = resolve(
        [
            person("a", "email:x!", "phone:1!", **ROBERT),
            person("b", "email:x!", "phone:1!", **ANNA),
        ],
        RULES,
    )

    assert persons(partition) == {one("a"), one("b")}
    assert {refusal.against for refusal in partition.refusals} == {("weight",)}


def test_a_mailbox_counts_unless_first_names_conflict() -> None:
    rob = person("b", "email:x", given_name="Rob")
    anna = person("c", "email:x", given_name="Anna")

    robert = person("a", "email:x", given_name="Robert")

    assert weight(robert, rob).total > weight(record("a", "email:x"), record("b", "email:x")).total
    assert weight(robert, anna).total < 0
    assert weight(robert, anna).is_household


FATHER = {**ROBERT, "birth_date": "1951-03-04"}
KIEL = {"city": "Kiel", "postcode": "24103"}


@pytest.mark.parametrize(
    ("shared", "ours", "theirs"),
    [
        ("", {"full_name": "Robert Smith", **KIEL}, {"full_name": "Robert Smith", **KIEL}),
        ("phone:1", ROBERT, FATHER),
        ("", {**ROBERT, "name_suffix": "Jr"}, {**HOME, "full_name": "Robert Smith Sr"}),
        (
            "email:x phone:1",
            {"full_name": "Robert Smith", **HOME},
            {"full_name": "Anna Smith", **HOME},
        ),
        ("email:x", {"full_name": "Robert Smith"}, {"full_name": "Anna Smith"}),
        ("", ROBERT, {**ROBERT, "full_name": "Anna Smith"}),
        ("device_id:d", ROBERT, {**ROBERT, "full_name": "Zoe Quell", "birth_date": "1999-01-30"}),
    ],
    ids=[
        "a name and a place",
        "father and son who share a telephone",
        "father and son by their suffix",
        "a couple that shares everything",
        "a couple that shares a mailbox",
        "twins",
        "lodgers who share a device",
    ],
)
def test_what_two_people_may_have_in_common_does_not_make_them_one(
    shared: str, ours: dict[str, str], theirs: dict[str, str]
) -> None:
    evidence = [person("a", *shared.split(), **ours), person("b", *shared.split(), **theirs)]

    assert persons(resolve(evidence, RULES)) == {one("a"), one("b")}


@pytest.mark.parametrize(
    ("shared", "ours", "theirs"),
    [
        ("", {"full_name": "Robert Smith", **HOME}, {"full_name": "Bob Smith", **HOME}),
        ("", {"full_name": "R. Smith", **HOME}, {"full_name": "Robert Smith", **HOME}),
        ("", ROBERT, {"full_name": "Smith Robert", "birth_date": "1978-11-12"}),
        ("", ROBERT, {"full_name": "Robert Smith", "birth_date": "1978-12-11"}),
        ("email:x", ROBERT, {"full_name": "Robert Smith", **KIEL}),
        ("email:x", {"full_name": "Anna Smith"}, {"full_name": "Anna Quellwasser"}),
        ("phone:1", ROBERT, {"given_name": "Bob"}),
        ("email:x", ROBERT, {}),
    ],
    ids=[
        "a nickname at one address",
        "an initial at one address",
        "names the other way round and a birth date",
        "day and month exchanged",
        "moved, with the same mailbox",
        "married, with the same mailbox",
        "a telephone and a nickname",
        "a mailbox alone",
    ],
)
def test_what_one_person_says_in_two_places_makes_one(
    shared: str, ours: dict[str, str], theirs: dict[str, str]
) -> None:
    evidence = [person("a", *shared.split(), **ours), person("b", *shared.split(), **theirs)]

    assert persons(resolve(evidence, RULES)) == {one("a", "b")}


def test_a_customer_number_counts_whatever_the_names_say() -> None:
    robert = person("a", "customer_id:7", given_name="Robert")
    anna = person("b", "customer_id:7", given_name="Anna")

    assert persons(resolve([robert, anna], RULES)) == {one("a", "b")}


def test_records_that_say_nothing_to_each_other_weigh_nothing() -> None:
    assert weight(record("a", "email:x"), record("b", "phone:1")) == Weight(0, None)
    assert weight(person("a", given_name="Ada"), person("b", city="Kiel")).total == 0


def test_the_waterfall_adds_up_to_the_weight() -> None:
    a, b = person("a", "email:x", **ROBERT), person("b", "email:x", **ANNA)
    blocks = block([a, b], RULES, blocked=frozenset(), generic=frozenset(), verdicts=())
    scorer = Scorer(blocks, RULES)

    terms = scorer.terms(0, 1)

    assert sum(term.weight for term in terms) == scorer.between(0, 1).total
    assert [term.name for term in terms] == [
        "prior",
        "given_name",
        "family_name",
        "birth_date",
        "email",
        "address",
        "household",
    ]
    assert [term.level for term in scorer.terms(0, 1)[1:3]] == ["different", "exact"]
    assert scorer.levels(0, 1)[0][1].name == "different"


def test_without_a_household_class_nothing_is_said_of_households() -> None:
    rules = replace(RULES, clustering=replace(RULES.clustering, household=None))
    evidence = [person("a", "email:x", **ROBERT), person("b", "email:x", **ROBERT)]
    blocks = block(evidence, rules, blocked=frozenset(), generic=frozenset(), verdicts=())

    scorer = Scorer(blocks, rules)

    assert scorer.between(0, 1).household is None
    assert not scorer.between(0, 1).is_household
    assert "household" not in [term.name for term in scorer.terms(0, 1)]
    assert scorer.between(0, 1).total == sum(term.weight for term in scorer.terms(0, 1))


def test_two_that_have_nothing_to_say_to_each_other_have_no_waterfall() -> None:
    told = explain([record("a", "email:x"), record("b", "phone:1")], RULES, "a", "b")

    assert told.pair.terms == ()
    assert [reason.code for reason in told.reasons] == [WhyNot.NO_SHARED_IDENTIFIER]


def test_a_blocking_key_ties_only_what_its_weight_ties() -> None:
    robert, anna = person("a", **ROBERT), person("b", **ANNA)
    bob = person("c", full_name="Bob Smith", **HOME)
    stranger = person("d", full_name="Rosa Smith", postcode="89132")

    assert tied([robert, anna, bob, stranger], RULES, ["a"]) == {"a", "c"}


def test_an_organisation_and_its_owner_are_two() -> None:
    acme = {"company": "Acme Tools Ltd", **HOME}
    evidence = [
        person("a", "phone:1", **acme),
        person("b", "phone:1", **{**acme, "company": "ACME Tools"}),
        person("c", "phone:1", **ROBERT),
    ]

    assert persons(resolve(evidence, RULES)) == {one("a", "b"), one("c")}


def test_a_component_that_is_too_large_falls_apart_where_it_hangs_together_least() -> None:
    rules = replace(RULES, clustering=replace(RULES.clustering, together=2))
    evidence = [
        record("a", "customer_id:7", "email:x"),
        record("b", "customer_id:7"),
        record("c", "email:x"),
        record("d", "email:x"),
    ]

    partition = resolve(evidence, rules)

    assert persons(partition) == {one("a", "b"), one("c"), one("d")}
    assert partition.capped == (("a", "b", "c", "d"),)
    assert {refusal.against for refusal in partition.refusals} == {("cap",)}
    assert [r.code for r in explain(evidence, rules, "a", "c").reasons] == [WhyNot.CAP]


def test_what_speaks_against_two_names_is_told() -> None:
    a = person("a", "email:x", given_name="Robert", family_name="Smith")
    b = person("b", "email:x", given_name="Rob", family_name="Quellwasser", birth_date="1990-01-30")
    c = person("c", birth_date="1951-03-04", given_name="Robert", family_name="Smith", city="Kiel")
    d = person("d", birth_date="1990-01-30", given_name="Robert", family_name="Smith", city="Kiel")

    assert explain([a, b], RULES, "a", "b").same
    assert [r.code for r in explain([c, d], RULES, "c", "d").reasons] == [WhyNot.WEIGHT]
    family = [person("a", "email:x", **ROBERT), person("b", "email:x", **ANNA)]
    household = explain(family, RULES, "a", "b")
    assert [r.code for r in household.reasons] == [WhyNot.HOUSEHOLD]


def test_a_person_hangs_together_by_records_that_say_nothing_to_each_other() -> None:
    born = {"full_name": "Robert Smith", "birth_date": "1978-11-12"}
    evidence = [record("a", "email:x"), person("b", "email:x", **born), person("c", **born)]

    (cluster,) = resolve(evidence, RULES).clusters

    assert [(edge.a, edge.b) for edge in cluster.edges] == [("a", "b"), ("b", "c")]


def test_two_of_a_household_that_proof_makes_one_are_linked_as_a_household() -> None:
    evidence = [
        person("a", "email:x", "customer_id:7", given_name="Anna"),
        person("b", "email:x", "phone:1!", given_name="Ben"),
        record("c", "customer_id:7", "phone:1!"),
    ]

    (cluster,) = resolve(evidence, RULES).clusters

    found = {(edge.a, edge.b): str(edge.kind) for edge in cluster.edges}
    assert found == {("a", "b"): "household", ("a", "c"): "verified", ("b", "c"): "verified"}
    assert {str(member.kind) for member in cluster.members} == {"verified"}


def test_a_cannot_link_is_stronger_than_any_weight() -> None:
    both = [person("a", **ROBERT), person("b", **ROBERT)]

    assert persons(resolve(both, RULES)) == {one("a", "b")}
    assert len(persons(resolve(both, RULES, verdicts=[cannot("a", "b")]))) == 2


PEOPLE: tuple[dict[str, str], ...] = (
    {},
    {"full_name": "Robert Smith"},
    {"full_name": "Bob Smith", **HOME},
    {"full_name": "Anna Smith", **HOME},
    ROBERT,
    ANNA,
    {"full_name": "Smith Robert", "birth_date": "1978-12-11"},
    {"company": "Smith Ltd", **HOME},
)


@st.composite
def crowds(draw: st.DrawFn, most: int = 6) -> list[Evidence]:
    size = draw(st.integers(2, most))
    tokens = st.lists(
        st.sampled_from(["email:x", "email:x!", "phone:1", "device_id:d"]), max_size=2
    )
    return [
        person(name, *draw(tokens), **draw(st.sampled_from(PEOPLE))) for name in "abcdef"[:size]
    ]


@given(crowds(), st.randoms(use_true_random=False))
def test_names_and_arrival_order(evidence: list[Evidence], random: object) -> None:
    shuffled = sorted(evidence, key=lambda _: random.random())  # type: ignore[attr-defined]

    assert resolve(shuffled, RULES) == resolve(evidence, RULES)


@given(crowds())
def test_a_waterfall_explains_every_pair_and_agrees_with_the_partition(
    evidence: list[Evidence],
) -> None:
    home = {r: n for n, c in enumerate(resolve(evidence, RULES).clusters) for r in c.record_ids}

    for a, b in combinations(sorted(home), 2):
        told = explain(evidence, RULES, a, b)
        assert told.same == (home[a] == home[b])
        assert told.same or told.reasons
        for step in (*told.path, told.pair):
            assert step.weight == sum(term.weight for term in step.terms)


# With more of them a value may be over its limit, which a part of them cannot know.
@given(crowds(most=4))
def test_whoever_is_tied_to_a_seed_is_all_that_its_partition_needs(
    evidence: list[Evidence],
) -> None:
    component = tied(evidence, RULES, ["a"])
    alone = resolve([item for item in evidence if item.record_id in component], RULES)

    assert set(alone.clusters) <= set(resolve(evidence, RULES).clusters)


def keyed(told: Sequence[dict[str, str]]) -> list[Evidence]:
    return [said(f"{number:02}", RULES, one) for number, one in enumerate(told)]


@given(st.lists(rows(), min_size=2, max_size=10), st.randoms(use_true_random=False))
def test_any_order_of_records_gives_the_same_answer(
    told: list[dict[str, str]], random: Random
) -> None:
    evidence = keyed(told)

    assert resolve(random.sample(evidence, len(evidence)), RULES) == resolve(evidence, RULES)


@given(st.lists(rows(), min_size=3, max_size=9), st.none() | rows())
def test_a_record_that_goes_or_changes_moves_nobody_whom_nothing_ties_to_it(
    told: list[dict[str, str]], other: dict[str, str] | None
) -> None:
    before = keyed(told)
    after = before[1:] if other is None else keyed([other, *told[1:]])
    first = before[0].record_id

    touched = tied(before, RULES, [first]) | tied(after, RULES, [first])

    left, right = (
        {c for c in resolve(evidence, RULES).clusters if touched.isdisjoint(c.record_ids)}
        for evidence in (before, after)
    )
    assert left == right


def test_copies_beyond_the_first_few_follow_them_unless_somebody_spoke_of_them() -> None:
    row = {**ROBERT, "city": "Reno"}
    evidence = keyed([row] * (KEPT + 3))

    found = resolve(evidence, RULES)
    judged = resolve(evidence, RULES, verdicts=[cannot("00", "21")])

    assert [len(cluster.members) for cluster in found.clusters] == [KEPT + 3]
    assert kinds(found)["22"] == "probabilistic"
    assert sorted(map(len, persons(judged))) == [1, KEPT + 2]


@given(st.integers(2, 6), st.data())
def test_contraction_is_that_of_looking_for_the_heaviest_pair_every_time(
    size: int, data: st.DataObject
) -> None:
    weights = {pair: data.draw(st.integers(-3, 3)) for pair in combinations(range(size), 2)}
    claims: list[dict[Claim, frozenset[bytes]]] = [{} for _ in range(size)]
    claims[0]["verdict", ""], claims[1]["verdict", ""] = frozenset({b"0"}), frozenset({b"1"})
    clusters = Clusters(claims)

    def weigh(a: Sequence[int], b: Sequence[int]) -> int:
        return sum(weights[min(pair), max(pair)] for pair in product(a, b))

    clusters.contract([[n] for n in range(size)], weigh)

    plain = [frozenset({n}) for n in range(size)]
    while found := [
        (sum(weights[min(p), max(p)] for p in product(a, b)), a, b)
        for a, b in combinations(plain, 2)
        if not {0, 1} <= a | b
    ]:
        total, a, b = max(
            found, key=lambda item: (item[0], *sorted((-min(item[1]), -min(item[2])))[::-1])
        )
        if total <= 0:
            break
        plain = [part for part in plain if part not in (a, b)] + [a | b]
    homes = clusters.homes()
    assert {frozenset(n for n in range(size) if homes[n] == home) for home in homes} == set(plain)


def test_nothing_personal_shows_in_a_repr() -> None:
    shown = repr(person("a", **ROBERT)) + repr(person("a", **ROBERT).told)

    assert "smith" not in shown.lower()
    assert "main" not in shown.lower()
